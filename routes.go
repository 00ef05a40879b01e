package sallyport

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"sallyport/problem"
)

// DefaultDeadline bounds a handler whose [Route] names no deadline.
const DefaultDeadline = 5 * time.Second

// Route declares one thing that exists. What is not declared is 404 for the authenticated and refused like
// everything else for the rest.
type Route struct {
	// Pattern is a path of [http.ServeMux] without method and host: "/v1/ingredient/{ref}".
	Pattern string
	// Methods are those that exist; HEAD comes with GET. Others are 405.
	Methods []string
	// Public lets requests in without authentication, tier and limits. Its Pattern must be literal, and
	// the request's path exactly that.
	Public bool
	// MinTier is the lowest tier that may call it. Required, unless Public.
	MinTier string
	// Cost is what a call takes from the customer's limits, in units, at least 1 unless Public.
	Cost int64
	// Burst takes Cost from the policy with the shortest window alone: for a route that must answer when a
	// longer quota is used up, and must not be free either.
	Burst bool
	// Conditional takes one unit of the policy with the shortest window, and no more, from a request with
	// If-None-Match that is answered 304. For any other answer the handler must call [Settle] before its work;
	// when it did not, its answer is replaced by a 500. A condition that does not hold costs that unit besides.
	Conditional bool
	// MaxBody bounds the request body, in bytes. A body on a route with 0 is refused.
	MaxBody int64
	// Deadline bounds the handler through its context; [DefaultDeadline] when 0.
	Deadline time.Duration
}

// boundRoute is a Route in its Middleware.
type boundRoute struct {
	middleware *Middleware
	route      Route
	rank       int // of MinTier
	allow      string
}

// routes registers every route with the router, and the answer for what is none.
func (b *builder) routes(m *Middleware, routes []Route) {
	m.router, m.public, m.literal = http.NewServeMux(), map[string]*boundRoute{}, map[string]*boundRoute{}
	if len(routes) == 0 {
		b.fail("Routes", "no routes: nothing would exist")
	}
	m.router.HandleFunc("/", m.notFound)
	declared := map[string]bool{"/": true}
	for _, r := range routes {
		bound := b.bind(m, r)
		if err := register(m.router, r.Pattern, bound); err != nil {
			b.failf("Routes", "%s: %v", r.Pattern, err)
		}
		declared[r.Pattern] = true
		if r.Public {
			m.public[r.Pattern] = bound
		}
		if !strings.Contains(r.Pattern, "{") {
			m.literal[r.Pattern] = bound
		}
	}
	for _, r := range routes { // the router would redirect /a to /a/ for the pattern /a/{rest...}
		if parent, _, ok := strings.Cut(r.Pattern, "/{"); ok && strings.HasSuffix(r.Pattern, "...}") && !declared[parent] && parent != "" {
			declared[parent] = true
			m.router.HandleFunc(parent, m.notFound)
		}
	}
}

// route runs the rest of the chain for the route that matches, or answers 404. A pattern without wildcards matches
// one path, before all others, and needs no router.
func (m *Middleware) route(x *exchange) {
	if b := m.literal[x.r.URL.Path]; b != nil && x.r.URL.RawPath == "" {
		x.r.Pattern = b.route.Pattern
		b.ServeHTTP(x.w, x.r)
		return
	}
	m.router.ServeHTTP(x.w, x.r)
}

func (b *builder) bind(m *Middleware, r Route) *boundRoute {
	if r.Deadline == 0 {
		r.Deadline = DefaultDeadline
	}
	rank, known := m.tiers.rank(r.MinTier)
	switch {
	case len(r.Methods) == 0:
		b.failf("Routes", "%s: no methods", r.Pattern)
	case !r.Public && !known:
		b.failf("Routes", "%s: minimum tier %q is not a tier", r.Pattern, r.MinTier)
	case !r.Public && r.Cost < 1:
		b.failf("Routes", "%s: cost %d is less than 1", r.Pattern, r.Cost)
	case r.Public && strings.ContainsAny(r.Pattern, "{}"):
		b.failf("Routes", "%s: a public route must be a literal path", r.Pattern)
	case r.Deadline < 0 || r.MaxBody < 0:
		b.failf("Routes", "%s: a deadline or body limit is negative", r.Pattern)
	case strings.HasSuffix(r.Pattern, "/") && r.Pattern != "/":
		b.failf("Routes", "%s: a pattern that ends with / would match everything below it", r.Pattern)
	}
	r.Methods = slices.Clone(r.Methods)
	if slices.Contains(r.Methods, http.MethodGet) && !slices.Contains(r.Methods, http.MethodHead) {
		r.Methods = append(r.Methods, http.MethodHead)
	}
	slices.Sort(r.Methods)
	return &boundRoute{middleware: m, route: r, rank: rank, allow: strings.Join(r.Methods, ", ")}
}

// register turns the router's panics about patterns into errors.
func register(mux *http.ServeMux, pattern string, h http.Handler) (err error) {
	if !strings.HasPrefix(pattern, "/") || pattern == "/" {
		return errors.New("a pattern begins with / and names something")
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("registering pattern: %v", v)
		}
	}()
	mux.Handle(pattern, h)
	return nil
}

func routeMethods(routes []Route) []string {
	var methods []string
	for _, r := range routes {
		methods = append(methods, r.Methods...)
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// publicRoute finds a public route by the path as it was sent.
func (m *Middleware) publicRoute(r *http.Request) (*boundRoute, bool) {
	if r.URL.RawPath != "" {
		return nil, false
	}
	b, ok := m.public[r.URL.Path]
	return b, ok
}

// servePublic answers what needs no authentication.
func (m *Middleware) servePublic(x *exchange) *problem.Error {
	b, ok := m.publicRoute(x.r)
	if !ok {
		return nil
	}
	x.done = true
	x.r.Pattern = b.route.Pattern
	b.ServeHTTP(x.w, x.r)
	return nil
}

func (m *Middleware) notFound(_ http.ResponseWriter, r *http.Request) {
	x := exchangeFrom(r.Context())
	problem.Write(x.w, r, x.refuse(RefusedNotFound, errNotFound))
}

func (m *Middleware) checkMethod(x *exchange, b *boundRoute) *problem.Error {
	if slices.Contains(b.route.Methods, x.r.Method) {
		return nil
	}
	p := problem.New(http.StatusMethodNotAllowed, "this path does not take that method")
	p.Header = http.Header{"Allow": {b.allow}}
	return x.refuse(RefusedMethod, p)
}

// checkBody refuses bodies that the route does not take, and cuts the others at its limit.
func (m *Middleware) checkBody(x *exchange, b *boundRoute) *problem.Error {
	if x.r.ContentLength > b.route.MaxBody || x.r.ContentLength < 0 && b.route.MaxBody == 0 {
		return x.refuse(RefusedBody, problem.New(http.StatusRequestEntityTooLarge, "the request body is larger than this path takes"))
	}
	if x.r.ContentLength != 0 {
		x.r.Body = http.MaxBytesReader(x.w.ResponseWriter, x.r.Body, b.route.MaxBody)
	}
	return nil
}
