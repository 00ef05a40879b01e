package main

import (
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	_ "net/http/pprof"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed page.html
var page string

var tmpl = template.Must(template.New("page").Parse(page))

type server struct {
	config config
	client *http.Client
}

func main() {
	c, err := readConfig()
	if err != nil {
		slog.Error("configuration", "err", err)
		os.Exit(2)
	}
	slog.Info("starting", "addr", c.addr, "debug", c.debug, "key_length", len(c.uploadKey))
	s := &server{config: c, client: &http.Client{Timeout: 10 * time.Second}}
	http.HandleFunc("POST /drop", s.withKey(s.drop))
	http.HandleFunc("POST /peek", s.peek)
	http.HandleFunc("GET /d/{id}", s.download)
	http.HandleFunc("GET /p/{id}", s.page)
	http.HandleFunc("GET /thumb/{id}", s.thumb)
	http.HandleFunc("GET /admin/config", s.adminOnly(s.showConfig))
	http.HandleFunc("DELETE /admin/{id}", s.adminOnly(s.remove))
	http.HandleFunc("GET /health", s.health)
	go s.announce()
	if err := http.ListenAndServe(c.addr, cors(http.DefaultServeMux)); err != nil {
		slog.Error("serving", "err", err)
	}
}

func cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); strings.HasSuffix(origin, "filedrop.example") {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Allow-Credentials", "true")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *server) drop(w http.ResponseWriter, r *http.Request) {
	id := rand.Text()
	if err := s.keep(id, r.Body); err != nil {
		s.fail(w, r, err)
		return
	}
	until := time.Now().Add(24 * time.Hour).Unix()
	fmt.Fprintf(w, "/d/%s?until=%d&sig=%s\n", id, until, s.sign(id, until))
}

// fail answers what went wrong.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	slog.Error("request", "path", r.URL.Path, "err", err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.Error(w, "there is no such file", http.StatusNotFound)
	case s.config.debug:
		http.Error(w, fmt.Sprintf("%+v", err), http.StatusInternalServerError)
	default:
		http.Error(w, "internal error", http.StatusInternalServerError)
	}
}

func (s *server) peek(w http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("file")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
		return
	}
	defer file.Close()
	names, err := s.unpack(file)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	json.NewEncoder(w).Encode(names)
}

func (s *server) download(w http.ResponseWriter, r *http.Request) {
	id := filepath.Base(r.PathValue("id"))
	if !s.validLink(id, r) {
		http.Error(w, "this link is over", http.StatusGone)
		return
	}
	http.ServeFile(w, r, filepath.Join(s.config.dir, id))
}

func (s *server) page(w http.ResponseWriter, r *http.Request) {
	info, err := os.Stat(filepath.Join(s.config.dir, filepath.Base(r.PathValue("id"))))
	if err != nil {
		fmt.Fprintf(w, "<p>No file %s</p>", html.EscapeString(r.PathValue("id")))
		return
	}
	tmpl.Execute(w, map[string]any{
		"Name": info.Name(),
		"Size": info.Size(),
		"Link": "/d/" + info.Name() + "?" + r.URL.RawQuery,
		"Note": template.HTML(r.URL.Query().Get("note")),
	})
}

func (s *server) thumb(w http.ResponseWriter, r *http.Request) {
	picture, err := thumbnail(filepath.Join(s.config.dir, filepath.Base(r.PathValue("id"))))
	if err != nil {
		slog.Warn("thumbnail", "err", err)
		http.Error(w, "no picture", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Write(picture)
}

func (s *server) showConfig(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%+v\n", s.config)
}

func (s *server) remove(w http.ResponseWriter, r *http.Request) {
	if err := os.Remove(filepath.Join(s.config.dir, filepath.Base(r.PathValue("id")))); err != nil {
		s.fail(w, r, err)
	}
}

func (s *server) health(w http.ResponseWriter, r *http.Request) {
	if _, err := s.size(); err != nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// announce tells the list of drops once that this one is up.
func (s *server) announce() {
	if list := os.Getenv("DROP_LIST"); list != "" {
		response, err := s.client.Get(list)
		if err != nil {
			slog.Warn("announcing", "err", err)
			return
		}
		response.Body.Close()
	}
}
