package golang

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// unit is one declaration with code: a function with the literals in it, or a variable of the package. Names are
// taken for the same variable all over it.
type unit struct {
	*file
	prog     *program
	name     string
	fn       *function // nil for a variable
	node     ast.Node
	writers  map[string]bool       // parameters of type http.ResponseWriter
	requests map[string]bool       // of type *http.Request
	contexts map[string]bool       // of a framework's context, which is both
	assigned map[string][]ast.Expr // by name of the variable
	bound    map[string]bool       // variables that a request was decoded into
	params   map[string]ast.Expr   // all parameters and their types
	parents  map[ast.Node]ast.Node
	defined  map[definition]token.Pos
}

func unitsOf(f *file) []*unit {
	var list []*unit
	for _, decl := range f.tree.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				list = append(list, newUnit(f, d.Name.Name, &function{f, d}, d))
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && len(v.Values) > 0 {
					list = append(list, newUnit(f, v.Names[0].Name, nil, v))
				}
			}
		}
	}
	return list
}

func newUnit(f *file, name string, fn *function, node ast.Node) *unit {
	u := &unit{file: f, name: name, fn: fn, node: node, writers: map[string]bool{}, requests: map[string]bool{}, contexts: map[string]bool{},
		assigned: map[string][]ast.Expr{}, bound: map[string]bool{}, params: map[string]ast.Expr{}, parents: map[ast.Node]ast.Node{}, defined: map[definition]token.Pos{}}
	var stack []ast.Node
	ast.Inspect(node, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return false
		}
		if len(stack) > 0 {
			u.parents[n] = stack[len(stack)-1]
		}
		stack = append(stack, n)
		u.note(n)
		return true
	})
	return u
}

func (u *unit) note(n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncType:
		for _, p := range n.Params.List {
			u.noteParameter(p)
		}
	case *ast.AssignStmt:
		u.noteDefinitions(n)
		for i, left := range n.Lhs {
			right := n.Rhs[min(i, len(n.Rhs)-1)]
			if name := rootName(left); name != "" && name != "_" {
				u.assigned[name] = append(u.assigned[name], right)
			}
			if id, ok := left.(*ast.Ident); ok && u.isCopy(right) {
				u.requests[id.Name] = true
			}
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if len(n.Values) > 0 {
				u.assigned[name.Name] = append(u.assigned[name.Name], n.Values[min(i, len(n.Values)-1)])
			}
		}
	case *ast.RangeStmt:
		for _, left := range []ast.Expr{n.Key, n.Value} {
			if left != nil {
				u.assigned[rootName(left)] = append(u.assigned[rootName(left)], n.X)
			}
		}
	case *ast.CallExpr:
		u.noteBinding(n)
	}
}

// isCopy knows copies of a request: *r, r.Clone(ctx), r.WithContext(ctx).
func (u *unit) isCopy(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.StarExpr:
		return u.requests[rootName(e.X)] && rootName(e.X) == text(e.X)
	case *ast.CallExpr:
		s, ok := e.Fun.(*ast.SelectorExpr)
		return ok && (s.Sel.Name == "Clone" || s.Sel.Name == "WithContext") && u.requests[text(s.X)]
	}
	return false
}

func (u *unit) noteParameter(p *ast.Field) {
	kind := u.kindOf(p.Type)
	for _, name := range p.Names {
		u.params[name.Name] = p.Type
		if kind != nil {
			kind[name.Name] = true
		}
	}
}

// kindOf returns the set that a parameter's name belongs to by its type.
func (u *unit) kindOf(t ast.Expr) map[string]bool {
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	s, ok := t.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	imported := u.imports[text(s.X)]
	switch {
	case imported == "net/http" && s.Sel.Name == "ResponseWriter":
		return u.writers
	case imported == "net/http" && s.Sel.Name == "Request":
		return u.requests
	case s.Sel.Name == "Context" && (imported == "github.com/gin-gonic/gin" || strings.HasPrefix(imported, "github.com/labstack/echo")),
		(s.Sel.Name == "Ctx") && strings.HasPrefix(imported, "github.com/gofiber/fiber"):
		return u.contexts
	}
	return nil
}

// noteBinding notes variables that a request is decoded into: Decode(&v), ShouldBindJSON(&v), BodyParser(&v).
func (u *unit) noteBinding(call *ast.CallExpr) {
	_, name := u.called(call.Fun)
	if name != "Decode" && name != "Unmarshal" && !strings.Contains(name, "Bind") && name != "BodyParser" && name != "Body" {
		return
	}
	for _, arg := range call.Args {
		if pointer, ok := arg.(*ast.UnaryExpr); ok {
			u.bound[rootName(pointer.X)] = true
		}
	}
}

// serves says whether the unit takes part in answering requests.
func (u *unit) serves() bool { return len(u.writers)+len(u.contexts) > 0 }

// fromRequest says whether a value comes from a request: its headers, query, path, form or body.
func (u *unit) fromRequest(e ast.Expr) bool { return u.flows(e, u.readsRequest) }

// flows says whether an expression, or what its variables were assigned, satisfies a test. What is counted does not
// flow.
func (u *unit) flows(e ast.Expr, test func(ast.Expr) bool) bool {
	return u.follow(e, map[string]bool{}, test)
}

func (u *unit) follow(e ast.Expr, seen map[string]bool, test func(ast.Expr) bool) bool {
	if e == nil {
		return false
	}
	return contains(e, func(n ast.Node) bool {
		x, ok := n.(ast.Expr)
		if !ok {
			return false
		}
		if test(x) {
			return true
		}
		id, ok := x.(*ast.Ident)
		if !ok || seen[id.Name] || u.isField(id) {
			return false
		}
		seen[id.Name] = true
		return slices.ContainsFunc(u.reaching(id), func(from ast.Expr) bool { return !isCount(from) && u.follow(from, seen, test) })
	})
}

// isField says whether an identifier is the name of a field and so no variable.
func (u *unit) isField(id *ast.Ident) bool {
	switch parent := u.parents[id].(type) {
	case *ast.SelectorExpr:
		return parent.Sel == id
	case *ast.KeyValueExpr:
		return parent.Key == id
	}
	return false
}

func isCount(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && slices.Contains([]string{"len", "cap", "int", "int64", "strconv.Atoi", "strconv.ParseInt", "uuid.Parse", "strconv.ParseBool", "time.Parse", "time.ParseDuration"}, text(call.Fun))
}

// readsRequest knows the accessors of requests.
func (u *unit) readsRequest(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CallExpr:
		return u.isAccessor(e)
	case *ast.SelectorExpr:
		switch e.Sel.Name {
		case "URL", "Header", "Form", "PostForm", "RequestURI", "Body", "Host":
			return u.requests[rootName(e.X)]
		}
		return u.bound[rootName(e)] && u.serves()
	case *ast.Ident:
		return u.bound[e.Name] && u.serves() && !u.isField(e)
	}
	return false
}

func (u *unit) isAccessor(call *ast.CallExpr) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch name := s.Sel.Name; {
	case u.requests[rootName(s.X)]:
		return slices.Contains([]string{"FormValue", "PostFormValue", "PathValue", "Cookie", "BasicAuth", "UserAgent", "Referer", "FormFile", "Cookies"}, name)
	case u.contexts[rootName(s.X)]:
		return slices.Contains([]string{"Query", "DefaultQuery", "Param", "Params", "PostForm", "DefaultPostForm", "GetHeader", "FormValue", "QueryParam",
			"Get", "Cookie", "Cookies", "FormFile", "Body", "BodyRaw", "GetRawData", "Queries", "GetReqHeaders", "Path", "RealIP", "ClientIP"}, name)
	}
	if call, ok := s.X.(*ast.CallExpr); ok && s.Sel.Name == "Get" {
		return u.isAccessor(call) || slices.Contains([]string{"Query", "Request"}, lastOf(call)) && u.touchesRequest(call)
	}
	imported := u.imports[rootName(s.X)]
	return strings.Contains(imported, "go-chi/chi") && s.Sel.Name == "URLParam" || strings.Contains(imported, "gorilla/mux") && s.Sel.Name == "Vars"
}

func lastOf(call *ast.CallExpr) string { return lastName(call.Fun) }

func (u *unit) touchesRequest(n ast.Node) bool {
	return contains(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && (u.requests[id.Name] || u.contexts[id.Name])
	})
}

// within returns the nearest enclosing node of a type.
func within[T ast.Node](u *unit, n ast.Node) (found T, ok bool) {
	for at := u.parents[n]; at != nil; at = u.parents[at] {
		if t, ok := at.(T); ok {
			return t, true
		}
	}
	return found, false
}

// guards returns the conditions of the if statements around a node, and of the cases.
func (u *unit) guards(n ast.Node) []ast.Expr {
	var list []ast.Expr
	child := n
	for at := u.parents[n]; at != nil; child, at = at, u.parents[at] {
		switch s := at.(type) {
		case *ast.IfStmt:
			if child == s.Body || child == s.Else {
				list = append(list, s.Cond)
			}
		case *ast.CaseClause:
			list = append(list, s.List...)
		}
	}
	return list
}

// report notes a place in the unit.
func (u *unit) report(pass *audit.Pass, n ast.Node, message string) {
	pass.Report(audit.Report{File: u.File, Line: u.line(n), Message: message})
}

func (u *unit) reportAs(pass *audit.Pass, n ast.Node, severity finding.Severity, message string) {
	pass.Report(audit.Report{File: u.File, Line: u.line(n), Message: message, Severity: &severity})
}
