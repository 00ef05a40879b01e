package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// forgedKeys finds limiters that count by what a client writes itself: the whole of X-Forwarded-For, or its leftmost
// address. Proxies add theirs at the right, so who sends another text each time is never limited.
func forgedKeys(p *audit.Pass) {
	all := unitsOf(p.Project)
	seen := map[python.Node]bool{}
	note := func(u *unit, n python.Node) {
		if n != nil && !seen[n] {
			seen[n] = true
			report(p, u, n, "the limiter counts by an address that the client writes itself: another X-Forwarded-For each time is never limited")
		}
	}
	for _, u := range all.sources() {
		calls(u.module, func(c *python.Call) {
			name := last(u.dotted(c.Func))
			key := keyword(c, "key_func")
			if key == nil && name == "Limiter" {
				key = argument(c, 0, "key_func")
			}
			if key == nil || name != "Limiter" && name != "limit" && name != "shared_limit" {
				return
			}
			if last(u.dotted(key)) == "get_ipaddr" {
				note(u, c)
			} else if l, ok := key.(*python.Lambda); ok {
				note(u, forwardedAddress(l))
			} else if f, owner := all.function(u, key); f != nil {
				note(owner, forwardedAddress(f))
			}
		})
		for _, f := range functionsOf(u) {
			if refusesTooMany(f.def) {
				note(u, forwardedAddress(f.def))
			}
		}
	}
}

// forwardedAddress returns the place that takes X-Forwarded-For for who it is, unless the function takes an address from
// the right or asks first whether a proxy of its own is at the other end.
func forwardedAddress(n python.Node) python.Node {
	var found python.Node
	trusted := false
	python.Inspect(n, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Constant:
			if s, _ := text(n); strings.EqualFold(s, "x-forwarded-for") || s == "HTTP_X_FORWARDED_FOR" {
				found = n
			}
		case *python.UnaryOp: // forwarded.split(",")[-1]
			trusted = trusted || n.Op == python.USub
		case *python.Attribute:
			trusted = trusted || n.Attr == "rsplit" || n.Attr == "rpartition"
		case *python.Name:
			trusted = trusted || slices.ContainsFunc(words(n.ID), func(w string) bool {
				return slices.Contains([]string{"trusted", "trust", "proxy", "proxies", "hops", "gateway"}, w)
			})
		}
		return true
	})
	if trusted {
		return nil
	}
	return found
}
