package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// of says what an expression carries.
func (s *state) of(e python.Expr) trace {
	switch e := e.(type) {
	case *python.Name:
		return s.names[e.ID]
	case *python.Attribute:
		return s.ofAttribute(e)
	case *python.Subscript:
		return s.ofSubscript(e)
	case *python.Call:
		return s.ofCall(e)
	case *python.Await:
		return s.of(e.Value)
	case *python.FormattedValue:
		return s.of(e.Value)
	case *python.JoinedStr:
		return s.any(e.Values...)
	case *python.BinOp:
		return s.any(e.Left, e.Right)
	case *python.BoolOp:
		return s.any(e.Values...)
	case *python.IfExp:
		return s.any(e.Body, e.OrElse)
	case *python.NamedExpr:
		return s.of(e.Value)
	case *python.Starred:
		return s.of(e.Value)
	case *python.Dict:
		return s.any(e.Values...)
	case *python.List:
		return s.any(e.Elts...)
	case *python.Tuple:
		return s.any(e.Elts...)
	case *python.Set:
		return s.any(e.Elts...)
	case *python.ListComp:
		return s.comprehension(e.Elt, e.Generators)
	case *python.GeneratorExp:
		return s.comprehension(e.Elt, e.Generators)
	case *python.Yield:
		return s.any(present(e.Value)...)
	}
	return trace{}
}

func (s *state) any(list ...python.Expr) trace {
	t := trace{}
	for _, e := range list {
		if e != nil {
			t = t.with(s.of(e))
		}
	}
	return t
}

func (s *state) comprehension(elt python.Expr, generators []*python.Comprehension) trace {
	inner := s.fork()
	for _, g := range generators {
		inner.bind(g.Target, inner.of(g.Iter))
	}
	return inner.of(elt)
}

// ofAll is what the arguments of a call carry together.
func (s *state) ofAll(c *python.Call) trace {
	t := s.any(c.Args...)
	for _, k := range c.Keywords {
		t = t.with(s.of(k.Value))
	}
	return t
}

// quietParts are attributes of exceptions that say nothing of the inside.
func quietParts() []string {
	return []string{
		"detail", "status_code", "status", "code", "errno", "__class__", "lineno", "retry_after", "user_message", "public_message",
		"safe_message", "name", "value", "returncode", "pos", "colno", "description", "headers", "title", "client_message", "error_code", "wait", "auth_header",
	}
}

func (s *state) ofAttribute(e *python.Attribute) trace {
	name := plain(e)
	if t, ok := s.names[name]; ok {
		return t
	}
	if strings.HasSuffix(name, "context.error") || strings.HasSuffix(name, "ctx.error") || name == "sys.last_value" || name == "event.exception" || name == "error_event.exception" {
		return trace{err: true}
	}
	if s.unit.isInput(name) {
		return trace{user: true}
	}
	t := s.of(e.Value)
	if t.program && e.Attr == "stderr" {
		return trace{err: true, printed: true}
	}
	t.program = false
	if t.err && slices.Contains(quietParts(), e.Attr) {
		t.err = false
	}
	return t
}

// errorKeys are the keys under which helpers put the text of an error.
func errorKeys() []string {
	return []string{"error", "errors", "message", "msg", "detail", "details", "err", "reason", "traceback", "exception", "error_message", "description", "text", "content"}
}

func (s *state) ofSubscript(e *python.Subscript) trace {
	if s.unit.isInput(plain(e.Value)) {
		return trace{user: true}
	}
	t := s.of(e.Value)
	if key, ok := text(e.Slice); ok && t.err && !slices.Contains(errorKeys(), strings.ToLower(key)) {
		t.err = false
	}
	if t.err {
		t.sites = nil // taken out on purpose: it is put into the answer here
	}
	return t
}

// keeps are functions whose result still carries what they are given.
func keeps() []string {
	return []string{
		"str", "repr", "ascii", "format", "dict", "list", "tuple", "jsonify", "dumps", "join", "escape", "Markup", "mark_safe", "print_exception",
		"format_exception", "format_exception_only", "jsonable_encoder", "HttpResponse", "asdict", "wrap", "fill", "shorten", "dedent", "quote", "bytes",
	}
}

// textMethods are methods whose result carries what their object does.
func textMethods() []string {
	return []string{
		"strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "replace", "split", "splitlines", "encode", "decode", "format",
		"get", "json", "dict", "model_dump", "read", "copy", "items", "values", "pop", "getlist", "getvalue", "partition", "removeprefix",
		"removesuffix", "with_traceback", "messages", "first", "form", "body", "text", "get_json", "to_dict", "casefold", "zfill", "isoformat",
	}
}

func (s *state) ofCall(c *python.Call) trace {
	name := s.unit.dotted(c.Func)
	short := last(name)
	switch {
	case name == "sys.exc_info" || strings.HasPrefix(name, "traceback.format_ex"):
		return trace{err: true}
	case name == "subprocess.run" || name == "run" && s.unit.imports["run"] == "subprocess.run":
		return trace{program: true}
	case short == "communicate" && strings.Contains(name, "proc"):
		return trace{err: true, printed: true}
	case strings.Contains(strings.ToLower(short), "transcri"): // what somebody said
		return trace{user: true}
	case s.unit.isInput(name):
		return trace{user: true}
	case slices.Contains(keeps(), short):
		return s.ofAll(c)
	}
	if a, ok := c.Func.(*python.Attribute); ok {
		if t, done := s.ofMethod(c, a); done {
			return t
		}
	}
	if t, found := s.ofHelper(c); found {
		return t
	}
	if short != "" && short[0] >= 'A' && short[0] <= 'Z' { // a class keeps what it is made of
		return s.ofAll(c)
	}
	return trace{}
}

func (s *state) ofMethod(c *python.Call, a *python.Attribute) (trace, bool) {
	switch {
	case a.Attr == "join" || a.Attr == "format":
		return s.of(a.Value).with(s.ofAll(c)), true
	case a.Attr == "errors" || a.Attr == "get_full_details":
		return trace{}, true
	case !slices.Contains(textMethods(), a.Attr):
		return trace{}, false
	}
	t := s.of(a.Value)
	if a.Attr == "get" && len(c.Args) > 0 && t.err {
		if key, ok := text(c.Args[0]); ok && !slices.Contains(errorKeys(), strings.ToLower(key)) {
			t.err = false
		}
		t.sites = nil
	}
	if t.user || t.err {
		return t, true
	}
	return t, false
}

// ofHelper follows a call into a function of the project.
func (s *state) ofHelper(c *python.Call) (trace, bool) {
	result := trace{}
	found := s.returns(c, func(owner *unit, at *state, r *python.Return) {
		t := at.returned(owner, r, r.Value)
		result = result.with(t.unless(result))
	})
	return result, found
}

// returned is what a function of the project hands out: an exception's text was put into it where it returns.
func (s *state) returned(owner *unit, r *python.Return, value python.Expr) trace {
	t := s.of(value)
	if t.err && !t.param && len(t.sites) == 0 {
		t.sites = []site{{owner, r}}
	}
	t.param = false
	return t
}

// returns hands each return of the function of the project that a call runs to visit, and says whether there is one.
func (s *state) returns(c *python.Call, visit func(*unit, *state, *python.Return)) bool {
	if s.hops == 0 {
		return false
	}
	f, owner := s.callee(c)
	if f == nil || len(f.Body) > 80 {
		return false
	}
	s.inside(f, owner, c).walk(f.Body, func(at *state, stmt python.Stmt) {
		if r, ok := stmt.(*python.Return); ok && r.Value != nil {
			visit(owner, at, r)
		}
	})
	return true
}

// parts are what a function of the project returns together, one by one: data, status = load().
func (s *state) parts(value python.Expr, n int) ([]trace, bool) {
	if a, ok := value.(*python.Await); ok {
		value = a.Value
	}
	c, ok := value.(*python.Call)
	if !ok || n < 2 {
		return nil, false
	}
	parts, apart := make([]trace, n), true
	found := s.returns(c, func(owner *unit, at *state, r *python.Return) {
		values := elements(r.Value)
		if len(values) != n {
			apart = false
			return
		}
		for i, e := range values {
			t := at.returned(owner, r, e)
			if _, whole := e.(*python.Dict); !whole {
				t.sites = nil // a text goes into the answer where that is made
			}
			parts[i] = parts[i].with(t.unless(parts[i]))
		}
	})
	return parts, found && apart
}

// callee finds the function of the project that a call runs: by its name, as a method of an object made here or
// at the top of a file, or by a method's name that stands once.
func (s *state) callee(c *python.Call) (*python.FunctionDef, *unit) {
	if method, ok := strings.CutPrefix(plain(c.Func), "self."); ok && s.class != nil {
		if f := s.unit.functions[s.class.Name+"."+method]; f != nil {
			return f, s.unit
		}
	}
	if f, owner := s.all.function(s.unit, c.Func); f != nil {
		return f, owner
	}
	a, ok := c.Func.(*python.Attribute)
	if !ok {
		return nil, nil
	}
	if made, ok := s.object(a.Value); ok {
		if class, owner := s.all.class(made.unit, made.node.(*python.Call).Func); class != nil {
			if f := owner.functions[class.Name+"."+a.Attr]; f != nil {
				return f, owner
			}
		}
	}
	if f := s.methods[a.Attr]; f != nil {
		return f.def, f.unit
	}
	return nil, nil
}

// object finds the call that makes an object: Service() itself, or what a name at the top of a file holds.
func (s *state) object(e python.Expr) (site, bool) {
	if c, ok := e.(*python.Call); ok {
		return site{s.unit, c}, true
	}
	name := plain(e)
	if c, ok := s.unit.assigned[name].(*python.Call); ok {
		return site{s.unit, c}, true
	}
	if other, rest := s.all.find(s.unit.imports[name]); other != nil {
		if c, ok := other.assigned[rest].(*python.Call); ok {
			return site{other, c}, true
		}
	}
	return site{}, false
}

// inside is what is known at the start of a helper that a call runs.
func (s *state) inside(f *python.FunctionDef, owner *unit, c *python.Call) *state {
	return &state{all: s.all, unit: owner, names: s.handed(f, c), hops: s.hops - 1, methods: s.methods}
}

// handed is what the parameters of a helper carry in one call.
func (s *state) handed(f *python.FunctionDef, c *python.Call) map[string]trace {
	names := map[string]trace{}
	parameters := slices.Concat(f.Args.PosOnlyArgs, f.Args.Args)
	if len(parameters) > 0 && (parameters[0].Arg == "self" || parameters[0].Arg == "cls") {
		parameters = parameters[1:]
	}
	for i, p := range slices.Concat(parameters, f.Args.KwOnlyArgs) {
		at := i
		if i >= len(parameters) {
			at = -1
		}
		if given := argument(c, at, p.Arg); given != nil {
			if t := s.of(given); !t.empty() {
				t.param = true
				names[p.Arg] = t
			}
		}
	}
	return names
}
