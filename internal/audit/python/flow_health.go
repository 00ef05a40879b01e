package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// fakeHealth finds health checks that speak of parts which they never touch.
func fakeHealth(p *audit.Pass) {
	all := unitsOf(p.Project)
	stored := usesStore(all)
	for _, r := range webOf(p.Project).routes {
		if r.unit.file.Test || !isHealthPath(r.path) || touches(r.handler) {
			continue
		}
		at, part := claims(r.handler)
		switch {
		case part != "":
			p.Report(audit.Report{File: r.unit.file, Line: line(at), EndLine: at.End().Line, Message: "This says that " + part + " is well without asking it."})
		case at != nil && stored && !isLiveness(r.path):
			p.Report(audit.Report{
				File: r.unit.file, Line: line(at), EndLine: at.End().Line, Confidence: finding.Possible,
				Message: "This is healthy whatever happens: the data that the app needs is never asked.",
			})
		}
	}
}

func isHealthPath(path string) bool {
	tail := strings.Trim(strings.ToLower(path[strings.LastIndexByte(strings.TrimSuffix(path, "/"), '/')+1:]), "/")
	return slices.Contains([]string{"health", "healthz", "healthcheck", "health_check", "health-check", "ready", "readyz", "readiness", "status", "live", "livez", "liveness", "alive", "heartbeat", "up", "_health", "ping"}, tail)
}

// isLiveness leaves out paths that say no more than that the process runs.
func isLiveness(path string) bool {
	return strings.Contains(path, "live") || strings.HasSuffix(path, "/up") || strings.Contains(path, "heartbeat") || strings.Contains(path, "ping") || strings.Contains(path, "status")
}

// usesStore says whether a project keeps data in a database.
func usesStore(all *units) bool {
	for _, u := range all.sources() {
		for _, full := range u.imports {
			first, _, _ := strings.Cut(full, ".")
			if slices.Contains([]string{"sqlite3", "aiosqlite", "sqlalchemy", "psycopg2", "psycopg", "asyncpg", "pymongo", "motor", "redis", "sqlmodel", "databases", "peewee", "tortoise", "flask_sqlalchemy", "supabase", "mysql", "pymysql"}, first) {
				return true
			}
		}
	}
	return false
}

// harmless are calls that ask no part of the system.
func harmless() []string {
	return []string{
		"now", "utcnow", "today", "time", "isoformat", "jsonify", "JSONResponse", "JsonResponse", "Response", "HttpResponse", "dict", "str", "strftime", "int", "round",
		"info", "debug", "getenv", "get", "PlainTextResponse", "len", "HealthResponse", "fromtimestamp", "monotonic", "perf_counter", "make_response", "timestamp", "getLogger", "gethostname", "platform",
		"python_version", "total_seconds", "timedelta",
	}
}

// touches says whether a handler calls or is given anything that may ask another part.
func touches(f *python.FunctionDef) bool {
	found := false
	for _, d := range defaultsOf(f.Args) {
		found = found || isDependency(d)
	}
	for _, stmt := range f.Body {
		calls(stmt, func(c *python.Call) {
			name := last(plain(c.Func))
			if a, ok := c.Func.(*python.Attribute); ok {
				name = a.Attr
			}
			upper := name != "" && name[0] >= 'A' && name[0] <= 'Z'
			if !upper && !slices.Contains(harmless(), name) {
				found = true
			}
		})
		statements([]python.Stmt{stmt}, func(s python.Stmt) {
			switch s.(type) {
			case *python.With, *python.Try, *python.If:
				found = true
			}
		})
	}
	return found
}

// claims returns the answer that says all is well, and the part that it speaks of when there is one.
func claims(f *python.FunctionDef) (at python.Node, part string) {
	for _, stmt := range f.Body {
		r, ok := stmt.(*python.Return)
		if !ok || r.Value == nil {
			continue
		}
		well := func(key string, value python.Expr) {
			word, isText := text(value)
			c, isConstant := value.(*python.Constant)
			good := isText && slices.Contains([]string{"ok", "healthy", "connected", "up", "running", "online", "ready", "available", "operational", "active", "loaded", "good", "alive"}, strings.ToLower(word)) ||
				isConstant && c.Kind == python.True
			if !good {
				return
			}
			if isPart(key) && part == "" {
				at, part = r, key
			} else if at == nil {
				at = r
			}
		}
		python.Inspect(r.Value, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Dict:
				for i, k := range n.Keys {
					if key, ok := text(k); ok {
						well(key, n.Values[i])
					}
				}
			case *python.Keyword:
				well(n.Arg, n.Value)
			}
			return true
		})
	}
	return at, part
}

// isPart says whether a key names a part of the system.
func isPart(key string) bool {
	return slices.ContainsFunc(words(key), func(w string) bool {
		return slices.Contains([]string{"database", "db", "redis", "cache", "postgres", "mongo", "mongodb", "queue", "storage", "model", "models", "api", "openai", "llm", "worker", "workers", "celery", "s3", "mysql", "sqlite", "elasticsearch", "broker", "disk", "search", "ai", "vector", "qdrant", "bot", "scheduler", "external"}, w)
	})
}
