package docs

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sallyport/internal/servicetest"
)

// TestRefusalsAreListed compares the table with the constants of type Refusal.
func TestRefusalsAreListed(t *testing.T) {
	compareSets(t, "refusals", constants(t, "record.go", "Refusal"), firstSpans(t, load(t, "docs/http.md"), "Refusals"))
}

// constants returns the values of the constants of one type in a file.
func constants(t *testing.T, file, kind string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == kind {
			for _, v := range spec.Values {
				values = append(values, literal(t, v))
			}
		}
		return true
	})
	if len(values) < 3 {
		t.Fatalf("%s has %d constants of type %s", file, len(values), kind)
	}
	return values
}

// TestStatusesAreListed compares the table with every status that the code of the serving half names.
func TestStatusesAreListed(t *testing.T) {
	var want []string
	for _, file := range goFiles(t) {
		served := slices.Contains([]string{".", "problem", "internal/serve", "internal/app"}, filepath.ToSlash(filepath.Dir(file)))
		if !served || strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range regexp.MustCompile(`http\.Status(\w+)`).FindAllStringSubmatch(read(t, file), -1) {
			if status := statusOf(m[1]); status != "" && !slices.Contains(want, status) {
				want = append(want, status)
			}
		}
	}
	compareSets(t, "statuses", want, firstSpans(t, load(t, "docs/http.md"), "Statuses"))
	var listed []string
	for _, row := range load(t, "docs/http.md").tableUnder(t, "Refusals") {
		listed = append(listed, row[1])
	}
	for _, status := range listed {
		if !slices.Contains(want, status) {
			t.Errorf("a refusal has status %s, which no code names", status)
		}
	}
	for _, m := range regexp.MustCompile(`class="no"[^>]*>([\d ]+)<`).FindAllStringSubmatch(read(t, "docs/chain.svg"), -1) {
		for status := range strings.FieldsSeq(m[1]) {
			if !slices.Contains(want, status) {
				t.Errorf("the picture has status %s, which no code names", status)
			}
		}
	}
}

// statusOf returns the number of a constant of net/http, by its text.
func statusOf(name string) string {
	for status := 100; status < 600; status++ {
		text := regexp.MustCompile(`[^A-Za-z]`).ReplaceAllString(http.StatusText(status), "")
		if text != "" && strings.EqualFold(text, name) || name == "RequestURITooLong" && status == http.StatusRequestURITooLong {
			return strconv.Itoa(status)
		}
	}
	return ""
}

// dev is a running server with the bundled data.
type dev struct{ url, secret string }

const exampleOrigin = "http://localhost:3000"

func startDev(t *testing.T) dev {
	t.Helper()
	dir, address := t.TempDir(), servicetest.FreeAddress(t)
	cmd := exec.Command(program(t), "serve", "--dev")
	cmd.Dir = dir
	cmd.Env = append(environment(t, dir), "PORT="+servicetest.Port(t, address), "SALLYPORT_CORS_ORIGINS="+exampleOrigin)
	servicetest.Start(t, cmd, address)
	secret, err := os.ReadFile(filepath.Join(dir, ".local", "state", "sallyport", "marketplace-secret"))
	if err != nil {
		t.Fatal(err)
	}
	return dev{"http://" + address, strings.TrimSpace(string(secret))}
}

// exchange sends one request; header names and values alternate.
func (d dev) exchange(t *testing.T, method, path string, header ...string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, d.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

// sample is one request for each kind of answer, and the status that it is for.
type sample struct {
	status       int
	method, path string
	header       []string
}

func samples(d dev) []sample {
	proof := []string{"X-RapidAPI-Proxy-Secret", d.secret}
	basic := append(slices.Clone(proof), "X-RapidAPI-User", "reader", "X-RapidAPI-Subscription", "BASIC")
	mega := append(slices.Clone(proof), "X-RapidAPI-User", "whale", "X-RapidAPI-Subscription", "MEGA")
	return []sample{
		{200, "GET", "/health", nil},
		{200, "GET", "/ready", nil},
		{200, "GET", "/v1/ingredient/inci?q=eau", mega},
		{200, "GET", "/v1/ingredient/cas?q=9003&limit=1", basic},
		{200, "GET", "/v1/function", basic},
		{200, "GET", "/v1/stats", basic},
		{200, "HEAD", "/v1/ingredient/37595", mega},
		{204, "OPTIONS", "/v1/stats", []string{"Origin", exampleOrigin, "Access-Control-Request-Method", "GET"}},
		{400, "GET", "/v1/stats?page=2", basic},
		{400, "GET", "/v1//stats", basic},
		{403, "GET", "/v1/stats", nil},
		{403, "GET", "/v1/ingredient/ec?q=200-712-3", basic},
		{403, "GET", "/v1/stats", []string{"Origin", exampleOrigin}},
		{404, "GET", "/v1/nothing", basic},
		{404, "GET", "/v1/ingredient/1", basic},
		{405, "DELETE", "/v1/stats", basic},
		{421, "GET", "/v1/stats", append([]string{"Host", "elsewhere.example"}, basic...)},
		{429, "GET", "/v1/stats", nil}, // after too many without a secret
	}
}

// TestHeadersAreListed asks for every kind of answer and compares the headers that come with the table: none may
// be missing there, and those on "every answer" must be on every answer.
func TestHeadersAreListed(t *testing.T) {
	table := load(t, "docs/http.md").tableUnder(t, "Headers of answers")
	names := map[string]string{} // lower case, to where it stands
	for _, row := range table {
		names[strings.ToLower(strings.Trim(row[0], "`"))] = row[1]
	}
	d, seen := startDev(t), map[string]bool{}
	for _, s := range samples(d) {
		response := d.until(t, s)
		for name := range response.Header {
			seen[strings.ToLower(name)] = true
			if _, ok := names[strings.ToLower(name)]; !ok {
				t.Errorf("%s %s: the table lacks %s", s.method, s.path, name)
			}
		}
		for name, on := range names {
			if on == "every answer" && response.Header.Get(name) == "" {
				t.Errorf("%s %s: status %d without %s", s.method, s.path, response.StatusCode, name)
			}
		}
	}
	for name := range names {
		if !seen[name] && name != "strict-transport-security" { // which the tests of the proxies see
			t.Errorf("no answer has %s", name)
		}
	}
}

// until sends s once, or for the failure budget until it is used up.
func (d dev) until(t *testing.T, s sample) *http.Response {
	t.Helper()
	for range 30 {
		response, _ := d.exchange(t, s.method, s.path, s.header...)
		if response.StatusCode == s.status || s.status != http.StatusTooManyRequests {
			if response.StatusCode != s.status {
				t.Errorf("%s %s: status %d, want %d", s.method, s.path, response.StatusCode, s.status)
			}
			return response
		}
	}
	t.Fatalf("%s %s never has status %d", s.method, s.path, s.status)
	return nil
}

// TestMembersAreListed compares the members of problems and of meta with their tables.
func TestMembersAreListed(t *testing.T) {
	doc := load(t, "docs/http.md")
	problems, meta := firstSpans(t, doc, "Problems"), firstSpans(t, doc, "Answers")
	d, seen := startDev(t), map[string]bool{}
	for _, s := range samples(d) {
		response, body := d.exchange(t, s.method, s.path, s.header...)
		if len(body) == 0 || response.StatusCode == http.StatusOK && strings.Count(s.path, "/") < 2 {
			continue // without a body, or a probe
		}
		var object map[string]any
		if err := json.Unmarshal(body, &object); err != nil {
			t.Fatalf("%s: %v", s.path, err)
		}
		listed := problems
		if response.StatusCode == http.StatusOK {
			object, listed = object["meta"].(map[string]any), meta
		}
		for member := range object {
			seen[member] = true
			if !slices.Contains(listed, member) {
				t.Errorf("%s %s: no table has the member %s", s.method, s.path, member)
			}
		}
	}
	for _, member := range append(slices.Clone(problems), meta...) {
		if !seen[member] && member != "violated-policies" {
			t.Errorf("no answer has the member %s", member)
		}
	}
}
