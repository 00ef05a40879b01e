package golang

import (
	"go/ast"
	"go/token"
	"slices"
)

// reaching returns what a variable was assigned that may still hold at a place: an assignment in a block around the
// place ends those before it. In loops all of them may.
func (u *unit) reaching(id *ast.Ident) []ast.Expr {
	all := u.inScope(id, u.assigned[id.Name])
	if len(all) < 2 || u.parents[id] == nil {
		return all
	}
	scope := u.scopeOf(id)
	around := map[ast.Node]bool{}
	for at := u.parents[id]; at != nil; at = u.parents[at] {
		switch at.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return all
		}
		around[at] = true
		if at == scope {
			break
		}
	}
	first := 0
	for i, from := range all {
		statement := u.parents[from]
		s, ok := statement.(*ast.AssignStmt)
		if ok && s.Pos() < id.Pos() && around[u.parents[s]] && (s.Tok == token.ASSIGN || s.Tok == token.DEFINE) && slices.ContainsFunc(s.Lhs, func(e ast.Expr) bool { return isName(e, id.Name) }) {
			first = i
		}
	}
	last := first
	for last < len(all) && all[last].Pos() < id.Pos() {
		last++
	}
	if last == first || u.inLiteral(id, all[first]) {
		return all[first:]
	}
	return all[first:last]
}

// inLiteral says whether a place is in a function literal that an assignment stands outside of: it may run later.
func (u *unit) inLiteral(place, assignment ast.Node) bool {
	f, ok := within[*ast.FuncLit](u, place)
	return ok && (assignment.Pos() < f.Pos() || assignment.End() > f.End())
}

// definition is a name that a block, or the beginning of a statement, declares by :=.
type definition struct {
	scope ast.Node
	name  string
}

// noteDefinitions notes where names are declared first.
func (u *unit) noteDefinitions(s *ast.AssignStmt) {
	if s.Tok != token.DEFINE {
		return
	}
	for _, left := range s.Lhs {
		d := definition{u.parents[s], text(left)}
		if _, ok := u.defined[d]; !ok {
			u.defined[d] = s.Pos()
		}
	}
}

// inScope leaves out what other variables of the same name were assigned: those before the declaration that counts at a
// place, and those outside of its block.
func (u *unit) inScope(id *ast.Ident, all []ast.Expr) []ast.Expr {
	scope := u.scopeOf(id)
	if scope == nil || len(all) < 2 {
		return all
	}
	start := u.defined[definition{scope, id.Name}]
	var list []ast.Expr
	for _, from := range all {
		if from.Pos() >= start && from.End() <= scope.End() {
			list = append(list, from)
		}
	}
	return list
}

// scopeOf returns the innermost block or statement around a place that declares its name before it by :=, or nil.
func (u *unit) scopeOf(id *ast.Ident) ast.Node {
	for at := u.parents[id]; at != nil; at = u.parents[at] {
		if start, ok := u.defined[definition{at, id.Name}]; ok && start < id.Pos() {
			return at
		}
	}
	return nil
}
