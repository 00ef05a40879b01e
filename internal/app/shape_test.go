package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const shapes = `
  - path: /v1/words
    kind: list
    table: word
    tier: BASIC
    cost: 1
    parameters:
      - {name: text, columns: [text], required: true, enum: [{value: nowhere}, {value: aqua}]}
compatibility:
  envelope: {success: ok, data: items}
  errors: {style: envelope, statuses: {400: 422}, texts: [{path: /v1/word, status: 403, text: more}, {status: 403, text: Forbidden}]}
  not_found: {rows: refuse}
`

// TestShapesReachEveryLayer: the middleware refuses in the words of the description, which a reload can change.
func TestShapesReachEveryLayer(t *testing.T) {
	s := newSite(t)
	plain := strings.Replace(words, "%[1]s", "1", 1)
	s.describe(plain + shapes)
	a := s.start()
	for _, c := range []struct {
		target, secret string
		status         int
		body           string
	}{
		{"/v1/word?q=aqua", proxySecret, 200, `{"ok":true,"items":[{"id":1,"text":"aqua"}]}` + "\n"},
		{"/v1/word?q=aqua", "wrong", 403, `{"ok":false,"error":"Forbidden"}`},
		{"/v1/word", proxySecret, 422, `{"ok":false,"error":"parameter q: required"}`},
		{"/v1/words?text=nowhere", proxySecret, 404, `{"ok":false,"error":"no row answers this question"}`},
		{"/v1/nowhere", proxySecret, 404, `"ok":false`},
	} {
		if status, body := ask(a, c.target, c.secret); status != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%s: %d %s, want %d %s", c.target, status, body, c.status, c.body)
		}
	}
	s.describe(plain)
	if err := a.Reload(t.Context(), s.config()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "http://api.example.com/v1/word", nil)
	if a.ServeHTTP(w, r); w.Code != 403 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("after the reload: %d %s %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
}

// TestShapedDatasetIsTried: a value without rows condemns no dataset, whatever its refusal is.
func TestShapedDatasetIsTried(t *testing.T) {
	s := newSite(t)
	s.describe(strings.Replace(words, "%[1]s", "1", 1) + shapes)
	a := s.start()
	s.write("words.csv", "id,text\n1,aqua\n2,third\n")
	s.describe(strings.Replace(words, "%[1]s", "2", 1) + shapes)
	if err := a.ReloadDataset(t.Context()); err != nil {
		t.Errorf("a sound dataset is refused: %v", err)
	}
}
