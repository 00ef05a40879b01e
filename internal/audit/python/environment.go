package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// envValue says how an expression comes from the environment.
type envValue struct {
	name      string      // of the variable; empty when it is computed
	def       python.Expr // default, nil without
	mandatory bool        // reading it fails when it is missing
}

// readers are calls that read one variable, and where their default stands. The name is always first.
func readers() map[string]int {
	return map[string]int{
		"os.getenv": 1, "os.environ.get": 1, "environ.get": 1, "getenv": 1, "os.environ.setdefault": 1,
		"streamlit.secrets.get": 1, "starlette.config.Config": -1,
	}
}

// readEnv says whether an expression itself reads the environment.
func (u *unit) readEnv(e python.Expr) (v envValue, ok bool) {
	switch e := e.(type) {
	case *python.Subscript:
		if base := u.dotted(e.Value); base == "os.environ" || base == "environ" || base == "streamlit.secrets" {
			v.name, _ = text(e.Slice)
			v.mandatory = true
			return v, true
		}
	case *python.Call:
		return u.readCall(e)
	case *python.BoolOp: // os.getenv("X") or "default"
		if v, ok := u.readEnv(e.Values[0]); ok && e.Op == python.Or && len(e.Values) == 2 && v.def == nil {
			v.def = e.Values[1]
			return v, true
		}
	}
	return envValue{}, false
}

func (u *unit) readCall(c *python.Call) (v envValue, ok bool) {
	name := u.dotted(c.Func)
	// str(os.getenv("X")), os.getenv("X").strip(), bool(...)
	if inner, ok := u.throughCall(c, name); ok {
		return inner, true
	}
	at, known := readers()[name]
	if !known && (isDecouple(name) || u.isEnvObject(c.Func)) {
		at, known = -1, true
		v.mandatory = true
	}
	if !known || len(c.Args) == 0 {
		return v, false
	}
	v.name, _ = text(c.Args[0])
	v.def = argument(c, at, "default")
	if at < 0 && v.def == nil && len(c.Args) > 1 {
		v.def = c.Args[1]
	}
	if v.def != nil {
		v.mandatory = false
	}
	return v, true
}

// throughCall looks through conversions and methods of strings.
func (u *unit) throughCall(c *python.Call, name string) (envValue, bool) {
	if slices.Contains([]string{"set", "frozenset", "list", "tuple", "str", "bool", "int", "float", "pydantic.SecretStr", "SecretStr"}, name) && len(c.Args) == 1 {
		return u.readEnv(c.Args[0])
	}
	if a, ok := c.Func.(*python.Attribute); ok && slices.Contains([]string{"strip", "lower", "upper", "rstrip", "lstrip", "encode", "split", "get_secret_value"}, a.Attr) {
		return u.readEnv(a.Value)
	}
	return envValue{}, false
}

func isDecouple(name string) bool { return name == "decouple.config" || name == "decouple.AutoConfig" }

// isEnvObject knows env("X") and env.str("X") of environs, django-environ and starlette's Config.
func (u *unit) isEnvObject(f python.Expr) bool {
	first, _, _ := strings.Cut(plain(f), ".")
	c, ok := u.assigned[first].(*python.Call)
	if !ok {
		return false
	}
	return slices.Contains([]string{"environs.Env", "environ.Env", "starlette.config.Config", "decouple.Config"}, u.dotted(c.Func))
}

// value is what is known of where an expression comes from.
type value struct {
	env     bool        // from the environment
	name    string      // of the variable, or of the name that holds it
	def     python.Expr // literal that stands in when it is missing; nil for none
	none    bool        // it may be None or empty at run time
	blank   bool        // when it is missing it is an empty text, and not None
	unit    *unit       // that defines it
	defined python.Node // where
}

// maxHops bounds how far values are followed.
const maxHops = 6

// maxSteps bounds how far one value is followed to the environment: through a name, a settings object in another file, its
// field, a helper, and what that returns.
const maxSteps = 10

// origin follows a name, an attribute or an expression to the environment, across files and settings classes.
// local holds assignments of the function around, nil for none.
func (all *units) origin(u *unit, e python.Expr, local map[string]python.Expr) (value, bool) {
	return all.follow(u, e, local, maxSteps)
}

func (all *units) follow(u *unit, e python.Expr, local map[string]python.Expr, hops int) (value, bool) {
	if e == nil || hops == 0 {
		return value{}, false
	}
	if v, ok := u.readEnv(e); ok {
		return all.valueOf(u, v, e), true
	}
	switch e := e.(type) {
	case *python.Name:
		if def, ok := local[e.ID]; ok && def != e {
			return all.follow(u, def, nil, hops-1)
		}
		return all.followName(u, e.ID, hops)
	case *python.Attribute:
		if v, ok := all.followObject(u, e, local, hops); ok {
			return v, true
		}
		return all.followAttribute(u, e, hops)
	case *python.Call:
		return all.followCall(u, e, hops)
	case *python.BoolOp:
		v, ok := all.follow(u, e.Values[0], local, hops-1)
		if ok && e.Op == python.Or && v.def == nil && isBlank(e.Values[len(e.Values)-1]) {
			v.blank = true
		}
		return v, ok
	case *python.IfExp:
		return all.followChoice(u, e, local, hops)
	case *python.Lambda:
		return all.follow(u, e.Body, local, hops-1)
	case *python.ListComp: // [k for k in os.getenv("KEYS", "").split(",") if k]
		return all.follow(u, e.Generators[0].Iter, local, hops-1)
	case *python.SetComp:
		return all.follow(u, e.Generators[0].Iter, local, hops-1)
	case *python.GeneratorExp:
		return all.follow(u, e.Generators[0].Iter, local, hops-1)
	}
	return value{}, false
}

func (all *units) valueOf(u *unit, v envValue, at python.Node) value {
	out := value{env: true, name: v.name, unit: u, defined: at, none: !v.mandatory}
	if v.def != nil {
		if isEmpty(v.def) {
			out.none, out.blank = true, isBlank(v.def)
		} else {
			out.def, out.none = v.def, false
		}
	}
	return out
}

// isEmpty is None, "", b"", False and empty displays.
func isEmpty(e python.Expr) bool {
	switch e := e.(type) {
	case *python.Constant:
		return e.Kind == python.None || e.Kind == python.False || (e.Kind == python.String || e.Kind == python.Bytes) && strings.TrimSpace(e.Value) == ""
	case *python.List:
		return len(e.Elts) == 0
	case *python.Dict:
		return len(e.Values) == 0
	case *python.Tuple:
		return len(e.Elts) == 0
	}
	return false
}

// followName looks a name up at the top level of the file, then where it was imported from.
func (all *units) followName(u *unit, name string, hops int) (value, bool) {
	if e, ok := u.assigned[name]; ok {
		v, found := all.follow(u, e, nil, hops-1)
		if found && u.demands(name) {
			v.none = false
		}
		v.name = or(v.name, name)
		return v, found
	}
	if full, ok := u.imports[name]; ok {
		if other, rest := all.find(full); other != nil && rest != "" && other != u {
			return all.followDotted(other, rest, hops-1)
		}
	}
	return value{}, false
}

func (all *units) followDotted(u *unit, dotted string, hops int) (value, bool) {
	first, rest, more := strings.Cut(dotted, ".")
	if !more {
		return all.followName(u, first, hops)
	}
	return all.field(u, first, rest, hops)
}

// followAttribute knows module.NAME, settings.NAME and Settings.NAME.
func (all *units) followAttribute(u *unit, e *python.Attribute, hops int) (value, bool) {
	if c, ok := e.Value.(*python.Call); ok { // get_settings().api_key
		if class, owner := all.classOf(u, c, hops); class != nil {
			return all.classField(owner, class, e.Attr, hops)
		}
	}
	dotted := plain(e)
	first, rest, ok := strings.Cut(dotted, ".")
	if !ok {
		return value{}, false
	}
	if full, imported := u.imports[first]; imported {
		if other, tail := all.find(full + "." + rest); other != nil && tail != "" && other != u {
			return all.followDotted(other, tail, hops-1)
		}
	}
	return all.field(u, first, rest, hops)
}

// followCall looks into a helper that returns a variable: get_secret("X"), require_env("X").
func (all *units) followCall(u *unit, c *python.Call, hops int) (value, bool) {
	f, owner := all.function(u, c.Func)
	if f == nil || len(f.Body) > 12 {
		return value{}, false
	}
	local := locals(f.Body)
	for _, s := range f.Body {
		r, ok := s.(*python.Return)
		if !ok || r.Value == nil {
			continue
		}
		v, found := all.follow(owner, r.Value, local, hops-1)
		if !found {
			continue
		}
		if v.name == "" && len(c.Args) > 0 {
			v.name, _ = text(c.Args[0])
		}
		if raises(f.Body) {
			v.none = false
		}
		if n, ok := v.def.(*python.Name); ok { // the helper's own parameter
			v.def = parameterValue(f, c, n.ID)
			v.none, v.blank = v.def == nil || isEmpty(v.def), isBlank(v.def)
		}
		return v, true
	}
	return value{}, false
}

// parameterValue is what a call gives for a parameter, or the parameter's default.
func parameterValue(f *python.FunctionDef, c *python.Call, name string) python.Expr {
	args := f.Args.Args
	bound := 0 // self and cls are not given
	if len(args) > 0 && (args[0].Arg == "self" || args[0].Arg == "cls") {
		bound = 1
	}
	for i, a := range args {
		if a.Arg != name {
			continue
		}
		if given := argument(c, i-bound, name); given != nil {
			return given
		}
		if at := i - (len(args) - len(f.Args.Defaults)); at >= 0 {
			return f.Args.Defaults[at]
		}
	}
	return nil
}

// locals are the names that statements assign, each with its last value.
func locals(body []python.Stmt) map[string]python.Expr {
	names := map[string]python.Expr{}
	for _, s := range body {
		python.Inspect(s, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Assign:
				for _, t := range n.Targets {
					if name, ok := t.(*python.Name); ok {
						names[name.ID] = n.Value
					}
				}
			case *python.AnnAssign:
				if name, ok := n.Target.(*python.Name); ok && n.Value != nil {
					names[name.ID] = n.Value
				}
			case *python.NamedExpr:
				if name, ok := n.Target.(*python.Name); ok {
					names[name.ID] = n.Value
				}
			case *python.FunctionDef, *python.ClassDef, *python.Lambda:
				return false
			}
			return true
		})
	}
	return names
}
