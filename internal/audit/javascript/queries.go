package javascript

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/finding"
)

// sqlInjection reports queries that are made of text from outside.
func sqlInjection(p *audit.Pass) {
	f := factsOf(p.Project)
	t := f.tracer(quotes)
	f.eachCall(func(u *unit, call *node, path string) {
		text := queryText(call, path)
		if text == nil {
			return
		}
		text = syntax.Resolve(text)
		parts := f.queryParts(text)
		if len(parts) == 0 || !isSQL(text) {
			return
		}
		worst := constant
		for _, part := range parts {
			if !listedBefore(part) {
				worst = max(worst, t.origin(part))
			}
		}
		switch worst {
		case user:
			f.report(p, call, "the query is put together from text of the request")
		case unknown:
			f.report(p, call, "the query is put together from text that is not known here", confidence(finding.Likely), severity(finding.High))
		}
	})
}

// queryText returns the text of the query that a call runs.
func queryText(call *node, path string) *node {
	if !call.Is(syntax.Call) || !call.Callee().Is(syntax.Member) {
		return nil
	}
	switch call.Callee().Name {
	case "query", "execute", "raw", "all", "run", "exec", "prepare", "each", "$queryRawUnsafe", "$executeRawUnsafe", "unsafe", "whereRaw", "orderByRaw", "selectRaw", "havingRaw", "joinRaw", "fromRaw", "rawQuery", "batch":
		arg := syntax.Resolve(call.Arg(0))
		if arg.Is(syntax.Object) {
			return arg.Property("text")
		}
		return call.Arg(0)
	case "get":
		if len(call.Args()) > 0 && isSQL(syntax.Resolve(call.Arg(0))) {
			return call.Arg(0)
		}
	}
	return nil
}

// queryParts returns what a query's text is put together from besides known text. Texts that are built up in
// steps are followed.
func (f *facts) queryParts(n *node) []*node {
	var parts []*node
	switch n.Kind {
	case syntax.Template:
		for _, k := range n.Kids {
			if !k.Is(syntax.String) {
				parts = append(parts, k)
			}
		}
	case syntax.Binary:
		if n.Name == "+" {
			for _, k := range n.Kids {
				if k.Is(syntax.Binary, syntax.Template) {
					parts = append(parts, f.queryParts(k)...)
				} else if !k.Is(syntax.String) {
					parts = append(parts, k)
				}
			}
		}
	case syntax.Ident:
		b := syntax.Lookup(n)
		if b == nil || b.Node.Is(syntax.Param) {
			return nil
		}
		for _, v := range b.Values() {
			if v.Is(syntax.Template, syntax.Binary) {
				parts = append(parts, f.queryParts(v)...)
			}
		}
	}
	return parts
}

// isSQL says whether the known text of a value begins a statement or a clause.
func isSQL(n *node) bool {
	if n.Is(syntax.Ident) {
		b := syntax.Lookup(n)
		return b != nil && slices.ContainsFunc(b.Values(), func(v *node) bool { return !v.Is(syntax.Ident) && isSQL(v) })
	}
	found := false
	syntax.Walk(n, func(k *node) bool {
		if k.Is(syntax.String) {
			found = found || sqlText(k.Text)
		}
		return !found && !k.Is(syntax.Call, syntax.Function)
	})
	return found
}

func sqlText(text string) bool {
	upper := strings.ToUpper(strings.TrimSpace(text))
	word, rest, _ := strings.Cut(strings.Join(strings.Fields(upper), " "), " ")
	switch word {
	case "SELECT":
		return strings.Contains(upper, "FROM") || strings.HasSuffix(rest, "") && len(rest) > 0
	case "INSERT", "REPLACE":
		return strings.HasPrefix(rest, "INTO") || strings.HasPrefix(rest, "OR ")
	case "UPDATE":
		return strings.Contains(upper, " SET") || rest == ""
	case "DELETE":
		return strings.HasPrefix(rest, "FROM")
	case "WITH", "CREATE", "DROP", "ALTER", "TRUNCATE", "PRAGMA", "CALL", "EXEC", "WHERE", "ORDER", "AND":
		return true
	}
	return strings.Contains(upper, " WHERE ") || strings.Contains(upper, " ORDER BY ") || strings.Contains(upper, " LIKE '") || strings.HasSuffix(upper, " IN (")
}

// quotes says whether a call makes text harmless in a query: placeholders, identifiers, tagged templates of
// libraries that send values apart.
func quotes(n *node, path string) bool {
	name := strings.ToLower(lastOf(path))
	if n.Is(syntax.Tagged) {
		return strings.Contains(name, "sql") || name == "raw" || strings.Contains(path, "prisma") || strings.Contains(path, "Prisma") || strings.Contains(path, "postgres")
	}
	if strings.Contains(name, "escape") || strings.Contains(name, "quote") || strings.Contains(name, "placeholder") || strings.Contains(name, "sanitize") || strings.Contains(name, "ident") || name == "format" && strings.HasPrefix(path, "pg-format") || strings.HasPrefix(path, "pg-format") || strings.HasPrefix(path, "sqlstring") {
		return true
	}
	return allowListed(n)
}

// allowListed says whether a call maps its argument to something of a list: it is of an own function that
// throws or falls back when a list does not have it.
func allowListed(n *node) bool {
	fn := syntax.Resolve(n.Callee())
	return fn.Is(syntax.Function) && syntax.Any(fn.Body(), func(k *node) bool {
		return k.Is(syntax.Call) && (syntax.Last(k.Callee()) == "includes" || syntax.Last(k.Callee()) == "has") && denies(fn.Body())
	})
}

// likeWildcard reports LIKE patterns made of text in which % and _ keep their meaning.
func likeWildcard(p *audit.Pass) {
	f := factsOf(p.Project)
	t := f.tracer(escapesLike)
	f.each(func(u *unit, n *node) {
		value := likeText(n)
		if value == nil {
			if value = wildcardText(n); value == nil || !f.inQuery(n) {
				return
			}
		}
		if t.origin(value) > internal {
			f.report(p, n, "% and _ in the text keep their meaning in LIKE")
		}
	})
}

// likeText returns what stands behind LIKE ' or LIKE '% in the text of a query.
func likeText(n *node) *node {
	switch {
	case n.Is(syntax.Template):
		for i, k := range n.Kids {
			if i > 0 && !k.Is(syntax.String) && endsInLike(n.Kids[i-1]) {
				return k
			}
		}
	case n.Operator(syntax.Binary, "+"):
		left := n.Kids[0]
		if left.Operator(syntax.Binary, "+") {
			left = left.Kids[1]
		}
		if endsInLike(left) && !n.Kids[1].Is(syntax.String) {
			return n.Kids[1]
		}
	}
	return nil
}

func endsInLike(n *node) bool {
	text := strings.ToUpper(strings.TrimRight(n.Text, " %'\""))
	return n.Is(syntax.String) && strings.ContainsAny(n.Text, "'\"") && (strings.HasSuffix(text, " LIKE") || strings.HasSuffix(text, " ILIKE"))
}

// wildcardText returns what stands between or before % in `%${text}%`.
func wildcardText(n *node) *node {
	switch {
	case n.Is(syntax.Template):
		return templateWildcard(n)
	case n.Operator(syntax.Binary, "+") && !n.Parent.Operator(syntax.Binary, "+"):
		left, right := n.Kids[0], n.Kids[1]
		if right.Is(syntax.String) && right.Text == "%" {
			if left.Operator(syntax.Binary, "+") && left.Kids[0].Is(syntax.String) && strings.HasPrefix(left.Kids[0].Text, "%") {
				return left.Kids[1]
			}
			if !left.Is(syntax.Binary, syntax.String, syntax.Number) {
				return left
			}
		}
		if left.Is(syntax.String) && left.Text == "%" {
			return right
		}
	}
	return nil
}

func templateWildcard(n *node) *node {
	if len(n.Kids) > 3 || len(n.Kids) == 0 {
		return nil
	}
	var value *node
	percent := false
	for _, k := range n.Kids {
		switch {
		case !k.Is(syntax.String) && value == nil:
			value = k
		case k.Is(syntax.String) && k.Text == "%":
			percent = true
		default:
			return nil
		}
	}
	if !percent {
		return nil
	}
	return value
}

// inQuery says whether a pattern goes to a database: an argument of a query, of ilike, or of Op.like, or part
// of a list that is pushed to one.
func (f *facts) inQuery(n *node) bool {
	for child, p := n, n.Parent; p != nil; child, p = p, p.Parent {
		switch p.Kind {
		case syntax.Call, syntax.New:
			name := strings.ToLower(syntax.Last(p.Callee()))
			if slices.Contains([]string{"like", "ilike", "wherelike", "whereilike", "where", "orwhere", "andwhere", "query", "all", "get", "execute", "raw", "prepare", "run", "each", "notlike", "any", "unsafe", "orwherelike", "andwherelike", "orwhereilike", "first", "iterate", "bind", "whereraw", "textsearch"}, name) {
				return child != p.Callee()
			}
			return name == "push" && strings.Contains(strings.ToLower(syntax.Name(p.Callee())), "param") || name == "push" && hasWord(syntax.Name(p.Callee().Kids[0]), "values", "params", "args", "bindings", "binds")
		case syntax.Property:
			if p.Name == "like" || p.Name == "iLike" || p.Name == "ilike" || p.Name == "Op.like" || len(p.Kids) > 1 && strings.HasSuffix(strings.ToLower(syntax.Name(p.Kids[1])), "like") {
				return true
			}
		case syntax.Declarator:
			return f.usedInQuery(p)
		case syntax.Function, syntax.Block, syntax.If:
			return false
		}
	}
	return false
}

// usedInQuery says whether a variable that holds a pattern is an argument of a query.
func (f *facts) usedInQuery(d *node) bool {
	if !d.Kids[0].Is(syntax.Ident) {
		return false
	}
	fn := d.Enclosing(syntax.Function, syntax.Program)
	return syntax.Any(fn, func(k *node) bool {
		if !k.Is(syntax.Ident) || k.Name != d.Kids[0].Name || k.Inside(d) || k.Parent.Is(syntax.Declarator) {
			return false
		}
		return f.inQuery(k)
	})
}

// escapesLike says whether a call takes the meaning of % and _.
func escapesLike(n *node, path string) bool {
	name := strings.ToLower(lastOf(path))
	if strings.Contains(name, "escape") || strings.Contains(name, "sanitize") || strings.Contains(name, "like") {
		return true
	}
	if name != "replace" && name != "replaceall" {
		return false
	}
	pattern := syntax.Resolve(n.Arg(0))
	return pattern.Is(syntax.Regexp, syntax.String) && strings.ContainsAny(pattern.Text, "%") || pattern.Is(syntax.Regexp) && strings.HasPrefix(pattern.Text, "[^")
}
