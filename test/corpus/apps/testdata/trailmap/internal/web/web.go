// Package web is the HTTP side.
package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/cors"
	"github.com/go-chi/httprate"

	"example.net/trailmap/internal/config"
	"example.net/trailmap/internal/store"
)

type server struct {
	cfg    *config.Config
	db     *store.Store
	client *http.Client
	tiles  *http.Client
}

// New wires everything.
func New(cfg *config.Config, db *store.Store) http.Handler {
	s := &server{cfg: cfg, db: db, client: &http.Client{Timeout: 20 * time.Second}}
	s.tiles = &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	r := chi.NewRouter()
	r.Use(recovered, securityHeaders)
	r.Use(cors.Handler(cors.Options{AllowedOrigins: cfg.Origins, AllowedMethods: []string{"GET"}}))
	r.Get("/ready", s.ready)
	r.Get("/trails", s.search)
	r.Get("/trails/region/{region}", s.region)
	r.Get("/shared/{token}", s.shared)
	r.Group(func(r chi.Router) {
		r.Use(editorsOnly(cfg.EditorToken))
		r.Use(httprate.LimitByRealIP(30, time.Minute))
		r.Post("/trails/{id}/describe", s.describe)
		r.Post("/tracks", s.upload)
		r.Get("/debug/store", s.debugStore)
	})
	r.Delete("/trails/{id}", s.remove)
	r.Mount("/internal", middleware.Profiler())
	return r
}

func (s *server) fail(w http.ResponseWriter, op string, err error) {
	slog.Error(op, "err", err)
	http.Error(w, "internal error", http.StatusInternalServerError)
}

func (s *server) search(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.Search(r.Context(), r.FormValue("q"), s.cfg.PageSize)
	if err != nil {
		s.fail(w, "search", err)
		return
	}
	reply(w, rows)
}

func (s *server) region(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.InRegion(r.Context(), chi.URLParam(r, "region"))
	if err != nil {
		reply(w, map[string]any{"ok": false, "reason": err.Error()})
		return
	}
	reply(w, rows)
}

func (s *server) shared(w http.ResponseWriter, r *http.Request) {
	id, mac := r.FormValue("id"), chi.URLParam(r, "token")
	sum := hmac.New(sha256.New, s.cfg.ShareSecret)
	io.WriteString(sum, id)
	if hex.EncodeToString(sum.Sum(nil)) != mac {
		http.NotFound(w, r)
		return
	}
	http.ServeFile(w, r, filepath.Join("/var/trails", filepath.Base(id)))
}

var described = template.Must(template.New("d").Parse(`<p>{{.}}</p>`))

func (s *server) describe(w http.ResponseWriter, r *http.Request) {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "https://llm.example.com/v1/text", r.Body)
	if err != nil {
		s.fail(w, "describe", err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+s.cfg.ModelKey)
	res, err := s.client.Do(req)
	if err != nil {
		s.fail(w, "describe", err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err != nil {
		s.fail(w, "describe", err)
		return
	}
	_ = described.Execute(w, string(text))
}

func (s *server) upload(w http.ResponseWriter, r *http.Request) {
	dir, err := os.MkdirTemp("", "track")
	if err != nil {
		s.fail(w, "upload", err)
		return
	}
	defer os.RemoveAll(dir)
	f, err := os.Create(filepath.Join(dir, "track.gpx"))
	if err != nil {
		s.fail(w, "upload", err)
		return
	}
	defer f.Close()
	n, err := io.Copy(f, http.MaxBytesReader(w, r.Body, 8<<20))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		http.Error(w, "track too large", http.StatusRequestEntityTooLarge)
		return
	}
	reply(w, map[string]int64{"bytes": n})
}

func (s *server) remove(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		http.Error(w, "bad id", http.StatusBadRequest)
		return
	}
	if err := s.db.Delete(r.Context(), id); err != nil {
		s.fail(w, "remove", err)
	}
}

func (s *server) debugStore(w http.ResponseWriter, r *http.Request) {
	reply(w, map[string]any{"page_size": s.cfg.PageSize, "debug": s.cfg.Debug})
}

func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
	}
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
