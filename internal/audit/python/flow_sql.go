package python

import (
	"regexp"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// sqlInjection finds queries that are put together from text which is not fixed.
func sqlInjection(p *audit.Pass) {
	all, statement := unitsOf(p.Project), sqlStart()
	wrappers := queryWrappers(p.Project)
	seen := map[python.Node]bool{}
	scopesOf(p.Project).each(all, func(sc *scope, s *state, stmt python.Stmt) {
		ownCalls(stmt, func(c *python.Call) {
			for _, part := range extraParts(c) {
				if !seen[part] && !newConstancy(all, sc).text(part, maxHops) {
					seen[part] = true
					reportQuery(p, sc, part, s.of(part).user)
				}
			}
			query := sc.query(c)
			if query == nil {
				query = wrappers.query(all, sc.unit, c)
			}
			if query == nil {
				return
			}
			fixed := newConstancy(all, sc)
			for _, built := range sc.built(query) {
				if seen[built] || !sc.isSQL(c, query, built, statement) || fixed.text(built, maxHops) {
					continue
				}
				seen[built] = true
				reportQuery(p, sc, built, s.of(built).user || s.of(query).user)
			}
		})
	})
}

func reportQuery(p *audit.Pass, sc *scope, built python.Expr, user bool) {
	r := audit.Report{
		File: sc.unit.file, Line: line(built), EndLine: built.End().Line, Column: built.Pos().Column + 1,
		Message: "This query is put together from text that is not fixed.",
	}
	if user {
		r.Message = "This query is put together from text that a user sends."
	} else {
		medium := finding.Medium
		r.Severity, r.Confidence = &medium, finding.Likely
	}
	p.Report(r)
}

// sqlStart matches the beginning of a statement of SQL.
func sqlStart() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\(?\s*(select\s|insert\s+(or\s+\w+\s+)?into|update\s+\S*\s*set\b|update\s*$|update\s|delete\s+from|create\s+(temp\w*\s+)?(table|index|view|database|user|schema)|alter\s+table|drop\s+(table|index|view|database|schema)|pragma\s|with\s+\S+\s+as|replace\s+into|truncate\s|attach\s+database|explain\s|merge\s+into|grant\s)`)
}

// isSQL says whether what a call is given is a statement of SQL: by how it or the name that holds it begins, or
// by a clause in it when the call can run nothing else.
func (sc *scope) isSQL(c *python.Call, query, built python.Expr, statement *regexp.Regexp) bool {
	words := strings.ToLower(constants(built))
	if statement.MatchString(strings.TrimSpace(words)) || sc.isQuery(query, statement) {
		return true
	}
	return strings.HasPrefix(last(plain(c.Func)), "execute") && slices.ContainsFunc([]string{" where ", " from ", " order by ", " values "}, func(clause string) bool {
		return strings.Contains(words, clause)
	})
}

// constants joins the constant text of an expression; a space stands for what is not constant.
func constants(e python.Expr) string {
	switch e := e.(type) {
	case *python.Constant:
		return e.Value
	case *python.JoinedStr:
		var b strings.Builder
		for _, v := range e.Values {
			b.WriteString(constants(v))
		}
		return b.String()
	case *python.BinOp:
		return constants(e.Left) + constants(e.Right)
	case *python.Call:
		if a, ok := e.Func.(*python.Attribute); ok && (a.Attr == "format" || a.Attr == "strip" || a.Attr == "join") {
			return constants(a.Value)
		}
	}
	return " x "
}

// queryMethods take a query first.
func queryMethods() []string {
	return []string{
		"execute", "executemany", "executescript", "raw", "read_sql", "read_sql_query", "fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one",
		"exec_driver_sql", "RawSQL", "mogrify", "query", "text", "sql", "execute_query", "run_query", "iterate", "fetchone", "fetchall", "execute_sql",
		"execute_fetchall", "execute_insert",
	}
}

// query returns the query that a call runs, without text() around it, or nil.
func (sc *scope) query(c *python.Call) python.Expr {
	name := last(plain(c.Func))
	if a, ok := c.Func.(*python.Attribute); ok {
		name = a.Attr
	}
	if !slices.Contains(queryMethods(), name) {
		return nil
	}
	q := argument(c, 0, "sql")
	if q == nil {
		q = or2(keyword(c, "query"), keyword(c, "statement"))
	}
	if inner, ok := q.(*python.Call); ok && last(plain(inner.Func)) == "text" && len(inner.Args) > 0 {
		return inner.Args[0]
	}
	return q
}

// built returns the expressions that make a query: itself, or what is assigned and added to its name.
func (sc *scope) built(query python.Expr) []python.Expr {
	name := plain(query)
	if name == "" {
		return []python.Expr{query}
	}
	var list []python.Expr
	statements(sc.def.Body, func(stmt python.Stmt) {
		switch s := stmt.(type) {
		case *python.Assign:
			if slices.ContainsFunc(s.Targets, func(t python.Expr) bool { return plain(t) == name }) {
				list = append(list, s.Value)
			}
		case *python.AugAssign:
			if plain(s.Target) == name {
				list = append(list, s.Value)
			}
		}
	})
	return list
}

// isQuery says whether a name is given a statement of SQL somewhere, so that what is added to it counts.
func (sc *scope) isQuery(query python.Expr, statement *regexp.Regexp) bool {
	return plain(query) != "" && slices.ContainsFunc(sc.built(query), func(e python.Expr) bool {
		return statement.MatchString(strings.TrimSpace(constants(e)))
	})
}
