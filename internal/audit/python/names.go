package python

import (
	"slices"
	"strings"
	"unicode"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// words splits a name at underscores, dashes, dots and changes of case, in lower case.
func words(name string) []string {
	var b strings.Builder
	previous := rune(0)
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(previous) {
			b.WriteByte(' ')
		}
		if r == '_' || r == '-' || r == '.' {
			r = ' '
		}
		b.WriteRune(unicode.ToLower(r))
		previous = r
	}
	return strings.Fields(b.String())
}

// isSecretName says whether a name is that of a secret's value: API_KEY, webhookSecret, ADMIN_TOKEN.
func isSecretName(name string) bool {
	w := words(name)
	if len(w) == 0 || slices.Contains(notSecret(), w[len(w)-1]) {
		return false
	}
	joined := strings.Join(w, " ")
	if slices.ContainsFunc([]string{"public", "max", "min", "num", "count", "default", "next", "page", "csrf", "sort", "primary", "foreign", "cache"}, func(x string) bool { return w[0] == x }) {
		return false
	}
	if len(w) > 1 && (w[len(w)-1] == "keys" && isKeyring(name, w[len(w)-2]) || name == strings.ToUpper(name) && w[len(w)-1] == "key" && !slices.Contains(plainKeys(), w[len(w)-2])) {
		return true
	}
	for _, word := range []string{"pepper", "salt key", "secret", "secrets", "password", "passwd", "pwd", "passphrase", "token", "tokens", "apikey", "apikeys", "credential", "credentials", "passcode", "pw", "pin"} {
		if strings.Contains(" "+joined+" ", " "+word+" ") {
			return true
		}
	}
	for _, pair := range []string{"api key", "access key", "auth key", "private key", "signing key", "secret key", "encryption key", "jwt key", "admin key", "master key", "service key", "api keys", "valid keys", "allowed keys", "auth keys", "webhook key", "internal key", "fernet key", "sign key", "jwt key", "operator key", "device key"} {
		if strings.Contains(joined, pair) {
			return true
		}
	}
	return false
}

// isKeyring says whether several keys are those of locks: api_keys, VALID_KEYS, but not json_keys.
func isKeyring(name, kind string) bool {
	if name == strings.ToUpper(name) {
		return !slices.Contains(plainKeys(), kind)
	}
	return slices.Contains([]string{
		"api", "valid", "allowed", "auth", "access", "secret", "private", "admin", "client", "customer", "service", "app", "master", "signing", "encryption", "premium",
		"user", "partner", "license", "licence", "known", "accepted", "device", "operator", "bot", "webhook", "jwt", "internal", "issued", "good", "active", "live",
	}, kind)
}

// plainKeys are what stands before KEY in constants that are none.
func plainKeys() []string {
	return []string{"public", "primary", "foreign", "cache", "sort", "row", "partition", "index", "dict", "object", "redis", "storage", "state", "context", "map", "idempotency", "json", "column", "field", "group", "lookup", "config", "required", "unique"}
}

// notSecret are last words of names that are about a secret and none.
func notSecret() []string {
	return []string{
		"url", "uri", "path", "file", "filename", "name", "id", "ids", "ttl", "expire", "expires", "expiry", "expiration", "minutes", "seconds",
		"hours", "days", "limit", "count", "length", "size", "algorithm", "alg", "type", "prefix", "header", "field", "enabled", "required",
		"env", "var", "param", "hash", "usage", "index", "pattern", "regex", "hint", "label", "scheme", "schema", "endpoint", "budget", "bucket",
	}
}

// secretValue says whether an expression is a secret's value by its name or by where it comes from.
func (all *units) secretValue(u *unit, e python.Expr, local map[string]python.Expr) (value, bool) {
	v, found := all.origin(u, e, local)
	name := last(plain(e))
	if found && (isSecretName(v.name) || isSecretName(name)) {
		return v, true
	}
	if !found && isSecretName(name) && looksConfigured(u, plain(e)) {
		return value{name: name, none: true}, true
	}
	if n, ok := e.(*python.Name); ok && !found && local[n.ID] != nil && local[n.ID] != e {
		return all.localSecret(u, unwrap(local[n.ID]))
	}
	return value{}, false
}

// localSecret takes what a function reads from an object of settings into a name of its own:
// app.config["HOOK_SECRET"], settings.service_token, config.get("api_key").
func (all *units) localSecret(u *unit, e python.Expr) (value, bool) {
	name, object := "", ""
	switch e := e.(type) {
	case *python.Subscript:
		name, _ = text(e.Slice)
		object = plain(e.Value)
	case *python.Attribute:
		name, object = e.Attr, plain(e.Value)
	case *python.Call:
		if a, ok := e.Func.(*python.Attribute); ok && a.Attr == "get" {
			name, _ = text(argument(e, 0, ""))
			object = plain(a.Value)
		}
	}
	if !isSecretName(name) || !isSettingsObject(last(object)) {
		return value{}, false
	}
	return value{name: name, none: true}, true
}

func isSettingsObject(name string) bool {
	w := words(name)
	return len(w) > 0 && slices.Contains([]string{"settings", "config", "cfg", "conf", "env"}, w[len(w)-1])
}

// looksConfigured takes names that stand for configuration although their origin is not seen: CONSTANTS and
// attributes of settings.
func looksConfigured(u *unit, name string) bool {
	if name == "" {
		return false
	}
	if name == strings.ToUpper(name) {
		_, literal := text(u.assigned[name])
		return !literal
	}
	i := strings.LastIndexByte(name, '.')
	return i > 0 && isSettingsObject(last(name[:i]))
}

// report notes a place of a node.
func report(p *audit.Pass, u *unit, n python.Node, message string) {
	p.Report(audit.Report{File: u.file, Line: n.Pos().Line, EndLine: n.Pos().Line, Column: n.Pos().Column + 1, Message: message})
}

// function is one function with what encloses it.
type function struct {
	unit  *unit
	def   *python.FunctionDef
	class *python.ClassDef
	local map[string]python.Expr
}

// functionsOf returns every function of a unit, nested ones too, in the order of the source.
func functionsOf(u *unit) []*function {
	var list []*function
	var class *python.ClassDef
	python.Inspect(u.module, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.ClassDef:
			class = n
		case *python.FunctionDef:
			f := &function{unit: u, def: n, local: localsOf(n)}
			if class != nil && n.Pos().Offset < class.End().Offset {
				f.class = class
			}
			list = append(list, f)
		}
		return true
	})
	return list
}

// statements hands every statement of a body to f, nested blocks too but not nested functions and classes.
func statements(body []python.Stmt, f func(python.Stmt)) {
	for _, s := range body {
		f(s)
		switch s := s.(type) {
		case *python.If:
			statements(s.Body, f)
			statements(s.OrElse, f)
		case *python.For:
			statements(s.Body, f)
			statements(s.OrElse, f)
		case *python.While:
			statements(s.Body, f)
		case *python.With:
			statements(s.Body, f)
		case *python.Try:
			statements(s.Body, f)
			for _, h := range s.Handlers {
				statements(h.Body, f)
			}
			statements(s.OrElse, f)
			statements(s.FinalBody, f)
		case *python.Match:
			for _, c := range s.Cases {
				statements(c.Body, f)
			}
		}
	}
}
