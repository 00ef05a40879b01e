package sallyport

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sallyport/problem"
)

// CORS lists who may read answers in a browser (Fetch standard). The zero value is nobody. Origins are
// compared as a whole: there is no "*", no pattern, and nothing is reflected that is not listed.
type CORS struct {
	Origins []string      // "https://app.example.com": scheme, host and port if it is not the default
	Headers []string      // request headers that a page may set; credentials of the marketplace cannot be listed
	MaxAge  time.Duration // how long a preflight is remembered; 10 minutes when 0
}

type corsRule struct {
	origins map[string][]string // origin to its own header value
	methods []string
	headers []string
	maxAge  []string
	expose  []string
}

func (b *builder) cors(c Config) corsRule {
	rule := corsRule{
		origins: map[string][]string{},
		headers: []string{strings.Join(c.CORS.Headers, ", ")},
		expose:  []string{"RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, ETag"},
	}
	for _, origin := range c.CORS.Origins {
		if why := badOrigin(origin); why != "" {
			b.failf("CORS", "origin %q %s", origin, why)
		}
		rule.origins[origin] = []string{origin}
	}
	for _, name := range c.CORS.Headers {
		if !validHeaderName(name) {
			b.failf("CORS", "%q is not the name of a header", name)
		}
		if strings.EqualFold(name, c.Marketplace.orDefault().Secret) {
			b.failf("CORS", "%s is the marketplace's secret: a page must not send it", name)
		}
	}
	age := c.CORS.MaxAge
	if age == 0 {
		age = 10 * time.Minute
	}
	if age < 0 || age > 24*time.Hour {
		b.failf("CORS", "max age %s is not between 0 and 24 hours", age)
	}
	rule.maxAge = []string{strconv.Itoa(int(age / time.Second))}
	rule.methods = []string{strings.Join(routeMethods(c.Routes), ", ")}
	return rule
}

// badOrigin says why origin cannot be compared with an Origin header.
func badOrigin(origin string) string {
	u, err := url.Parse(origin)
	switch {
	case origin == "*" || strings.Contains(origin, "*"):
		return "is a wildcard: list each origin"
	case origin == "null":
		return "is shared by every sandboxed page and local file"
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "is not scheme://host"
	case u.Scheme == "http" && !isLoopbackName(u.Host):
		return "is plain http: anyone on the way can be it"
	case u.Scheme+"://"+u.Host != origin || strings.ToLower(origin) != origin:
		return "has more than a lower-case scheme, host and port"
	case strings.HasSuffix(u.Host, ":443") && u.Scheme == "https" || strings.HasSuffix(u.Host, ":80") && u.Scheme == "http":
		return "names the default port, which browsers leave out"
	}
	return ""
}

// preflight answers the permission request of a listed origin, and lets everything else on to
// authentication.
func (m *Middleware) preflight(x *exchange) *problem.Error {
	if !m.allowOrigin(x) || x.r.Method != http.MethodOptions || len(x.r.Header["Access-Control-Request-Method"]) == 0 {
		return nil
	}
	h := x.w.Header()
	h["Access-Control-Allow-Methods"] = m.cors.methods
	if m.cors.headers[0] != "" {
		h["Access-Control-Allow-Headers"] = m.cors.headers
	}
	h["Access-Control-Max-Age"] = m.cors.maxAge
	x.w.WriteHeader(http.StatusNoContent)
	x.done = true
	return nil
}

// allowOrigin lets a page of a listed origin read the answer, refusals included.
func (m *Middleware) allowOrigin(x *exchange) bool {
	origins := x.r.Header["Origin"]
	if len(origins) != 1 {
		return false
	}
	allowed, ok := m.cors.origins[origins[0]]
	if ok {
		h := x.w.Header()
		h["Access-Control-Allow-Origin"] = allowed
		h["Access-Control-Expose-Headers"] = m.cors.expose
		h["Cross-Origin-Resource-Policy"] = []string{"cross-origin"}
	}
	return ok
}
