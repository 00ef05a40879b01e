package golang

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectFakeHealth reports health checks that check nothing in programs that have something to check.
func detectFakeHealth(pass *audit.Pass) {
	prog := load(pass.Project)
	if !prog.uses("database/sql", "gorm.io/gorm", "github.com/jackc/pgx", "github.com/redis/go-redis", "go.mongodb.org/mongo-driver", "github.com/jmoiron/sqlx", "github.com/go-redis/redis", "go.etcd.io/bbolt") {
		return
	}
	var fake []*route
	for _, r := range prog.routes {
		if !isHealthPath(r.path) || len(r.handlers) == 0 {
			continue
		}
		if slices.ContainsFunc(r.handlers, func(h ast.Node) bool { return r.prog.reaches(r.fileOf(h), h, maxReach, checksSomething) }) {
			return
		}
		fake = append(fake, r)
	}
	for _, r := range fake {
		r.report(pass, r.call, fmt.Sprintf("%s says that all is well and looks at nothing", r.path))
	}
}

func isHealthPath(p string) bool {
	return slices.Contains([]string{"health", "healthz", "healthcheck", "ready", "readyz", "readiness"}, strings.ToLower(path.Base(p)))
}

// checksSomething knows calls that touch what a program depends on.
func checksSomething(_ *file, n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	name := lastName(call.Fun)
	return strings.HasPrefix(name, "Ping") || strings.HasPrefix(name, "Query") || strings.HasPrefix(name, "Exec") || slices.Contains([]string{"Stats", "Raw", "First", "Stat", "Dial", "Do", "View", "Healthy", "Ready", "Load", "Check", "RunCommand"}, name) ||
		hasWord(name, "ping", "check", "ready", "healthy", "probe")
}

// detectWritable reports SQLite databases that are opened for writing by a program that only reads.
func detectWritable(pass *audit.Pass) {
	prog := load(pass.Project)
	if !prog.uses("database/sql") || prog.writesSQL() {
		return
	}
	for _, u := range prog.units {
		each(u.node, func(call *ast.CallExpr) {
			if dsn, ok := u.openedSQLite(call); ok && !strings.Contains(dsn, "mode=ro") && !strings.Contains(dsn, "mode=memory") && !strings.Contains(dsn, ":memory:") {
				u.report(pass, call, "the program only reads, and opens the database for writing")
			}
		})
	}
}

// openedSQLite returns all that is known of the address of a SQLite database that a call opens.
func (u *unit) openedSQLite(call *ast.CallExpr) (dsn string, ok bool) {
	if !u.is(call, "database/sql", "Open") || len(call.Args) != 2 {
		return "", false
	}
	driver, _ := u.constant(call.Args[0])
	if driver != "sqlite3" && driver != "sqlite" {
		return "", false
	}
	u.flows(call.Args[1], func(e ast.Expr) bool {
		dsn += literalText(e)
		if id, isName := e.(*ast.Ident); isName && u.pkg.values[id.Name] != nil {
			dsn += literalText(u.pkg.values[id.Name])
		}
		return false
	})
	return dsn, dsn != ""
}

// writesSQL looks for statements that write, and for queries at all: without any nothing is known.
func (prog *program) writesSQL() bool {
	reads, writes := false, false
	for _, f := range prog.files {
		each(f.tree, func(lit *ast.BasicLit) {
			s := strings.ToUpper(literalText(lit))
			reads = reads || strings.Contains(s, "SELECT ")
			for _, word := range []string{"INSERT ", "UPDATE ", "DELETE ", "CREATE ", "REPLACE ", "ALTER ", "DROP ", "VACUUM", "ATTACH "} {
				writes = writes || strings.HasPrefix(strings.TrimSpace(s), word)
			}
		})
	}
	return writes || !reads
}

// detectLockTimeout reports the lock timeout of SQLite where the code takes it for a limit of queries.
func detectLockTimeout(pass *audit.Pass) {
	for _, u := range load(pass.Project).units {
		each(u.node, func(lit *ast.BasicLit) {
			if s := literalText(lit); strings.Contains(s, "busy_timeout") && u.takesForQuery(lit) {
				u.report(pass, lit, "busy_timeout is how long to wait for a lock: a slow query runs to its end all the same")
			}
		})
	}
}

// takesForQuery looks at the comments above and beside, and at the names that are joined in.
func (u *unit) takesForQuery(lit *ast.BasicLit) bool {
	for _, group := range u.tree.Comments {
		distance := u.line(lit) - u.set.Position(group.End()).Line
		isDoc := u.fn != nil && u.fn.Doc == group
		if (isDoc || distance >= 0 && distance <= 2) && aboutQueries(strings.ToLower(group.Text())) {
			return true
		}
	}
	statement, ok := within[*ast.AssignStmt](u, lit)
	return ok && contains(statement, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && hasWord(id.Name, "query") && hasWord(id.Name, "timeout")
	})
}

// aboutQueries says whether a comment speaks of the time that queries may take, and not of locks.
func aboutQueries(comment string) bool {
	has := func(list ...string) bool {
		return slices.ContainsFunc(list, func(word string) bool { return strings.Contains(comment, word) })
	}
	return has("query", "queries") && has("timeout", "time out", "cut", "abort", "slow", "long", "seconds", "limit", "stop") && !has("lock", "writer", "busy wait", "waits")
}

// detectMissingHeaders reports servers of pages that set no security header anywhere, once.
func detectMissingHeaders(pass *audit.Pass) {
	prog := load(pass.Project)
	if !prog.servesPages() || prog.setsSecurityHeaders() {
		return
	}
	for _, u := range prog.units {
		var at ast.Node
		each(u.node, func(call *ast.CallExpr) {
			imported, name := u.called(call.Fun)
			if at == nil && (imported == "net/http" && strings.HasPrefix(name, "ListenAndServe") || imported == "" && (name == "ListenAndServe" || name == "ListenAndServeTLS" || name == "Run" && u.uses("github.com/gin-gonic/gin") && len(call.Args) < 2 || name == "Start" && u.uses("github.com/labstack/echo"))) {
				at = call
			}
		})
		if at != nil {
			u.report(pass, at, "pages are served without security headers")
			return
		}
	}
}

// servesPages says whether templates are written to browsers.
func (prog *program) servesPages() bool {
	return slices.ContainsFunc(prog.units, func(u *unit) bool {
		return contains(u.node, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return false
			}
			s, isMethod := call.Fun.(*ast.SelectorExpr)
			name := lastName(call.Fun)
			return isMethod && name == "HTML" && u.contexts[rootName(s.X)] || strings.HasPrefix(name, "Execute") && len(call.Args) > 1 && u.isWriter(call.Args[0]) && u.uses("html/template", "text/template")
		})
	})
}

func (prog *program) setsSecurityHeaders() bool {
	if prog.uses("github.com/unrolled/secure", "github.com/gofiber/fiber/v2/middleware/helmet", "github.com/gofiber/helmet", "github.com/gin-contrib/secure") {
		return true
	}
	for _, f := range prog.files {
		if contains(f.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				s := strings.ToLower(literalText(n))
				return s == "x-content-type-options" || s == "content-security-policy" || s == "x-frame-options" || s == "strict-transport-security"
			case *ast.SelectorExpr:
				return n.Sel.Name == "Secure" || n.Sel.Name == "SecureWithConfig"
			}
			return false
		}) {
			return true
		}
	}
	return false
}
