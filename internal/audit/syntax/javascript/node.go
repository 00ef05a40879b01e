package javascript

// Kind is what a node is. The comment of each says what its fields hold; Kids are in source order and may
// hold nil for what is absent.
type Kind uint8

// The kinds of nodes.
const (
	Bad                 Kind = iota
	Program                  // statements
	Block                    // statements
	ExpressionStatement      // expression
	Var                      // Name var, let or const; Declarators
	Declarator               // target, initial value or nil
	Function                 // Name; Params, then the body: a Block or the expression of an arrow
	Param                    // Name when plain; target, default or nil; Text "..." for the rest
	Class                    // Name; superclass or nil, then Properties
	Property                 // Name of the key; value, and the key when it is computed; Text get, set, static or ""
	Object                   // Properties and Spreads
	Array                    // elements
	Pattern                  // targets of a destructuring
	Ident                    // Name
	String                   // Text
	Template                 // Strings and expressions
	Tagged                   // tag, Template
	Number                   // Text
	Bool                     // Name true or false
	Null                     //
	Regexp                   // Text is the pattern, Name the flags
	Call                     // callee, arguments
	New                      // callee, arguments
	Member                   // Name of the property; object
	Index                    // object, key that is not constant
	Unary                    // Name of the operator; operand
	Binary                   // Name of the operator, && || ?? too; left, right
	Assign                   // Name of the operator; target, value
	Conditional              // test, then, else
	Sequence                 // expressions
	Spread                   // expression
	Await                    // expression
	Yield                    // expression or nil
	This                     //
	If                       // test, then, else or nil
	For                      // initial or nil, test or nil, update or nil, body
	ForIn                    // target, source, body
	ForOf                    // target, source, body
	While                    // test, body; Name do for a do loop
	Return                   // expression or nil
	Throw                    // expression
	Try                      // Block, Catch or nil, Block of finally or nil
	Catch                    // target or nil, Block
	Switch                   // discriminant, Cases
	Case                     // test or nil for default, statements
	Branch                   // Name break or continue
	Labelled                 // Name; statement
)

// Node is one node of the tree, with its place in the original file. It is read-only after parsing.
type Node struct {
	Kind   Kind
	Name   string
	Text   string
	Kids   []*Node
	Parent *Node
	Line   int // in the original file, from 1; of the property's name for a Member and its Call
	Column int // from 1, in bytes
	// EndLine is the line of the closing brace or parenthesis where there is one, or Line.
	EndLine int
	Async   bool
	file    *File
}

// File returns the file that the node belongs to.
func (n *Node) File() *File { return n.file }

// Kid returns kid i, or nil when there is none.
func (n *Node) Kid(i int) *Node {
	if n == nil || i >= len(n.Kids) {
		return nil
	}
	return n.Kids[i]
}

// Is says whether the node is there and of one of the kinds.
func (n *Node) Is(kinds ...Kind) bool {
	if n == nil {
		return false
	}
	for _, k := range kinds {
		if n.Kind == k {
			return true
		}
	}
	return false
}

// Callee returns what a Call or New calls, or nil.
func (n *Node) Callee() *Node {
	if !n.Is(Call, New) {
		return nil
	}
	return n.Kids[0]
}

// Args returns the arguments of a Call or New.
func (n *Node) Args() []*Node {
	if !n.Is(Call, New) {
		return nil
	}
	return n.Kids[1:]
}

// Arg returns argument i of a Call or New, or nil.
func (n *Node) Arg(i int) *Node {
	if args := n.Args(); i < len(args) {
		return args[i]
	}
	return nil
}

// Params returns the parameters of a Function.
func (n *Node) Params() []*Node {
	if !n.Is(Function) {
		return nil
	}
	return n.Kids[:len(n.Kids)-1]
}

// Body returns the body of a Function, loop or Catch: its last kid.
func (n *Node) Body() *Node {
	if !n.Is(Function, For, ForIn, ForOf, While, Catch) {
		return nil
	}
	return n.Kids[len(n.Kids)-1]
}

// Property returns the value of the property name of an Object or Class, the last one when it is repeated,
// or nil.
func (n *Node) Property(name string) *Node {
	if !n.Is(Object, Class) {
		return nil
	}
	for i := len(n.Kids) - 1; i >= 0; i-- {
		if k := n.Kids[i]; k.Is(Property) && k.Name == name {
			return k.Kid(0)
		}
	}
	return nil
}

// Operator says whether the node is a Binary, Unary or Assign of one of the operators.
func (n *Node) Operator(kind Kind, operators ...string) bool {
	if !n.Is(kind) {
		return false
	}
	for _, o := range operators {
		if n.Name == o {
			return true
		}
	}
	return false
}

// Walk calls visit for n and everything below it, parents first. When visit returns false what is below the
// node is left out.
func Walk(n *Node, visit func(*Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	for _, k := range n.Kids {
		Walk(k, visit)
	}
}

// Any says whether test holds for n or anything below it.
func Any(n *Node, test func(*Node) bool) bool {
	found := false
	Walk(n, func(n *Node) bool {
		found = found || test(n)
		return !found
	})
	return found
}

// Own is Walk without the functions below n: what runs when n itself runs.
func Own(n *Node, visit func(*Node) bool) {
	Walk(n, func(k *Node) bool { return (k == n || k.Kind != Function) && visit(k) })
}

// Enclosing returns the nearest node above n that is of one of the kinds, or nil.
func (n *Node) Enclosing(kinds ...Kind) *Node {
	if n == nil {
		return nil
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Is(kinds...) {
			return p
		}
	}
	return nil
}

// Inside says whether n is ancestor or below it.
func (n *Node) Inside(ancestor *Node) bool {
	for ; n != nil; n = n.Parent {
		if n == ancestor {
			return ancestor != nil
		}
	}
	return false
}

// Statement returns the statement that n is part of.
func (n *Node) Statement() *Node {
	for n != nil && !n.Parent.Is(Program, Block, Case) && n.Parent != nil {
		n = n.Parent
	}
	return n
}
