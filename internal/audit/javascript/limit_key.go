package javascript

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
)

// sharedLimits reports limiters that count by an address which does not tell customers apart: behind a marketplace
// all of them have its proxy's, and a server that trusts every proxy lets the sender choose.
func (f *facts) sharedLimits(p *audit.Pass) {
	why := ""
	switch {
	case f.behindMarketplace():
		why = "behind the marketplace every customer has the address of its proxy"
	case f.trustsEveryProxy():
		why = "with trust proxy set to true the sender chooses that in X-Forwarded-For"
	default:
		return
	}
	f.eachCall(func(u *unit, call *node, path string) {
		if countsByAddress(call, path) {
			f.report(p, call, "this limiter counts by address, and "+why)
		}
	})
}

// behindMarketplace says whether the server reads the headers of RapidAPI, not those that its customers send.
func (f *facts) behindMarketplace() bool {
	found := false
	f.each(func(u *unit, n *node) {
		rest, ok := strings.CutPrefix(strings.ToLower(n.Text), "x-rapidapi-")
		found = found || ok && !u.fragment && n.Is(syntax.String) && slices.Contains([]string{"proxy-secret", "user", "subscription", "version"}, rest)
	})
	return found
}

// trustsEveryProxy finds app.set('trust proxy', true), app.enable('trust proxy') and Fastify({trustProxy: true}).
func (f *facts) trustsEveryProxy() bool {
	found := false
	f.eachCall(func(_ *unit, call *node, path string) {
		name, _ := syntax.Constant(call.Arg(0))
		last := syntax.Last(call.Callee())
		found = found || name == "trust proxy" && (last == "enable" || last == "set" && isTrue(syntax.Resolve(call.Arg(1)))) ||
			strings.HasPrefix(path, "fastify") && isTrue(syntax.Resolve(call.Arg(0).Property("trustProxy")))
	})
	return found
}

// countsByAddress says whether a call makes a limiter with the address as its key: by default, or by its own choice.
func countsByAddress(call *node, path string) bool {
	options := syntax.Resolve(call.Arg(0))
	switch strings.TrimSuffix(path, ".default") {
	case "express-rate-limit", "express-rate-limit.rateLimit":
		return keyIsAddress(options, "keyGenerator")
	case "koa-ratelimit":
		return keyIsAddress(options, "id")
	}
	if syntax.Last(call.Callee()) == "register" && syntax.Path(call.Arg(0)) == "@fastify/rate-limit" {
		return keyIsAddress(syntax.Resolve(call.Arg(1)), "keyGenerator")
	}
	object := ""
	if call.Callee().Is(syntax.Member) {
		object = syntax.Path(syntax.Resolve(call.Callee().Kids[0]))
	}
	return strings.HasPrefix(object, "rate-limiter-flexible") && syntax.Last(call.Callee()) == "consume" && isAddress(call.Arg(0))
}

// keyIsAddress says whether options leave the key to the default, or name a function that returns the address alone.
func keyIsAddress(options *node, name string) bool {
	if options.Is(syntax.Object) && options.Property(name) == nil {
		return !slices.ContainsFunc(options.Kids, func(k *node) bool { return !k.Is(syntax.Property) })
	}
	key := syntax.Resolve(options.Property(name))
	return key.Is(syntax.Function) && syntax.Any(body(key), isAddress) && !syntax.Any(body(key), func(n *node) bool {
		return n.Is(syntax.String, syntax.Ident, syntax.Member) && hasWord(n.Name+" "+n.Text, "user", "customer", "key", "account", "token")
	})
}

func isAddress(n *node) bool {
	return n.Is(syntax.Member) && (n.Name == "ip" || n.Name == "remoteAddress") || n.Is(syntax.Call) && syntax.Last(n.Callee()) == "ipKeyGenerator"
}
