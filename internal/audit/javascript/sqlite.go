package javascript

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
)

// opensSQLite says whether a call opens a SQLite file, and returns its options.
func opensSQLite(call *node, path string) (options *node, ok bool) {
	switch path {
	case "better-sqlite3", "bun:sqlite.Database", "sqlite.DatabaseSync", "libsql":
		return syntax.Resolve(call.Arg(1)), call.Is(syntax.New) || path == "better-sqlite3"
	case "sqlite3.Database", "sqlite3.verbose().Database":
		return syntax.Resolve(call.Arg(1)), call.Is(syntax.New)
	}
	return nil, false
}

// sqliteWritable reports databases that are opened for writing and only read.
func sqliteWritable(p *audit.Pass) {
	f := factsOf(p.Project)
	f.eachCall(func(u *unit, call *node, path string) {
		options, ok := opensSQLite(call, path)
		if !ok || readOnly(options) || memoryOnly(call) {
			return
		}
		d := call.Parent
		if d.Is(syntax.Declarator) && d.Kids[0].Is(syntax.Ident) && onlyRead(d.Kids[0]) {
			f.report(p, call, "the database is opened for writing and only read")
		}
	})
}

func memoryOnly(call *node) bool {
	name, ok := syntax.Constant(call.Arg(0))
	return ok && (name == "" || name == ":memory:") || call.Arg(0) == nil
}

func readOnly(options *node) bool {
	if options.Is(syntax.Object) {
		return options.Property("readonly") != nil || options.Property("readOnly") != nil
	}
	return options != nil && syntax.Any(options, func(k *node) bool { return k.Is(syntax.Member) && strings.Contains(k.Name, "READONLY") })
}

// onlyRead says whether all that is done with a database, in the one file that knows it, is to select.
func onlyRead(name *node) bool {
	reads, other := 0, false
	syntax.Walk(name.File().Program, func(n *node) bool {
		if !n.Is(syntax.Ident) || n == name || n.Name != name.Name || other {
			return !other
		}
		call := n.Parent.Parent
		if !n.Parent.Is(syntax.Member) || !call.Is(syntax.Call) || call.Callee() != n.Parent {
			other = true
			return false
		}
		switch n.Parent.Name {
		case "query", "prepare", "all", "get", "each":
			if !selects(syntax.Resolve(call.Arg(0))) {
				other = true
			}
			reads++
		case "close", "on":
		default:
			other = true
		}
		return true
	})
	exported := false
	for _, v := range name.File().Exports {
		exported = exported || syntax.Name(v) == name.Name
	}
	return reads > 0 && !other && !exported
}

// selects says whether the known beginning of a statement reads.
func selects(n *node) bool {
	if n.Is(syntax.Template) && len(n.Kids) > 0 {
		n = n.Kids[0]
	}
	text, ok := syntax.Constant(n)
	return ok && strings.HasPrefix(strings.ToUpper(strings.TrimSpace(text)), "SELECT")
}

// lockTimeout reports the time that SQLite waits for a lock where the code takes it for the time of a query.
func lockTimeout(p *audit.Pass) {
	f := factsOf(p.Project)
	f.eachCall(func(u *unit, call *node, path string) {
		value := lockWait(call, path)
		if value == nil {
			return
		}
		words := words(syntax.Last(value) + " " + u.file.Line(value.Line) + " " + commentAbove(u, value.Line))
		has := func(any ...string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(any, w) })
		}
		if has("query", "queries", "statement", "statements", "slow") && has("timeout", "busy") && !has("lock", "locks", "locked", "writer", "wait") {
			f.report(p, value, "this is how long a lock is waited for: a slow query runs to its end")
		}
	})
}

// lockWait returns the value that sets how long a call waits for locks, or nil.
func lockWait(call *node, path string) *node {
	if options, ok := opensSQLite(call, path); ok {
		return options.Property("timeout")
	}
	text, _ := syntax.Constant(call.Arg(0))
	switch last := syntax.Last(call.Callee()); {
	case last == "configure" && text == "busyTimeout":
		return call.Arg(1)
	case (last == "pragma" || last == "exec" || last == "run") && strings.Contains(strings.ToLower(text), "busy_timeout"):
		return call.Arg(0)
	}
	return nil
}

// commentAbove returns the line above when it is a comment.
func commentAbove(u *unit, line int) string {
	text := strings.TrimSpace(u.file.Line(line - 1))
	if line > 1 && strings.HasPrefix(text, "//") {
		return text
	}
	return ""
}
