package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/compare"
)

// echoing answers with the path and with the secret that it was sent.
func echoing(t *testing.T, suffix string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		text := ""
		if r.URL.Path != "/same" {
			text = suffix
		}
		fmt.Fprintf(w, `{"path":%q,"secret":%q,"text":%q}`, r.URL.Path, r.Header.Get("X-Proof"), text+r.Header.Get("X-Proof"))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestCompareExitCodes(t *testing.T) {
	older, newer := echoing(t, "old"), echoing(t, "new")
	allow := filepath.Join(t.TempDir(), "justified.jsonl")
	if err := os.WriteFile(allow, []byte(`{"where":["/text"],"reason":"the name of the server"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, requests string
		args           []string
		code           int
		wants          string
	}{
		{"the same", "GET /same", nil, 0, "1 requests: 1 equal"},
		{"different", "GET /same\nGET /other", nil, 3, "2 GET /other\n  body /text: \"old[redacted]\" -> \"new[redacted]\"\n"},
		{"justified", "GET /other", []string{"--allow", allow}, 0, "the name of the server"},
		{"ignored", "GET /other", []string{"--ignore", "/text"}, 0, "1 equal"},
		{"sent to one", "GET /same", []string{"--new-header", "X-Proof: 1"}, 3, "body /secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs strings.Builder
			args := append([]string{"compare", older, newer, "--requests", "-", "--header-env", "X-Proof=PROOF"}, c.args...)
			code := run(args, stdio{strings.NewReader(c.requests), &out, &errs}, []string{"PROOF=not-to-be-printed"})
			if code != c.code || !strings.Contains(out.String(), c.wants) {
				t.Errorf("exit code %d, want %d and %q\n%s%s", code, c.code, c.wants, &out, &errs)
			}
			if strings.Contains(out.String()+errs.String(), "not-to-be-printed") {
				t.Errorf("the secret is printed: %s%s", &out, &errs)
			}
		})
	}
}

func TestCompareWritesJSON(t *testing.T) {
	var out, errs strings.Builder
	args := []string{"compare", echoing(t, "old"), echoing(t, "new"), "--requests", "-", "--format", "json"}
	code := run(args, stdio{strings.NewReader("GET /x"), &out, &errs}, nil)
	var report compare.Report
	if err := json.Unmarshal([]byte(out.String()), &report); err != nil || code != 3 {
		t.Fatalf("exit code %d, error %v: %s%s", code, err, &out, &errs)
	}
	if report.Different != 1 || report.Exchanges[0].Differences[0].Place != "body /text" {
		t.Errorf("report %+v", report)
	}
}

// TestCompareTellsOfLimits says that answers which a limit refused are no differences of the servers.
func TestCompareTellsOfLimits(t *testing.T) {
	limited := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer limited.Close()
	for _, c := range []struct{ name, older, warning string }{
		{"one of them", echoing(t, ""), "2 requests got 429 from one of the servers"},
		{"both", limited.URL, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs strings.Builder
			run([]string{"compare", c.older, limited.URL, "--requests", "-"}, stdio{strings.NewReader("GET /a\nGET /b"), &out, &errs}, nil)
			if got := errs.String(); !strings.Contains(got, c.warning) || c.warning == "" && got != "" {
				t.Errorf("got %q, want %q", got, c.warning)
			}
		})
	}
}
