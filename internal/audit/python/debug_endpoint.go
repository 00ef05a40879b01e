package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// debugEndpoint finds routes that show the inside, and debug modes of frameworks that are simply on.
func debugEndpoint(p *audit.Pass) {
	for _, r := range webOf(p.Project).routes {
		if n := shows(r); n != nil {
			report(p, r.unit, routeNode(r), "this route shows settings, environment or internals")
		}
	}
	for _, u := range unitsOf(p.Project).sources() {
		debugModes(p, u)
	}
}

func routeNode(r *route) python.Node {
	if r.decorator != nil {
		return r.decorator
	}
	return r.handler
}

// shows finds what a handler returns of the inside.
func shows(r *route) python.Node {
	var found python.Node
	local := locals(r.handler.Body)
	statements(r.handler.Body, func(s python.Stmt) {
		var value python.Expr
		switch s := s.(type) {
		case *python.Return:
			value = s.Value
		case *python.ExprStmt:
			if y, ok := s.Value.(*python.Yield); ok {
				value = y.Value
			}
		}
		if value != nil && found == nil && inside(r, value, local, 3) {
			found = s
		}
	})
	return found
}

// inside says whether an expression holds the environment, settings as a whole, secrets or internals.
func inside(r *route, e python.Node, local map[string]python.Expr, hops int) bool {
	found := false
	debugPath := isDebugPath(r.path)
	python.Inspect(e, func(n python.Node) bool {
		if found || hops == 0 {
			return false
		}
		switch n := n.(type) {
		case *python.Attribute:
			dotted := r.unit.dotted(n)
			found = found || dotted == "os.environ" || slices.Contains([]string{"app.config", "current_app.config", "sys.modules", "settings.__dict__", "config.__dict__"}, plain(n)) ||
				debugPath && isSettingsValue(plain(n))
			if dotted == "os.environ" {
				return false
			}
		case *python.Subscript:
			if r.unit.dotted(n.Value) == "os.environ" {
				found = found || debugPath
				return false
			}
			if strings.HasSuffix(plain(n.Value), "app.config") {
				return false
			}
		case *python.Call:
			name := r.unit.dotted(n.Func)
			if name == "os.environ.get" || name == "os.getenv" {
				key, _ := text(argument(n, 0, "key"))
				found = found || debugPath || isSecretName(key)
				return false
			}
			if name == "bool" || name == "len" || strings.HasSuffix(name, "app.config.get") {
				return false
			}
			found = found || dumpsSettings(name, n) || (name == "getattr" || name == "dir") && len(n.Args) > 0 && isSettingsObject(last(plain(n.Args[0]))) || debugPath && (strings.HasPrefix(name, "traceback.") || strings.HasPrefix(name, "inspect.") || strings.HasPrefix(name, "gc."))
		case *python.Compare: // "KEY" in os.environ, KEY is not None
			return false
		case *python.Name:
			if def, ok := local[n.ID]; ok && def != nil {
				found = found || inside(r, def, nil, hops-1)
			}
			found = found || debugPath && n.ID == strings.ToUpper(n.ID) && (isSecretName(n.ID) || strings.HasSuffix(n.ID, "_URL") || strings.HasSuffix(n.ID, "_DSN"))
		}
		return !found
	})
	return found
}

// isDebugPath names paths that are there for the developer.
func isDebugPath(path string) bool {
	for _, segment := range strings.FieldsFunc(strings.ToLower(path), func(r rune) bool { return r == '/' || r == '-' || r == '_' }) {
		if slices.Contains([]string{"debug", "env", "environ", "config", "settings", "phpinfo", "internals", "diag", "diagnostics", "dump", "trace"}, segment) {
			return true
		}
	}
	return false
}

func isSettingsValue(name string) bool {
	first, rest, ok := strings.Cut(name, ".")
	return ok && slices.Contains([]string{"settings", "config", "cfg", "app_config"}, strings.ToLower(first)) &&
		(isSecretName(rest) || strings.Contains(strings.ToLower(rest), "url") || strings.Contains(strings.ToLower(rest), "dsn"))
}

// dumpsSettings is settings.dict(), vars(settings), dict(app.config) and the like.
func dumpsSettings(name string, c *python.Call) bool {
	subject := name
	switch last(name) {
	case "dict", "vars", "model_dump", "json", "model_dump_json", "asdict", "repr":
		if len(c.Args) > 0 {
			subject = plain(c.Args[0])
		} else {
			subject = strings.TrimSuffix(name, "."+last(name))
		}
	default:
		return false
	}
	w := words(last(subject))
	return len(w) > 0 && slices.Contains([]string{"settings", "config", "environ", "env"}, w[len(w)-1])
}

// debugModes finds app.run(debug=True), FastAPI(debug=True), DEBUG = True of Django, and reload where the
// program is started so in production.
func debugModes(p *audit.Pass, u *unit) {
	python.Inspect(u.module, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Call:
			name := last(u.dotted(n.Func))
			debug := keyword(n, "debug")
			if isTrue(debug) && slices.Contains([]string{"run", "FastAPI", "Starlette", "Flask", "Sanic", "run_server", "run_app"}, name) {
				report(p, u, debug, "the framework's debug mode is on")
			}
			if name == "FastAPI" && keyword(n, "docs_url") == nil && keyword(n, "openapi_url") == nil && keyword(n, "redoc_url") == nil {
				low := finding.Low
				p.Report(audit.Report{File: u.file, Line: line(n), Message: "the documentation of every route is open to anybody", Fix: "FastAPI(docs_url=None, redoc_url=None, openapi_url=None) in production, or put them behind authentication.", Severity: &low})
			}
			if reload := keyword(n, "reload"); isTrue(reload) && strings.HasPrefix(u.dotted(n.Func), "uvicorn.") && startsInProduction(p.Project, u) {
				low := finding.Low
				p.Report(audit.Report{File: u.file, Line: line(reload), Message: "the server restarts on file changes in production", Severity: &low})
			}
		case *python.ClassDef: // class Development(Config): DEBUG = True
			return !isDevelopmentFile(n.Name)
		case *python.Assign:
			name := plain(n.Targets[0])
			django := name == "DEBUG" && strings.Contains(u.file.Base(), "settings") && !isDevelopmentFile(u.file.Path)
			if isTrue(n.Value) && (django || name == "app.debug") {
				report(p, u, n, "the framework's debug mode is on")
			}
			if s, ok := n.Targets[0].(*python.Subscript); ok && plain(s.Value) == "app.config" && isTrue(n.Value) {
				if key, _ := text(s.Slice); key == "DEBUG" {
					report(p, u, n, "the framework's debug mode is on")
				}
			}
		}
		return true
	})
}

func isTrue(e python.Expr) bool {
	c, ok := e.(*python.Constant)
	return ok && c.Kind == python.True
}

func isDevelopmentFile(path string) bool {
	return slices.ContainsFunc(words(strings.ReplaceAll(path, "/", ".")), isDevelopment)
}

// startsInProduction says whether a container or process file starts this very file.
func startsInProduction(p *audit.Project, u *unit) bool {
	for _, f := range p.Files {
		base := strings.ToLower(f.Base())
		if (strings.HasPrefix(base, "dockerfile") || base == "procfile" || strings.HasSuffix(base, ".service")) && strings.Contains(string(f.Content), u.file.Base()) {
			return true
		}
	}
	return false
}
