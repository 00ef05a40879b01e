package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// aliases adds the other names of the path: path = tmp.name, files.append(path).
func (r *resource) aliases() {
	for range 3 {
		statements(r.scope.def.Body, func(stmt python.Stmt) {
			switch s := stmt.(type) {
			case *python.Assign:
				if r.isPath(s.Value) {
					r.names[r.scope.nameOf(s.Targets[0])] = true
				}
			case *python.ExprStmt:
				c, ok := s.Value.(*python.Call)
				if !ok || len(c.Args) != 1 {
					return
				}
				if a, ok := c.Func.(*python.Attribute); ok && a.Attr == "append" && r.isPath(c.Args[0]) {
					r.names[plain(a.Value)] = true
				}
			}
		})
	}
	delete(r.names, "")
}

// isPath says whether an expression is the path itself: path, tmp.name, str(path), Path(path).
func (r *resource) isPath(e python.Expr) bool {
	if r.names[r.scope.nameOf(e)] {
		return true
	}
	switch e := e.(type) {
	case *python.Attribute:
		return e.Attr == "name" && r.isPath(e.Value)
	case *python.Call:
		return len(e.Args) == 1 && slices.Contains([]string{"str", "Path", "abspath", "fspath"}, last(plain(e.Func))) && r.isPath(e.Args[0])
	case *python.Tuple:
		return slices.ContainsFunc(e.Elts, r.isPath)
	}
	return false
}

// mentioned says whether the path occurs in a node under one of its names.
func (r *resource) mentioned(n python.Node) bool {
	found := false
	python.Inspect(n, func(n python.Node) bool {
		if e, ok := n.(python.Expr); ok && (r.names[plain(e)] || r.names[r.scope.text(e)]) {
			found = true
		}
		return !found
	})
	return found
}

// isRemover knows functions that remove what they are given, by their name.
func isRemover(name string) bool {
	return slices.ContainsFunc(words(last(name)), func(w string) bool {
		return slices.Contains([]string{"remove", "unlink", "rmtree", "cleanup", "clean", "delete", "rm", "removedirs", "discard", "purge", "rmdir"}, w)
	})
}

// removes says whether a call removes the path: os.remove(path), path.unlink(), cleanup([path]).
func (r *resource) removes(c *python.Call) bool {
	name := plain(c.Func)
	if a, ok := c.Func.(*python.Attribute); ok && isRemover(a.Attr) && r.mentioned(a.Value) {
		return true
	}
	return isRemover(name) && slices.ContainsFunc(arguments(c), func(e python.Expr) bool { return r.mentioned(e) })
}

// removed says whether something in a body removes the path, also in a loop over a list that it was put into.
func (r *resource) removed(body []python.Stmt) bool {
	found := false
	for _, stmt := range body {
		python.Inspect(stmt, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Call:
				found = found || r.removes(n)
			case *python.For:
				if r.mentioned(n.Iter) {
					loop := &resource{scope: r.scope, names: map[string]bool{r.scope.nameOf(n.Target): true}}
					found = found || loop.removed(n.Body)
				}
			}
			return !found
		})
	}
	return found
}

// covered says whether the path is removed on every way out, or something else takes care of it.
func (r *resource) covered(all *units) bool {
	covered := false
	statements(r.scope.def.Body, func(stmt python.Stmt) {
		switch s := stmt.(type) {
		case *python.Try:
			covered = covered || r.removed(s.FinalBody) || r.removedWhenFailing(s)
		case *python.FunctionDef: // after_this_request, a clean-up of its own, a stream
			covered = covered || r.removed(s.Body)
		case *python.Assign:
			covered = covered || r.kept(s)
		case *python.ExprStmt: // self.folders.append(path)
			c, ok := s.Value.(*python.Call)
			covered = covered || ok && len(c.Args) == 1 && r.isPath(c.Args[0]) && strings.HasPrefix(plain(c.Func), "self.") && isMethod(c, "append", "add")
		}
		ownCalls(stmt, func(c *python.Call) {
			covered = covered || r.registered(c) || r.cares(all, c)
		})
	})
	return covered
}

// removedWhenFailing says whether a clause for any exception removes the path.
func (r *resource) removedWhenFailing(t *python.Try) bool {
	return slices.ContainsFunc(t.Handlers, func(h *python.ExceptHandler) bool {
		kind := last(plain(h.Type))
		return (h.Type == nil || kind == "Exception" || kind == "BaseException") && r.removed(h.Body)
	})
}

// kept says whether the path is kept in an object, which then owns it.
func (r *resource) kept(s *python.Assign) bool {
	return r.isPath(s.Value) && slices.ContainsFunc(s.Targets, func(t python.Expr) bool { return strings.HasPrefix(plain(t), "self.") }) ||
		s.Value == r.node && strings.HasPrefix(plain(s.Targets[0]), "self.")
}

// registered says whether a call hands the path to something that runs later: a background task, an exit
// stack, atexit, a queue.
func (r *resource) registered(c *python.Call) bool {
	if !r.mentioned(c) {
		return false
	}
	switch name := last(plain(c.Func)); name {
	case "add_task", "BackgroundTask", "callback", "register", "finalize", "addCleanup", "push", "call_later", "addfinalizer", "call_on_close",
		"delay", "apply_async", "submit", "create_task", "enqueue", "send_task", "enterContext", "Thread", "Process", "ensure_future":
		return slices.ContainsFunc(arguments(c), func(e python.Expr) bool { return r.mentioned(e) })
	}
	return false
}

// cares says whether a function of the project that is given the path removes it on every way out.
func (r *resource) cares(all *units, c *python.Call) bool {
	at := slices.IndexFunc(c.Args, r.isPath)
	if at < 0 {
		return false
	}
	f, owner := all.function(r.scope.unit, c.Func)
	if f == nil {
		return false
	}
	parameters := f.Args.Args
	if len(parameters) > 0 && parameters[0].Arg == "self" {
		parameters = parameters[1:]
	}
	if at >= len(parameters) {
		return false
	}
	inner := &resource{scope: &scope{function: &function{unit: owner, def: f}}, names: map[string]bool{parameters[at].Arg: true}}
	found := false
	statements(f.Body, func(stmt python.Stmt) {
		if t, ok := stmt.(*python.Try); ok && inner.removed(t.FinalBody) {
			found = true
		}
	})
	return found
}

// handedOn says whether the path is returned to callers of which one takes care, or that are not known.
func (r *resource) handedOn(all *units, list scopes) bool {
	returned := false
	statements(r.scope.def.Body, func(stmt python.Stmt) {
		switch s := stmt.(type) {
		case *python.Return:
			returned = returned || s.Value != nil && (r.isPath(s.Value) || s.Value == r.node)
		case *python.ExprStmt:
			y, ok := s.Value.(*python.Yield)
			returned = returned || ok && y.Value != nil && r.isPath(y.Value) && !r.removed(r.scope.def.Body)
		}
	})
	if !returned {
		return false
	}
	if r.scope.route != nil {
		return false
	}
	known := false
	for _, sc := range list {
		for _, taken := range sc.takes(all, r.scope.def) {
			known = true
			if taken.covered(all) {
				return true
			}
		}
	}
	return !known
}

// takes are the results of a function that a scope keeps under a name.
func (sc *scope) takes(all *units, f *python.FunctionDef) (list []*resource) {
	if !strings.Contains(sc.unit.module.Source, f.Name) {
		return nil
	}
	statements(sc.def.Body, func(stmt python.Stmt) {
		a, ok := stmt.(*python.Assign)
		if !ok {
			return
		}
		value := a.Value
		if w, ok := value.(*python.Await); ok {
			value = w.Value
		}
		if c, ok := value.(*python.Call); ok && last(plain(c.Func)) == f.Name {
			if g, _ := all.function(sc.unit, c.Func); g == f {
				r := &resource{scope: sc, node: c, names: map[string]bool{}}
				for _, t := range append(elements(a.Targets[0]), a.Targets[0]) {
					r.names[sc.nameOf(t)] = true
				}
				r.aliases()
				list = append(list, r)
			}
		}
	})
	return list
}
