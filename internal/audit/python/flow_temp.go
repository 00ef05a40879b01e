package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// tempFileLeak finds temporary files and folders that an exception leaves behind.
func tempFileLeak(p *audit.Pass) {
	all, list := unitsOf(p.Project), scopesOf(p.Project)
	for _, sc := range list {
		for _, r := range resourcesOf(sc) {
			if r.covered(all) || r.handedOn(all, list) {
				continue
			}
			rep := audit.Report{File: sc.unit.file, Line: line(r.node), EndLine: line(r.node), Message: r.message()}
			if r.guessed {
				rep.Confidence = finding.Likely
			}
			p.Report(rep)
		}
	}
}

// resource is a temporary file or folder and the names that its path has in a function.
type resource struct {
	scope   *scope
	node    python.Node
	what    string
	names   map[string]bool
	guessed bool // temporary by its name alone
}

func (r *resource) message() string {
	if r.removed(r.scope.def.Body) {
		return r.what + " stays when something fails before it is removed: the removal is on the straight path only."
	}
	return r.what + " is never removed."
}

// makersOfFiles are functions that leave a file or folder until somebody removes it.
func makersOfFiles() map[string]string {
	return map[string]string{
		"tempfile.mkstemp": "The temporary file", "tempfile.mkdtemp": "The temporary folder", "tempfile.mktemp": "The temporary file",
	}
}

// made says whether an expression makes a temporary file or folder itself.
func (u *unit) made(e python.Expr) (c *python.Call, what string) {
	calls(e, func(call *python.Call) {
		name := u.dotted(call.Func)
		w := makersOfFiles()[name]
		if strings.HasSuffix(name, "NamedTemporaryFile") && isFalse(keyword(call, "delete")) {
			w = "The temporary file"
		}
		if w != "" && c == nil {
			c, what = call, w
		}
	})
	return c, what
}

func isFalse(e python.Expr) bool {
	c, ok := e.(*python.Constant)
	return ok && c.Kind == python.False
}

// resourcesOf finds what a function makes, in order. A path that is written twice counts once.
func resourcesOf(sc *scope) []*resource {
	if !mayMakeFiles(sc.unit) {
		return nil
	}
	var list []*resource
	add := func(r *resource) {
		r.aliases()
		for _, known := range list {
			for name := range r.names {
				if known.names[name] {
					return
				}
			}
		}
		list = append(list, r)
	}
	statements(sc.def.Body, func(stmt python.Stmt) {
		for _, r := range sc.acquired(stmt) {
			add(r)
		}
	})
	return list
}

func mayMakeFiles(u *unit) bool {
	s := strings.ToLower(u.module.Source)
	return strings.Contains(s, "temp") || strings.Contains(s, "tmp") || strings.Contains(s, "unlink") || strings.Contains(s, "os.remove") || strings.Contains(s, "rmtree")
}

func (sc *scope) acquired(stmt python.Stmt) (list []*resource) {
	switch s := stmt.(type) {
	case *python.FunctionDef, *python.ClassDef:
		return nil
	case *python.Assign:
		if c, what := sc.unit.made(s.Value); c != nil && !sc.top {
			return []*resource{sc.resource(c, what, s.Targets[0])}
		}
	case *python.With:
		for _, item := range s.Items {
			if c, what := sc.unit.made(item.ContextExpr); c != nil && item.OptionalVars != nil {
				list = append(list, sc.resource(c, what, item.OptionalVars))
			}
		}
	}
	ownCalls(stmt, func(c *python.Call) {
		if target := sc.written(c); target != nil {
			r := sc.resource(c, "The file", target)
			r.guessed = true
			list = append(list, r)
		}
	})
	return list
}

func (sc *scope) resource(n python.Node, what string, target python.Expr) *resource {
	r := &resource{scope: sc, node: n, what: what, names: map[string]bool{}}
	targets := elements(target)
	if len(targets) == 2 { // fd, path = mkstemp()
		targets = targets[1:]
	}
	if len(targets) == 0 {
		targets = []python.Expr{target}
	}
	for _, t := range targets {
		r.names[sc.nameOf(t)] = true
	}
	return r
}

// nameOf is how a path is known: its chain of names, or its source text.
func (sc *scope) nameOf(e python.Expr) string {
	if name := plain(e); name != "" {
		return name
	}
	return sc.text(e)
}

func (sc *scope) text(n python.Node) string {
	return sc.unit.module.Source[n.Pos().Offset:n.End().Offset]
}

// written returns the path that a call writes to when that is a temporary one.
func (sc *scope) written(c *python.Call) python.Expr {
	var path python.Expr
	name := sc.unit.dotted(c.Func)
	switch short := last(name); {
	case name == "open" || name == "aiofiles.open" || name == "io.open":
		mode, _ := text(argument(c, 1, "mode"))
		if strings.ContainsAny(mode, "wx") {
			path = argument(c, 0, "file")
		}
	case short == "save" && strings.Contains(name, ".") && len(c.Args) == 1, short == "download_to_drive" || short == "download":
		path = argument(c, 0, "custom_path")
	case short == "urlretrieve":
		path = argument(c, 1, "filename")
	case short == "write_bytes":
		if a, ok := c.Func.(*python.Attribute); ok {
			path = a.Value
		}
	}
	if path == nil || !sc.isTemporary(path, 3) {
		return nil
	}
	return path
}

// isTemporary says whether a path is one for a while: below /tmp, with temp in its name, or removed again here.
func (sc *scope) isTemporary(path python.Expr, hops int) bool {
	name := sc.nameOf(path)
	if sc.within(path) || hops == 0 {
		return false
	}
	r := &resource{scope: sc, names: map[string]bool{name: true}}
	if plain(path) != "" && r.removed(sc.def.Body) && !sc.removedBefore(r, path) {
		return true
	}
	if value, ok := sc.local[plain(path)]; ok && value != path {
		return sc.isTemporary(value, hops-1)
	}
	return isTemporaryText(sc, path)
}

// removedBefore says whether the path is removed only before it is written: an old file is replaced.
func (sc *scope) removedBefore(r *resource, path python.Expr) bool {
	after := false
	calls(sc.body(), func(c *python.Call) {
		if r.removes(c) && c.Pos().Offset > path.Pos().Offset {
			after = true
		}
	})
	return !after
}

func (sc *scope) body() python.Node {
	return &python.FunctionDef{Body: sc.def.Body, Args: &python.Arguments{}}
}

func isTemporaryText(sc *scope, path python.Expr) bool {
	if c, ok := path.(*python.Constant); ok && hasEnding(c.Value, ".log", ".pid", ".lock", ".sock") {
		return false
	}
	found := false
	python.Inspect(path, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Constant:
			found = found || n.Kind == python.String && (strings.HasPrefix(n.Value, "/tmp/") || strings.HasPrefix(n.Value, "/var/tmp/") || temporaryWord(n.Value))
		case *python.Name:
			found = found || temporaryWord(n.ID)
		case *python.Call:
			found = found || sc.unit.dotted(n.Func) == "tempfile.gettempdir"
		}
		return true
	})
	return found
}

func hasEnding(s string, endings ...string) bool {
	return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(s, e) })
}

func temporaryWord(s string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r < 'a' || r > 'z' }) {
		if w == "temp" || w == "tmp" || w == "temporary" || w == "tempfile" {
			return true
		}
	}
	return false
}

// within says whether a path lies in a folder that something else removes: one of with, of a test's tmp_path.
func (sc *scope) within(path python.Expr) bool {
	found := false
	check := func(e python.Expr) {
		statements(sc.def.Body, func(stmt python.Stmt) {
			w, ok := stmt.(*python.With)
			if !ok {
				return
			}
			for _, item := range w.Items {
				if name := plain(item.OptionalVars); name != "" && mentions(e, name) {
					found = true
				}
			}
		})
	}
	check(path)
	for range 3 {
		value, ok := sc.local[plain(path)]
		if !ok || value == path {
			break
		}
		if c, _ := sc.unit.made(value); c != nil {
			return true // a resource of its own
		}
		path = value
		check(path)
	}
	return found || sc.insideMade(path)
}

// insideMade says whether a path lies in a folder that this function made by mkdtemp, which counts once.
func (sc *scope) insideMade(path python.Expr) bool {
	for name, value := range sc.local {
		if c, _ := sc.unit.made(value); c != nil && mentions(path, name) {
			return true
		}
	}
	return false
}
