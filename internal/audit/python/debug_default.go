package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// debugDefault finds debug modes that are on unless the environment says otherwise.
func debugDefault(p *audit.Pass) {
	all := unitsOf(p.Project)
	for _, u := range all.sources() {
		d := &debugCheck{pass: p, all: all, unit: u, seen: map[int]bool{}}
		d.look(all)
	}
}

type debugCheck struct {
	pass *audit.Pass
	all  *units
	unit *unit
	seen map[int]bool
}

func (d *debugCheck) note(n python.Node, message string) {
	if at := line(n); !d.seen[at] {
		d.seen[at] = true
		report(d.pass, d.unit, n, message)
	}
}

func (d *debugCheck) look(all *units) {
	u := d.unit
	python.Inspect(u.module, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Assign:
			d.assigned(n.Value, plain(n.Targets[0]))
		case *python.AnnAssign:
			if n.Value != nil {
				d.assigned(n.Value, plain(n.Target))
			}
		case *python.Keyword:
			if isDebugName(n.Arg) || n.Arg == "reload" {
				d.assigned(n.Value, "debug")
			}
		case *python.ClassDef:
			if u.isSettings(n) || u.isConfiguration(n) {
				d.fields(n)
			}
		case *python.Compare:
			d.environment(all, n)
		}
		return true
	})
}

// assigned takes DEBUG = os.getenv("DEBUG", "True") in its forms.
func (d *debugCheck) assigned(e python.Expr, name string) {
	python.Inspect(e, func(n python.Node) bool {
		c, ok := n.(python.Expr)
		if !ok {
			return true
		}
		v, reads := d.reads(c)
		if reads && v.def != nil && (isDebugName(v.name) || isDebugName(last(name))) && isOn(v.def) {
			d.note(c, "debug is on when "+or(v.name, name)+" is not set")
		}
		return !reads
	})
}

// reads also knows the project's own helpers.
func (d *debugCheck) reads(e python.Expr) (value, bool) {
	if v, ok := d.unit.readEnv(e); ok {
		return d.all.valueOf(d.unit, v, e), true
	}
	if c, ok := e.(*python.Call); ok {
		return d.all.followCall(d.unit, c, maxHops)
	}
	return value{}, false
}

// fields takes "debug: bool = True" of settings.
func (d *debugCheck) fields(c *python.ClassDef) {
	for _, s := range c.Body {
		if a, ok := s.(*python.AnnAssign); ok && a.Value != nil && isDebugName(plain(a.Target)) && isOn(fieldDefault(a.Value)) {
			d.note(a, "debug is on when the environment says nothing")
		}
	}
}

// environment takes a comparison of the kind of environment that decides about debug, when development is the
// default: DEBUG = ENV != "prod".
func (d *debugCheck) environment(all *units, c *python.Compare) {
	if len(c.Ops) != 1 {
		return
	}
	v, found := all.origin(d.unit, c.Left, nil)
	if !found || v.unit == nil || !isEnvironmentName(v.name) || !d.decidesDebug(c) {
		return
	}
	def, ok := text(v.def)
	if v.def == nil && v.none { // unset is not production
		literal, _ := text(c.Comparators[0])
		if strings.HasPrefix(strings.ToLower(literal), "prod") {
			d.note(c, "without "+v.name+" it is not production, and debug is on")
		}
		return
	}
	if !ok || !isDevelopment(def) {
		return
	}
	if v.unit == d.unit {
		d.note(v.defined, "without "+v.name+" it runs as "+def+", with debug on")
		return
	}
	d.note(c, "without "+v.name+" it runs as "+def+", with debug on")
}

// decidesDebug says whether a comparison stands in the value of something with debug in its name, or before a
// block that assigns one.
func (d *debugCheck) decidesDebug(c *python.Compare) bool {
	found := false
	inside := func(n python.Node) bool {
		return n.Pos().Offset <= c.Pos().Offset && c.End().Offset <= n.End().Offset
	}
	python.Inspect(d.unit.module, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Assign:
			found = found || inside(n.Value) && isDebugName(last(plain(n.Targets[0])))
		case *python.AnnAssign:
			found = found || n.Value != nil && inside(n.Value) && isDebugName(plain(n.Target))
		case *python.Keyword:
			found = found || inside(n.Value) && (isDebugName(n.Arg) || n.Arg == "reload")
		case *python.If:
			found = found || inside(n.Test) && assignsDebug(slices.Concat(n.Body, n.OrElse))
		case *python.FunctionDef:
			found = found || isDebugName(n.Name) && inside(n)
		case *python.IfExp:
			found = found || inside(n.Test) && (isDebugLevel(n.Body) || isDebugLevel(n.OrElse))
		}
		return !found
	})
	return found
}

func assignsDebug(body []python.Stmt) bool {
	found := false
	statements(body, func(s python.Stmt) {
		if a, ok := s.(*python.Assign); ok && slices.ContainsFunc(append(elements(a.Targets[0]), a.Targets[0]), func(e python.Expr) bool { return isDebugName(last(plain(e))) }) {
			found = true
		}
		if e, ok := s.(*python.ExprStmt); ok {
			calls(e, func(c *python.Call) { found = found || keyword(c, "debug") != nil && isOn(keyword(c, "debug")) })
		}
	})
	return found
}

func isDebugName(name string) bool {
	w := words(name)
	shows := slices.Contains(w, "show") && slices.ContainsFunc(w, func(x string) bool {
		return slices.Contains([]string{"error", "errors", "sql", "trace", "traceback"}, x)
	})
	return slices.Contains(w, "debug") || shows
}

func isDebugLevel(e python.Expr) bool {
	s, _ := text(e)
	return plain(e) == "logging.DEBUG" || strings.EqualFold(s, "debug")
}

func isEnvironmentName(name string) bool {
	w := words(name)
	return slices.Contains(w, "env") || slices.Contains(w, "environment") || slices.Contains(w, "stage")
}

func isDevelopment(v string) bool {
	return slices.Contains([]string{"dev", "develop", "development", "local", "debug", "test", "testing"}, strings.ToLower(v))
}

// isOn is True and the texts that mean it.
func isOn(e python.Expr) bool {
	c, ok := e.(*python.Constant)
	if !ok {
		return false
	}
	return c.Kind == python.True || c.Kind == python.Int && c.Value != "0" ||
		c.Kind == python.String && slices.Contains([]string{"1", "true", "yes", "on", "t", "y"}, strings.ToLower(c.Value))
}
