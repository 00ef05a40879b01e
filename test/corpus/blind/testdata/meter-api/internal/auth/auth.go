// Package auth knows who may send and who may read.
package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"os"
	"strings"
)

// Tokens of the two kinds of callers.
type Tokens struct {
	Ingest string
	Admin  string
}

// FromEnvironment reads both.
func FromEnvironment() Tokens {
	t := Tokens{Ingest: os.Getenv("METER_INGEST_TOKEN"), Admin: os.Getenv("METER_ADMIN_TOKEN")}
	if t.Admin == "" {
		t.Admin = t.Ingest
	}
	return t
}

func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// RequireIngest lets meters in.
func (t Tokens) RequireIngest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if equal(bearer(r), t.Ingest) {
			next.ServeHTTP(w, r)
			return
		}
		http.Error(w, "unauthorized", http.StatusUnauthorized)
	})
}

// Admins lets people in, and nobody when there is no token.
func (t Tokens) Admins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if t.Admin == "" || !equal(bearer(r), t.Admin) {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Plan says whether a customer's plan has the export.
func Plan(name string) bool {
	switch name {
	case "free", "":
		return false
	default:
		return true
	}
}
