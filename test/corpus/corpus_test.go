package corpus_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/ingredients"
	"sallyport/test/corpus"
)

// least is how many exchanges there must be.
const least = 500

func exchanges(t *testing.T) []corpus.Exchange {
	t.Helper()
	all, err := corpus.Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestCorpusHasNoTwoAlike(t *testing.T) {
	seen := map[string]string{}
	for _, x := range exchanges(t) {
		if file, twice := seen[x.Name()]; twice {
			t.Errorf("%q stands in %s and in %s", x.Name(), file, x.File)
		}
		seen[x.Name()] = x.File
	}
	if len(seen) < least {
		t.Errorf("%d exchanges, want %d", len(seen), least)
	}
}

// TestCorpusCoversEveryRoute wants of each route every kind of caller and method, the limit and parameters that
// it does not take, each with and without proven https somewhere.
func TestCorpusCoversEveryRoute(t *testing.T) {
	description, err := ingredients.Description()
	if err != nil {
		t.Fatal(err)
	}
	routes := []string{"/health", "/ready"}
	for _, e := range description.Endpoints {
		routes = append(routes, e.Path)
	}
	all := exchanges(t)
	for _, route := range routes {
		var of []corpus.Exchange
		for _, x := range all {
			if x.Route == route {
				of = append(of, x)
			}
		}
		public := route == "/health" || route == "/ready"
		for name, has := range wanted(public) {
			if !slices.ContainsFunc(of, has) {
				t.Errorf("%s has no exchange with %s", route, name)
			}
		}
	}
}

// wanted are the kinds of exchange that a route must have.
func wanted(public bool) map[string]func(corpus.Exchange) bool {
	refused := 403
	if public {
		refused = 200
	}
	list := map[string]func(corpus.Exchange) bool{
		"no secret":       got(refused, `^GET `, "X-RapidAPI-Proxy-Secret", false),
		"an empty secret": got(refused, `^GET `, "X-RapidAPI-Proxy-Secret:\r\n", true),
		"a wrong secret":  got(refused, `^GET `, "X-RapidAPI-Proxy-Secret: Yc8n", true),
		"the previous":    got(200, `^GET `, "$PREVIOUS", true),
		"the right one":   got(200, `^GET `, "$SECRET", true),
		"no https":        got(200, `^GET `, "X-Forwarded-Proto", false),
		"https":           got(0, ``, "X-Forwarded-Proto: https", true),
		"HEAD":            got(200, `^HEAD `, "", true),
		"an unknown tier": got(0, `^GET `, ": PLATINUM", true),
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
		list["method "+method] = got(405, "^"+method+" ", "", true)
	}
	if public {
		return list
	}
	for _, tier := range []string{"BASIC", "PRO", "ULTRA", "MEGA"} {
		list["tier "+tier] = got(0, `^GET `, "Subscription: "+tier, true)
	}
	list["a full limit"] = got(429, `^GET `, "", true)
	list["bad parameters"] = got(400, `^GET `, "$SECRET", true)
	return list
}

// got finds exchanges by status (0 is any), the form of the request, and text that it has or has not.
func got(status int, form, text string, has bool) func(corpus.Exchange) bool {
	matching := regexp.MustCompile(form)
	return func(x corpus.Exchange) bool {
		last := x.Steps[len(x.Steps)-1]
		return (status == 0 || last.Want.Status == status) && matching.MatchString(last.Request) &&
			strings.Contains(last.Request, text) == has
	}
}
