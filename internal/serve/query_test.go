package serve

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// testEndpoint takes q or query, and s.
func testEndpoint() *endpoint {
	e := &endpoint{unknown: problem.New(http.StatusBadRequest, "unknown parameter")}
	for _, p := range []dataset.Parameter{{Name: "q", Aliases: []string{"query"}}, {Name: "s"}} {
		e.inputs = append(e.inputs, newInput(&p, false, nil))
	}
	return e
}

func readQuery(query string) (values, error) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.URL.RawQuery = query
	var v values
	err := testEndpoint().read(r, &v)
	return v, err
}

func TestReadQuery(t *testing.T) {
	for query, want := range map[string]string{
		"q=a": "a", "query=a": "a", "s=b&q=a": "a", "q=a+b": "a b", "q=a%20b": "a b", "q=a%2Bb": "a+b", "q=a=b": "a=b",
		"q=a;b": "a;b", "q=%25": "%", "q=%c3%a9": "é", "q=e%cc%81": "é", "%71=a": "a", "q=a%3Db%26c": "a=b&c", "q=é": "é",
		"q=%E2%80%A8": "\u2028",
	} {
		if v, err := readQuery(query); err != nil || v[0] != want {
			t.Errorf("%s: %q, %v; want %q", query, v[0], err, want)
		}
	}
}

// What is read is what a lenient parser reads, and never more; and always text in normal form.
func FuzzReadQuery(f *testing.F) {
	for _, seed := range []string{"", "q=a", "q=a&query=b", "q=%zz", "q=a;s=b", "q=%", "&", "=", "q=%00", "q=e%cc%81", "s=%ff", "q=a&", "%71=%41+b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		v, err := readQuery(query)
		if err != nil {
			if problem.From(err).Status != http.StatusBadRequest {
				t.Errorf("error %v", err)
			}
			return
		}
		lenient := url.Values{}
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			name, nameErr := url.QueryUnescape(name)
			value, valueErr := url.QueryUnescape(value)
			if query != "" && (nameErr != nil || valueErr != nil) {
				t.Fatalf("%q was read, and is malformed", query)
			}
			lenient.Add(name, value)
		}
		delete(lenient, "")
		if n := len(lenient); n > 2 || v[0] == "" && v[1] == "" && n > 0 {
			t.Fatalf("%q: %d names became %q", query, n, v)
		}
		for i, names := range [][]string{{"q", "query"}, {"s"}} {
			var sent []string
			for _, name := range names {
				sent = append(sent, lenient[name]...)
			}
			if len(sent) > 1 || len(sent) == 1 && v[i] != norm.NFC.String(sent[0]) || len(sent) == 0 && v[i] != "" {
				t.Errorf("%q: %q became %q", query, sent, v[i])
			}
			if !utf8.ValidString(v[i]) || strings.ContainsFunc(v[i], unicode.IsControl) || !norm.NFC.IsNormalString(v[i]) {
				t.Errorf("%q: %q is no text", query, v[i])
			}
		}
	})
}
