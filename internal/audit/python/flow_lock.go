package python

import (
	"slices"
	"strings"
	"unicode"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// lockTimeout finds timeouts of locks that are meant to end slow queries.
func lockTimeout(p *audit.Pass) {
	all := unitsOf(p.Project)
	for _, o := range openings(p.Project) {
		if endsQueries(all, o.scope) {
			continue
		}
		if timeout := keyword(o.call, "timeout"); timeout != nil && (o.readOnly() || o.scope.speaksOfQueries(o.call, timeout)) {
			o.scope.reportLock(p, o.call)
		}
	}
	for _, sc := range scopesOf(p.Project) {
		if endsQueries(all, sc) {
			continue
		}
		ownCallsIn(sc, func(c *python.Call) {
			if query := sc.query(c); query != nil && strings.Contains(constants(query), "busy_timeout") && sc.speaksOfQueries(c, query) {
				sc.reportLock(p, c)
			}
		})
	}
}

// endsQueries says whether something ends slow queries of what a function opens: it interrupts them, or one that calls it.
func endsQueries(all *units, sc *scope) bool {
	for _, u := range all.sources() {
		if !strings.Contains(u.module.Source, "set_progress_handler") && !strings.Contains(u.module.Source, ".interrupt") {
			continue
		}
		for _, other := range append(scopesIn(u), topOf(u)) {
			interrupts, uses := false, sc.def == other.def || sc.top && sc.unit == u
			python.Inspect(other.def, func(n python.Node) bool {
				switch n := n.(type) {
				case *python.FunctionDef:
					return !other.top // those are scopes of their own
				case *python.Attribute:
					interrupts = interrupts || n.Attr == "interrupt" || n.Attr == "set_progress_handler"
				case *python.Call:
					f, _ := all.function(u, n.Func)
					uses = uses || f != nil && f == sc.def || sc.class != nil && other.class == sc.class
				}
				return true
			})
			if interrupts && uses {
				return true
			}
		}
	}
	return false
}

func (sc *scope) reportLock(p *audit.Pass, c *python.Call) {
	p.Report(audit.Report{
		File: sc.unit.file, Line: line(c), EndLine: c.End().Line, Column: c.Pos().Column + 1,
		Message: "This timeout is how long to wait for a lock: a slow query runs to its end all the same.",
	})
}

// speaksOfQueries says whether names or words beside a timeout show that it is meant for queries.
func (sc *scope) speaksOfQueries(c *python.Call, timeout python.Expr) bool {
	named := false
	python.Inspect(timeout, func(n python.Node) bool {
		if e, ok := n.(python.Expr); ok {
			named = named || isAboutQueries(strings.Join(words(last(plain(e))), " "))
		}
		return !named
	})
	if named || isAboutQueries(strings.Join(words(sc.def.Name), " ")) {
		return true
	}
	from, to := line(c), c.End().Line
	for _, comment := range sc.unit.module.Comments {
		if at := comment.Pos().Line; at >= from-3 && at <= to && isAboutQueries(strings.ToLower(comment.Text)) {
			return true
		}
	}
	if body := sc.def.Body; len(body) > 0 {
		if doc, ok := body[0].(*python.ExprStmt); ok && !sc.top {
			t, _ := text(doc.Value)
			return isAboutQueries(strings.ToLower(t))
		}
	}
	return false
}

// isAboutQueries says whether words are about how long a query may run, and not about how long to wait for a lock.
func isAboutQueries(s string) bool {
	has := func(list ...string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(s, w) })
	}
	letters := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	keptBusy := has("expensive", "worker") // the program by a query, and not the database by a lock
	if slices.ContainsFunc(letters, func(w string) bool {
		return w == "busy" && !keptBusy || slices.Contains([]string{"lock", "locks", "locked", "wait", "waits", "waiting", "writer", "writers"}, w)
	}) {
		return false
	}
	return has("query", "queries", "statement", "long-running", "long running") &&
		has("timeout", "time out", "timed out", "slow", "long", "deadline", "give up", "gives up", "abort", "cancel", "kill", "hang", "seconds")
}
