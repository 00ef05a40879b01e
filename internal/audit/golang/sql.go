package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// queryArgument returns the text of the query in a call that runs one, or nil.
func (u *unit) queryArgument(call *ast.CallExpr) ast.Expr {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return u.helperQuery(call)
	}
	at := 0
	switch s.Sel.Name {
	case "Query", "QueryRow", "Exec", "Prepare", "MustExec", "Queryx", "QueryRowx", "Raw", "NamedExec", "NamedQuery", "Where", "Order", "Having":
		if len(call.Args) > 1 && isContext(call.Args[0]) { // pgx
			at = 1
		}
	case "QueryContext", "QueryRowContext", "ExecContext", "PrepareContext", "Get", "Select", "QueryxContext":
		at = 1
	case "GetContext", "SelectContext":
		at = 2
	default:
		return u.helperQuery(call)
	}
	if at >= len(call.Args) || u.contexts[rootName(s.X)] || u.requests[rootName(s.X)] {
		return nil
	}
	return call.Args[at]
}

// helperQuery returns the argument that a function of the project runs as a query as it is, or nil.
func (u *unit) helperQuery(call *ast.CallExpr) ast.Expr {
	for _, fn := range u.prog.resolve(u.file, call.Fun) {
		if at, ok := u.prog.runners[fn.FuncDecl]; ok && at < len(call.Args) {
			return call.Args[at]
		}
	}
	return nil
}

// findRunners finds the functions that run one of their parameters as a query.
func (prog *program) findRunners() {
	for _, u := range prog.units {
		if u.fn == nil {
			continue
		}
		each(u.node, func(call *ast.CallExpr) {
			query, ok := u.queryArgument(call).(*ast.Ident)
			if !ok || u.params[query.Name] == nil || text(u.params[query.Name]) != "string" || len(u.assigned[query.Name]) > 0 {
				return
			}
			for at := 0; parameterAt(u.fn.Type, at) != "" && at < 20; at++ {
				if parameterAt(u.fn.Type, at) == query.Name {
					prog.runners[u.fn.FuncDecl] = at
					return
				}
			}
		})
	}
}

func isContext(e ast.Expr) bool {
	t := text(e)
	return strings.Contains(strings.ToLower(t), "ctx") || strings.HasPrefix(t, "context.") || strings.HasSuffix(t, ".Context()")
}

// isSQL says whether text begins or holds a statement.
func isSQL(s string) bool {
	upper := " " + strings.Join(strings.Fields(strings.ToUpper(s)), " ")
	for _, start := range []string{" SELECT ", " INSERT INTO", " UPDATE ", " DELETE FROM", " ORDER BY", " WHERE ", " DROP TABLE", " ALTER TABLE", " CREATE TABLE", " CREATE INDEX", " PRAGMA ", " ATTACH ", " REPLACE INTO", " TRUNCATE "} {
		if strings.Contains(upper, start) || strings.HasPrefix(upper, strings.TrimRight(start, " ")) && len(upper) <= len(start)+1 {
			return true
		}
	}
	return strings.Contains(upper, " = '") || strings.Contains(upper, " LIKE '")
}

// detectInjection reports queries that are put together from text which may come from outside.
func detectInjection(pass *audit.Pass) {
	for _, u := range load(pass.Project).units {
		seen := map[int]bool{}
		each(u.node, func(call *ast.CallExpr) {
			query := u.queryArgument(call)
			if query == nil || seen[u.line(call)] {
				return
			}
			part := u.unsafePart(query)
			if part == nil && u.isWholeFromRequest(call, query) {
				part = query
			}
			if part != nil {
				seen[u.line(call)] = true
				var at ast.Node = call
				if _, isBuilt := ast.Unparen(query).(*ast.CallExpr); isBuilt && part.Pos() < call.Pos() {
					at = part // in a builder
				}
				u.reportPart(pass, at, part)
			}
		})
	}
}

// reportPart reports text in a query. Of what no request is seen to give, somebody else may know that it is harmless.
func (u *unit) reportPart(pass *audit.Pass, at ast.Node, part ast.Expr) {
	r := audit.Report{File: u.File, Line: u.line(at), Message: fmt.Sprintf("%s becomes part of the query's text", text(part))}
	if !u.fromRequest(part) {
		severity := finding.High
		r.Severity, r.Confidence = &severity, finding.Likely
	}
	pass.Report(r)
}

// unsafePart returns what is put into a query's text and may come from outside, or nil.
func (u *unit) unsafePart(query ast.Expr) (found ast.Expr) {
	if call, ok := ast.Unparen(query).(*ast.CallExpr); ok && lastName(call.Fun) == "String" && len(call.Args) == 0 {
		return u.unsafeBuilt(rootName(call.Fun))
	}
	id, isVariable := ast.Unparen(query).(*ast.Ident)
	if !isVariable {
		return u.unsafeText(query)
	}
	sql := slices.ContainsFunc(u.assigned[id.Name], holdsSQL)
	for _, from := range u.assigned[id.Name] {
		if sql && found == nil {
			found = u.unsafeParts(from, id.Name)
		}
	}
	return found
}

// unsafeBuilt looks at what is written into a builder that holds SQL.
func (u *unit) unsafeBuilt(builder string) (found ast.Expr) {
	sql := false
	each(u.node, func(call *ast.CallExpr) {
		s, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !isName(s.X, builder) && (len(call.Args) == 0 || rootName(call.Args[0]) != builder) {
			return
		}
		sql = sql || holdsSQL(call)
		switch {
		case found != nil:
		case isName(s.X, builder) && strings.HasPrefix(s.Sel.Name, "Write") && len(call.Args) == 1:
			if found = u.unsafeParts(call.Args[0], ""); found == nil && !isJoin(call.Args[0]) && u.fromRequest(call.Args[0]) && u.mayBeOutside(call.Args[0]) {
				found = call.Args[0]
			}
		case s.Sel.Name == "Fprintf" && len(call.Args) > 2:
			found = u.unsafeFormatted(&ast.CallExpr{Fun: call.Fun, Args: call.Args[1:]})
		}
	})
	if !sql {
		return nil
	}
	return found
}

func isJoin(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.BinaryExpr)
	return ok
}

// isWholeFromRequest says whether a query, or a clause, is as a caller sent it.
func (u *unit) isWholeFromRequest(call *ast.CallExpr, query ast.Expr) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !hasWord(baseName(s.X), "db", "tx", "conn", "pool", "gorm", "database") || s.Sel.Name == "Get" || s.Sel.Name == "Select" {
		return false
	}
	_, isName := ast.Unparen(query).(*ast.Ident)
	inner, isCall := ast.Unparen(query).(*ast.CallExpr)
	return (isName || isCall && u.isAccessor(inner)) && u.fromRequest(query) && u.mayBeOutside(query)
}

func holdsSQL(e ast.Expr) bool {
	return contains(e, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		return ok && isSQL(literalText(lit))
	})
}

func (u *unit) unsafeText(e ast.Expr) ast.Expr {
	if !holdsSQL(e) {
		return nil
	}
	return u.unsafeParts(e, "")
}

// unsafeParts looks at what is joined or formatted. self is the variable itself, which grows: query += part.
func (u *unit) unsafeParts(e ast.Expr, self string) ast.Expr {
	switch e := ast.Unparen(e).(type) {
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			for _, part := range joined(e) {
				if !isName(part, self) && u.mayBeOutside(part) {
					return part
				}
			}
		}
	case *ast.CallExpr:
		if text(e.Fun) == "fmt.Sprintf" && len(e.Args) > 1 {
			return u.unsafeFormatted(e)
		}
	}
	return nil
}

// unsafeFormatted leaves out what a verb for numbers formats.
func (u *unit) unsafeFormatted(call *ast.CallExpr) ast.Expr {
	format, _ := u.constant(call.Args[0])
	kinds := verbs(format)
	for i, arg := range call.Args[1:] {
		if i < len(kinds) && strings.ContainsRune("dxXobeEfFgGtc", rune(kinds[i])) {
			continue
		}
		quoted := i < len(kinds) && kinds[i] == 'q'
		if u.mayBeOutside(arg) && (!quoted || u.fromRequest(arg)) {
			return arg
		}
	}
	return nil
}

// verbs returns the letters of a format's verbs.
func verbs(format string) []byte {
	var list []byte
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		for i++; i < len(format) && strings.IndexByte("+-# 0123456789.[]*", format[i]) >= 0; i++ {
		}
		if i < len(format) && format[i] != '%' {
			list = append(list, format[i])
		}
	}
	return list
}

// joined flattens a + b + c.
func joined(e ast.Expr) []ast.Expr {
	if b, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && b.Op == token.ADD {
		return append(joined(b.X), joined(b.Y)...)
	}
	return []ast.Expr{ast.Unparen(e)}
}

// isPartOfSum says whether an expression is only the beginning of a longer a + b + c.
func (u *unit) isPartOfSum(e *ast.BinaryExpr) bool {
	parent, ok := u.parents[e].(*ast.BinaryExpr)
	return ok && parent.Op == token.ADD && e.Op == token.ADD
}

// mayBeOutside says whether a value may come from outside: from a request, a parameter that callers do not give as a
// literal, a field.
func (u *unit) mayBeOutside(e ast.Expr) bool { return u.outside(e, map[string]bool{}) }

func (u *unit) outside(e ast.Expr, seen map[string]bool) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		return false
	case *ast.BinaryExpr:
		return u.outside(e.X, seen) || u.outside(e.Y, seen)
	case *ast.IndexExpr: // a table or a list: what was looked up is known
		return u.fromRequest(e.X) || u.isVariadicText(e.X)
	case *ast.SelectorExpr:
		return u.imports[rootName(e.X)] == "" && !hasWord(e.Sel.Name, "table", "schema", "column", "prefix", "placeholder", "placeholders", "dialect") && !u.isNumber(e)
	case *ast.CallExpr:
		return u.outsideCall(e, seen)
	case *ast.Ident:
		return u.outsideName(e, seen)
	}
	return false
}

func (u *unit) isVariadicText(e ast.Expr) bool {
	t, ok := u.params[rootName(e)]
	return ok && (text(t) == "[]string" || strings.HasPrefix(text(t), "...string"))
}

// isNumber says whether a field of a struct of the package is a number.
func (u *unit) isNumber(s *ast.SelectorExpr) bool {
	for _, t := range u.pkg.structs {
		for _, f := range t.Fields.List {
			for _, name := range f.Names {
				if name.Name == s.Sel.Name && isPlainType(f.Type) {
					return true
				}
			}
		}
	}
	return false
}

// isPlainType knows types that cannot carry SQL.
func isPlainType(t ast.Expr) bool {
	return slices.Contains([]string{"int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "bool", "float64", "float32", "time.Time", "time.Duration", "uuid.UUID"}, text(t))
}

// outsideCall looks through functions that only change text; of others nothing is known, so they count when what
// they are given does.
func (u *unit) outsideCall(call *ast.CallExpr, seen map[string]bool) bool {
	imported, name := u.called(call.Fun)
	switch {
	case hasWord(name, "quote", "escape", "sanitize", "placeholder", "placeholders", "identifier", "len", "itoa", "int", "int64", "allowed", "valid", "validate"), imported == "strconv",
		text(call.Fun) == "strings.Repeat", text(call.Fun) == "strings.ReplaceAll" && len(call.Args) == 3 && strings.ContainsAny(literalText(call.Args[1]), `"'`+"`"):
		return false
	case u.isAccessor(call):
		return true
	case imported == "fmt" && name == "Sprintf" && len(call.Args) > 0:
		return u.outsideFormatted(call, seen)
	case imported == "strings" || imported == "fmt" || name == "string":
		return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return u.outside(arg, seen) })
	}
	return u.fromRequest(call)
}

// outsideFormatted leaves out numbers, and names in quotes that no request gives.
func (u *unit) outsideFormatted(call *ast.CallExpr, seen map[string]bool) bool {
	format, _ := u.constant(call.Args[0])
	kinds := verbs(format)
	for i, arg := range call.Args[1:] {
		if i < len(kinds) && (strings.ContainsRune("dxXobeEfFgGtc", rune(kinds[i])) || kinds[i] == 'q' && !u.fromRequest(arg)) {
			continue
		}
		if u.outside(arg, seen) {
			return true
		}
	}
	return false
}

func (u *unit) outsideName(id *ast.Ident, seen map[string]bool) bool {
	if seen[id.Name] || u.isFixed(id) || id.Name == "nil" || id.Name == "true" || id.Name == "false" {
		return false
	}
	seen[id.Name] = true
	if t, isParameter := u.params[id.Name]; isParameter && len(u.assigned[id.Name]) == 0 {
		return (text(t) == "string" || text(t) == "any" || text(t) == "interface{}") && !u.givenFixed(id.Name) || text(t) == "[]string" && !u.givenFixed(id.Name)
	}
	if u.bound[id.Name] {
		return true
	}
	return slices.ContainsFunc(u.assigned[id.Name], func(from ast.Expr) bool { return u.outside(from, seen) })
}

// givenFixed says whether every call of the function in the project gives a parameter as a constant.
func (u *unit) givenFixed(name string) bool {
	if u.fn == nil || u.writers[name] || u.requests[name] {
		return false
	}
	index := -1
	for at := 0; parameterAt(u.fn.Type, at) != "" && at < 20; at++ {
		if parameterAt(u.fn.Type, at) == name {
			index = at
			break
		}
	}
	calls, open := 0, false
	for _, site := range u.prog.calls[u.fn.Name.Name] {
		if index >= 0 && index < len(site.call.Args) && takes(u.fn.Type, len(site.call.Args)) {
			calls++
			open = open || site.mayBeOutsideShallow(site.call.Args[index])
		}
	}
	return calls > 0 && !open
}

// takes says whether a function may be called with a number of arguments: others of its name may not.
func takes(t *ast.FuncType, count int) bool {
	last := len(t.Params.List) - 1
	if last < 0 {
		return count == 0
	}
	if _, variadic := t.Params.List[last].Type.(*ast.Ellipsis); variadic {
		return count >= t.Params.NumFields()-1
	}
	return count == t.Params.NumFields()
}

// mayBeOutsideShallow does not follow further callers, so that functions which call each other end.
func (u *unit) mayBeOutsideShallow(e ast.Expr) bool {
	open := func(e ast.Expr) bool {
		_, isLiteral := u.constant(e)
		return !isLiteral && !u.isFixed(e)
	}
	if !open(e) {
		return false
	}
	return u.fromRequest(e) || u.params[rootName(e)] != nil || slices.ContainsFunc(u.assigned[rootName(e)], open)
}
