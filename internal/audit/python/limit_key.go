package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// sharedLimits finds limiters of an API behind a marketplace that count by address: there every customer has the
// address of the marketplace's proxy.
func sharedLimits(p *audit.Pass) {
	all := unitsOf(p.Project)
	if !behindMarketplace(all) {
		return
	}
	for _, u := range all.sources() {
		calls(u.module, func(c *python.Call) {
			if what := all.countsByAddress(u, c); what != "" {
				report(p, u, c, what+" counts by address, and behind the marketplace every customer has the address of its proxy")
			}
		})
		for _, f := range functionsOf(u) {
			if at := addressOf(f.def); at != nil && refusesTooMany(f.def) && !namesCustomer(f.def) {
				report(p, u, at, f.def.Name+" counts by address, and behind the marketplace every customer has the address of its proxy")
			}
		}
	}
}

// behindMarketplace says whether code that runs reads the headers of RapidAPI.
func behindMarketplace(all *units) bool {
	for _, u := range all.sources() {
		found := false
		python.Inspect(u.module, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Constant:
				s, _ := text(n)
				found = found || isMarketplaceHeader(s)
			case *python.Arg:
				found = found || isMarketplaceHeader(strings.ReplaceAll(n.Arg, "_", "-"))
			}
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// isMarketplaceHeader knows what RapidAPI sends to the APIs behind it, but not what its customers send.
func isMarketplaceHeader(name string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(name), "x-rapidapi-")
	return ok && slices.Contains([]string{"proxy-secret", "user", "subscription", "version", "forwarded-host"}, rest)
}

// countsByAddress names the limiter that a call makes with an address for its key; "" for none.
func (all *units) countsByAddress(u *unit, c *python.Call) string {
	name := u.dotted(c.Func)
	switch {
	case name == "slowapi.Limiter" || name == "slowapi.extension.Limiter" || name == "flask_limiter.Limiter":
		if key := argument(c, 0, "key_func"); key != nil && all.isAddressKey(u, key) {
			return "this limiter"
		}
	case strings.HasSuffix(name, "FastAPILimiter.init") && keyword(c, "identifier") == nil && len(c.Args) < 3:
		return "this limiter, without an identifier,"
	}
	return ""
}

// isAddressKey says whether a key function gives the address of the other side, and nothing of the customer.
func (all *units) isAddressKey(u *unit, key python.Expr) bool {
	if slices.Contains([]string{"get_remote_address", "get_ipaddr"}, last(u.dotted(key))) {
		return true
	}
	if l, ok := key.(*python.Lambda); ok {
		return addressOf(l) != nil && !namesCustomer(l)
	}
	f, _ := all.function(u, key)
	return f != nil && addressOf(f) != nil && !namesCustomer(f)
}

// addressOf returns the first place that reads the address of the other side, or nil.
func addressOf(n python.Node) python.Node {
	var found python.Node
	python.Inspect(n, func(n python.Node) bool {
		if e, ok := n.(python.Expr); ok && found == nil {
			name := plain(e)
			if c, ok := n.(*python.Call); ok {
				name = plain(c.Func)
			}
			if strings.HasSuffix(name, ".client.host") || strings.HasSuffix(name, ".remote_addr") || last(name) == "get_remote_address" {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// namesCustomer says whether code reads who the customer is: a user, a key, a subscription.
func namesCustomer(n python.Node) bool {
	found := false
	python.Inspect(n, func(n python.Node) bool {
		name := ""
		switch n := n.(type) {
		case *python.Constant:
			name, _ = text(n)
		case python.Expr:
			name = last(plain(n))
		}
		w := words(name)
		found = found || len(w) < 5 && slices.ContainsFunc(w, func(x string) bool {
			return slices.Contains([]string{"user", "customer", "account", "subscriber", "apikey"}, x)
		}) || strings.Join(w, " ") == "api key" || strings.HasSuffix(strings.Join(w, " "), " api key")
		return !found
	})
	return found
}

// refusesTooMany says whether a function answers 429.
func refusesTooMany(f *python.FunctionDef) bool {
	found := false
	python.Inspect(f, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Constant:
			found = found || n.Kind == python.Int && n.Value == "429"
		case *python.Attribute:
			found = found || strings.Contains(n.Attr, "429")
		}
		return !found
	})
	return found
}
