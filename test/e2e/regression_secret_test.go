package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The tests named TestRegression_… are the table of what goes wrong elsewhere, row by row: each fails when this
// program does the same.

// TestRegression_SecretUnsetStaysClosed: nothing to compare with must not equal nothing that was sent.
func TestRegression_SecretUnsetStaysClosed(t *testing.T) {
	for name, tt := range map[string]struct {
		value *string
		want  string
	}{
		"unset":       {nil, "is missing"},
		"empty":       {new(string), "is empty"},
		"blank":       {pointer("                    "), "is blank"},
		"short":       {pointer("hunter2-hunter"), "shorter than 16"},
		"placeholder": {pointer("changeme-changeme"), "placeholder"},
		"example":     {pointer("your-proxy-secret-here"), "placeholder"},
		"template":    {pointer("${RAPIDAPI_PROXY_SECRET}"), "placeholder"},
		"repeated":    {pointer("xxxxxxxxxxxxxxxxxxxxxxxx"), "placeholder"},
	} {
		t.Run(name, func(t *testing.T) {
			d := deploy(t, "prod")
			delete(d.environ, "RAPIDAPI_PROXY_SECRET")
			if tt.value != nil {
				d.environ["RAPIDAPI_PROXY_SECRET"] = *tt.value
			}
			for _, args := range [][]string{d.args, {"config", "check"}} {
				got := d.run(t, args...)
				if got.code != 2 {
					t.Errorf("%s: exit code %d", args[0], got.code)
				}
				mustContain(t, got.stderr, "RAPIDAPI_PROXY_SECRET", tt.want)
				mustNotContain(t, got.stdout+got.stderr, "serving", "hunter2")
			}
		})
	}
}

func pointer(text string) *string { return &text }

// TestRegression_DevelopmentAuthenticates: a development server without a secret makes one, and an empty one is
// a mistake there too.
func TestRegression_DevelopmentAuthenticates(t *testing.T) {
	d := deploy(t, "")
	d.args = append(d.args, "--dev")
	delete(d.environ, "RAPIDAPI_PROXY_SECRET")
	delete(d.environ, "SALLYPORT_KEY")
	s := d.start(t)
	local := func(r *http.Request) { r.Host = "localhost" }
	for name, edit := range map[string]func(*http.Request){
		"no secret": without("X-RapidAPI-Proxy-Secret"), "empty": header("X-RapidAPI-Proxy-Secret", ""), "any": local,
	} {
		if resp, body := s.get(t, "/v1/stats", "MEGA", local, edit); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
	}
	made := filepath.Join(d.dir, ".local", "state", "sallyport", "marketplace-secret")
	text, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the secret: %v, %v", info.Mode(), err)
	}
	kept := strings.TrimSpace(string(text))
	if resp, body := s.get(t, "/v1/stats", "MEGA", local, header("X-RapidAPI-Proxy-Secret", kept)); resp.StatusCode != http.StatusOK {
		t.Errorf("the secret that was made: %d %s", resp.StatusCode, body)
	}
	s.stop(t)
	mustNotContain(t, s.logs.String()+s.access.String(), kept)

	empty := deploy(t, "")
	empty.environ["RAPIDAPI_PROXY_SECRET"] = ""
	if got := empty.run(t, append(empty.args, "--dev")...); got.code != 2 {
		t.Errorf("an empty secret in development: exit code %d\n%s", got.code, got.stderr)
	}
}

// TestRegression_WrongSecretIs403Not500: a refusal is an answer, not an exception.
func TestRegression_WrongSecretIs403Not500(t *testing.T) {
	s := deploy(t, "prod").start(t)
	for _, value := range []string{"", " ", "wrong", strings.ToUpper(current), current + " x", current[1:], "\t", "null", "undefined"} {
		resp, body := s.get(t, "/v1/stats", "BASIC", header("X-RapidAPI-Proxy-Secret", value))
		if resp.StatusCode != http.StatusForbidden || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%q: %d %s", value, resp.StatusCode, body)
		}
	}
	resp, body := s.get(t, "/v1/stats", "BASIC", without("X-RapidAPI-Proxy-Secret"))
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("no header: %d %s", resp.StatusCode, body)
	}
}

// TestRegression_ProbesDoNotFlood: anybody can send wrong secrets, so they cost no line each, and no event.
func TestRegression_ProbesDoNotFlood(t *testing.T) {
	s := deploy(t, "tight").start(t) // two failures for an address
	for range 50 {
		s.get(t, "/v1/stats", "BASIC", header("X-RapidAPI-Proxy-Secret", "wrong"))
	}
	if resp, _ := s.get(t, "/v1/stats", "BASIC"); resp.StatusCode != http.StatusOK {
		t.Errorf("the right secret from the same address: %d", resp.StatusCode)
	}
	s.stop(t)
	if n := len(regexp.MustCompile(`"refusal":`).FindAllString(s.access.String(), -1)); n != 2 {
		t.Errorf("50 wrong secrets made %d lines, want 2:\n%s", n, s.access)
	}
	mustNotContain(t, s.logs.String(), `"WARN"`, `"ERROR"`)
}

// TestRegression_SecretsAreInNoLog: whatever is sent and wherever the program writes.
func TestRegression_SecretsAreInNoLog(t *testing.T) {
	d := deploy(t, "prod")
	d.environ["RAPIDAPI_PROXY_SECRET_PREVIOUS"] = previous
	d.environ["SALLYPORT_LOG_LEVEL"] = "debug"
	s := d.start(t)
	const key, wrong = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "Zt8mQw3xKv6nRb2y"
	for _, path := range []string{"/v1/stats", "/v1/nothing", "/v1/ingredient/inci?q=" + current, "/v1/ingredient/aqua", "//", "/health"} {
		for _, value := range []string{current, previous, wrong} {
			s.get(t, path, "GOLD", header("X-RapidAPI-Proxy-Secret", value), header("X-RapidAPI-Key", key), header("Cookie", wrong))
		}
	}
	s.stop(t)
	for _, text := range []string{s.logs.String(), s.access.String(), d.run(t, "config", "show").stdout} {
		mustNotContain(t, text, current, previous, signing, key, wrong)
	}
	mustContain(t, s.access.String(), `"route":"/v1/stats"`)
	mustNotContain(t, s.access.String(), t.Name())
}
