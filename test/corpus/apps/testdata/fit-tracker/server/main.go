package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/smtp"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

type api struct {
	token   string
	limiter *rate.Limiter
	unused  *rate.Limiter
	http    *http.Client
	mails   string
	debug   bool
}

// errNoPlan has a fixed text that clients may see.
var errNoPlan = errors.New("no training plan for this goal")

func main() {
	a := &api{
		token:   mustEnv("FIT_TOKEN"),
		limiter: rate.NewLimiter(rate.Every(10*time.Second), 3),
		unused:  rate.NewLimiter(rate.Inf, 0), // unlimited while we test
		http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: false, MinVersion: tls.VersionTLS12},
		}},
		mails: os.Getenv("MAIL_ADDR"),
		debug: os.Getenv("FIT_ENV") != "prod",
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /plan", a.auth(a.limited(a.plan)))
	mux.HandleFunc("POST /coach", a.auth(a.coach))
	mux.HandleFunc("POST /mail", a.auth(a.mail))
	mux.HandleFunc("GET /weeks", a.auth(a.weeks))
	mux.HandleFunc("GET /weeks/{n}", a.week)
	mux.HandleFunc("GET /debug/limits", a.auth(a.limits))
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	srv := &http.Server{Addr: ":8080", Handler: cors(headers(mux)), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 60 * time.Second}
	slog.Error("stopped", "err", srv.ListenAndServe())
}

func mustEnv(name string) string {
	v := strings.TrimSpace(os.Getenv(name))
	if v == "" {
		slog.Error("missing", "name", name)
		os.Exit(2)
	}
	return v
}

var origins = []string{"https://fit.example.net"}

func cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o := r.Header.Get("Origin"); slices.Contains(origins, o) {
			w.Header().Set("Access-Control-Allow-Origin", o)
			w.Header().Add("Vary", "Origin")
		}
		next.ServeHTTP(w, r)
	})
}

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		next.ServeHTTP(w, r)
	})
}

func (a *api) auth(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") != a.token {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

func (a *api) limited(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !a.limiter.Allow() {
			w.Header().Set("Retry-After", "10")
			http.Error(w, "slow down", http.StatusTooManyRequests)
			return
		}
		next(w, r)
	}
}

func (a *api) ask(w http.ResponseWriter, r *http.Request, prompt string) {
	body, _ := json.Marshal(map[string]any{"model": "gpt-4o-mini", "messages": []map[string]string{{"role": "user", "content": prompt}}})
	req, err := http.NewRequestWithContext(r.Context(), "POST", "https://api.openai.com/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		http.Error(w, "internal error", 500)
		return
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("OPENAI_API_KEY"))
	res, err := a.http.Do(req)
	if err != nil {
		msg := "internal error"
		if a.debug {
			msg = err.Error()
		}
		http.Error(w, msg, http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	w.Header().Set("Content-Type", "application/json")
	res.Write(w)
}

func (a *api) plan(w http.ResponseWriter, r *http.Request) {
	goal := r.FormValue("goal")
	if goal == "" {
		http.Error(w, errNoPlan.Error(), http.StatusNotFound)
		return
	}
	a.ask(w, r, "A training plan for "+goal)
}

func (a *api) coach(w http.ResponseWriter, r *http.Request) {
	a.ask(w, r, r.FormValue("q"))
}

func (a *api) mail(w http.ResponseWriter, r *http.Request) {
	to := r.FormValue("to")
	msg := "Subject: Your week\r\nContent-Type: text/html\r\n\r\n<p>Hi " + r.FormValue("name") + "</p>"
	if err := smtp.SendMail(a.mails, nil, "fit@example.net", []string{to}, []byte(msg)); err != nil {
		slog.Error("mail", "err", err)
		http.Error(w, "mail was not sent", http.StatusBadGateway)
	}
}

// TODO: paging for long histories
func (a *api) weeks(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "<p>%s</p>", template.HTMLEscapeString(r.FormValue("year")))
}

func (a *api) week(w http.ResponseWriter, r *http.Request) {
	json.NewEncoder(w).Encode(map[string]string{"week": r.PathValue("n")})
}

func (a *api) limits(w http.ResponseWriter, r *http.Request) {
	json.NewEncoder(w).Encode(map[string]float64{"limit": float64(a.limiter.Limit()), "tokens": a.limiter.Tokens()})
}
