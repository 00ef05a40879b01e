package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"reflect"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// checkedNames are the names that are tested somewhere for being empty, with an end when they are: a missing value
// never reaches a comparison. Fields are known by their name alone.
func (prog *program) checkedNames() map[string]bool {
	checked := map[string]bool{}
	for _, u := range prog.units {
		each(u.node, func(s *ast.IfStmt) {
			for _, part := range split(s.Cond, token.LOR) {
				subject, empty, ok := isEmptyTest(part)
				if not, isNot := ast.Unparen(part).(*ast.UnaryExpr); isNot && not.Op == token.NOT {
					subject, empty, ok = not.X, true, true // v, ok := os.LookupEnv; !ok
				}
				if short, isShort := isShortTest(part); isShort {
					subject, empty, ok = short, true, true
				}
				if ok && empty && !u.admits(s.Body) && lastName(subject) != "" {
					checked[lastName(subject)] = true
				}
			}
		})
	}
	return checked
}

// reportNothingEqualsNothing reports comparisons of what a caller sends with a variable of the environment that
// may be missing: an empty header equals it then.
func (u *unit) reportNothingEqualsNothing(pass *audit.Pass, checked map[string]bool) {
	if !u.serves() && !u.verifies() {
		return
	}
	seen := map[int]bool{}
	report := func(n ast.Node, a, b ast.Expr) {
		for _, pair := range [][2]ast.Expr{{a, b}, {b, a}} {
			sent, expected := pair[0], pair[1]
			if !u.fromRequest(sent) && !u.readByHelper(sent) || u.fromRequest(expected) || !u.mayBeMissing(expected, checked) || u.isTested(sent, checked) || u.guardedBySet(n, expected) || seen[u.line(n)] {
				continue
			}
			seen[u.line(n)] = true
			u.report(pass, n, fmt.Sprintf("%s may be missing, and then a caller who sends nothing is let in: nothing equals nothing", describe(expected)))
		}
	}
	ast.Inspect(u.node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				report(n, n.X, n.Y)
			}
		case *ast.CallExpr:
			imported, name := u.called(n.Fun)
			if len(n.Args) == 2 && (imported == "crypto/subtle" && name == "ConstantTimeCompare" || slices.ContainsFunc(u.prog.resolve(u.file, n.Fun), u.prog.comparesBoth)) {
				report(n, n.Args[0], n.Args[1])
			}
		}
		return true
	})
}

// comparesBoth says whether a function of two texts answers whether they are the same, with no look at whether they are
// empty.
func (prog *program) comparesBoth(fn *function) bool {
	u := prog.unitOf(fn)
	a, b := parameterAt(fn.Type, 0), parameterAt(fn.Type, 1)
	if u == nil || a == "" || b == "" || fn.Type.Results == nil || len(fn.Type.Results.List) != 1 || text(fn.Type.Results.List[0].Type) != "bool" {
		return false
	}
	holds := func(e ast.Expr, name string) bool {
		return u.flows(e, func(x ast.Expr) bool { return isName(x, name) && !u.isField(x.(*ast.Ident)) })
	}
	compares, tests := false, false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			_, _, isTest := isEmptyTest(n)
			tests = tests || isTest
			compares = compares || n.Op == token.EQL && holds(n.X, a) && holds(n.Y, b)
		case *ast.CallExpr:
			compares = compares || (u.is(n, "crypto/subtle", "ConstantTimeCompare") || u.is(n, "crypto/hmac", "Equal")) && holds(n.Args[0], a) && holds(n.Args[1], b)
		}
		return true
	})
	return compares && !tests
}

// readByHelper says whether a value is what a function of the project reads out of the request that it is given.
func (u *unit) readByHelper(e ast.Expr) bool {
	return u.flows(e, func(x ast.Expr) bool {
		call, ok := x.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 || !u.requests[text(call.Args[0])] {
			return false
		}
		return slices.ContainsFunc(u.prog.resolve(u.file, call.Fun), func(fn *function) bool {
			inner := u.prog.unitOf(fn)
			return inner != nil && contains(fn.Body, func(n ast.Node) bool {
				r, ok := n.(*ast.ReturnStmt)
				return ok && len(r.Results) > 0 && inner.fromRequest(r.Results[0])
			})
		})
	})
}

// describe names what an expression reads: a variable of the environment, or a field or variable of the program.
func describe(e ast.Expr) (name string) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if s, ok := literal(lastArgument(n)); ok && looksLikeEnvironment(s) {
				name = s
				return false
			}
		case *ast.SelectorExpr, *ast.Ident:
			name = text(n.(ast.Expr))
			return false
		case *ast.ArrayType:
			return false
		}
		return true
	})
	return name
}

func lastArgument(call *ast.CallExpr) ast.Expr {
	if len(call.Args) == 0 {
		return call
	}
	return call.Args[len(call.Args)-1]
}

// mayBeMissing says whether a value is read from the environment with nothing that stops the start without it.
func (u *unit) mayBeMissing(e ast.Expr, checked map[string]bool) bool {
	missing := false
	stop := u.flows(e, func(x ast.Expr) bool {
		switch x := x.(type) {
		case *ast.CallExpr:
			missing = missing || u.isGetenv(x)
		case *ast.Ident:
			if !u.isField(x) && checked[x.Name] {
				return true
			}
			if value, known := u.pkg.values[x.Name]; known && value != nil && len(u.assigned[x.Name]) == 0 && !u.isField(x) {
				call, ok := ast.Unparen(value).(*ast.CallExpr)
				missing = missing || ok && u.isGetenv(call)
			}
		case *ast.SelectorExpr:
			if checked[x.Sel.Name] {
				return true
			}
			missing = missing || u.prog.fieldMayBeMissing(x.Sel.Name)
		}
		return false
	})
	return missing && !stop
}

// isGetenv says whether a call reads a variable that may be missing: one alone, and not one that must be there.
func (f *file) isGetenv(call *ast.CallExpr) bool { return f.is(call, "os", "Getenv") }

// fieldMayBeMissing says whether a field is filled from the environment without a check: by os.Getenv in a literal
// or an assignment, or by a tag that does not require it.
func (prog *program) fieldMayBeMissing(field string) bool {
	if call, ok := prog.fields[field].(*ast.CallExpr); !isSecretName(field) && (!ok || !prog.readsSecret(call)) {
		return false
	}
	for _, u := range prog.units {
		if contains(u.node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				call, ok := n.Value.(*ast.CallExpr)
				return ok && lastName(n.Key) == field && u.isGetenv(call)
			case *ast.AssignStmt:
				call, ok := n.Rhs[0].(*ast.CallExpr)
				s, isField := n.Lhs[0].(*ast.SelectorExpr)
				return ok && isField && s.Sel.Name == field && u.isGetenv(call)
			}
			return false
		}) {
			return true
		}
	}
	for _, p := range prog.packages {
		for _, t := range p.structs {
			if tag, found := tagOf(t, field); found && isOptionalTag(tag) {
				return true
			}
		}
	}
	return false
}

// readsSecret says whether a call reads a variable with the name of a secret.
func (prog *program) readsSecret(call *ast.CallExpr) bool {
	if len(call.Args) == 0 {
		return false
	}
	env, ok := literal(call.Args[0])
	return ok && isSecretName(env)
}

func tagOf(t *ast.StructType, field string) (reflect.StructTag, bool) {
	for _, f := range t.Fields.List {
		for _, name := range f.Names {
			if name.Name == field && f.Tag != nil {
				return reflect.StructTag(strings.Trim(f.Tag.Value, "`")), true
			}
		}
	}
	return "", false
}

// isOptionalTag knows the tags of the libraries that fill a struct from the environment.
func isOptionalTag(tag reflect.StructTag) bool {
	env, isEnv := tag.Lookup("env")
	_, isConfig := tag.Lookup("envconfig")
	if !isEnv && !isConfig {
		return false
	}
	for _, key := range []string{"required", "env-required", "validate", "notEmpty"} {
		if value := tag.Get(key); value == "true" || strings.Contains(value, "required") {
			return false
		}
	}
	return !strings.Contains(env, "required") && !strings.Contains(env, "notEmpty") && tag.Get("envDefault") == "" && tag.Get("default") == "" && tag.Get("env-default") == ""
}

// isTested says whether what a caller sends is refused when it is empty.
func (u *unit) isTested(e ast.Expr, checked map[string]bool) bool {
	name := rootName(e)
	return name != "" && checked[name] && contains(u.node, func(n ast.Node) bool {
		s, ok := n.(*ast.IfStmt)
		if !ok {
			return false
		}
		for _, part := range split(s.Cond, token.LOR) {
			if subject, empty, ok := isEmptyTest(part); ok && empty && rootName(subject) == name {
				return true
			}
		}
		return false
	})
}

// guardedBySet says whether a condition of the comparison, or of a statement around it, already looks at whether
// the secret is set: another report is about that, or it is right.
func (u *unit) guardedBySet(n ast.Node, expected ast.Expr) bool {
	conditions := u.guards(n)
	for at := n; at != nil; at = u.parents[at] {
		if s, ok := at.(*ast.IfStmt); ok {
			conditions = append(conditions, s.Cond)
			break
		}
		if r, ok := at.(*ast.ReturnStmt); ok {
			conditions = append(conditions, r.Results...)
			break
		}
	}
	for _, cond := range conditions {
		for _, op := range []token.Token{token.LAND, token.LOR} {
			for _, part := range split(cond, op) {
				if subject, _, ok := isEmptyTest(part); ok && (mentions(expected, subject) || mentions(n, subject)) {
					return true
				}
			}
		}
	}
	return false
}
