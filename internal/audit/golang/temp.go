package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectTempFiles reports temporary files and folders that stay behind when something fails.
func detectTempFiles(pass *audit.Pass) {
	for _, u := range load(pass.Project).units {
		each(u.node, func(s *ast.AssignStmt) {
			if len(s.Rhs) != 1 {
				return
			}
			call, ok := s.Rhs[0].(*ast.CallExpr)
			if !ok || len(s.Lhs) == 0 {
				return
			}
			what := u.makesTemp(call)
			if what == "" || u.removed(s, s.Lhs[0]) || u.isKept(call, s.Lhs[0]) {
				return
			}
			u.report(pass, s, fmt.Sprintf("the temporary %s is not removed on every path", what))
		})
		each(u.node, func(call *ast.CallExpr) {
			if path := u.savesTemp(call); path != nil && (u.serves() || u.removes(u.node, u.aliases(rootName(path)))) && !u.removed(call, path) {
				u.report(pass, call, "the file in the temporary folder is not removed on every path")
			}
			if path := u.sharesTemp(call); path != nil && len(u.prog.routes) > 0 && !u.removed(call, path) {
				u.report(pass, u.madeAt(path), "the file in the temporary folder has a fixed name, so requests share it, and it is not removed on every path")
			}
		})
	}
}

func (u *unit) makesTemp(call *ast.CallExpr) string {
	imported, name := u.called(call.Fun)
	switch {
	case imported == "os" && name == "CreateTemp", imported == "io/ioutil" && name == "TempFile":
		return "file"
	case imported == "os" && name == "MkdirTemp", imported == "io/ioutil" && name == "TempDir":
		return "folder"
	}
	return ""
}

// isKept says whether a file with a name of its own is made in a folder of the program's and stays there on purpose:
// nothing removes or renames it.
func (u *unit) isKept(call *ast.CallExpr, variable ast.Expr) bool {
	if len(call.Args) == 0 || text(call.Args[0]) == `""` || u.flows(call.Args[0], u.isTempFolder) {
		return false
	}
	names := u.aliases(rootName(variable))
	return !u.removes(u.node, names) && !contains(u.node, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		return ok && u.is(c, "os", "Rename") && slices.ContainsFunc(names, func(name string) bool { return mentionsName(c, name) })
	})
}

// savesTemp returns the path of a file that is written below the temporary folder, or nil.
func (u *unit) savesTemp(call *ast.CallExpr) ast.Expr {
	imported, name := u.called(call.Fun)
	at := 0
	switch {
	case imported == "os" && (name == "Create" || name == "WriteFile" || name == "OpenFile"):
	case name == "SaveUploadedFile" && len(call.Args) > 1, name == "SaveFile" && len(call.Args) > 1:
		at = 1
	default:
		return nil
	}
	if at >= len(call.Args) || !u.flows(call.Args[at], u.isTempFolder) {
		return nil
	}
	if u.flows(call.Args[at], func(e ast.Expr) bool { c, ok := e.(*ast.CallExpr); return ok && u.makesTemp(c) != "" }) {
		return nil
	}
	return call.Args[at]
}

// sharesTemp returns the fixed path below the temporary folder that a program is started with, or nil.
func (u *unit) sharesTemp(call *ast.CallExpr) ast.Expr {
	if !u.is(call, "os/exec", "Command", "CommandContext") {
		return nil
	}
	for _, arg := range call.Args {
		if id, ok := arg.(*ast.Ident); ok && u.flows(id, u.isTempFolder) && len(u.reaching(id)) == 1 && u.isFixedPath(u.reaching(id)[0]) {
			return id
		}
	}
	return nil
}

// isFixedPath knows filepath.Join(os.TempDir(), "name").
func (u *unit) isFixedPath(e ast.Expr) bool {
	if _, ok := u.constant(e); ok {
		return true
	}
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && u.is(call, "path/filepath", "Join") && !slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		_, fixed := u.constant(arg)
		return !fixed && text(arg) != "os.TempDir()"
	})
}

// madeAt returns where the only value of a variable comes from.
func (u *unit) madeAt(e ast.Expr) ast.Node {
	if id, ok := e.(*ast.Ident); ok && len(u.reaching(id)) == 1 {
		return u.reaching(id)[0]
	}
	return e
}

func (u *unit) isTempFolder(e ast.Expr) bool {
	if s := literalText(e); strings.HasPrefix(s, "/tmp/") || s == "/tmp" {
		return true
	}
	call, ok := e.(*ast.CallExpr)
	return ok && u.is(call, "os", "TempDir")
}

// removed says whether what a variable names is removed by defer, given to somebody who may, or removed before every
// way out.
func (u *unit) removed(from ast.Node, variable ast.Expr) bool {
	if field, ok := variable.(*ast.SelectorExpr); ok { // it lives as long as what holds it
		return u.prog.removesField(field.Sel.Name)
	}
	name := rootName(variable)
	names := u.aliases(name)
	if contains(u.node, func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		return ok && u.removes(d.Call, names)
	}) || u.prog.cleans(u, names) {
		return true
	}
	if at := u.handedOver(from, names); at != nil {
		return !u.leaksBefore(from, at, names)
	}
	return u.removedEverywhere(from, names)
}

// aliases are the variables that a temporary name flows into: path := f.Name().
func (u *unit) aliases(name string) []string {
	names := []string{name}
	each(u.node, func(s *ast.AssignStmt) {
		for i, left := range s.Lhs {
			id, ok := left.(*ast.Ident)
			if ok && i < len(s.Rhs) && slices.ContainsFunc(names, func(n string) bool { return mentionsName(s.Rhs[i], n) }) && !slices.Contains(names, id.Name) && id.Name != "err" && id.Name != "_" {
				names = append(names, id.Name)
			}
		}
	})
	return names
}

// removes says whether code removes one of the names, also through a function with such a name.
func (u *unit) removes(n ast.Node, names []string) bool {
	return contains(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		name := lastName(call.Fun)
		if !hasWord(name, "remove", "cleanup", "clean", "delete", "unlink", "discard", "destroy", "abort", "rollback", "purge") && name != "RemoveAll" {
			return false
		}
		return len(call.Args) == 0 || slices.ContainsFunc(names, func(name string) bool { return mentionsName(call, name) })
	})
}

// removesField looks for a removal of a field anywhere.
func (prog *program) removesField(field string) bool {
	return slices.ContainsFunc(prog.units, func(u *unit) bool {
		return contains(u.node, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			return ok && (u.is(call, "os", "Remove", "RemoveAll")) && mentionsName(call, field)
		})
	})
}

// cleans looks for t.Cleanup and the like, and for a signal that the function ends only with the program.
func (prog *program) cleans(u *unit, names []string) bool {
	return contains(u.node, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && hasWord(lastName(call.Fun), "cleanup", "defer", "atexit", "push") && u.removes(&ast.ExprStmt{X: call}, names)
	})
}

// handedOver returns where the file, its name, or a function that removes it is given to somebody else: the caller,
// or what lives on in a field. It returns nil when that is nowhere.
func (u *unit) handedOver(from ast.Node, names []string) (at ast.Node) {
	contains(u.node, func(n ast.Node) bool {
		if n.Pos() <= from.Pos() || at != nil {
			return at != nil
		}
		switch n := n.(type) {
		case *ast.ReturnStmt:
			if slices.ContainsFunc(n.Results, func(e ast.Expr) bool { return handed(e, names) }) {
				at = n
			}
		case *ast.AssignStmt: // s.dir = dir
			for i, left := range n.Lhs {
				if _, isField := left.(*ast.SelectorExpr); isField && i < len(n.Rhs) && handed(n.Rhs[i], names) {
					at = n
				}
			}
		case *ast.KeyValueExpr:
			if handed(n.Value, names) {
				at = n
			}
		}
		return at != nil
	})
	return at
}

// leaksBefore says whether the function returns between the creation and the place where the file is handed over,
// with nothing removed.
func (u *unit) leaksBefore(from, to ast.Node, names []string) bool {
	return contains(u.node, func(n ast.Node) bool {
		r, ok := n.(*ast.ReturnStmt)
		return ok && r.Pos() > from.End() && r.End() < to.Pos() && !u.isFirstCheck(from, r) && !u.removedBefore(r, names) && !u.returnsAlias(r, names)
	})
}

func (u *unit) returnsAlias(r *ast.ReturnStmt, names []string) bool {
	return slices.ContainsFunc(r.Results, func(e ast.Expr) bool { return handed(e, names) })
}

func handed(e ast.Expr, names []string) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return slices.Contains(names, e.Name)
	case *ast.CallExpr:
		if s, ok := e.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Name" && slices.Contains(names, rootName(s.X)) {
			return true
		}
		return hasWord(lastName(e.Fun), "new", "open", "wrap") && slices.ContainsFunc(e.Args, func(arg ast.Expr) bool { return handed(arg, names) })
	case *ast.UnaryExpr:
		return handed(e.X, names)
	case *ast.CompositeLit:
		return slices.ContainsFunc(e.Elts, func(e ast.Expr) bool {
			if pair, ok := e.(*ast.KeyValueExpr); ok {
				e = pair.Value
			}
			return handed(e, names)
		})
	case *ast.FuncLit:
		return slices.ContainsFunc(names, func(name string) bool { return mentionsName(e, name) })
	}
	return false
}

// removedEverywhere says whether every return after the creation comes with a removal, or after a rename, which
// makes the file a real one.
func (u *unit) removedEverywhere(from ast.Node, names []string) bool {
	removal := false
	open := false
	settled := token.Pos(0)
	each(u.node, func(call *ast.CallExpr) {
		if u.is(call, "os", "Rename", "Link") && slices.ContainsFunc(names, func(n string) bool { return mentionsName(call, n) }) {
			removal = true
			settled = call.Pos()
		}
		if call.Pos() > from.End() && u.removes(call, names) {
			removal = true
		}
	})
	each(u.node, func(r *ast.ReturnStmt) {
		if r.Pos() < from.End() || settled != 0 && r.Pos() > settled || u.isFirstCheck(from, r) {
			return
		}
		open = open || !u.removedBefore(r, names)
	})
	return removal && !open
}

// isFirstCheck says whether a return is that of the creation's own failure, when there is nothing to remove.
func (u *unit) isFirstCheck(from ast.Node, r *ast.ReturnStmt) bool {
	block, ok := u.parents[from].(*ast.BlockStmt)
	if !ok {
		return false
	}
	for i, statement := range block.List {
		if statement == from && i+1 < len(block.List) {
			next := block.List[i+1]
			return next.Pos() <= r.Pos() && r.End() <= next.End()
		}
	}
	return false
}

// removedBefore says whether a removal stands in the blocks around a return, before it.
func (u *unit) removedBefore(r *ast.ReturnStmt, names []string) bool {
	if u.removes(r, names) {
		return true
	}
	for at := u.parents[r]; at != nil; at = u.parents[at] {
		block, ok := at.(*ast.BlockStmt)
		if !ok {
			continue
		}
		for _, statement := range block.List {
			if _, isIf := statement.(*ast.IfStmt); statement.End() <= r.Pos() && !isIf && u.removes(statement, names) {
				return true
			}
		}
	}
	return false
}
