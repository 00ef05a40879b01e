package golang

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// reportSharedLimits reports limiters of an API behind a marketplace that count by address: there every customer has
// the address of the marketplace's proxy.
func (prog *program) reportSharedLimits(pass *audit.Pass) {
	if !prog.behindMarketplace() {
		return
	}
	const why = " counts by address, and behind the marketplace every customer has the address of its proxy"
	for _, u := range prog.units {
		each(u.node, func(call *ast.CallExpr) {
			if u.limitsByAddress(call) {
				u.report(pass, call, "this limiter"+why)
			}
		})
		at := u.keyedAddress()
		if at != nil && !contains(u.node, namesCustomer) {
			u.report(pass, at, u.name+why)
		}
	}
}

// behindMarketplace says whether the program reads the headers of RapidAPI, not those that its customers send.
func (prog *program) behindMarketplace() bool {
	return slices.ContainsFunc(prog.files, func(f *file) bool {
		return contains(f.tree, func(n ast.Node) bool {
			e, ok := n.(*ast.BasicLit)
			if !ok {
				return false
			}
			s, _ := literal(e)
			rest, ok := strings.CutPrefix(strings.ToLower(s), "x-rapidapi-")
			return ok && slices.Contains([]string{"proxy-secret", "user", "subscription", "version"}, rest)
		})
	})
}

// limitsByAddress knows limiters of libraries whose key is the address, by their name or by default.
func (u *unit) limitsByAddress(call *ast.CallExpr) bool {
	imported, name := u.called(call.Fun)
	keyed := func(options ...string) bool {
		return contains(call, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			return ok && slices.Contains(options, id.Name)
		})
	}
	switch {
	case strings.HasPrefix(imported, "github.com/go-chi/httprate"):
		return name == "LimitByIP" || name == "LimitByRealIP" || name == "Limit" && keyed("KeyByIP", "KeyByRealIP") && !keyed("KeyByEndpoint", "WithKeyByEndpoint")
	case strings.HasPrefix(imported, "github.com/labstack/echo"):
		return name == "RateLimiter"
	case strings.HasPrefix(imported, "github.com/gofiber/fiber") && strings.HasSuffix(imported, "/limiter"):
		return name == "New" && !keyed("KeyGenerator")
	case strings.HasPrefix(imported, "github.com/didip/tollbooth"):
		return name == "NewLimiter"
	}
	return false
}

// keyedAddress returns where a function that answers 429 reads the address of the other side, or nil.
func (u *unit) keyedAddress() (at ast.Node) {
	if !u.serves() || !contains(u.node, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		return ok && s.Sel.Name == "StatusTooManyRequests" || isLiteral(n, "429")
	}) {
		return nil
	}
	ast.Inspect(u.node, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if ok && at == nil && (s.Sel.Name == "RemoteAddr" && u.requests[rootName(s)] || (s.Sel.Name == "ClientIP" || s.Sel.Name == "RealIP" || s.Sel.Name == "IP") && u.contexts[rootName(s)]) {
			at = s
		}
		return at == nil
	})
	return at
}

func isLiteral(n ast.Node, value string) bool {
	l, ok := n.(*ast.BasicLit)
	return ok && l.Kind == token.INT && l.Value == value
}

// namesCustomer says whether a node reads who the customer is.
func namesCustomer(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BasicLit:
		s, _ := literal(n)
		return len(s) < 40 && hasWord(s, "user", "customer", "account", "apikey") || strings.EqualFold(s, "x-api-key")
	case *ast.Ident:
		return hasWord(n.Name, "user", "customer", "account", "tenant")
	}
	return false
}
