package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// logSecret finds secrets, and wholes that contain some, in what is logged or printed.
func logSecret(p *audit.Pass) {
	all := unitsOf(p.Project)
	for _, sc := range scopesOf(p.Project) {
		statements(sc.def.Body, func(stmt python.Stmt) {
			if _, nested := stmt.(*python.ClassDef); nested {
				return
			}
			ownCalls(stmt, func(c *python.Call) {
				if !sc.logs(c) {
					return
				}
				for _, e := range arguments(c) {
					if what := sc.secretIn(all, e); what != "" {
						report(p, sc.unit, c, what+" is written to the log.")
						return
					}
				}
			})
		})
	}
}

// levels are the methods of loggers.
func levels() []string {
	return []string{"debug", "info", "warning", "warn", "error", "critical", "exception", "log", "success", "trace"}
}

func (sc *scope) logs(c *python.Call) bool {
	name := sc.unit.dotted(c.Func)
	if name == "print" || name == "pprint.pprint" || name == "rich.print" {
		return true
	}
	base, _, more := strings.Cut(name, ".")
	if !more || !slices.Contains(levels(), last(name)) {
		return false
	}
	return slices.ContainsFunc(words(strings.TrimSuffix(name, "."+last(name))), func(w string) bool {
		return w == "logger" || w == "log" || w == "logging" || w == "loguru" || w == "structlog"
	}) || base == "console"
}

// secretIn names the secret whose value an expression shows, or returns "".
func (sc *scope) secretIn(all *units, e python.Expr) string {
	switch e := e.(type) {
	case *python.JoinedStr:
		return sc.firstSecret(all, e.Values)
	case *python.FormattedValue:
		return sc.secretIn(all, e.Value)
	case *python.BinOp:
		return or(sc.secretIn(all, e.Left), sc.secretIn(all, e.Right))
	case *python.BoolOp:
		return sc.firstSecret(all, e.Values)
	case *python.IfExp:
		return or(sc.secretIn(all, e.Body), sc.secretIn(all, e.OrElse))
	case *python.Tuple:
		return sc.firstSecret(all, e.Elts)
	case *python.List:
		return sc.firstSecret(all, e.Elts)
	case *python.Dict:
		return sc.firstSecret(all, e.Values)
	case *python.Call:
		return sc.secretCall(all, e)
	case *python.Await:
		return sc.secretIn(all, e.Value)
	case *python.Name, *python.Attribute:
		return or(sc.secretName(all, e), sc.secretWhole(all, e))
	case *python.Subscript:
		return sc.secretKey(all, e)
	}
	return ""
}

func (sc *scope) firstSecret(all *units, list []python.Expr) string {
	for _, e := range list {
		if e != nil {
			if what := sc.secretIn(all, e); what != "" {
				return what
			}
		}
	}
	return ""
}

// secretCall looks through conversions, and knows wholes: dict(request.headers), os.getenv("API_KEY").
func (sc *scope) secretCall(all *units, c *python.Call) string {
	name := plain(c.Func)
	if v, ok := sc.unit.readEnv(c); ok {
		if isSecretName(v.name) {
			return "The secret " + v.name
		}
		return ""
	}
	if slices.Contains([]string{"str", "repr", "dict", "dumps", "format", "list", "url_for", "urljoin", "urlencode", "reverse"}, last(name)) {
		return sc.firstSecret(all, arguments(c))
	}
	if what := sc.secretBody(c); what != "" {
		return what
	}
	if a, ok := c.Func.(*python.Attribute); ok {
		switch a.Attr {
		case "format":
			return or(sc.firstSecret(all, arguments(c)), "")
		case "get":
			if key, ok := firstText(c); ok && isHeaderBag(plain(a.Value)) && (isSecretName(key) || strings.EqualFold(key, "authorization") || strings.EqualFold(key, "x-api-key")) {
				return "The header " + key
			}
		case "model_dump", "dict", "items", "strip":
			return sc.secretIn(all, a.Value)
		case "get_secret_value":
			return "The secret " + plain(a.Value)
		}
	}
	return ""
}

func firstText(c *python.Call) (string, bool) {
	if len(c.Args) == 0 {
		return "", false
	}
	return text(c.Args[0])
}

func isHeaderBag(name string) bool { return last(name) == "headers" || last(name) == "cookies" }

// secretName takes names of secrets and of wholes that contain them.
func (sc *scope) secretName(all *units, e python.Expr) string {
	name := plain(e)
	full := sc.unit.dotted(e)
	switch {
	case full == "os.environ":
		return "The whole environment"
	case strings.HasSuffix(name, "request.headers") || name == "headers" && sc.holdsHeaders(name):
		return "The whole of the headers, credentials included,"
	case name == "settings" || name == "config" || name == "cfg":
		if sc.isSettingsObject(all, name) {
			return "The whole of the settings"
		}
		return ""
	}
	if !isSecretName(last(name)) || isCountOfTokens(last(name)) || sc.showsStars(all, e) {
		return ""
	}
	if strings.HasPrefix(name, "self.") || strings.Contains(name, ".") || sc.unit.isAboutSecrets(last(name)) {
		return "The secret " + name
	}
	if v, ok := all.origin(sc.unit, e, sc.local); ok && v.env {
		return "The secret " + name
	}
	return ""
}

// isAboutSecrets leaves out tokens of texts: a lone "token" counts where the file deals with people and the web.
func (u *unit) isAboutSecrets(name string) bool {
	if w := words(name); len(w) > 1 || w[0] != "token" && w[0] != "secret" {
		return true
	}
	for _, full := range u.imports {
		first, _, _ := strings.Cut(full, ".")
		if slices.Contains([]string{"jwt", "jose", "secrets", "fastapi", "flask", "django", "requests", "httpx", "aiohttp", "telegram", "telebot", "aiogram", "itsdangerous", "os", "authlib", "google"}, first) {
			return true
		}
	}
	return false
}

// isCountOfTokens knows names of language models and parsers.
func isCountOfTokens(name string) bool {
	w := words(name)
	if slices.Contains(w, "tokens") && !slices.ContainsFunc(w, func(x string) bool {
		return slices.Contains([]string{"access", "refresh", "api", "auth", "bot", "session", "valid", "secret"}, x)
	}) {
		return true
	}
	return slices.ContainsFunc(w, func(x string) bool {
		return slices.Contains([]string{"has", "is", "masked", "hashed", "redacted", "invalid", "valid", "missing", "no", "num", "n", "eos", "bos", "pad", "special", "next", "current", "error", "message", "safe", "short", "found", "set", "mask"}, x)
	})
}

// holdsHeaders says whether a name holds headers of a request or ones with credentials.
func (sc *scope) holdsHeaders(name string) bool {
	value, ok := sc.local[name]
	if !ok {
		return false
	}
	t := strings.ToLower(textOf(value))
	return strings.Contains(t, "authorization") || strings.Contains(t, "api-key") || mentions(value, "headers")
}

func (sc *scope) isSettingsObject(all *units, name string) bool {
	c, ok := sc.unit.assigned[name].(*python.Call)
	owner := sc.unit
	if other, rest := all.find(sc.unit.imports[name]); !ok && other != nil {
		c, ok = other.assigned[rest].(*python.Call)
		owner = other
	}
	if !ok {
		return false
	}
	class, at := all.classOf(owner, c, maxHops)
	return class != nil && at.isSettings(class)
}

// secretKey takes os.environ["API_KEY"], data["password"], config["SECRET_KEY"]; parts such as key[:4] are no whole.
func (sc *scope) secretKey(all *units, e *python.Subscript) string {
	key, ok := text(e.Slice)
	if !ok || isCountOfTokens(key) {
		return ""
	}
	if isSecretName(key) || isHeaderBag(plain(e.Value)) && strings.EqualFold(key, "authorization") {
		return "The secret " + key
	}
	return ""
}
