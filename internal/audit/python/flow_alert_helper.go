package python

import (
	"slices"

	"sallyport/internal/audit/syntax/python"
)

// formatted are functions of a project that send one of their parameters as a formatted message.
type formatted map[*python.FunctionDef]formattedHelper

// formattedHelper is the parameter with the text, and the one that switches the format on; "" when it is always on.
type formattedHelper struct{ text, when string }

func formattedHelpers(all *units) formatted {
	found := formatted{}
	for _, u := range all.sources() {
		for _, sc := range scopesIn(u) {
			ownCallsIn(sc, func(c *python.Call) {
				e := formattedText(sc, c)
				if _, plainly := e.(*python.JoinedStr); e == nil || isConstant(unescaped(sc, e)) && !plainly {
					return
				}
				python.Inspect(e, func(n python.Node) bool {
					if name, ok := n.(*python.Name); ok && parameterOf(sc.def, name.ID) != nil && !isConstant(unescaped(sc, e)) {
						found[sc.def] = formattedHelper{text: name.ID, when: sc.switchOf(c)}
					}
					return true
				})
			})
		}
	}
	return found
}

func isConstant(e python.Expr) bool {
	_, ok := e.(*python.Constant)
	return ok
}

// formatSwitch returns the statement that sets payload["parse_mode"] to a format, or nil.
func (sc *scope) formatSwitch(payload string) python.Stmt {
	var found python.Stmt
	if payload == "" {
		return nil
	}
	statements(sc.def.Body, func(stmt python.Stmt) {
		a, ok := stmt.(*python.Assign)
		if !ok {
			return
		}
		if sub, ok := a.Targets[0].(*python.Subscript); ok && plain(sub.Value) == payload && isFormat(a.Value) {
			if key, _ := text(sub.Slice); key == "parse_mode" {
				found = a
			}
		}
	})
	return found
}

// switchOf names the parameter on which it depends whether a call sends with a format; "" for none.
func (sc *scope) switchOf(c *python.Call) string {
	name := ""
	for _, k := range c.Keywords {
		set := sc.formatSwitch(plain(k.Value))
		if set == nil {
			continue
		}
		statements(sc.def.Body, func(stmt python.Stmt) {
			if i, ok := stmt.(*python.If); ok && slices.Contains(i.Body, set) && parameterOf(sc.def, plain(i.Test)) != nil {
				name = plain(i.Test)
			}
		})
	}
	return name
}

// given returns what a call hands to the parameter that such a function sends.
func (h formatted) given(all *units, u *unit, c *python.Call) python.Expr {
	f, _ := all.function(u, c.Func)
	helper, ok := h[f]
	if f == nil || !ok {
		return nil
	}
	if helper.when != "" && !isTrue(givenTo(f, c, helper.when)) {
		return nil
	}
	return givenTo(f, c, helper.text)
}

// givenTo is what a call gives for a parameter, or nil.
func givenTo(f *python.FunctionDef, c *python.Call, name string) python.Expr {
	parameters := f.Args.Args
	if len(parameters) > 0 && (parameters[0].Arg == "self" || parameters[0].Arg == "cls") {
		parameters = parameters[1:]
	}
	return argument(c, slices.IndexFunc(parameters, func(a *python.Arg) bool { return a.Arg == name }), name)
}

// forgetsEscaping says whether a message holds a parameter as it is, while another function of the file escapes one of
// that name for its messages.
func (sc *scope) forgetsEscaping(e python.Expr) bool {
	if !sc.isText(e) || isConstant(unescaped(sc, e)) || sc.top { // a text that is only passed on is its maker's matter
		return false
	}
	forgotten := false
	python.Inspect(e, func(n python.Node) bool {
		name, ok := n.(*python.Name)
		if !ok {
			return true
		}
		a := parameterOf(sc.def, name.ID)
		forgotten = forgotten || a != nil && !isNumber(sc.unit, a.Annotation) && escapesElsewhere(sc, name.ID)
		return true
	})
	return forgotten
}

func escapesElsewhere(sc *scope, parameter string) bool {
	for _, other := range scopesIn(sc.unit) {
		if other.def == sc.def || parameterOf(other.def, parameter) == nil {
			continue
		}
		found := false
		ownCallsIn(other, func(c *python.Call) {
			found = found || isMarkupEscape(c) && slices.ContainsFunc(c.Args, func(a python.Expr) bool { return plain(a) == parameter })
		})
		if found {
			return true
		}
	}
	return false
}
