package javascript

// BindingKind is how a name is declared.
type BindingKind uint8

// The kinds of bindings.
const (
	ConstBinding BindingKind = iota
	LetBinding
	VarBinding
	ParamBinding
	CatchBinding
	FunctionBinding
	ClassBinding
)

// Binding is a declared name.
type Binding struct {
	Name string
	Kind BindingKind
	// Node declares it: an Ident, a Param, a Function or a Class.
	Node *Node
	// Value is what it is declared with, also through destructuring, or nil. For a parameter it is the default,
	// or the member of the Param that it stands for.
	Value *Node
	// Assigned are the values that it is given later.
	Assigned []*Node
}

// scope is the names that one node declares.
type scope map[string]*Binding

// Lookup returns the binding that an identifier refers to, or nil for a global and for an import.
func Lookup(id *Node) *Binding {
	if !id.Is(Ident) {
		return nil
	}
	return LookupName(id, id.Name)
}

// LookupName returns the binding of name as seen from at.
func LookupName(at *Node, name string) *Binding {
	for n := at; n != nil; n = n.Parent {
		if b := n.file.scopes[n][name]; b != nil {
			return b
		}
	}
	return nil
}

// Only returns the one value that the binding ever has, or nil when there are several or none is known.
func (b *Binding) Only() *Node {
	switch {
	case b == nil || b.Kind == CatchBinding:
		return nil
	case len(b.Assigned) == 0:
		if b.Kind == ParamBinding && !(b.Value.Is(Member) && b.Value.Kids[0].Is(Param, Member)) {
			return nil
		}
		return b.Value
	case len(b.Assigned) == 1 && b.Value == nil && b.Kind != ParamBinding:
		return b.Assigned[0]
	}
	return nil
}

// Values returns every value that the binding is known to have, the declared one first.
func (b *Binding) Values() []*Node {
	if b == nil {
		return nil
	}
	if b.Value == nil {
		return b.Assigned
	}
	return append([]*Node{b.Value}, b.Assigned...)
}

// finish collects what can be known only when the whole tree is there: assignments and CommonJS exports.
func (f *File) finish() {
	Walk(f.Program, func(n *Node) bool {
		switch {
		case n.Is(Assign) && n.Parent.Is(Pattern, Param):
		case n.Is(Assign):
			f.assigned(n, n.Kids[0], n.Kids[1])
		case n.Operator(Unary, "++", "--"):
			f.assigned(n, n.Kids[0], n)
		case n.Is(ForIn, ForOf) && n.Kids[0].Is(Ident):
			if b := Lookup(n.Kids[0]); b != nil && b.Node != n.Kids[0] {
				b.Assigned = append(b.Assigned, n.Kids[1])
			}
		}
		return true
	})
}

func (f *File) assigned(n, target, value *Node) {
	if target.Is(Ident) {
		if b := Lookup(target); b != nil {
			b.Assigned = append(b.Assigned, value)
		}
		return
	}
	if target.Is(Pattern) {
		Walk(target, func(k *Node) bool {
			if b := Lookup(k); b != nil {
				b.Assigned = append(b.Assigned, value)
			}
			return true
		})
		return
	}
	if n.Name == "=" {
		f.exportAssigned(target, value)
	}
}

// exportAssigned notes module.exports = value, module.exports.name = value and exports.name = value.
func (f *File) exportAssigned(target, value *Node) {
	switch object := Name(target.Kid(0)); {
	case !target.Is(Member):
	case object == "module" && target.Name == "exports":
		f.Exports["default"] = value
		if value.Is(Object) {
			for _, p := range value.Kids {
				if p.Is(Property) && p.Name != "" {
					f.Exports[p.Name] = p.Kids[0]
				}
			}
		}
	case object == "module.exports" || object == "exports":
		f.Exports[target.Name] = value
	}
}
