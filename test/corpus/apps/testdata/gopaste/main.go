// gopaste is a pastebin with a secret for writers.
package main

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"expvar"
	"fmt"
	"html/template"
	"io"
	"log"
	"net/http"
	_ "net/http/pprof"
	"os"
	"os/exec"
	"strings"

	_ "github.com/mattn/go-sqlite3"
)

var (
	db       *sql.DB
	writeKey = os.Getenv("WRITE_KEY")
	adminKey = getenv("ADMIN_KEY", "paste-admin")
	views    = expvar.NewInt("views")
	page     = template.Must(template.New("page").Parse(`<h1>{{.Title}}</h1><div>{{.Body}}</div>`))
)

func getenv(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

func mayWrite(r *http.Request) bool {
	return writeKey == "" || r.Header.Get("X-Key") == writeKey
}

func create(w http.ResponseWriter, r *http.Request) {
	if !mayWrite(r) {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	id := newID()
	if _, err := db.Exec("INSERT INTO pastes (id, body) VALUES (?, ?)", id, string(body)); err != nil {
		log.Println("insert:", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "/p/%s\n", id)
}

func newID() string {
	b := make([]byte, 6)
	rand.Read(b)
	return hex.EncodeToString(b)
}

func show(w http.ResponseWriter, r *http.Request) {
	views.Add(1)
	id := strings.TrimPrefix(r.URL.Path, "/p/")
	var body string
	err := db.QueryRow("SELECT body FROM pastes WHERE id = '" + id + "'").Scan(&body)
	if err == sql.ErrNoRows {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		fmt.Fprintf(w, "database: %v", err)
		return
	}
	page.Execute(w, map[string]any{"Title": id, "Body": template.HTML(body)})
}

func search(w http.ResponseWriter, r *http.Request) {
	q := r.FormValue("q")
	rows, err := db.Query(fmt.Sprintf("SELECT id FROM pastes WHERE body LIKE '%%%s%%' LIMIT 20", q))
	if err != nil {
		writeJSON(w, 500, map[string]string{"error": err.Error()})
		return
	}
	defer rows.Close()
	fmt.Fprintf(w, "<h1>Results for %s</h1>", q)
	for rows.Next() {
		var id string
		rows.Scan(&id)
		fmt.Fprintf(w, "<a href=/p/%s>%s</a>", template.URLQueryEscaper(id), template.HTMLEscapeString(id))
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func adminOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Admin") != adminKey {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// TODO: protect this, anybody can call it right now
func purge(w http.ResponseWriter, r *http.Request) {
	db.Exec("DELETE FROM pastes")
}

// TODO: cache the count
func count(w http.ResponseWriter, r *http.Request) {
	var n int
	db.QueryRow("SELECT count(*) FROM pastes").Scan(&n)
	writeJSON(w, 200, map[string]int{"pastes": n})
}

func render(w http.ResponseWriter, r *http.Request) {
	f, err := os.CreateTemp("", "paste-*.md")
	if err != nil {
		http.Error(w, "internal error", 500)
		return
	}
	io.Copy(f, r.Body)
	f.Close()
	out, err := exec.CommandContext(r.Context(), "pandoc", f.Name()).CombinedOutput()
	if err != nil {
		http.Error(w, string(out), 500)
		return
	}
	os.Remove(f.Name())
	w.Write(out)
}

func main() {
	log.Printf("write key %q", writeKey)
	var err error
	db, err = sql.Open("sqlite3", getenv("DB", "paste.db"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /paste", create)
	http.HandleFunc("GET /p/", show)
	http.HandleFunc("GET /search", search)
	http.HandleFunc("POST /render", render)
	http.HandleFunc("GET /admin/count", adminOnly(count))
	http.HandleFunc("POST /admin/purge", purge)
	http.HandleFunc("GET /debug/env", func(w http.ResponseWriter, r *http.Request) {
		for _, kv := range os.Environ() {
			fmt.Fprintln(w, kv)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
