// Command pager takes alerts of other services and pages by Telegram.
package main

import (
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

type alert struct {
	Service string `json:"service"`
	Text    string `json:"text"`
	Level   string `json:"level"`
}

type pager struct {
	bot    *tgbotapi.BotAPI
	chat   int64
	token  string
	mu     sync.Mutex
	groups map[string]int
	direct bool
}

func main() {
	token := os.Getenv("PAGER_TOKEN")
	if len(token) < 24 {
		slog.Error("PAGER_TOKEN is missing or short", "length", len(token))
		os.Exit(1)
	}
	roots := x509.NewCertPool()
	if pem, err := os.ReadFile(os.Getenv("EXTRA_CA")); err == nil {
		roots.AppendCertsFromPEM(pem)
	}
	client := &http.Client{
		Timeout:   15 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
	}
	bot, err := tgbotapi.NewBotAPIWithClient(os.Getenv("BOT_TOKEN"), tgbotapi.APIEndpoint, client)
	if err != nil {
		slog.Error("telegram", "err", err)
		os.Exit(1)
	}
	chat, _ := strconv.ParseInt(os.Getenv("CHAT_ID"), 10, 64)
	p := &pager{bot: bot, chat: chat, token: token, groups: map[string]int{}, direct: os.Getenv("DIRECT") == "1"}
	go p.flushEvery(5 * time.Minute)

	mux := http.NewServeMux()
	mux.Handle("POST /alert", p.withToken(http.HandlerFunc(p.receive)))
	mux.Handle("POST /urgent", p.withToken(http.HandlerFunc(p.urgent)))
	mux.Handle("POST /form", p.withToken(http.HandlerFunc(p.form)))
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, r *http.Request) {})
	srv := &http.Server{Addr: ":8090", Handler: access(mux), ReadTimeout: 5 * time.Second, WriteTimeout: 20 * time.Second}
	slog.Error("stopped", "err", srv.ListenAndServe())
}

func (p *pager) withToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := []byte(r.Header.Get("X-Pager-Token"))
		if subtle.ConstantTimeCompare(given, []byte(p.token)) != 1 {
			p.send("refused a call from "+html.EscapeString(r.RemoteAddr), "HTML")
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// receive groups, flushEvery sends.
func (p *pager) receive(w http.ResponseWriter, r *http.Request) {
	var a alert
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<14)).Decode(&a); err != nil {
		http.Error(w, "bad JSON: "+err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.groups[a.Service+"\x00"+a.Level]++
	p.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

func (p *pager) urgent(w http.ResponseWriter, r *http.Request) {
	var a alert
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<14)).Decode(&a) != nil {
		http.Error(w, "bad JSON", http.StatusBadRequest)
		return
	}
	p.send(fmt.Sprintf("<b>%s</b>: %s", a.Service, a.Text), tgbotapi.ModeHTML)
}

func (p *pager) form(w http.ResponseWriter, r *http.Request) {
	name, text := r.FormValue("name"), r.FormValue("text")
	p.send("*"+tgbotapi.EscapeText(tgbotapi.ModeMarkdown, name)+"*\n"+tgbotapi.EscapeText(tgbotapi.ModeMarkdown, text), tgbotapi.ModeMarkdown)
	p.send(strings.TrimSpace(name+": "+text), "")
}

func (p *pager) flushEvery(d time.Duration) {
	for range time.Tick(d) {
		p.mu.Lock()
		groups := p.groups
		p.groups = map[string]int{}
		p.mu.Unlock()
		for key, n := range groups {
			p.send(fmt.Sprintf("%s x%d", html.EscapeString(strings.ReplaceAll(key, "\x00", " ")), n), "HTML")
		}
	}
}

func (p *pager) send(text, mode string) {
	m := tgbotapi.NewMessage(p.chat, text)
	m.ParseMode = mode
	if _, err := p.bot.Send(m); err != nil {
		slog.Warn("not sent", "chat", p.chat)
	}
}

func access(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slog.Info("request", "path", r.URL.Path, "headers", r.Header)
		w.Header().Set("Access-Control-Allow-Origin", "https://status.example.net")
		next.ServeHTTP(w, r)
	})
}
