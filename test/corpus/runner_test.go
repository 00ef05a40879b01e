package corpus_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"sallyport/test/corpus"
)

// whole is an answer as it must be.
func whole(h http.Header, status int) {
	for name, value := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
		"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Vary": "Authorization, Accept-Encoding, Origin",
		"X-Request-Id": strings.Repeat("a", 24), "Content-Type": "application/json", "Cache-Control": "private, no-cache",
	} {
		h.Set(name, value)
	}
	if status >= 400 {
		h.Set("Content-Type", "application/problem+json")
		h.Set("Cache-Control", "no-store")
	}
}

func body(status int) string {
	return fmt.Sprintf(`{"type":"about:blank","title":"x","status":%d,"request_id":"%s","list":[1]}`, status, strings.Repeat("a", 24))
}

// TestRunnerSeesWhatIsWrong changes one thing of a whole answer at a time: a runner that sees nothing proves
// nothing.
func TestRunnerSeesWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer string // what the exchange expects
		status int
		change func(http.Header)
		body   string
		want   string // in the difference; empty is none
	}{
		{name: "nothing", answer: `403 ; {"title":"x"}`, status: 403},
		{name: "status", answer: `400`, status: 403, want: "status 403, want 400"},
		{name: "member", answer: `403 ; {"title":"y"}`, status: 403, want: "body.title is x, want y"},
		{name: "no member", answer: `403 ; {"other":1}`, status: 403, want: "body has no other"},
		{name: "absent member", answer: `403 ; {"title":"(absent)"}`, status: 403, want: "want none"},
		{name: "longer list", answer: `403 ; {"list":[1,2]}`, status: 403, want: "want a list of 2"},
		{name: "header", answer: `403 ; Allow: GET`, status: 403, want: "no Allow"},
		{name: "absent header", answer: `403 ; !Vary`, status: 403, want: "want none"},
		{name: "exact header", answer: `403 ; Vary: Origin`, status: 403, want: `want "Origin"`},
		{name: "security header", answer: `403`, status: 403, change: func(h http.Header) { h.Del("X-Content-Type-Options") }, want: "nosniff"},
		{name: "transport", answer: `403`, status: 403, change: func(h http.Header) { h.Set("Strict-Transport-Security", "max-age=1") }, want: "Strict-Transport"},
		{name: "origin", answer: `403`, status: 403, change: func(h http.Header) { h.Set("Access-Control-Allow-Origin", "*") }, want: "Access-Control"},
		{name: "unknown header", answer: `200`, status: 200, change: func(h http.Header) { h.Set("Server", "x") }, want: "unknown header Server"},
		{name: "cached problem", answer: `403`, status: 403, change: func(h http.Header) { h.Set("Cache-Control", "public") }, want: "Cache-Control of a problem"},
		{name: "request id", answer: `403`, status: 403, change: func(h http.Header) { h.Set("X-Request-Id", "x") }, want: "request id"},
		{name: "leak", answer: `403`, status: 403, body: `{"detail":"SELECT 1"}`, want: `holds "SELECT"`},
		{name: "secret", answer: `200`, status: 200, body: `{"detail":"top-hat-42"}`, want: "holds"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				whole(w.Header(), tt.status)
				if tt.change != nil {
					tt.change(w.Header())
				}
				w.WriteHeader(tt.status)
				if tt.body == "" {
					tt.body = body(tt.status)
				}
				io.WriteString(w, tt.body)
			}))
			defer server.Close()
			x := load(t, "-- table /x --\nr | GET /x | none | "+tt.answer+"\n")[0]
			target := corpus.Target{Address: strings.TrimPrefix(server.URL, "http://"), Host: "x", Secret: "top-hat-42", Previous: "hat-stand-17"}
			found := strings.Join(target.Run(&x), "\n")
			if tt.want == "" && found != "" || !strings.Contains(found, tt.want) {
				t.Errorf("found %q, want %q", found, tt.want)
			}
		})
	}
}

func load(t *testing.T, text string) []corpus.Exchange {
	t.Helper()
	exchanges, err := corpus.Load(files(text))
	if err != nil {
		t.Fatal(err)
	}
	return exchanges
}

func files(text string) fstest.MapFS {
	return fstest.MapFS{"x.txtar": {Data: []byte(text)}, "callers.txt": {Data: []byte("none\nX-A: b\n")}}
}

func TestLoadRefuses(t *testing.T) {
	for _, text := range []string{
		"-- table /x --\nno columns\n",
		"-- table /x --\nr | GET / | nobody | 200\n",
		"-- table /x --\nr | GET / | none | often\n",
		"-- table /x --\nr | GET / | none | 200 sometimes\n",
		"-- table /x --\nr | GET / | none | 200 ; {\"a\":\n",
		"-- x --\nroute: /x\nreason: y\n> GET / HTTP/1.1\n",
		"-- x --\nreason: y\n> GET / HTTP/1.1\n>\n< 200\n",
		"-- x --\nroute: /x\nreason: y\nsomething: else\n> GET / HTTP/1.1\n>\n< 200\n",
		"-- x --\nroute: /x\nreason: y\n> @nobody\n>\n< 200\n",
	} {
		if exchanges, err := corpus.Load(files(text)); err == nil {
			t.Errorf("%q is taken for %d exchanges", text, len(exchanges))
		}
	}
}

func TestLoadReads(t *testing.T) {
	all := load(t, "-- table /x --\nr | 3rd GET,HEAD /x | none+https | 200 ; Allow: GET\n"+
		"-- y --\nroute: /y\nreason: s\nconfig: c\n> \"GET /y\\r\\n\"\n> @none\n>\n< 200 app closed\n< ?ETag\n<\n< text\n")
	if len(all) != 3 || all[0].Reason != "r, GET" || all[1].Steps[0].Times != 3 || all[0].NeedsApp() || !all[2].NeedsApp() {
		t.Fatalf("%+v", all)
	}
	if got := all[1].Steps[0].Request; got != "HEAD /x HTTP/1.1\r\nHost: $HOST\r\nX-A: b\r\nX-Forwarded-Proto: https\r\n\r\n" {
		t.Errorf("request %q", got)
	}
	if got := all[2].Steps[0]; got.Request != "GET /y\r\nX-A: b\r\n\r\n" || got.Want.Body != "text" || !got.Want.Closed || all[2].Config != "c" {
		t.Errorf("%+v", got)
	}
}
