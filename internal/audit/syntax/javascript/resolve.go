package javascript

import (
	"strings"
)

// maxSteps bounds how many nodes are looked at to follow one value.
const maxSteps = 400

// budget is what is left of them.
type budget int

func newBudget() *budget {
	b := budget(maxSteps)
	return &b
}

// spend says whether there is something left.
func (b *budget) spend() bool {
	*b--
	return *b > 0
}

// Resolve follows names to what they stand for: constants and variables that are set once, members of object
// literals, imports from files of the same project. It returns the last node that it can tell, n itself when
// there is nothing to follow.
func Resolve(n *Node) *Node { return resolve(n, newBudget()) }

func resolve(n *Node, steps *budget) *Node {
	if n == nil || !steps.spend() {
		return n
	}
	next := follow(n, steps)
	if next == nil || next == n {
		return n
	}
	return resolve(next, steps)
}

func follow(n *Node, steps *budget) *Node {
	switch n.Kind {
	case Ident:
		if b := Lookup(n); b != nil {
			return b.Only()
		}
		if i, ok := n.file.Imports[n.Name]; ok {
			return n.file.modules.export(n.file.Name, i.Module, i.Name, steps)
		}
	case Member:
		return followMember(n, steps)
	case Call:
		if isFreeze(n) {
			return n.Arg(0)
		}
		if module, ok := required(n); ok {
			return n.file.modules.export(n.file.Name, module, "default", steps)
		}
	case Sequence:
		return n.Kids[len(n.Kids)-1]
	case Await:
		if _, ok := required(n.Kid(0)); ok {
			return n.Kids[0]
		}
	}
	return nil
}

func isFreeze(n *Node) bool {
	return n.Kids[0].Is(Member) && n.Kids[0].Name == "freeze" && len(n.Kids) == 2 && n.Kids[0].Kids[0].Is(Ident) && n.Kids[0].Kids[0].Name == "Object"
}

func followMember(n *Node, steps *budget) *Node {
	object := n.Kids[0]
	if b := Lookup(object); b != nil && b.Only() != nil {
		object = b.Only()
	}
	if object.Is(Await) {
		object = object.Kids[0]
	}
	if module, ok := required(object); ok {
		if value := n.file.modules.export(n.file.Name, module, n.Name, steps); value != nil {
			return value
		}
	}
	return resolve(object, steps).Property(n.Name)
}

// required returns the module that a call of require loads.
func required(n *Node) (string, bool) {
	if n.Is(Call) && len(n.Kids) == 2 && n.Kids[0].Is(Ident) && n.Kids[0].Name == "require" && n.Kids[1].Is(String) {
		return strings.TrimPrefix(n.Kids[1].Text, "node:"), true
	}
	return "", false
}

// Name returns a dotted path as it is written, calls and brackets left out: "res.status.send" for
// res.status(500).send. It is "" for what has no name.
func Name(n *Node) string {
	if n == nil {
		return ""
	}
	switch n.Kind {
	case Ident, Function, Class:
		return n.Name
	case Param:
		return n.Name
	case This:
		return "this"
	case Member:
		return Name(n.Kids[0]) + "." + n.Name
	case Index, Call, New, Await:
		return Name(n.Kids[0])
	}
	return ""
}

// Last returns the last name of a dotted path: "send" for res.status(500).send.
func Last(n *Node) string {
	switch {
	case n.Is(Ident, Member, Function, Class, Param):
		return n.Name
	case n.Is(Call, New, Await):
		return Last(n.Kids[0])
	}
	return ""
}

// Path returns a dotted path with names followed to where they come from: "express().get" for app.get where
// app is what express returned, "crypto.timingSafeEqual" however it was imported, "process.env.KEY" also
// after const {KEY} = process.env. A call is written (). Names that stand for nothing else are as written.
func Path(n *Node) string {
	p := dotted(n, newBudget())
	p = strings.TrimPrefix(p, "globalThis.")
	p = strings.TrimPrefix(p, "window.")
	return strings.Replace(p, "fs/promises", "fs.promises", 1)
}

func dotted(n *Node, steps *budget) string {
	if n == nil || !steps.spend() {
		return ""
	}
	switch n.Kind {
	case Ident:
		return dottedIdent(n, steps)
	case Function, Class, Param:
		return n.Name
	case This:
		return "this"
	case Member:
		return dottedMember(n, steps)
	case Index:
		return dotted(n.Kids[0], steps) + ".[]"
	case Call, New:
		if module, ok := required(n); ok {
			return dottedModule(n, module, "default", steps)
		}
		return dotted(n.Kids[0], steps) + "()"
	case Await:
		return dotted(n.Kids[0], steps)
	}
	return ""
}

func dottedIdent(n *Node, steps *budget) string {
	if b := Lookup(n); b != nil {
		if value := b.Only(); value.Is(Ident, Member, Call, New, Await) {
			if p := dotted(value, steps); p != "" {
				return p
			}
		}
		return n.Name
	}
	if i, ok := n.file.Imports[n.Name]; ok {
		return dottedModule(n, i.Module, i.Name, steps)
	}
	return n.Name
}

func dottedMember(n *Node, steps *budget) string {
	if value := follow(n, steps); value.Is(Ident, Member, Call, New, Await, Function, Class) {
		if p := dotted(value, steps); p != "" {
			return p
		}
	}
	return dotted(n.Kids[0], steps) + "." + n.Name
}

// dottedModule names what a module exports: by what it is when it is a file of the project, or by the module.
func dottedModule(n *Node, module, name string, steps *budget) string {
	if value := n.file.modules.export(n.file.Name, module, name, steps); value != nil {
		if p := dotted(value, steps); p != "" {
			return p
		}
	}
	if name == "default" {
		return module
	}
	return module + "." + name
}

// Constant returns the text of an expression that is a string known from the source alone: literals,
// templates, concatenations and names of such.
func Constant(n *Node) (string, bool) { return constant(n, newBudget()) }

func constant(n *Node, steps *budget) (string, bool) {
	n = resolve(n, steps)
	if n == nil || !steps.spend() {
		return "", false
	}
	switch n.Kind {
	case String, Number:
		return n.Text, true
	case Template:
		var b strings.Builder
		for _, k := range n.Kids {
			text, ok := constant(k, steps)
			if !ok {
				return "", false
			}
			b.WriteString(text)
		}
		return b.String(), true
	case Binary:
		if n.Name != "+" {
			return "", false
		}
		left, ok := constant(n.Kids[0], steps)
		right, also := constant(n.Kids[1], steps)
		if ok && also {
			return left + right, true
		}
	}
	return "", false
}
