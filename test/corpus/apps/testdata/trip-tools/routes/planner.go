package routes

import (
	"database/sql"
	"net/http"
	"time"

	_ "github.com/lib/pq"
)

// jwtKey signs the links that we mail.
var jwtKey = []byte("M8--4_F2Sic_wENRNoWh7tRycx86xNaAUYuutmgfCQt")

const (
	tokenHeader   = "X-Trip-Token"
	passwordField = "password"
	emptyMD5      = "d41d8cd98f00b204e9800998ecf8427e"
	commit        = "9fceb02d0ae598e95dc970b74767f19372d61af8"
)

// Open connects to the planner.
func Open() (*sql.DB, error) {
	return sql.Open("postgres", "postgres://planner:Pxs6fwZKMA4D8V7MjH@db.internal:5432/trips?sslmode=require&connect_timeout=5")
}

// Fetch reads one page of the map.
func Fetch(url string) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth("trips", "Oa28mCXv09ivUf6QDo")
	req.Header.Set(tokenHeader, commit)
	return (&http.Client{Timeout: 10 * time.Second}).Do(req)
}
