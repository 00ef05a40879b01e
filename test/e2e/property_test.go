package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestEveryAnswerIsWhole sends random requests: whatever comes, the answer has its security headers, a request
// id, a known content type and no 5xx, and nobody unproven gets more than the probes.
func TestEveryAnswerIsWhole(t *testing.T) {
	target := deploy(t, "prod").start(t).target()
	rapid.Check(t, func(t *rapid.T) {
		request, proven, public := randomRequest(t)
		status, differences := target.Check(request)
		if len(differences) > 0 {
			t.Fatal(strings.Join(differences, "\n"))
		}
		if (status == 200 || status == 304 || status == 404) && !proven && !public {
			t.Fatalf("status %d for nobody: %q", status, request)
		}
	})
}

// randomRequest builds a request as it goes over the wire, and says whether it carries a right secret once and
// is for a path that needs none.
func randomRequest(t *rapid.T) (request string, proven, public bool) {
	var b strings.Builder
	method := rapid.SampledFrom([]string{"GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "DELETE", "TRACE", "CONNECT", "BREW", "get"}).Draw(t, "method")
	path := randomPath(t)
	fmt.Fprintf(&b, "%s %s%s HTTP/1.1\r\n", method, path, randomQuery(t))
	host := rapid.SampledFrom([]string{"api.example.com", "api.example.com", "API.example.com:443", "localhost", "evil.example", ""}).Draw(t, "host")
	fmt.Fprintf(&b, "Host: %s\r\n", host)
	secrets := 0
	for _, name := range []string{
		"X-RapidAPI-Proxy-Secret", "X-RapidAPI-User", "X-RapidAPI-Subscription", "X-Forwarded-For", "X-Forwarded-Proto",
		"Origin", "Access-Control-Request-Method", "If-None-Match", "Authorization", "Accept", "Expect",
	} {
		for _, value := range rapid.SliceOfN(randomValue(), 0, 2).Draw(t, name) {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
			if name == "X-RapidAPI-Proxy-Secret" {
				secrets++
				proven = strings.TrimSpace(value) == current
			}
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "body") == 0 {
		text := rapid.StringMatching(`[a-z]{0,20}`).Draw(t, "text")
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(text), text)
	} else {
		b.WriteString("\r\n")
	}
	return b.String(), proven && secrets == 1, path == "/health" || path == "/ready"
}

func randomPath(t *rapid.T) string {
	known := []string{
		"/health", "/ready", "/v1/ingredient/inci", "/v1/ingredient/cas", "/v1/ingredient/ec", "/v1/ingredient/kr",
		"/v1/ingredient/search", "/v1/ingredient/37595", "/v1/ingredient/37595/regulations", "/v1/function",
		"/v1/function/solvent", "/v1/status", "/v1/stats", "/", "*", "/v1/ingredient/%2e%2e", "//", "/v1//stats", "http://evil.example/health",
	}
	path := rapid.SampledFrom(known).Draw(t, "path")
	switch rapid.IntRange(0, 5).Draw(t, "change") {
	case 0:
		return path + rapid.StringMatching(`[!-~]{1,10}`).Draw(t, "suffix")
	case 1:
		return "/v1/ingredient/" + url.PathEscape(rapid.String().Draw(t, "ref"))
	}
	return path
}

func randomQuery(t *rapid.T) string {
	pair := rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom([]string{"q", "query", "s", "field", "mode", "limit", "cursor", "annex", "x", "%71"}).Draw(t, "name")
		value := rapid.OneOf(
			rapid.SampledFrom([]string{"aqua", "56-81-5", "236-675-5", "paraben", "prohibited", "inci", "contains", "5", "V", "%zz", "%00", "%ff", "%25"}),
			rapid.Map(rapid.String(), url.QueryEscape),
			rapid.StringMatching(`[!-~]{0,40}`),
		).Draw(t, "value")
		return name + "=" + value
	})
	pairs := rapid.SliceOfN(pair, 0, 3).Draw(t, "query")
	if len(pairs) == 0 {
		return ""
	}
	return "?" + strings.Join(pairs, "&")
}

func randomValue() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Just(current),
		rapid.SampledFrom([]string{current, previous, "", "BASIC", "PRO", "MEGA", "GOLD", "alice", "https", "http", "10.0.0.1", "2001:db8::1, 127.0.0.1", "*", "GET", "https://evil.example", "100-continue"}),
		rapid.StringMatching(`[ -~]{0,30}`),
		rapid.Map(rapid.String(), func(s string) string {
			return strings.Map(func(r rune) rune {
				if r < ' ' || r == 0x7f {
					return -1
				}
				return r
			}, s)
		}),
	)
}
