package python

import (
	"maps"
	"slices"

	"sallyport/internal/audit/syntax/python"
)

// trace is what a value carries: the text of an exception, or what a user sent.
type trace struct {
	err   bool
	user  bool
	minor bool // of an exception that mostly has a text of its own, such as ValueError
	param bool // given by the caller
	// program is the result of a program that was run; printed is what one printed about its trouble.
	program, printed bool
	sites            []site // where helpers put an exception's text into what they return; none when it is put here
}

// site is a place in a file.
type site struct {
	unit *unit
	node python.Node
}

func (t trace) empty() bool { return !t.err && !t.user && !t.param && !t.program }

// with joins what two values carry.
func (t trace) with(o trace) trace {
	minor := t.minor && o.minor || t.minor && !o.err || o.minor && !t.err
	return trace{
		err: t.err || o.err, user: t.user || o.user, minor: minor, param: t.param || o.param, sites: append(slices.Clip(t.sites), o.sites...),
		program: t.program || o.program, printed: t.printed || o.printed,
	}
}

// state is what the names of a function carry at one point of it.
type state struct {
	all   *units
	unit  *unit
	class *python.ClassDef
	names map[string]trace // by the chain of names as it is written
	// methods are the methods of the project whose name no other has, so that service.load_report() is known
	// without the type of service.
	methods map[string]*function
	hops    int // calls of helpers that may still be followed
}

// newState returns the state at the start of a function.
func newState(all *units, f *function, names map[string]trace) *state {
	if names == nil {
		names = map[string]trace{}
	}
	return &state{all: all, unit: f.unit, class: f.class, names: names, hops: 2}
}

func (s *state) fork() *state {
	c := *s
	c.names = maps.Clone(s.names)
	return &c
}

// join takes over what branches found.
func (s *state) join(branches ...*state) {
	for _, b := range branches {
		for name, t := range b.names {
			s.names[name] = s.names[name].with(t.unless(s.names[name]))
		}
	}
}

// unless leaves out the places that are known, so that joining does not repeat them.
func (t trace) unless(known trace) trace {
	t.sites = slices.DeleteFunc(slices.Clone(t.sites), func(x site) bool { return slices.Contains(known.sites, x) })
	return t
}

// walk goes through a body in order and calls visit at each statement, before what the statement changes.
// Functions and classes in it are left out: they are scopes of their own.
func (s *state) walk(body []python.Stmt, visit func(*state, python.Stmt)) {
	for _, stmt := range body {
		visit(s, stmt)
		s.step(stmt, visit)
	}
}

func (s *state) step(stmt python.Stmt, visit func(*state, python.Stmt)) {
	switch stmt := stmt.(type) {
	case *python.Assign:
		for _, target := range stmt.Targets {
			s.assign(target, stmt.Value)
		}
	case *python.AnnAssign:
		if stmt.Value != nil {
			s.assign(stmt.Target, stmt.Value)
		}
	case *python.AugAssign:
		s.add(plain(stmt.Target), s.of(stmt.Value))
	case *python.ExprStmt:
		s.collect(stmt.Value)
	default:
		s.block(stmt, visit)
	}
}

// block goes into the bodies of a compound statement.
func (s *state) block(stmt python.Stmt, visit func(*state, python.Stmt)) {
	switch stmt := stmt.(type) {
	case *python.If:
		s.named(stmt.Test)
		s.branches(visit, stmt.Body, stmt.OrElse)
	case *python.For:
		s.bind(stmt.Target, s.of(stmt.Iter))
		s.branches(visit, stmt.Body, stmt.OrElse)
	case *python.While:
		s.named(stmt.Test)
		s.branches(visit, stmt.Body, stmt.OrElse)
	case *python.With:
		for _, item := range stmt.Items {
			if item.OptionalVars != nil {
				s.bind(item.OptionalVars, s.of(item.ContextExpr))
			}
		}
		s.walk(stmt.Body, visit)
	case *python.Try:
		s.try(stmt, visit)
	case *python.Match:
		for _, c := range stmt.Cases {
			s.branches(visit, c.Body)
		}
	}
}

func (s *state) branches(visit func(*state, python.Stmt), bodies ...[]python.Stmt) {
	var ends []*state
	for _, body := range bodies {
		b := s.fork()
		b.walk(body, visit)
		ends = append(ends, b)
	}
	s.join(ends...)
}

func (s *state) try(t *python.Try, visit func(*state, python.Stmt)) {
	before := s.fork()
	s.walk(t.Body, visit)
	var ends []*state
	for _, h := range t.Handlers {
		b := before.fork()
		b.join(s)
		if h.Name != "" {
			b.names[h.Name] = s.caught(h.Type)
		}
		b.walk(h.Body, visit)
		delete(b.names, h.Name)
		ends = append(ends, b)
	}
	s.walk(t.OrElse, visit)
	s.join(ends...)
	s.walk(t.FinalBody, visit)
}

func (s *state) named(e python.Expr) {
	python.Inspect(e, func(n python.Node) bool {
		if w, ok := n.(*python.NamedExpr); ok {
			s.assign(w.Target, w.Value)
		}
		return true
	})
}

// assign binds a target, element by element where both sides have elements.
func (s *state) assign(target, value python.Expr) {
	targets, values := elements(target), elements(value)
	if len(targets) > 0 && len(targets) == len(values) {
		for i := range targets {
			s.assign(targets[i], values[i])
		}
		return
	}
	if sub, ok := target.(*python.Subscript); ok { // result["error"] = str(e)
		s.add(plain(sub.Value), s.put(value, s.of(value)))
		return
	}
	if parts, ok := s.parts(value, len(targets)); ok {
		for i := range targets {
			s.bind(targets[i], parts[i])
		}
		return
	}
	t := s.of(value)
	if _, ok := value.(*python.Dict); ok {
		t = s.put(value, t)
	}
	s.bind(target, t)
}

// put notes where an exception's text was put into a container: that is the place to mend, wherever the
// container goes.
func (s *state) put(at python.Node, t trace) trace {
	if t.err && len(t.sites) == 0 {
		t.sites = []site{{s.unit, at}}
	}
	return t
}

// bind gives a name what it carries. Of several names that are given one result, as in data, error = load(),
// those that speak of errors carry the exception's text.
func (s *state) bind(target python.Expr, t trace) {
	for _, e := range elements(target) {
		one := t
		one.err, one.sites = t.err && speaksOfErrors(plain(e)), nil
		s.bind(e, one)
	}
	if name := plain(target); name != "" {
		s.names[name] = t
	}
}

func speaksOfErrors(name string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool {
		return slices.Contains(errorKeys(), w) || w == "e" || w == "exc" || w == "result" || w == "stderr"
	})
}

func (s *state) add(name string, t trace) {
	if name != "" && !t.empty() {
		s.names[name] = s.names[name].with(t)
	}
}

// collect knows methods that put a value into a container: errors.append(str(e)), result.update(...).
func (s *state) collect(e python.Expr) {
	c, ok := e.(*python.Call)
	if !ok {
		return
	}
	a, ok := c.Func.(*python.Attribute)
	if ok && slices.Contains([]string{"append", "add", "update", "extend", "insert", "setdefault"}, a.Attr) {
		s.add(plain(a.Value), s.put(c, s.ofAll(c)))
	}
}

// own are the expressions of a statement itself, without those of statements below it.
func own(stmt python.Stmt) []python.Expr {
	switch s := stmt.(type) {
	case *python.ExprStmt:
		return []python.Expr{s.Value}
	case *python.Assign:
		return []python.Expr{s.Value}
	case *python.AnnAssign:
		return present(s.Value)
	case *python.AugAssign:
		return []python.Expr{s.Value}
	case *python.Return:
		return present(s.Value)
	case *python.Raise:
		return present(s.Exc)
	case *python.If:
		return []python.Expr{s.Test}
	case *python.While:
		return []python.Expr{s.Test}
	case *python.For:
		return []python.Expr{s.Iter}
	case *python.Assert:
		return []python.Expr{s.Test}
	case *python.With:
		var list []python.Expr
		for _, item := range s.Items {
			list = append(list, item.ContextExpr)
		}
		return list
	}
	return nil
}

func present(e python.Expr) []python.Expr {
	if e == nil {
		return nil
	}
	return []python.Expr{e}
}

// ownCalls hands every call of a statement itself to f, outer calls first.
func ownCalls(stmt python.Stmt, f func(*python.Call)) {
	for _, e := range own(stmt) {
		calls(e, f)
	}
}
