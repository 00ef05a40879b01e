package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// field looks a field of an object or class up: the object is an instance of a settings class.
func (all *units) field(u *unit, object, name string, hops int) (value, bool) {
	if hops == 0 || strings.Contains(name, ".") {
		return value{}, false
	}
	if class := u.classes[object]; class != nil {
		return all.classField(u, class, name, hops)
	}
	e, ok := u.assigned[object]
	if !ok {
		if full, imported := u.imports[object]; imported {
			if other, rest := all.find(full); other != nil && rest != "" && other != u {
				return all.field(other, rest, name, hops-1)
			}
		}
		return value{}, false
	}
	if c, ok := e.(*python.Call); ok {
		if class, owner := all.classOf(u, c, hops); class != nil {
			return all.classField(owner, class, name, hops)
		}
	}
	return value{}, false
}

// classOf finds the class that a call makes, or that a function returns: Settings(), get_settings().
func (all *units) classOf(u *unit, c *python.Call, hops int) (*python.ClassDef, *unit) {
	name := plain(c.Func)
	owner := u
	if full, ok := u.imports[name]; ok {
		if other, rest := all.find(full); other != nil {
			owner, name = other, rest
		}
	}
	if class := owner.classes[name]; class != nil {
		return class, owner
	}
	f := owner.functions[name]
	if f == nil || hops == 0 {
		return nil, nil
	}
	for _, s := range f.Body {
		if r, ok := s.(*python.Return); ok {
			if call, ok := r.Value.(*python.Call); ok && call != c {
				return all.classOf(owner, call, hops-1)
			}
		}
	}
	return nil, nil
}

// classField reads a class attribute: a field of pydantic settings comes from the environment by its name.
func (all *units) classField(u *unit, class *python.ClassDef, name string, hops int) (value, bool) {
	settings := u.isSettings(class)
	for _, s := range class.Body {
		switch s := s.(type) {
		case *python.AnnAssign:
			if plain(s.Target) == name {
				return all.settingsField(u, s, name, settings, hops)
			}
		case *python.Assign:
			if len(s.Targets) == 1 && plain(s.Targets[0]) == name {
				return all.follow(u, s.Value, nil, hops-1)
			}
		}
	}
	if f := u.functions[class.Name+".__init__"]; f != nil {
		for _, s := range f.Body {
			if a, ok := s.(*python.Assign); ok && plain(a.Targets[0]) == "self."+name {
				return all.follow(u, a.Value, nil, hops-1)
			}
		}
	}
	return value{}, false
}

func (u *unit) isSettings(class *python.ClassDef) bool {
	return slices.ContainsFunc(class.Bases, func(b python.Expr) bool { return last(u.dotted(b)) == "BaseSettings" })
}

func (all *units) settingsField(u *unit, s *python.AnnAssign, name string, settings bool, hops int) (value, bool) {
	if s.Value != nil {
		if v, ok := all.follow(u, made(s.Value), nil, hops-1); ok {
			return v, true
		}
	}
	if !settings {
		return value{}, false
	}
	v := value{env: true, name: name, unit: u, defined: s}
	switch def := fieldDefault(s.Value); {
	case def == nil:
	case isEmpty(def):
		v.none, v.blank = true, isBlank(def)
	default:
		v.def = def
	}
	return v, true
}

// fieldDefault is the default of a pydantic field: the value itself, or that of Field(...).
func fieldDefault(e python.Expr) python.Expr {
	c, ok := e.(*python.Call)
	if !ok {
		return e
	}
	if name := last(plain(c.Func)); name != "Field" && name != "SecretStr" {
		return e
	}
	def := argument(c, 0, "default")
	if k, ok := def.(*python.Constant); ok && k.Kind == python.Ellipsis {
		return nil
	}
	if inner, ok := def.(*python.Call); ok {
		return fieldDefault(inner)
	}
	return def
}

// made is what a field is made by: field(default_factory=lambda: env("KEY")).
func made(e python.Expr) python.Expr {
	c, ok := e.(*python.Call)
	if !ok || last(plain(c.Func)) != "field" && last(plain(c.Func)) != "Field" {
		return e
	}
	switch f := keyword(c, "default_factory").(type) {
	case *python.Lambda:
		return f.Body
	case *python.Name:
		return &python.Call{Func: f}
	}
	return e
}
