package compare_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sallyport/internal/compare"
)

// served starts a server and returns it as one of the two.
func served(t *testing.T, h http.HandlerFunc) compare.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return compare.Server{URL: at, Header: http.Header{}}
}

// says answers with a body of JSON.
func says(t *testing.T, body string) compare.Server {
	return served(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, body)
	})
}

func requests(t *testing.T, text string) []compare.Request {
	t.Helper()
	list, err := compare.ReadRequests(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func run(t *testing.T, older, newer compare.Server, lines string, o compare.Options) *compare.Report {
	t.Helper()
	report, err := compare.Run(t.Context(), older, newer, requests(t, lines), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// places are the differences of the first exchange that has any, as "place: old -> new".
func places(r *compare.Report) []string {
	var list []string
	if len(r.Exchanges) > 0 {
		for _, d := range r.Exchanges[0].Differences {
			list = append(list, d.Place+": "+d.Old+" -> "+d.New)
		}
	}
	return list
}

func TestBodiesAreComparedByField(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"same", `{"a":1,"b":[true,null]}`, `{"b": [true, null], "a": 1}`, nil},
		{"numbers by value", `[1, 100, -0, 0.5, 1e400]`, `[1.0, 1e2, 0, 5E-1, 10e399]`, nil},
		{"numbers that floats confuse", `9007199254740993`, `9007199254740992`, []string{"body: 9007199254740993 -> 9007199254740992"}},
		{"absent is not null", `{"a":null}`, `{}`, []string{"body /a: null -> absent"}},
		{"a member more", `{"a":1}`, `{"a":1,"m/x~":{"b":2}}`, []string{`body /m~1x~0: absent -> {"b":2}`}},
		{"length and index", `[1,2,3]`, `[1,5]`, []string{"body: length 3 -> length 2", "body /1: 2 -> 5"}},
		{"type", `{"a":"1"}`, `{"a":1}`, []string{`body /a: "1" -> 1`}},
		{"object and list", `{"a":{}}`, `{"a":[]}`, []string{`body /a: {} -> []`}},
		{"null and object", `{"a":null}`, `{"a":{}}`, []string{`body /a: null -> {}`}},
		{"list and null", `{"a":[]}`, `{"a":null}`, []string{`body /a: [] -> null`}},
		{"deep", `{"data":[{"x":{"y":1}}]}`, `{"data":[{"x":{"y":2}}]}`, []string{"body /data/0/x/y: 1 -> 2"}},
		{"no JSON", `{"a":1`, `{"a":1}`, []string{`body: "{\"a\":1" -> {"a":1}`}},
		{"a member twice is no JSON", `{"a":1,"a":2}`, `{"a":2}`, []string{`body: "{\"a\":1,\"a\":2}" -> {"a":2}`}},
		{"two texts are no JSON", `1 2`, `1`, []string{`body: "1 2" -> 1`}},
		{"nothing", ``, `{}`, []string{"body: absent -> {}"}},
		{"bytes", "\xff\xfe", "\xff", []string{"body: 2 bytes -> 1 bytes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := places(run(t, says(t, c.old), says(t, c.new), "GET /", compare.Options{}))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatusAndHeadersAreCompared(t *testing.T) {
	older := served(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; Charset=utf-8")
		w.Header().Set("Location", "http://"+r.Host+"/x")
		w.Header().Set("X-Own", "1")
		w.WriteHeader(301)
	})
	newer := served(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
		w.Header().Set("Location", "/x")
		w.Header().Set("X-Own", "2")
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(302)
	})
	for _, c := range []struct {
		name string
		o    compare.Options
		want []string
	}{
		{"usual", compare.Options{}, []string{"status: 301 -> 302", `header Www-Authenticate: absent -> "Bearer"`}},
		{"named", compare.Options{Headers: []string{"x-own"}}, []string{"status: 301 -> 302", `header X-Own: "1" -> "2"`}},
		{"ignored", compare.Options{Ignore: []string{"status", "www-authenticate"}}, nil},
	} {
		if diff := cmp.Diff(c.want, places(run(t, older, newer, "GET /x", c.o))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestRequestsArriveAsWritten(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s|%s|%s|%s", r.Method, r.RequestURI, r.Host, r.Header.Get("X-A"), body)
	}
	older, newer := served(t, echo), served(t, echo)
	newer.URL.Path = "/base/"
	older.Header = http.Header{"Host": {"old.test"}, "X-A": {"server"}}
	lines := `
# kinds of lines
GET /a%2Fb?q=%zz&q=%41+
{"method":"POST","path":"/p","headers":{"X-A":"own"},"body":{"n":1}}
{"path":"/t","body":"text"}`
	var got []string
	for _, x := range run(t, older, newer, lines, compare.Options{Concurrency: 1}).Exchanges {
		got = append(got, x.Differences[0].Old, x.Differences[0].New)
	}
	host := newer.URL.Host
	want := []string{
		`"GET /a%2Fb?q=%zz&q=%41+|old.test|server|"`, `"GET /base/a%2Fb?q=%zz&q=%41+|` + host + `||"`,
		`"POST /p|old.test|server|{\"n\":1}"`, `"POST /base/p|` + host + `|own|{\"n\":1}"`,
		`"GET /t|old.test|server|text"`, `"GET /base/t|` + host + `||text"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestReadRequestsRefuses(t *testing.T) {
	for _, text := range []string{
		"", "# nothing\n", "GET", "GET /a b", "GET a", "GET //host/x", "GE(T /", "CONNECT /", "GET /\u00e4", "GET /a#b", "{", `{"path":"/","x":1}`,
		`{"path":"/"} {}`, `{"path":"/","headers":{"A b":"x"}}`, `{"path":"/","headers":{"A":"x\ny"}}`, `{"path":"/","headers":{"A":1}}`,
	} {
		if list, err := compare.ReadRequests(strings.NewReader(text)); err == nil {
			t.Errorf("%q reads as %+v", text, list)
		}
	}
	_, err := compare.ReadRequests(strings.NewReader("GET /\n\nGET\nPOST\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3: ") || !strings.Contains(err.Error(), "line 4: ") {
		t.Errorf("error %v does not name both lines", err)
	}
}

func TestAllowancesJustifyWhatTheyName(t *testing.T) {
	older := says(t, `{"a":1,"list":[{"id":1,"x":1},{"id":2,"x":2}],"meta":{"b":{"c":1}}}`)
	newer := says(t, `{"a":2,"list":[{"id":5,"x":1},{"id":6,"x":2}],"meta":{"b":{"c":2}}}`)
	for _, c := range []struct {
		name  string
		allow compare.Allowance
		left  []string
	}{
		{"a pointer", compare.Allowance{Where: []string{"/a"}}, []string{"body /list/0/id", "body /list/1/id", "body /meta/b/c"}},
		{"one segment", compare.Allowance{Where: []string{"body /list/*/id"}}, []string{"body /a", "body /meta/b/c"}},
		{"any depth", compare.Allowance{Where: []string{"/meta/**", "/a/**", "/list/*"}}, []string{"body /list/0/id", "body /list/1/id"}},
		{"another member", compare.Allowance{Where: []string{"/a b", "body /list/*/i d"}}, []string{"body /a", "body /list/0/id", "body /list/1/id", "body /meta/b/c"}},
		{"everything", compare.Allowance{Where: []string{"/**"}}, nil},
		{"another request", compare.Allowance{Requests: []string{"GET /other"}, Where: []string{"/**"}}, []string{"body /a", "body /list/0/id", "body /list/1/id", "body /meta/b/c"}},
		{"a pattern of requests", compare.Allowance{Requests: []string{"POST /", "GET /v1/*?q=*"}, Where: []string{"/**"}}, nil},
		{"another status", compare.Allowance{OldStatus: 200, NewStatus: 403, Where: []string{"/**"}}, []string{"body /a", "body /list/0/id", "body /list/1/id", "body /meta/b/c"}},
		{"the body as a whole is not its members", compare.Allowance{Where: []string{"body", "status", "header *"}}, []string{"body /a", "body /list/0/id", "body /list/1/id", "body /meta/b/c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.allow.Reason = "known"
			report := run(t, older, newer, "GET /v1/x?q=y", compare.Options{Allow: []compare.Allowance{c.allow}})
			var left []string
			for _, d := range report.Exchanges[0].Differences {
				if d.Reason == "" {
					left = append(left, d.Place)
				}
			}
			if diff := cmp.Diff(c.left, left); diff != "" {
				t.Errorf("not allowed (-want +got):\n%s", diff)
			}
			if report.Differ() != (c.left != nil) {
				t.Errorf("Differ() = %v with %d left", report.Differ(), len(c.left))
			}
			if want := 4 - len(c.left); report.Allowed[0].Differences != want {
				t.Errorf("credited with %d, want %d", report.Allowed[0].Differences, want)
			}
		})
	}
}

func TestAllowancesMustSayWhatAndWhy(t *testing.T) {
	for _, text := range []string{
		`{"where":["status"]}`, `{"where":["status"],"reason":" "}`, `{"reason":"x"}`, `{"where":["**"],"reason":"x"`, `{"where":["a b c"],"reason":"x"}`,
		`{"where":["status"],"reason":"x","differences":9}`, `{"where":[" "],"reason":"x"}`, `{"where":["body x"],"reason":"x"}`,
		`{"requests":[],"where":["status"],"reason":"x"}`, `{"request":"GET /","where":["status"],"reason":"x"}`,
	} {
		if list, err := compare.ReadAllowances(strings.NewReader(text)); err == nil {
			t.Errorf("%s reads as %+v", text, list)
		}
	}
}

func TestReportText(t *testing.T) {
	older := says(t, `{"a":1,"b":"\u001b[31m","c":1}`)
	newer := says(t, `{"a":2,"b":"x","c":2}`)
	report := run(t, older, newer, "GET /x\nGET /y", compare.Options{Allow: []compare.Allowance{
		{Requests: []string{"GET /y"}, Where: []string{"/**"}, Reason: "it is y"}, {Where: []string{"/c"}, Reason: "the clock"}, {Where: []string{"status"}, Reason: "never"},
	}})
	var text strings.Builder
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	want := `1 GET /x
  body /a: 1 -> 2
  body /b: "\u001b[31m" -> "x"
  and 1 justified

allowed 3 in 1 exchanges: /** of GET /y: it is y
allowed 1 in 1 exchanges: /c: the clock
allowed, and not needed: status: never

2 requests: 0 equal, 1 with justified differences, 1 different, 0 failed
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestSecretsAreConcealed(t *testing.T) {
	echo := func(suffix string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "/?"+r.Header.Get("X-Secret"))
			fmt.Fprint(w, `{"`+r.Header.Get("X-Given")+`":"`+r.Header.Get("Authorization")+suffix+`"}`)
		}
	}
	older, newer := served(t, echo("")), served(t, echo("!"))
	older.Header.Set("X-Given", "given by the environment")
	newer.Header.Set("X-Secret", "told-by-its-name")
	report := run(t, older, newer, `{"path":"/?k=told-by-its-name","headers":{"Authorization":"Bearer abcdefgh"}}`,
		compare.Options{Conceal: []string{"given by the environment"}})
	text := fmt.Sprintf("%+v", report)
	for _, secret := range []string{"given by the environment", "told-by-its-name", "abcdefgh"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
	if len(report.Exchanges[0].Differences) != 3 {
		t.Errorf("concealing hid a difference: %s", text)
	}
}

// TestWhatCannotBeComparedIsNoEquality: an answer that is cut, too long or late is a failure.
func TestWhatCannotBeComparedIsNoEquality(t *testing.T) {
	answer := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "short")
		case "/long":
			io.WriteString(w, strings.Repeat("x", 2000))
		case "/late":
			<-r.Context().Done()
		case "/abort":
			panic(http.ErrAbortHandler)
		}
	}
	report := run(t, served(t, answer), served(t, answer), "GET /cut\nGET /long\nGET /abort\nGET /fine\nGET /late",
		compare.Options{MaxBody: 1000, Timeout: time.Second})
	if report.Failed != 4 || report.Equal != 1 || !report.Incomplete() {
		t.Errorf("failed %d, equal %d: %+v", report.Failed, report.Equal, report.Exchanges)
	}
	for _, x := range report.Exchanges {
		if !strings.HasPrefix(x.Failure, "old: ") {
			t.Errorf("%s: failure %q", x.Request, x.Failure)
		}
	}
}

func TestUnreachableServerEndsTheRun(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	at, err := url.Parse(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	_, err = compare.Run(t.Context(), says(t, "{}"), compare.Server{URL: at}, requests(t, "GET /a\nGET /b"), compare.Options{})
	if !errors.Is(err, compare.ErrUnreachable) {
		t.Errorf("error %v", err)
	}
}

func TestRunIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := served(t, func(w http.ResponseWriter, r *http.Request) { cancel() })
	_, err := compare.Run(ctx, server, server, requests(t, strings.Repeat("GET /\n", 50)), compare.Options{Concurrency: 1})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestOrderIsThatOfTheRequests compares runs of one and of many requests at a time.
func TestOrderIsThatOfTheRequests(t *testing.T) {
	name := func(prefix string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, `{"%s":1,"p":"%s"}`, prefix, r.URL.Path) }
	}
	older, newer := served(t, name("a")), served(t, name("b"))
	var lines strings.Builder
	for i := range 60 {
		fmt.Fprintf(&lines, "GET /%d\n", i)
	}
	done := 0
	one := run(t, older, newer, lines.String(), compare.Options{Concurrency: 1, Progress: func(n int) { done = n }})
	many := run(t, older, newer, lines.String(), compare.Options{Concurrency: 16})
	if diff := cmp.Diff(one, many, cmpopts.IgnoreUnexported(compare.Difference{})); diff != "" {
		t.Errorf("one at a time and sixteen (-one +sixteen):\n%s", diff)
	}
	if done != 60 || one.Different != 60 {
		t.Errorf("progress %d, different %d", done, one.Different)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	good := says(t, "{}")
	address := func(text string) compare.Server {
		at, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return compare.Server{URL: at}
	}
	for name, c := range map[string]struct {
		older compare.Server
		o     compare.Options
	}{
		"no address":    {compare.Server{}, compare.Options{}},
		"another kind":  {address("ftp://x/"), compare.Options{}},
		"a query":       {address("http://x/?a=b"), compare.Options{}},
		"a user":        {address("http://u:p@x/"), compare.Options{}},
		"too many":      {good, compare.Options{Concurrency: compare.MaxConcurrency + 1}},
		"negative":      {good, compare.Options{MaxBody: -1}},
		"no place":      {good, compare.Options{Ignore: []string{"a b"}}},
		"no allowance":  {good, compare.Options{Allow: []compare.Allowance{{Where: []string{"status"}}}}},
		"negative time": {good, compare.Options{Timeout: -1}},
	} {
		if _, err := compare.Run(t.Context(), c.older, good, requests(t, "GET /"), c.o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
