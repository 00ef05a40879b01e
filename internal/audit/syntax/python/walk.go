package python

// A Visitor's Visit is called by [Walk] for each node. When it returns a visitor, Walk visits each child of the
// node with that, then calls its Visit with nil.
type Visitor interface {
	Visit(Node) Visitor
}

// Walk visits a node and everything below it, depth first, mostly in the order of the source: decorators
// before names, and the keyword arguments of a call after the others.
func Walk(v Visitor, n Node) {
	if v = v.Visit(n); v == nil {
		return
	}
	n.each(func(child Node) { Walk(v, child) })
	v.Visit(nil)
}

// Inspect calls f for a node and, while f returns true, for everything below it; after the children of a node
// it calls f with nil.
func Inspect(n Node, f func(Node) bool) { Walk(inspector(f), n) }

type inspector func(Node) bool

func (f inspector) Visit(n Node) Visitor {
	if f(n) {
		return f
	}
	return nil
}

// visitor is called for each child of a node.
type visitor func(Node)

// some visits expressions that may be absent.
func (v visitor) some(list ...Expr) {
	for _, e := range list {
		if e != nil {
			v(e)
		}
	}
}

// all visits a list.
func all[N Node](v visitor, list []N) {
	for _, n := range list {
		v(n)
	}
}

func (m *Module) each(v visitor)        { all(v, m.Body) }
func (s *BadStmt) each(v visitor)       { all(v, s.Body) }
func (a *Arg) each(v visitor)           { v.some(a.Annotation) }
func (k *Keyword) each(v visitor)       { v(k.Value) }
func (w *WithItem) each(v visitor)      { v.some(w.ContextExpr, w.OptionalVars) }
func (t *TypeVar) each(v visitor)       { v.some(t.Bound, t.DefaultValue) }
func (t *ParamSpec) each(v visitor)     { v.some(t.DefaultValue) }
func (t *TypeVarTuple) each(v visitor)  { v.some(t.DefaultValue) }
func (s *Return) each(v visitor)        { v.some(s.Value) }
func (s *Delete) each(v visitor)        { all(v, s.Targets) }
func (s *AugAssign) each(v visitor)     { v.some(s.Target, s.Value) }
func (s *AnnAssign) each(v visitor)     { v.some(s.Target, s.Annotation, s.Value) }
func (s *Raise) each(v visitor)         { v.some(s.Exc, s.Cause) }
func (s *Assert) each(v visitor)        { v.some(s.Test, s.Msg) }
func (s *Import) each(v visitor)        { all(v, s.Names) }
func (s *ImportFrom) each(v visitor)    { all(v, s.Names) }
func (s *ExprStmt) each(v visitor)      { v(s.Value) }
func (e *BoolOp) each(v visitor)        { all(v, e.Values) }
func (e *NamedExpr) each(v visitor)     { v.some(e.Target, e.Value) }
func (e *BinOp) each(v visitor)         { v.some(e.Left, e.Right) }
func (e *UnaryOp) each(v visitor)       { v(e.Operand) }
func (e *IfExp) each(v visitor)         { v.some(e.Body, e.Test, e.OrElse) }
func (e *Set) each(v visitor)           { all(v, e.Elts) }
func (e *Await) each(v visitor)         { v(e.Value) }
func (e *Yield) each(v visitor)         { v.some(e.Value) }
func (e *YieldFrom) each(v visitor)     { v(e.Value) }
func (e *JoinedStr) each(v visitor)     { all(v, e.Values) }
func (e *TemplateStr) each(v visitor)   { all(v, e.Values) }
func (e *Attribute) each(v visitor)     { v(e.Value) }
func (e *Subscript) each(v visitor)     { v.some(e.Value, e.Slice) }
func (e *Starred) each(v visitor)       { v(e.Value) }
func (e *List) each(v visitor)          { all(v, e.Elts) }
func (e *Tuple) each(v visitor)         { all(v, e.Elts) }
func (e *Slice) each(v visitor)         { v.some(e.Lower, e.Upper, e.Step) }
func (m *MatchValue) each(v visitor)    { v(m.Value) }
func (m *MatchSequence) each(v visitor) { all(v, m.Patterns) }
func (m *MatchOr) each(v visitor)       { all(v, m.Patterns) }

func (s *FunctionDef) each(v visitor) {
	all(v, s.DecoratorList)
	all(v, s.TypeParams)
	v(s.Args)
	v.some(s.Returns)
	all(v, s.Body)
}

func (s *ClassDef) each(v visitor) {
	all(v, s.DecoratorList)
	all(v, s.TypeParams)
	all(v, s.Bases)
	all(v, s.Keywords)
	all(v, s.Body)
}

func (s *Assign) each(v visitor) {
	all(v, s.Targets)
	v(s.Value)
}

func (s *TypeAlias) each(v visitor) {
	v(s.Name)
	all(v, s.TypeParams)
	v(s.Value)
}

func (s *For) each(v visitor) {
	v.some(s.Target, s.Iter)
	all(v, s.Body)
	all(v, s.OrElse)
}

func (s *While) each(v visitor) {
	v(s.Test)
	all(v, s.Body)
	all(v, s.OrElse)
}

func (s *If) each(v visitor) {
	v(s.Test)
	all(v, s.Body)
	all(v, s.OrElse)
}

func (s *With) each(v visitor) {
	all(v, s.Items)
	all(v, s.Body)
}

func (s *Match) each(v visitor) {
	v(s.Subject)
	all(v, s.Cases)
}

func (s *Try) each(v visitor) {
	all(v, s.Body)
	all(v, s.Handlers)
	all(v, s.OrElse)
	all(v, s.FinalBody)
}

func (h *ExceptHandler) each(v visitor) {
	v.some(h.Type)
	all(v, h.Body)
}

func (c *MatchCase) each(v visitor) {
	v(c.Pattern)
	v.some(c.Guard)
	all(v, c.Body)
}

// each visits the parameters in the order of the source, each default after its parameter.
func (a *Arguments) each(v visitor) {
	positional := append(a.PosOnlyArgs[:len(a.PosOnlyArgs):len(a.PosOnlyArgs)], a.Args...)
	required := len(positional) - len(a.Defaults)
	for i, arg := range positional {
		v(arg)
		if i >= required {
			v(a.Defaults[i-required])
		}
	}
	if a.Vararg != nil {
		v(a.Vararg)
	}
	for i, arg := range a.KwOnlyArgs {
		v(arg)
		v.some(a.KwDefaults[i])
	}
	if a.Kwarg != nil {
		v(a.Kwarg)
	}
}

func (c *Comprehension) each(v visitor) {
	v.some(c.Target, c.Iter)
	all(v, c.Ifs)
}

func (e *Lambda) each(v visitor) {
	v(e.Args)
	v(e.Body)
}

func (e *Dict) each(v visitor) {
	for i, value := range e.Values {
		v.some(e.Keys[i], value)
	}
}

func (e *ListComp) each(v visitor) {
	v(e.Elt)
	all(v, e.Generators)
}

func (e *SetComp) each(v visitor) {
	v(e.Elt)
	all(v, e.Generators)
}

func (e *DictComp) each(v visitor) {
	v.some(e.Key, e.Value)
	all(v, e.Generators)
}

func (e *GeneratorExp) each(v visitor) {
	v(e.Elt)
	all(v, e.Generators)
}

func (e *Compare) each(v visitor) {
	v(e.Left)
	all(v, e.Comparators)
}

func (e *Call) each(v visitor) {
	v(e.Func)
	all(v, e.Args)
	all(v, e.Keywords)
}

func (e *FormattedValue) each(v visitor) { v.some(e.Value, e.FormatSpec) }

func (e *Interpolation) each(v visitor) { v.some(e.Value, e.FormatSpec) }

func (m *MatchMapping) each(v visitor) {
	for i, key := range m.Keys {
		v(key)
		v(m.Patterns[i])
	}
}

func (m *MatchClass) each(v visitor) {
	v(m.Cls)
	all(v, m.Patterns)
	all(v, m.KwdPatterns)
}

func (m *MatchAs) each(v visitor) {
	if m.Pattern != nil {
		v(m.Pattern)
	}
}
