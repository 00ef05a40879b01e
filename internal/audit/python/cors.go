package python

import (
	"regexp"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// corsWildcard finds answers that every origin may read.
func corsWildcard(p *audit.Pass) {
	all := unitsOf(p.Project)
	for _, u := range all.sources() {
		c := &corsCheck{pass: p, all: all, unit: u}
		python.Inspect(u.module, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Call:
				c.call(n)
			case *python.Assign:
				c.assign(n)
			case *python.Dict:
				c.headers(n)
			case *python.FunctionDef:
				c.decorators(n)
			}
			return true
		})
	}
}

type corsCheck struct {
	pass *audit.Pass
	all  *units
	unit *unit
}

func (c *corsCheck) note(n python.Node, message string, credentials bool) {
	r := audit.Report{File: c.unit.file, Line: line(n), EndLine: line(n), Column: n.Pos().Column + 1, Message: message}
	if credentials {
		worst := finding.High
		r.Severity = &worst
		r.Message += ", with the user's credentials"
	}
	c.pass.Report(r)
}

// call takes add_middleware(CORSMiddleware, ...), Middleware(CORSMiddleware, ...), CORS(app), and set-ups of
// sockets.
func (c *corsCheck) call(n *python.Call) {
	name := c.unit.dotted(n.Func)
	switch {
	case isCORSMiddleware(c.unit, n):
		c.middleware(n)
	case last(name) == "CORS" && strings.HasPrefix(name, "flask_cors"):
		c.flask(n, n)
	case keyword(n, "cors_allowed_origins") != nil:
		if c.wild(keyword(n, "cors_allowed_origins")) {
			c.note(keyword(n, "cors_allowed_origins"), "every origin may open a socket", false)
		}
	case last(name) == "setdefault" || last(name) == "add" || last(name) == "append" || last(name) == "set":
		if len(n.Args) == 2 && isAllowOrigin(n.Args[0]) {
			c.value(n, n.Args[1])
		}
	}
}

func isCORSMiddleware(u *unit, n *python.Call) bool {
	if last(u.dotted(n.Func)) == "CORSMiddleware" {
		return true
	}
	first := argument(n, 0, "middleware_class")
	return first != nil && last(u.dotted(first)) == "CORSMiddleware"
}

func (c *corsCheck) middleware(n *python.Call) {
	credentials := isOn(keyword(n, "allow_credentials"))
	if origins := keyword(n, "allow_origins"); origins != nil && c.wild(origins) {
		c.note(origins, "every origin may read the answers", credentials)
		return
	}
	pattern := keyword(n, "allow_origin_regex")
	if s, ok := text(pattern); ok && looseOrigin(s) {
		c.note(pattern, "the pattern lets origins in that are not yours", credentials)
	}
}

// flask takes CORS(app) and @cross_origin(), whose defaults are every origin.
func (c *corsCheck) flask(n *python.Call, at python.Node) {
	credentials := isOn(keyword(n, "supports_credentials"))
	origins := keyword(n, "origins")
	if resources, ok := keyword(n, "resources").(*python.Dict); ok && origins == nil {
		for _, v := range resources.Values {
			d, ok := v.(*python.Dict)
			if !ok {
				continue
			}
			inner := lookup(d, "origins")
			if inner == nil {
				c.note(v, "every origin may read the answers: that is the default", credentials)
			} else if c.wild(inner) {
				c.note(inner, "every origin may read the answers", credentials)
			}
		}
		return
	}
	if slices.ContainsFunc(n.Keywords, func(k *python.Keyword) bool { return k.Arg == "" }) {
		return // **options
	}
	switch {
	case origins == nil:
		c.note(at, "every origin may read the answers: that is the default", credentials)
	case c.wild(origins):
		c.note(origins, "every origin may read the answers", credentials)
	}
}

func lookup(d *python.Dict, key string) python.Expr {
	for i, k := range d.Keys {
		if s, ok := text(k); ok && s == key {
			return d.Values[i]
		}
	}
	return nil
}

func (c *corsCheck) decorators(f *python.FunctionDef) {
	for _, d := range f.DecoratorList {
		if last(c.unit.decoratorName(d)) != "cross_origin" {
			continue
		}
		if call, ok := d.(*python.Call); ok {
			c.flask(call, call)
			continue
		}
		c.note(d, "every origin may read the answers: that is the default", false)
	}
}

// assign takes headers["Access-Control-Allow-Origin"] = "*" and Django's settings.
func (c *corsCheck) assign(n *python.Assign) {
	target := n.Targets[0]
	switch name := plain(target); name {
	case "CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL":
		if isOn(n.Value) {
			c.note(n, "every origin may read the answers", isOn(c.unit.assigned["CORS_ALLOW_CREDENTIALS"]))
		}
		return
	case "CORS_ALLOWED_ORIGIN_REGEXES":
		for _, e := range elements(n.Value) {
			if s, ok := text(e); ok && looseOrigin(s) {
				c.note(e, "the pattern lets origins in that are not yours", false)
			}
		}
		return
	}
	if s, ok := target.(*python.Subscript); ok && isAllowOrigin(s.Slice) {
		c.value(n, n.Value)
	}
}

func isAllowOrigin(e python.Expr) bool {
	s, ok := text(e)
	return ok && strings.EqualFold(s, "Access-Control-Allow-Origin")
}

func (c *corsCheck) headers(d *python.Dict) {
	for i, k := range d.Keys {
		if k != nil && isAllowOrigin(k) {
			c.value(k, d.Values[i])
		}
	}
}

// value judges a header's value: "*", or whatever origin asks.
func (c *corsCheck) value(at python.Node, v python.Expr) {
	if s, ok := text(v); ok {
		if s == "*" {
			c.note(at, "every origin may read the answer", false)
		}
		return
	}
	reflected := false
	python.Inspect(v, func(n python.Node) bool {
		if call, ok := n.(*python.Call); ok && strings.HasSuffix(plain(call.Func), "headers.get") {
			if s, ok := text(argument(call, 0, "")); ok && strings.EqualFold(s, "origin") {
				reflected = true
			}
		}
		if sub, ok := n.(*python.Subscript); ok && strings.HasSuffix(plain(sub.Value), "headers") {
			if s, ok := text(sub.Slice); ok && strings.EqualFold(s, "origin") {
				reflected = true
			}
		}
		return true
	})
	if reflected {
		c.note(at, "whatever origin asks may read the answer", false)
	}
}

// wild says whether an expression allows every origin: "*", ["*"], or a setting that is "*" by default.
func (c *corsCheck) wild(e python.Expr) bool { return c.isWild(c.unit, e, maxHops) }

func (c *corsCheck) isWild(u *unit, e python.Expr, hops int) bool {
	if e == nil || hops == 0 {
		return false
	}
	if s, ok := text(e); ok {
		return strings.TrimSpace(s) == "*" || slices.Contains(strings.Split(s, ","), "*")
	}
	for _, x := range elements(e) {
		if c.isWild(u, x, hops-1) {
			return true
		}
	}
	if v, ok := c.all.origin(u, e, nil); ok {
		return v.def != nil && c.isWild(u, v.def, hops-1)
	}
	switch e := e.(type) {
	case *python.Name:
		if def := u.assigned[e.ID]; def != nil {
			return c.isWild(u, def, hops-1)
		}
		if other, rest := c.all.find(u.dotted(e)); other != nil && rest != "" && other != u {
			return c.isWild(other, other.assigned[rest], hops-1)
		}
	case *python.Call:
		if a, ok := e.Func.(*python.Attribute); ok && a.Attr == "split" {
			return c.isWild(u, a.Value, hops-1)
		}
	case *python.BoolOp:
		return slices.ContainsFunc(e.Values, func(v python.Expr) bool { return c.isWild(u, v, hops-1) })
	case *python.ListComp:
		return c.isWild(u, e.Generators[0].Iter, hops-1)
	}
	return false
}

// looseOrigin is a pattern that matches origins it was not meant for: all of them, or an unescaped dot or a
// missing end.
func looseOrigin(pattern string) bool {
	if trimmed := strings.TrimSuffix(pattern, "$"); strings.HasSuffix(trimmed, ".*") || strings.HasSuffix(trimmed, ".+") {
		return true
	}
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		return false
	}
	return re.MatchString("https://evil.test") || re.MatchString("https://attacker-controlled.invalid")
}
