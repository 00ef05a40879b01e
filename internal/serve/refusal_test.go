package serve_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/problem"
)

// problemStatus returns the status of a problem, or 0 for another answer.
func problemStatus(w *httptest.ResponseRecorder) int {
	if w.Header().Get("Content-Type") != problem.MediaType {
		return 0
	}
	return w.Code
}

// sameProblem compares a problem with its members in JSON.
func sameProblem(t *testing.T, want string, w *httptest.ResponseRecorder) {
	t.Helper()
	var wanted, got map[string]any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("problem (-want +got):\n%s", diff)
	}
	if fmt.Sprint(got["status"]) != fmt.Sprint(w.Code) {
		t.Errorf("status line %d, member %v", w.Code, got["status"])
	}
}

// refused is a request of a tier that has a problem for an answer.
type refused struct {
	tier, target string
	status       int
	detail       string
}

func TestRefusals(t *testing.T) {
	a := memoryAPI(t)
	for _, c := range slices.Concat(refusedQueries(), refusedValues(), refusedRights()) {
		t.Run(c.tier+" "+c.target[:min(len(c.target), 60)], func(t *testing.T) {
			w := get(a, c.tier, c.target)
			if w.Code != c.status {
				t.Fatalf("status %d, want %d: %s", w.Code, c.status, w.Body)
			}
			sameProblem(t, fmt.Sprintf(`{"type":"about:blank","title":%q,"status":%d,"detail":%q}`,
				http.StatusText(c.status), c.status, c.detail), w)
		})
	}
}

func refusedQueries() []refused {
	return []refused{
		{"BASIC", "/v1/ingredient/inci", 400, "parameter q: required"},
		{"BASIC", "/v1/ingredient/inci?", 400, "parameter q: required"},
		{"BASIC", "/v1/ingredient/inci?q=", 400, "parameter q: empty"},
		{"BASIC", "/v1/ingredient/inci?q", 400, "parameter q: empty"},
		{"BASIC", "/v1/ingredient/inci?q=aqua&q=aqua", 400, "parameter q: given more than once"},
		{"BASIC", "/v1/ingredient/inci?q=aqua&query=aqua", 400, "parameter q: given more than once"},
		{"BASIC", "/v1/ingredient/inci?q=aqua&x=1", 400, "unknown parameter: this path takes q or query, limit, cursor"},
		{"BASIC", "/v1/ingredient/inci?q=aqua&Q=1", 400, "unknown parameter: this path takes q or query, limit, cursor"},
		{"BASIC", "/v1/ingredient/inci?q=aqua&", 400, "unknown parameter: this path takes q or query, limit, cursor"},
		{"BASIC", "/v1/ingredient/inci?q=aqua;limit=1&limit=2&limit=3", 400, "parameter limit: given more than once"},
		{"BASIC", "/v1/ingredient/inci?q=%zz", 400, "query: malformed escape"},
		{"BASIC", "/v1/ingredient/inci?q=aqua%", 400, "query: malformed escape"},
		{"BASIC", "/v1/ingredient/inci?q=aqua%4", 400, "query: malformed escape"},
		{"BASIC", "/v1/ingredient/inci?%zz=aqua", 400, "query: malformed escape"},
		{"BASIC", "/v1/ingredient/inci?q=aqua%00", 400, "parameter q: not UTF-8 text without control characters"},
		{"BASIC", "/v1/ingredient/inci?q=aqua%0a", 400, "parameter q: not UTF-8 text without control characters"},
		{"BASIC", "/v1/ingredient/inci?q=aqua%7f", 400, "parameter q: not UTF-8 text without control characters"},
		{"BASIC", "/v1/ingredient/inci?q=aqua%c2%85", 400, "parameter q: not UTF-8 text without control characters"},
		{"BASIC", "/v1/ingredient/inci?q=aqua%ff", 400, "parameter q: not UTF-8 text without control characters"},
		{"BASIC", "/v1/ingredient/inci?q=aqua%ed%a0%80", 400, "parameter q: not UTF-8 text without control characters"},
		{"BASIC", "/v1/ingredient/inci?q=" + strings.Repeat("a", 10_000), 400, "parameter q: at most 200 characters"},
		{"BASIC", "/v1/ingredient/inci?q=" + strings.Repeat("%25", 10_000), 400, "query: too long"},
		{"BASIC", "/v1/stats?q=aqua", 400, "unknown parameter: this path takes none"},
		{"BASIC", "/v1/ingredient/34041?ref=34041", 400, "unknown parameter: this path takes none"},
		{"BASIC", "/v1/ingredient/34041?limit=1", 400, "unknown parameter: this path takes none"},
	}
}

func refusedValues() []refused {
	return []refused{
		{"BASIC", "/v1/ingredient/inci?q=a", 400, "parameter q: at least 2 characters"},
		{"BASIC", "/v1/ingredient/inci?q=a+", 400, "parameter q: at least 2 characters"},
		{"BASIC", "/v1/ingredient/inci?q=a%2c%2c%2c", 400, "parameter q: at least 2 characters"},
		{"BASIC", "/v1/ingredient/inci?q=%ec%95%84", 400, "parameter q: at least 2 characters"},
		{"BASIC", "/v1/ingredient/inci?q=" + strings.Repeat("a", 201), 400, "parameter q: at most 200 characters"},
		{"BASIC", "/v1/ingredient/cas?q=abc", 400, `parameter q: must match \d{2,7}(-(\d{1,2}(-\d?)?)?)?`},
		{"BASIC", "/v1/ingredient/cas?q=69-72-7'--", 400, `parameter q: must match \d{2,7}(-(\d{1,2}(-\d?)?)?)?`},
		{"PRO", "/v1/ingredient/contains?q=ab", 400, "parameter q: at least 3 characters for contains"},
		{"BASIC", "/v1/ingredient/abc", 400, "parameter ref: not of type integer"},
		{"BASIC", "/v1/ingredient/034041", 400, "parameter ref: not of type integer"},
		{"BASIC", "/v1/ingredient/+34041", 400, "parameter ref: not of type integer"},
		{"BASIC", "/v1/ingredient/99999999999999999999", 400, "parameter ref: not of type integer"},
		{"BASIC", "/v1/ingredient/34041%00", 400, "parameter ref: not UTF-8 text without control characters"},
		{"BASIC", "/v1/ingredient/%ff", 400, "parameter ref: not UTF-8 text without control characters"},
		{"PRO", "/v1/ingredient/37595/regulations?annex=I", 400, "parameter annex: must match II|III|IV|V|VI"},
		{"BASIC", "/v1/status?s=other", 400, "parameter s: one of not-listed, preservative, restricted, prohibited"},
		{"BASIC", "/v1/ingredient/search?q=aqua&mode=fuzzy", 400, "parameter mode: one of exact, prefix, contains"},
		{"BASIC", "/v1/ingredient/search?q=aqua&field=cas", 400, "parameter field: one of inci, alias"},
		{"ULTRA", "/v1/ingredient/search?q=aq&mode=contains", 400, "parameter q: at least 3 characters for contains"},
		{"BASIC", "/v1/function?limit=0", 400, "parameter limit: a whole number from 1"},
		{"BASIC", "/v1/function?limit=-1", 400, "parameter limit: a whole number from 1"},
		{"BASIC", "/v1/function?limit=1e3", 400, "parameter limit: a whole number from 1"},
		{"BASIC", "/v1/function?limit=9999999999", 400, "parameter limit: a whole number from 1"},
		{"BASIC", "/v1/function?cursor=x", 400, "cursor is not valid here or has expired: start again without it"},
	}
}

func refusedRights() []refused {
	return []refused{
		{"BASIC", "/v1/ingredient/ec?q=200-712-3", 403, "requires tier PRO or above"},
		{"BASIC", "/v1/ingredient/37595/regulations", 403, "requires tier PRO or above"},
		{"BASIC", "/v1/ingredient/search?q=aqua&mode=prefix", 403, "requires tier PRO or above"},
		{"PRO", "/v1/ingredient/search?q=aqua&mode=contains", 403, "requires tier ULTRA or above"},
		{"BASIC", "/v1/status?s=restricted", 403, "requires tier PRO or above"},
		{"ULTRA", "/v1/status?s=prohibited", 403, "requires tier MEGA or above"},
		{"PRO", "/v1/ingredient/search?q=aqua&status=prohibited", 403, "requires tier MEGA or above"},
		{"BASIC", "/", 404, "there is nothing at this path"},
		{"BASIC", "/v1", 404, "there is nothing at this path"},
		{"BASIC", "/v1/function/", 404, "there is nothing at this path"},
		{"BASIC", "/v1//function", 404, "there is nothing at this path"},
		{"BASIC", "/v1/x/../function", 404, "there is nothing at this path"},
		{"BASIC", "/v1/ingredient/1/2", 404, "there is nothing at this path"},
	}
}

func TestSemicolonIsNoSeparator(t *testing.T) {
	w := get(memoryAPI(t), "BASIC", "/v1/ingredient/inci?q=100%25+%3Cpure;%3E_'oil%22")
	if !strings.Contains(w.Body.String(), "99001") {
		t.Errorf("the value was cut at the semicolon: %s", w.Body)
	}
}

func TestMethods(t *testing.T) {
	a := memoryAPI(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "PROPFIND"} {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, as("BASIC", method, "/v1/stats"))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: status %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
}
