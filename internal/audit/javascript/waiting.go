package javascript

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
)

// missingTimeout reports requests that a server makes and waits for without a limit.
func missingTimeout(p *audit.Pass) {
	f := factsOf(p.Project)
	servers := f.serverUnits()
	browsers := f.browserUnits()
	limited := f.axiosDefaults()
	f.eachCall(func(u *unit, call *node, path string) {
		if !servers[u] || raced(call) || browsers[u] {
			return
		}
		switch {
		case path == "fetch" || path == "node-fetch" || path == "undici.fetch" || path == "undici.request" || path == "cross-fetch":
			if withoutLimit(call.Arg(1), "signal", "timeout", "headersTimeout", "bodyTimeout") {
				f.report(p, call, "fetch waits without a limit")
			}
		case path == "https.request" || path == "http.request" || path == "https.get" || path == "http.get":
			if withoutLimit(plainOptions(call), "timeout", "signal") && !setsTimeout(call) {
				f.report(p, call, "the request waits without a limit")
			}
		case strings.HasPrefix(path, "axios") && !limited && !call.Is(syntax.New):
			f.axiosCall(p, call, path)
		}
	})
	f.each(func(u *unit, n *node) {
		if n.Is(syntax.Assign) && n.Kids[0].Is(syntax.Member) && slices.Contains([]string{"requestTimeout", "headersTimeout", "timeout"}, n.Kids[0].Name) &&
			n.Kids[1].Is(syntax.Number) && n.Kids[1].Text == "0" && hasWord(syntax.Last(n.Kids[0].Kids[0]), "server", "srv") {
			f.report(p, n, fmt.Sprintf("the server's %s is switched off", n.Kids[0].Name))
		}
	})
}

// plainOptions returns the options of http.request, which may stand first or behind the address.
func plainOptions(call *node) *node {
	for _, a := range first(call.Args(), 2) {
		if r := syntax.Resolve(a); r.Is(syntax.Object) || r.Is(syntax.Ident) && hasWord(r.Name, "options", "opts") {
			return a
		}
	}
	return nil
}

// setsTimeout says whether the function around calls setTimeout of a request.
func setsTimeout(call *node) bool {
	return syntax.Any(call.Enclosing(syntax.Function, syntax.Program), func(k *node) bool {
		return k.Is(syntax.Call) && k.Callee().Is(syntax.Member) && k.Callee().Name == "setTimeout" && syntax.Name(k.Callee().Kids[0]) != "window"
	})
}

// withoutLimit says whether options of a request name none of the keys. Options that cannot be seen count as
// limited.
func withoutLimit(options *node, keys ...string) bool {
	if options == nil {
		return true
	}
	options = syntax.Resolve(options)
	if !options.Is(syntax.Object) {
		return false
	}
	return !slices.ContainsFunc(options.Kids, func(k *node) bool {
		return k.Is(syntax.Spread) && !syntax.Resolve(k.Kids[0]).Is(syntax.Object, syntax.Conditional, syntax.Binary) || k.Is(syntax.Property) && slices.Contains(keys, k.Name)
	})
}

// raced says whether a call is raced against a timer.
func raced(call *node) bool {
	for n := call.Parent; n != nil && !n.Is(syntax.Function); n = n.Parent {
		if n.Is(syntax.Call) && n != call && (syntax.Path(n.Callee()) == "Promise.race" || strings.Contains(strings.ToLower(syntax.Last(n.Callee())), "timeout")) {
			return true
		}
	}
	return false
}

func (f *facts) axiosCall(p *audit.Pass, call *node, path string) {
	var options *node
	switch lastOf(path) {
	case "get", "delete", "head", "options":
		options = call.Arg(1)
	case "post", "put", "patch":
		options = call.Arg(2)
	case "request":
		options = call.Arg(0)
	case "axios", "axios.default":
		options = call.Arg(0)
		if !syntax.Resolve(options).Is(syntax.Object) {
			options = call.Arg(1)
		}
	default:
		return
	}
	if strings.Contains(path, ".create()") && !withoutLimit(createOptions(call), "timeout", "signal") || !withoutLimit(options, "timeout", "signal", "cancelToken") {
		return
	}
	f.report(p, call, "axios waits without a limit")
}

// createOptions returns the options of the axios instance that a call goes to.
func createOptions(call *node) *node {
	made := syntax.Resolve(call.Callee().Kid(0))
	return made.Arg(0)
}

// axiosDefaults says whether axios.defaults.timeout is set.
func (f *facts) axiosDefaults() bool {
	found := false
	f.each(func(u *unit, n *node) {
		found = found || n.Is(syntax.Assign) && syntax.Name(n.Kids[0]) == "axios.defaults.timeout"
	})
	return found
}

// serverUnits are the files that answer requests, and what they load of the project.
func (f *facts) serverUnits() map[*unit]bool {
	servers := map[*unit]bool{}
	var add func(u *unit)
	add = func(u *unit) {
		if u == nil || servers[u] || directive(u.tree.Program, "use client") {
			return
		}
		servers[u] = true
		for _, module := range append(slices.Clone(u.tree.Requires), u.tree.From...) {
			add(f.byTree[u.tree.Load(module)])
		}
	}
	for _, r := range f.routes {
		add(r.unit)
	}
	return servers
}

// browserUnits are the files that use what only pages have: window.location, document.createElement.
func (f *facts) browserUnits() map[*unit]bool {
	browsers := map[*unit]bool{}
	f.each(func(u *unit, n *node) {
		if n.Is(syntax.Member) && n.Kids[0].Is(syntax.Ident) && (n.Kids[0].Name == "window" || n.Kids[0].Name == "document") && syntax.Lookup(n.Kids[0]) == nil {
			browsers[u] = true
		}
	})
	return browsers
}

// logSecret reports secrets that are written to the log.
func logSecret(p *audit.Pass) {
	f := factsOf(p.Project)
	f.eachCall(func(u *unit, call *node, path string) {
		if !logs(call) {
			return
		}
		for _, a := range call.Args() {
			if name := f.secretIn(a, call, 8); name != "" {
				f.report(p, call, fmt.Sprintf("%s is written to the log", name))
				return
			}
		}
	})
}

func logs(call *node) bool {
	if !call.Is(syntax.Call) || !call.Callee().Is(syntax.Member) {
		return false
	}
	object := syntax.Last(call.Callee().Kids[0])
	return slices.Contains([]string{"log", "info", "debug", "warn", "error", "trace", "verbose", "fatal", "dir"}, call.Callee().Name) &&
		(object == "console" || hasWord(object, "logger", "log", "winston", "pino"))
}

// secretIn returns the name of a secret whose value is part of what is logged.
func (f *facts) secretIn(n, call *node, steps int) string {
	if n == nil || steps == 0 {
		return ""
	}
	switch n.Kind {
	case syntax.Template, syntax.Array, syntax.Object, syntax.Sequence:
		return f.secretInAny(n.Kids, call, steps-1)
	case syntax.Property, syntax.Spread, syntax.Await:
		return f.secretIn(n.Kids[0], call, steps-1)
	case syntax.Binary:
		if n.Name == "+" || n.Name == "||" || n.Name == "??" {
			return f.secretInAny(n.Kids, call, steps-1)
		}
	case syntax.Conditional:
		return f.secretInAny(n.Kids[1:], call, steps-1)
	case syntax.Call:
		if last := syntax.Last(n.Callee()); last == "stringify" || last == "String" || last == "inspect" {
			return f.secretInAny(n.Args(), call, steps-1)
		}
	case syntax.Ident, syntax.Member:
		return f.loggedName(n, call)
	}
	return ""
}

func (f *facts) secretInAny(list []*node, call *node, steps int) string {
	for _, k := range list {
		if name := f.secretIn(k, call, steps); name != "" {
			return name
		}
	}
	return ""
}

// loggedName decides about one name: of the environment, a credential, or all headers or the body of a login.
func (f *facts) loggedName(n, call *node) string {
	if name, ok := envName(n); ok {
		if secretName(name) {
			return name
		}
		return ""
	}
	path := syntax.Path(n)
	switch {
	case path == "process.env":
		return "the whole environment"
	case strings.HasSuffix(path, "req.headers.authorization") || strings.HasSuffix(path, "request.headers.authorization") || strings.HasSuffix(path, "req.headers.cookie"):
		return "a credential of the request"
	case path == "req.headers" || path == "request.headers":
		return "the request's headers"
	case (path == "req.body" || path == "request.body") && readsPassword(call.Enclosing(syntax.Function)):
		return "the password in the request's body"
	}
	if masked(n) || !credential(n) {
		return ""
	}
	return n.Name
}

// readsPassword says whether a function takes a password out of a body.
func readsPassword(fn *node) bool {
	return fn != nil && syntax.Any(fn.Body(), func(k *node) bool {
		return k.Is(syntax.Member) && k.Name == "password" && fromRequest(k) || k.Is(syntax.Ident) && k.Name == "password" && k.Parent.Is(syntax.Pattern)
	})
}

// credential says whether a name holds the value of a secret. A bare token may be one of a language or model:
// it counts where it comes from a request, a library for tokens, or the environment.
func credential(n *node) bool {
	name := n.Name
	if !secretName(name) || hasWord(name, "tokens", "has", "is", "no", "missing", "invalid", "use", "show", "max") {
		return false
	}
	value := syntax.Resolve(n)
	if value.Is(syntax.Bool, syntax.Unary, syntax.Function, syntax.Class, syntax.Number) || value.Is(syntax.Binary) && value.Name != "||" && value.Name != "??" && value.Name != "+" || value.Is(syntax.String) {
		return value.Is(syntax.String) && value.Text != ""
	}
	if namesOther(value) {
		return false
	}
	if len(words(name)) > 1 || !hasWord(name, "token", "pass", "secret", "jwt") {
		return true
	}
	path := strings.ToLower(syntax.Path(value))
	if fromRequest(value) || strings.Contains(path, "headers") || syntax.Any(value, fromCredential) || strings.Contains(path, "jsonwebtoken") || strings.Contains(path, "jwt") || strings.Contains(path, "sign") || strings.Contains(path, "randombytes") || strings.Contains(path, "token()") || strings.Contains(path, "session") || strings.Contains(path, "localstorage") {
		return true
	}
	if _, ok := variableOf(n); ok {
		return true
	}
	fn := n.Enclosing(syntax.Function)
	return fn != nil && hasWord(fn.Name, "login", "auth", "token", "jwt", "authenticate", "reset", "verify", "register", "refresh", "session", "register", "signin")
}

// namesOther says whether a value is known to be one of settings or fields that are no secrets by their own names.
func namesOther(value *node) bool {
	switch {
	case value.Is(syntax.Conditional):
		return settled(value.Kids[1]) && settled(value.Kids[2])
	case value.Operator(syntax.Binary, "||", "??"):
		return settled(value.Kids[0]) && settled(value.Kids[1])
	}
	return false
}

func settled(n *node) bool {
	return isNothing(n) || n.Is(syntax.Number, syntax.Bool) || n.Is(syntax.Member) && !secretName(n.Name) && !fromRequest(n)
}

// fromCredential says whether a part of a value is the request's header or cookie.
func fromCredential(n *node) bool {
	return n.Is(syntax.Member) && (n.Name == "authorization" || n.Name == "cookies") && fromRequest(n)
}

// masked says whether only part of a value is used.
func masked(n *node) bool {
	value := syntax.Resolve(n)
	if !value.Is(syntax.Call) {
		return false
	}
	last := syntax.Last(value.Callee())
	return slices.Contains([]string{"slice", "substring", "substr", "mask", "redact", "digest", "hash", "hashSync", "padStart"}, last) || last == "replace" && value.Arg(0).Is(syntax.Regexp)
}
