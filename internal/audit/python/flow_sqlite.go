package python

import (
	"regexp"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// opening is a call that opens a database of SQLite.
type opening struct {
	scope *scope
	call  *python.Call
}

// openings are those of a project, memory databases left out.
func openings(p *audit.Project) (list []opening) {
	for _, sc := range scopesOf(p) {
		ownCallsIn(sc, func(c *python.Call) {
			name := sc.unit.dotted(c.Func)
			if name != "sqlite3.connect" && name != "aiosqlite.connect" && name != "sqlite3.dbapi2.connect" {
				return
			}
			if s, _ := text(argument(c, 0, "database")); s != ":memory:" {
				list = append(list, opening{sc, c})
			}
		})
	}
	return list
}

// address is the constant text of what is opened, that of a name included.
func (o opening) address() string {
	e := argument(o.call, 0, "database")
	if e == nil {
		return ""
	}
	return o.scope.spelled(e)
}

func (o opening) readOnly() bool {
	a := o.address()
	return strings.Contains(a, "mode=ro") || strings.Contains(a, "immutable=1")
}

// sqliteWritable finds databases that a project only reads and yet opens for writing.
func sqliteWritable(p *audit.Pass) {
	list := openings(p.Project)
	if len(list) == 0 || !onlyReads(unitsOf(p.Project)) {
		return
	}
	for _, o := range list {
		if !o.readOnly() {
			p.Report(audit.Report{
				File: o.scope.unit.file, Line: line(o.call), EndLine: o.call.End().Line, Column: o.call.Pos().Column + 1, Confidence: finding.Likely,
				Message: "This database is only read, and is opened so that it can be written.",
			})
		}
	}
}

// onlyReads says whether a project has queries and none that changes data.
func onlyReads(all *units) bool {
	writes := regexp.MustCompile(`(?i)^\s*(insert|update|delete|create|alter|drop|replace|vacuum|attach|begin|truncate)\s`)
	reads, changes := false, false
	for _, u := range all.list {
		if u.file.Test {
			continue
		}
		python.Inspect(u.module, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Constant:
				if n.Kind == python.String {
					lower := strings.ToLower(strings.TrimSpace(n.Value))
					reads = reads || strings.HasPrefix(lower, "select")
					changes = changes || writes.MatchString(n.Value)
				}
			case *python.Call:
				if isMethod(n, "commit", "executescript", "to_sql", "executemany", "backup", "create_all", "rollback") {
					changes = true
				}
			}
			return !changes
		})
	}
	return reads && !changes
}

// lockTimeout finds timeouts of locks that are meant to end slow queries.
func lockTimeout(p *audit.Pass) {
	all := unitsOf(p.Project)
	for _, u := range all.sources() {
		if strings.Contains(u.module.Source, "set_progress_handler") || strings.Contains(u.module.Source, ".interrupt(") {
			return
		}
	}
	for _, o := range openings(p.Project) {
		timeout := keyword(o.call, "timeout")
		if timeout == nil || !o.readOnly() && !o.speaksOfQueries(timeout) {
			continue
		}
		p.Report(audit.Report{
			File: o.scope.unit.file, Line: line(o.call), EndLine: o.call.End().Line, Column: o.call.Pos().Column + 1,
			Message: "This timeout is how long to wait for a lock: a slow query runs to its end all the same.",
		})
	}
}

// speaksOfQueries says whether names or words beside a timeout show that it is meant for queries.
func (o opening) speaksOfQueries(timeout python.Expr) bool {
	if isAboutQueries(strings.Join(words(plain(timeout)), " ")) || isAboutQueries(strings.Join(words(o.scope.def.Name), " ")) {
		return true
	}
	from, to := line(o.call), o.call.End().Line
	for _, c := range o.scope.unit.module.Comments {
		if at := c.Pos().Line; at >= from-3 && at <= to && isAboutQueries(strings.ToLower(c.Text)) {
			return true
		}
	}
	if body := o.scope.def.Body; len(body) > 0 {
		if doc, ok := body[0].(*python.ExprStmt); ok {
			t, _ := text(doc.Value)
			return isAboutQueries(strings.ToLower(t))
		}
	}
	return false
}

func isAboutQueries(s string) bool {
	return strings.Contains(s, "quer") && (strings.Contains(s, "timeout") || strings.Contains(s, "time out") || strings.Contains(s, "slow") || strings.Contains(s, "long")) ||
		strings.Contains(s, "long-running") || strings.Contains(s, "statement timeout")
}
