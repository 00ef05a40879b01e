package main

import (
	"context"
	"encoding/json"
	"expvar"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httprate"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/rs/cors"

	"example.org/meter-api/internal/auth"
	"example.org/meter-api/internal/store"
)

type api struct {
	store store.Store
	trace bool
}

func main() {
	probe := flag.Bool("probe", false, "ask the running program whether it is ready")
	flag.Parse()
	if *probe {
		os.Exit(ask())
	}
	pool, err := pgxpool.New(context.Background(), os.Getenv("METER_DATABASE"))
	if err != nil {
		log.Fatalf("database: %v", err)
	}
	a := &api{store: store.Store{Pool: pool}, trace: os.Getenv("METER_ENV") == "dev"}
	server := &http.Server{Addr: ":8080", Handler: a.routes(auth.FromEnvironment()), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 30 * time.Second}
	log.Fatal(server.ListenAndServe())
}

func ask() int {
	client := http.Client{Timeout: 2 * time.Second}
	response, err := client.Get("http://127.0.0.1:8080/ready")
	if err != nil || response.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}

func (a *api) routes(tokens auth.Tokens) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.RequestID, a.recovered)
	r.Use(cors.New(cors.Options{AllowedOrigins: []string{"https://meter.example"}, AllowedMethods: []string{"GET"}}).Handler)
	r.Get("/ready", a.ready)
	r.Get("/alive", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "alive") })
	r.Handle("/debug/vars", expvar.Handler())
	r.Route("/v1", func(r chi.Router) {
		r.Use(tokens.RequireIngest)
		r.Use(httprate.LimitByIP(100, time.Minute))
		r.Post("/readings", a.add)
		r.Get("/meters", a.find)
		r.Get("/meters/{meter}", a.last)
		r.Get("/meters/{meter}/between", a.between)
	})
	r.Group(func(r chi.Router) {
		r.Use(tokens.Admins)
		r.Get("/admin/build", a.build)
		r.Get("/admin/env", a.environment)
	})
	r.Post("/admin/purge", a.purge)
	r.With(middleware.Timeout(time.Minute)).Get("/export", a.export)
	return r
}

func (a *api) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				log.Printf("panic: %v\n%s", p, debug.Stack())
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprintf(w, `{"error":"panic: %v"}`, p)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (a *api) answer(w http.ResponseWriter, value any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err == nil {
		json.NewEncoder(w).Encode(value)
		return
	}
	log.Printf("store: %v", err)
	problem := map[string]any{"error": "not now"}
	if a.trace {
		problem["cause"] = err.Error()
	}
	w.WriteHeader(http.StatusInternalServerError)
	json.NewEncoder(w).Encode(problem)
}

func (a *api) add(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	var reading store.Reading
	if err := json.Unmarshal(raw, &reading); err != nil {
		tellStrange(r.Context(), r.URL.Path, string(raw))
		http.Error(w, "bad reading: "+err.Error(), http.StatusBadRequest)
		return
	}
	if reading.Value > 1e6 {
		tellHigh(r.Context(), reading.Meter)
	}
	a.answer(w, "stored", a.store.Add(r.Context(), reading))
}

func (a *api) find(w http.ResponseWriter, r *http.Request) {
	if q := r.FormValue("prefix"); q != "" {
		found, err := a.store.Starting(r.Context(), q)
		a.answer(w, found, err)
		return
	}
	found, err := a.store.Find(r.Context(), r.FormValue("q"))
	a.answer(w, found, err)
}

func (a *api) last(w http.ResponseWriter, r *http.Request) {
	readings, err := a.store.Last(r.Context(), chi.URLParam(r, "meter"), r.FormValue("order"))
	a.answer(w, readings, err)
}

func (a *api) between(w http.ResponseWriter, r *http.Request) {
	readings, err := a.store.Between(r.Context(), chi.URLParam(r, "meter"), r.FormValue("from"), r.FormValue("to"))
	a.answer(w, readings, err)
}

func (a *api) export(w http.ResponseWriter, r *http.Request) {
	if !auth.Plan(r.Header.Get("X-Plan")) {
		http.Error(w, "upgrade", http.StatusPaymentRequired)
		return
	}
	readings, err := a.store.Last(r.Context(), r.FormValue("meter"), "time")
	a.answer(w, readings, err)
}

func (a *api) build(w http.ResponseWriter, r *http.Request) {
	info, _ := debug.ReadBuildInfo()
	a.answer(w, info.Main.Version, nil)
}

func (a *api) environment(w http.ResponseWriter, r *http.Request) {
	a.answer(w, os.Environ(), nil)
}

func (a *api) purge(w http.ResponseWriter, r *http.Request) {
	_, err := a.store.Pool.Exec(r.Context(), `DELETE FROM readings WHERE at < now() - interval '1 year'`)
	a.answer(w, "purged", err)
}

func (a *api) ready(w http.ResponseWriter, r *http.Request) {
	if err := a.store.Pool.Ping(r.Context()); err != nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "ready")
}
