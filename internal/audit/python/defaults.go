package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// secretDefault finds secrets that have a value in the source when the environment has none.
func secretDefault(p *audit.Pass) {
	all := unitsOf(p.Project)
	for _, u := range all.sources() {
		seen := map[int]bool{}
		note := func(n python.Node, name string) {
			if at := line(n); !seen[at] {
				seen[at] = true
				report(p, u, n, name+" has a default that everybody can read in the source")
			}
		}
		u.defaults(all, note)
	}
}

// defaults hands every secret with a literal default to note.
func (u *unit) defaults(all *units, note func(python.Node, string)) {
	python.Inspect(u.module, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Call:
			u.callDefault(all, n, note)
		case *python.BoolOp:
			if v, ok := u.readEnv(n); ok && isSecretName(v.name) && isLiteralSecret(u, v.def) {
				note(n, v.name)
			}
		case *python.Assign:
			u.assignedDefault(n, note)
		case *python.ClassDef:
			u.fieldDefaults(n, note)
		case *python.If:
			u.filledIn(n, note)
		}
		return true
	})
}

// callDefault takes os.getenv("X", "literal") and helpers of the project's own.
func (u *unit) callDefault(all *units, c *python.Call, note func(python.Node, string)) {
	v, ok := u.readCall(c)
	if !ok {
		if name, literal := text(argument(c, 0, "")); literal && isSecretName(name) {
			if w, found := all.followCall(u, c, maxHops); found && isLiteralSecret(u, w.def) {
				note(c, name)
			}
		}
		return
	}
	if isSecretName(v.name) && isLiteralSecret(u, v.def) {
		note(c, v.name)
	}
}

// assignedDefault takes SECRET = os.getenv("ANY", "literal"), whose own name tells that it is a secret.
func (u *unit) assignedDefault(a *python.Assign, note func(python.Node, string)) {
	name := plain(a.Targets[0])
	if v, ok := u.readEnv(a.Value); ok && isSecretName(last(name)) && !isSecretName(v.name) && isLiteralSecret(u, v.def) {
		note(a.Value, last(name))
	}
}

// fieldDefaults takes fields of settings classes and dataclasses.
func (u *unit) fieldDefaults(c *python.ClassDef, note func(python.Node, string)) {
	if !u.isSettings(c) && !u.isConfiguration(c) {
		return
	}
	for _, s := range c.Body {
		a, ok := s.(*python.AnnAssign)
		if ok && a.Value != nil && isSecretName(plain(a.Target)) && isLiteralSecret(u, fieldDefault(a.Value)) {
			note(a, plain(a.Target))
		}
	}
}

// isConfiguration is a dataclass or model that is named after configuration.
func (u *unit) isConfiguration(c *python.ClassDef) bool {
	name := strings.ToLower(c.Name)
	if !strings.Contains(name, "settings") && !strings.Contains(name, "config") {
		return false
	}
	decorated := slices.ContainsFunc(c.DecoratorList, func(d python.Expr) bool { return strings.Contains(u.decoratorName(d), "dataclass") })
	return decorated || slices.ContainsFunc(c.Bases, func(b python.Expr) bool { return last(u.dotted(b)) == "BaseModel" })
}

func (u *unit) decoratorName(d python.Expr) string {
	if c, ok := d.(*python.Call); ok {
		d = c.Func
	}
	return u.dotted(d)
}

// filledIn is "if not SECRET: SECRET = 'literal'".
func (u *unit) filledIn(i *python.If, note func(python.Node, string)) {
	subject, missing, ok := presence(i.Test)
	if !ok || !missing || !isSecretName(last(plain(subject))) {
		return
	}
	for _, s := range i.Body {
		if a, ok := s.(*python.Assign); ok && plain(a.Targets[0]) == plain(subject) && isLiteralSecret(u, a.Value) {
			note(a, plain(subject))
		}
	}
}

// isLiteralSecret is a literal text, also by a name of the same file.
func isLiteralSecret(u *unit, e python.Expr) bool {
	if n, ok := e.(*python.Name); ok {
		e = u.assigned[n.ID]
	}
	c, ok := e.(*python.Constant)
	return ok && (c.Kind == python.String || c.Kind == python.Bytes) && strings.TrimSpace(c.Value) != ""
}

// debugDefault finds debug modes that are on unless the environment says otherwise.
func debugDefault(p *audit.Pass) {
	all := unitsOf(p.Project)
	for _, u := range all.sources() {
		d := &debugCheck{pass: p, unit: u, seen: map[int]bool{}}
		d.look(all)
	}
}

type debugCheck struct {
	pass *audit.Pass
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
		v, reads := d.unit.readEnv(c)
		if reads && v.def != nil && (isDebugName(v.name) || isDebugName(last(name))) && isOn(v.def) {
			d.note(c, "debug is on when "+or(v.name, name)+" is not set")
		}
		return !reads
	})
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
	if !found || v.def == nil || v.unit == nil || !isEnvironmentName(v.name) {
		return
	}
	def, ok := text(v.def)
	if !ok || !isDevelopment(def) || !d.decidesDebug(c) {
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
		}
		return !found
	})
	return found
}

func assignsDebug(body []python.Stmt) bool {
	found := false
	statements(body, func(s python.Stmt) {
		if a, ok := s.(*python.Assign); ok && isDebugName(last(plain(a.Targets[0]))) {
			found = true
		}
		if e, ok := s.(*python.ExprStmt); ok {
			calls(e, func(c *python.Call) { found = found || keyword(c, "debug") != nil && isOn(keyword(c, "debug")) })
		}
	})
	return found
}

func isDebugName(name string) bool { return slices.Contains(words(name), "debug") }

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
