package python

import (
	"maps"
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// followObject knows attributes of an object that the function holds: config.hook_key after config = get_config(), or
// of a parameter config: Config.
func (all *units) followObject(u *unit, e *python.Attribute, local map[string]python.Expr, hops int) (value, bool) {
	c, ok := local[plain(e.Value)].(*python.Call)
	if !ok {
		return value{}, false
	}
	class, owner := all.classOf(u, c, hops)
	if class == nil {
		return value{}, false
	}
	return all.classField(owner, class, e.Attr, hops)
}

// followChoice is "value if value else other": a value of the environment, and what stands in for it.
func (all *units) followChoice(u *unit, e *python.IfExp, local map[string]python.Expr, hops int) (value, bool) {
	for _, pair := range [][2]python.Expr{{e.Body, e.OrElse}, {e.OrElse, e.Body}} {
		v, ok := all.follow(u, pair[0], local, hops-1)
		if !ok || v.def != nil {
			continue
		}
		if isEmpty(pair[1]) {
			v.none, v.blank = true, isBlank(pair[1])
		} else {
			v.def, v.none = pair[1], false
		}
		return v, true
	}
	return value{}, false
}

// isBlank is an empty text.
func isBlank(e python.Expr) bool {
	c, ok := e.(*python.Constant)
	return ok && (c.Kind == python.String || c.Kind == python.Bytes) && strings.TrimSpace(c.Value) == ""
}

// localsOf are the names that a function assigns, each with its last value. A parameter of a class stands for an object
// that was made of it, and one that a dependency gives for what that returns.
func localsOf(f *python.FunctionDef) map[string]python.Expr {
	names := map[string]python.Expr{}
	given := defaultsOf(f.Args)
	for _, a := range slices.Concat(f.Args.PosOnlyArgs, f.Args.Args, f.Args.KwOnlyArgs) {
		class := a.Annotation
		if s, ok := class.(*python.Subscript); ok && last(plain(s.Value)) == "Annotated" && len(elements(s.Slice)) > 0 {
			class = elements(s.Slice)[0]
		}
		if name := last(plain(class)); name != "" && strings.ToUpper(name[:1]) == name[:1] {
			names[a.Arg] = &python.Call{Func: class}
			continue
		}
		if c, ok := given[a.Arg].(*python.Call); ok && isDependency(c) && plain(argument(c, 0, "dependency")) != "" {
			names[a.Arg] = &python.Call{Func: argument(c, 0, "dependency")}
		}
	}
	maps.Copy(names, locals(f.Body))
	return names
}
