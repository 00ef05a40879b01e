package python

import (
	"net/url"
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
			u.filledIn(n, nil, note)
		case *python.FunctionDef:
			u.filledInside(n, note)
		case *python.Keyword:
			u.schemaDefault(n, note)
		}
		return true
	})
}

// callDefault takes os.getenv("X", "literal") and helpers of the project's own.
func (u *unit) callDefault(all *units, c *python.Call, note func(python.Node, string)) {
	v, ok := u.readCall(c)
	if !ok {
		if name, literal := text(argument(c, 0, "")); literal && (isSecretName(name) || isSecretKeyName(name)) {
			if w, found := all.followCall(u, c, maxHops); found && isLiteralSecret(u, w.def) {
				note(c, name)
			}
		}
		return
	}
	if isSecretName(v.name) && isLiteralSecret(u, v.def) || hasPassword(v.def) {
		note(c, or(v.name, "the address"))
	}
}

// isSecretKeyName takes names that a helper for secrets is asked for, such as JWT_KEY.
func isSecretKeyName(name string) bool {
	w := words(name)
	return len(w) > 1 && w[len(w)-1] == "key" && !slices.Contains([]string{"public", "primary", "foreign", "cache", "sort"}, w[len(w)-2])
}

// hasPassword takes addresses with a password: postgres://user:password@host.
func hasPassword(e python.Expr) bool {
	s, ok := text(e)
	if !ok {
		return false
	}
	address, err := url.Parse(s)
	if err != nil || address.User == nil || address.Host == "" {
		return false
	}
	password, given := address.User.Password()
	return given && password != "" && !strings.ContainsAny(password, "<{$")
}

// schemaDefault takes environ.Env(SECRET=(str, "literal")).
func (u *unit) schemaDefault(k *python.Keyword, note func(python.Node, string)) {
	if t, ok := k.Value.(*python.Tuple); ok && len(t.Elts) == 2 && isSecretName(k.Arg) && plain(t.Elts[0]) != "" && isLiteralSecret(u, t.Elts[1]) {
		note(k, k.Arg)
	}
}

// filledInside is filledIn for a name that a function read from the environment before.
func (u *unit) filledInside(f *python.FunctionDef, note func(python.Node, string)) {
	read := map[string]string{}
	statements(f.Body, func(s python.Stmt) {
		switch s := s.(type) {
		case *python.Assign:
			if v, ok := u.readEnv(s.Value); ok && isSecretName(v.name) {
				read[plain(s.Targets[0])] = v.name
			}
		case *python.If:
			u.filledIn(s, read, note)
		}
	})
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
	if !strings.Contains(name, "settings") && !strings.Contains(name, "conf") && !strings.Contains(name, "environment") {
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
func (u *unit) filledIn(i *python.If, read map[string]string, note func(python.Node, string)) {
	subject, missing, ok := presence(i.Test)
	if !ok || !missing || !isSecretName(last(plain(subject))) && read[plain(subject)] == "" {
		return
	}
	for _, s := range i.Body {
		if a, ok := s.(*python.Assign); ok && plain(a.Targets[0]) == plain(subject) && isLiteralSecret(u, a.Value) {
			note(a, or(read[plain(subject)], plain(subject)))
		}
	}
}

// isLiteralSecret is a literal text, also by a name of the same file.
func isLiteralSecret(u *unit, e python.Expr) bool {
	if n, ok := e.(*python.Name); ok {
		e = u.assigned[n.ID]
	}
	if b, ok := e.(*python.BinOp); ok { // "club" * 6, "a" + "b"
		_, number := b.Right.(*python.Constant)
		return isLiteralSecret(u, b.Left) && (number || isLiteralSecret(u, b.Right))
	}
	c, ok := e.(*python.Constant)
	return ok && (c.Kind == python.String || c.Kind == python.Bytes) && strings.TrimSpace(c.Value) != ""
}
