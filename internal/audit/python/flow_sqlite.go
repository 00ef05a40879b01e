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
