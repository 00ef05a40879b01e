package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sallyport/internal/servicetest"
)

// troubled is one way to fail, and what the error has to be.
type troubled struct {
	reply servicetest.Reply
	url   func(*testing.T) string // instead of the fake
	retry bool
	want  string // in the error
}

func failures() map[string]troubled {
	json := func(status int, description string) servicetest.Reply {
		return servicetest.Reply{Status: status, Body: fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q}`, status, description)}
	}
	token := servicetest.BotToken
	return map[string]troubled{
		"busy":              {reply: servicetest.TooManyRequests(3), retry: true, want: "retry after 3"},
		"broken":            {reply: servicetest.ServerError(500), retry: true, want: "status 500"},
		"gateway":           {reply: servicetest.Page(502), retry: true, want: "status 502"},
		"page with 404":     {reply: servicetest.Page(404), retry: true, want: "proxy"},
		"page with 200":     {reply: servicetest.Page(200), retry: true, want: "proxy"},
		"no JSON":           {reply: servicetest.Reply{Body: `{"ok":`}, retry: true, want: "proxy"},
		"other JSON":        {reply: servicetest.Reply{Status: 403, Body: `{"error":"x"}`}, retry: true, want: "proxy"},
		"JSON with 500":     {reply: json(500, "Internal Server Error"), retry: true, want: "Internal Server Error"},
		"closed":            {reply: servicetest.Reply{Close: true}, retry: true, want: "connection was closed"},
		"cut":               {reply: servicetest.Reply{Body: `{"ok":true}`, Cut: true}, retry: true, want: "connection was closed"},
		"hangs":             {reply: servicetest.Reply{Hang: true}, retry: true, want: "in time"},
		"redirect":          {reply: servicetest.Redirect(307, "/elsewhere"), retry: true, want: "status 307"},
		"chat":              {reply: json(400, "Bad Request: chat not found"), want: "hint: check the chat's id"},
		"too long":          {reply: json(400, "Bad Request: message is too long"), want: "message is too long"},
		"token":             {reply: json(401, "Unauthorized"), want: "hint: the token is wrong"},
		"token's form":      {reply: json(404, "Not Found"), want: "hint: the token is wrong"},
		"blocked":           {reply: json(403, "Forbidden: bot was blocked by the user"), want: "hint: somebody blocked the bot"},
		"kicked":            {reply: json(403, "Forbidden: bot was kicked from the group chat"), want: "add it to the chat again"},
		"echo":              {reply: json(400, "no "+token), want: "status 400: no 7203918465:[redacted]"},
		"echo that is cut":  {reply: json(400, strings.Repeat("x", maxTitle-24)+token), want: "status 400"},
		"long page":         {reply: servicetest.Reply{Body: strings.Repeat(" ", 2*maxAnswer) + `{"ok":true}`}, retry: true, want: "proxy"},
		"garbage":           {url: echo, retry: true, want: "not HTTP"},
		"nobody":            {url: nobody, retry: true, want: "dial: connection refused"},
		"black hole":        {url: servicetestBlackHole, retry: true, want: "in time"},
		"other certificate": {url: untrusted, retry: true, want: "certificate is not accepted"},
		"host":              {url: func(*testing.T) string { return "https://[::1%25zone]:1" }, retry: true, want: ""},
	}
}

func servicetestBlackHole(t *testing.T) string { return servicetest.BlackHole(t) }

func nobody(t *testing.T) string { return "http://" + servicetest.FreeAddress(t) }

func untrusted(t *testing.T) string {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = quietLog()
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

func quietLog() *log.Logger { return slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) }

// echo starts a server that answers what it was asked, which is not HTTP.
func echo(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			line := make([]byte, 4096)
			n, _ := conn.Read(line)
			io.WriteString(conn, strings.TrimPrefix(string(line[:n]), "POST ")+"\r\n")
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

// shown is everything that a program could print of values.
func shown(values ...any) string {
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range values {
		fmt.Fprintf(&out, "%v\n%+v\n%#v\n%q\n", v, v, v, v)
		text, err := json.Marshal(v)
		fmt.Fprintln(&out, string(text), err)
		log.Error("x", "value", v)
		slog.New(slog.NewTextHandler(&out, nil)).Error("x", "value", v)
		if err, ok := v.(error); ok {
			for ; err != nil; err = errors.Unwrap(err) {
				fmt.Fprintf(&out, "%T %#v %v\n", err, err, err)
			}
		}
	}
	return out.String()
}

// TestTelegramFailures wants the right kind of error for every failure, and no credential or address in
// anything that can be printed.
func TestTelegramFailures(t *testing.T) {
	_, key, _ := strings.Cut(servicetest.BotToken, ":")
	for name, tt := range failures() {
		t.Run(name, func(t *testing.T) {
			api := servicetest.TelegramAPI(t)
			api.Always(tt.reply)
			url := api.URL
			if tt.url != nil {
				url = tt.url(t)
			}
			var log bytes.Buffer
			telegram := newTestTelegram(t, url, func(c *TelegramConfig) {
				c.Client, c.Log = testClient(t, 300*time.Millisecond), slog.New(slog.NewTextHandler(&log, nil))
			})
			err := telegram.Send(t.Context(), errorAlert())
			if err == nil {
				t.Fatal("no error")
			}
			if _, isRetry := errors.AsType[*RetryError](err); isRetry != tt.retry || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, to try again: %t; want %q and %t", err, isRetry, tt.want, tt.retry)
			}
			printed := shown(err, telegram, *telegram.client) + log.String()
			for _, leak := range []string{key, key[:6], "/bot", "sendMessage"} {
				if strings.Contains(printed, leak) {
					t.Errorf("%q is shown in\n%s", leak, printed)
				}
			}
		})
	}
}

// TestTelegramIsNotRedirected wants no request, and with it no token, at the address that a redirect points to.
func TestTelegramIsNotRedirected(t *testing.T) {
	elsewhere := servicetest.TelegramAPI(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		api := servicetest.TelegramAPI(t)
		api.Always(servicetest.Redirect(status, elsewhere.URL+"/bot"+servicetest.BotToken+"/sendMessage"))
		if err := newTestTelegram(t, api.URL).Send(context.Background(), errorAlert()); err == nil {
			t.Errorf("%d: the message is said to be delivered", status)
		}
	}
	if n := elsewhere.Requests(); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}
