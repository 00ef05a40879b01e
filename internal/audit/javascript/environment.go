package javascript

import (
	"slices"
	"strings"

	syntax "sallyport/internal/audit/syntax/javascript"
)

// variable is a value that comes from the environment.
type variable struct {
	name     string
	fallback *node // what stands for it when it is missing, or nil
	required bool  // read in a way that fails when it is missing
	from     *node
}

// envName returns the environment variable that n reads itself, without looking behind names.
func envName(n *node) (string, bool) {
	if n.Is(syntax.Call) {
		return envCall(n)
	}
	if !n.Is(syntax.Member) {
		return "", false
	}
	if parsesEnvironment(syntax.Resolve(n.Kids[0])) && n.Name == strings.ToUpper(n.Name) {
		return n.Name, true
	}
	switch object := syntax.Path(n.Kids[0]); {
	case object == "process.env" || object == "import.meta.env" || object == "Bun.env" || strings.HasSuffix(object, ".process.env"):
		return n.Name, true
	case object == "env" || strings.HasSuffix(object, ".env") && !strings.Contains(object, "()"):
		return n.Name, n.Name == strings.ToUpper(n.Name)
	}
	return "", false
}

// parsesEnvironment says whether a call checks the environment against a schema and returns it.
func parsesEnvironment(n *node) bool {
	if n.Is(syntax.Member) && n.Name == "data" {
		n = syntax.Resolve(n.Kids[0])
	}
	return n.Is(syntax.Call) && slices.Contains([]string{"parse", "safeParse", "cleanEnv", "createEnv", "validateSync"}, syntax.Last(n.Callee())) && (takesEnvironment(n.Arg(0)) || syntax.Last(n.Callee()) == "createEnv")
}

func envCall(n *node) (string, bool) {
	name, ok := syntax.Constant(n.Arg(0))
	if !ok || name == "" {
		return "", false
	}
	switch path := syntax.Path(n.Callee()); {
	case path == "Deno.env.get" || path == "config.get" || path == "configService.get" || path == "this.configService.get" || path == "this.config.get":
		return name, true
	case path == "this.configService.getOrThrow" || path == "configService.getOrThrow":
		return name, true
	}
	return name, readsParameter(syntax.Resolve(n.Callee()))
}

// readsParameter says whether a function reads the environment variable that its first parameter names.
func readsParameter(function *node) bool {
	if !function.Is(syntax.Function) || len(function.Params()) == 0 {
		return false
	}
	name := function.Params()[0].Name
	return name != "" && syntax.Any(function.Body(), func(n *node) bool {
		return n.Is(syntax.Index) && syntax.Path(n.Kids[0]) == "process.env" && n.Kids[1].Is(syntax.Ident) && n.Kids[1].Name == name
	})
}

// variableOf follows n to the environment variable that it stands for, through names, defaults and what keeps
// its meaning, such as trim.
func variableOf(n *node) (variable, bool) { return variableAt(n, 12) }

func variableAt(n *node, steps int) (variable, bool) {
	if n == nil || steps == 0 {
		return variable{}, false
	}
	if name, ok := envName(n); ok {
		return variableRead(n, name), true
	}
	switch {
	case n.Is(syntax.Ident, syntax.Member):
		if next := syntax.Resolve(n); next != n {
			return variableAt(next, steps-1)
		}
		return variableOfAssigned(n, steps-1)
	case n.Operator(syntax.Binary, "||", "??"):
		v, ok := variableAt(n.Kids[0], steps-1)
		if ok && v.fallback == nil {
			v.fallback = n.Kids[1]
		}
		return v, ok
	case n.Is(syntax.Conditional):
		v, ok := variableAt(n.Kids[1], steps-1)
		if ok && v.fallback == nil {
			v.fallback = n.Kids[2]
		}
		return v, ok
	case n.Is(syntax.Await):
		return variableAt(n.Kids[0], steps-1)
	case n.Is(syntax.Call):
		return variableOfCall(n, steps-1)
	case n.Is(syntax.New) && slices.Contains([]string{"Set", "TextEncoder"}, syntax.Name(n.Callee())):
		return variableAt(n.Arg(0), steps-1)
	}
	return variable{}, false
}

// variableOfAssigned looks at a variable whose declared value is the environment's and which is given another
// one later, which is then its default.
func variableOfAssigned(n *node, steps int) (variable, bool) {
	b := syntax.Lookup(n)
	if b == nil || b.Value == nil || len(b.Assigned) != 1 || b.Kind == syntax.ParamBinding {
		return variable{}, false
	}
	v, ok := variableAt(b.Value, steps)
	if ok && v.fallback == nil {
		v.fallback = b.Assigned[0]
	}
	return v, ok
}

func variableOfCall(n *node, steps int) (variable, bool) {
	callee := n.Callee()
	switch syntax.Last(callee) {
	case "trim", "toString", "split", "map", "filter", "toLowerCase", "replace", "encode", "slice", "digest", "update":
		if callee.Is(syntax.Member) {
			return variableAt(callee.Kids[0], steps)
		}
	case "String", "Buffer", "from", "createHash", "hash", "sha256":
		return variableAt(n.Arg(0), steps)
	}
	return variable{}, false
}

func variableRead(n *node, name string) variable {
	v := variable{name: name, from: n}
	if !n.Is(syntax.Call) {
		return v
	}
	if len(n.Args()) > 1 && !n.Arg(1).Is(syntax.Object) {
		v.fallback = n.Arg(1)
	}
	function := syntax.Resolve(n.Callee())
	v.required = syntax.Last(n.Callee()) == "getOrThrow" || function.Is(syntax.Function) && stops(function.Body())
	return v
}

// stops says whether code throws or ends the process.
func stops(n *node) bool {
	return syntax.Any(n, func(k *node) bool {
		return k.Is(syntax.Throw) || k.Is(syntax.Call) && (syntax.Path(k.Callee()) == "process.exit" || syntax.Path(k.Callee()) == "Deno.exit" || syntax.Last(k.Callee()) == "invariant")
	})
}

// certain says whether a variable is known to be there when code runs.
func (f *facts) certain(v variable) bool { return v.required || f.checked[v.name] }

// checkedVariables collects what the project checks when it starts: if (!process.env.X) throw, the same over a
// list of names, assertions, and schemas.
func (f *facts) checkedVariables() {
	f.each(func(u *unit, n *node) {
		switch {
		case n.Is(syntax.If) && stops(n.Kids[1]) && startsHere(n):
			f.noteMissing(n.Kids[0])
		case n.Is(syntax.Call) && isAssertion(n) && startsHere(n):
			f.notePresent(n.Arg(0))
		case n.Is(syntax.Call):
			f.noteSchema(n)
		case n.Is(syntax.Index) && syntax.Path(n.Kids[0]) == "process.env":
			f.noteList(n)
		}
	})
}

// startsHere says whether a node runs when the program starts, as far as can be told: outside of functions
// that answer requests.
func startsHere(n *node) bool {
	for fn := n.Enclosing(syntax.Function); fn != nil; fn = fn.Enclosing(syntax.Function) {
		for _, p := range fn.Params() {
			if hasWord(p.Name, "req", "request", "ctx", "context", "res", "event", "msg", "message") {
				return false
			}
		}
	}
	return true
}

func isAssertion(n *node) bool {
	path := syntax.Path(n.Callee())
	return path == "assert" || path == "assert.ok" || path == "invariant" || strings.HasSuffix(path, "invariant") || path == "console.assert"
}

// noteMissing takes the variables whose absence makes a test true.
func (f *facts) noteMissing(test *node) {
	switch {
	case test.Operator(syntax.Binary, "||"):
		f.noteMissing(test.Kids[0])
		f.noteMissing(test.Kids[1])
	case test.Operator(syntax.Binary, "&&"):
		// "production and missing" is a check of where it counts
		f.noteMissing(test.Kids[1])
		f.noteMissing(test.Kids[0])
	default:
		if missing := whenMissing(test); missing != nil {
			if v, ok := variableOf(missing); ok && v.fallback == nil {
				f.checked[v.name] = true
			}
		}
	}
}

// whenMissing returns what a test finds missing: x for !x, x === undefined, x == null, x === "", x.length < 32.
func whenMissing(test *node) *node {
	switch {
	case test.Operator(syntax.Unary, "!"):
		return lengthOf(test.Kids[0])
	case test.Operator(syntax.Binary, "==", "==="):
		if isNothing(test.Kids[1]) {
			return lengthOf(typeOf(test.Kids[0]))
		}
	case test.Operator(syntax.Binary, "<", "<="):
		if l := lengthOf(test.Kids[0]); l != test.Kids[0] {
			return l
		}
	}
	return nil
}

// whenPresent returns what a test finds present: x for x, !!x, Boolean(x), x !== undefined, x.length > 0.
func whenPresent(test *node) *node {
	switch {
	case test.Operator(syntax.Unary, "!"):
		return whenMissing(test.Kids[0])
	case test.Operator(syntax.Binary, "!=", "!=="):
		if isNothing(test.Kids[1]) {
			return lengthOf(typeOf(test.Kids[0]))
		}
	case test.Operator(syntax.Binary, ">", ">="):
		if l := lengthOf(test.Kids[0]); l != test.Kids[0] {
			return l
		}
	case test.Is(syntax.Call) && syntax.Name(test.Callee()) == "Boolean":
		return test.Arg(0)
	case test.Is(syntax.Ident, syntax.Member, syntax.Call):
		return lengthOf(test)
	}
	return nil
}

func typeOf(n *node) *node {
	if n.Operator(syntax.Unary, "typeof") {
		return n.Kids[0]
	}
	return n
}

func lengthOf(n *node) *node {
	if n.Is(syntax.Member) && (n.Name == "length" || n.Name == "size") {
		return n.Kids[0]
	}
	return n
}

func isNothing(n *node) bool {
	return n.Is(syntax.Null) || n.Is(syntax.Ident) && n.Name == "undefined" || n.Is(syntax.String) && (n.Text == "" || n.Text == "undefined") || n.Is(syntax.Number) && n.Text == "0"
}

func (f *facts) notePresent(test *node) {
	if test.Operator(syntax.Binary, "&&") {
		f.notePresent(test.Kids[0])
		f.notePresent(test.Kids[1])
		return
	}
	if present := whenPresent(test); present != nil {
		if v, ok := variableOf(present); ok && v.fallback == nil {
			f.checked[v.name] = true
		}
	}
}

// noteList takes lists of names that a loop or callback looks up in the environment, where the code around
// stops the program.
func (f *facts) noteList(index *node) {
	key := syntax.Lookup(index.Kids[1])
	if key == nil || !startsHere(index) {
		return
	}
	var list *node
	switch source := key.Node.Enclosing(syntax.ForOf, syntax.Call); {
	case source.Is(syntax.ForOf):
		list = source.Kids[1]
	case source.Is(syntax.Call) && source.Callee().Is(syntax.Member):
		list = source.Callee().Kids[0]
	}
	list = syntax.Resolve(list)
	around := index.Enclosing(syntax.Program)
	if fn := index.Enclosing(syntax.ForOf, syntax.Call).Enclosing(syntax.Function); fn != nil {
		around = fn
	}
	if !list.Is(syntax.Array) || !stops(around) {
		return
	}
	for _, k := range list.Kids {
		if name, ok := syntax.Constant(k); ok {
			f.checked[name] = true
		}
	}
}

// noteSchema takes the keys of z.object({X: z.string()}).parse(process.env), cleanEnv(process.env, {X: str()})
// and createEnv({server: {…}}).
func (f *facts) noteSchema(call *node) {
	var shape *node
	switch name := syntax.Last(call.Callee()); {
	case name == "parse" || name == "parseAsync" || name == "safeParse" || name == "validate" || name == "validateSync":
		if !takesEnvironment(call.Arg(0)) || !call.Callee().Is(syntax.Member) {
			return
		}
		schema := syntax.Resolve(call.Callee().Kids[0])
		for schema.Is(syntax.Call) && !schema.Arg(0).Is(syntax.Object) && schema.Callee().Is(syntax.Member) {
			schema = schema.Callee().Kids[0]
		}
		shape = syntax.Resolve(schema.Arg(0))
	case name == "cleanEnv":
		shape = syntax.Resolve(call.Arg(1))
	case name == "createEnv":
		shape = call.Arg(0).Property("server")
	}
	if !shape.Is(syntax.Object) {
		return
	}
	for _, p := range shape.Kids {
		if p.Is(syntax.Property) && !optional(p.Kids[0]) {
			f.checked[p.Name] = true
		}
	}
}

func takesEnvironment(n *node) bool {
	return n != nil && syntax.Any(n, func(k *node) bool {
		p := syntax.Path(k)
		return p == "process.env" || p == "import.meta.env" || strings.HasPrefix(p, "process.env.")
	})
}

// optional says whether a schema's field may be missing.
func optional(n *node) bool {
	return syntax.Any(n, func(k *node) bool {
		if k.Is(syntax.Property) {
			return k.Name == "default" || k.Name == "devDefault"
		}
		return k.Is(syntax.Call) && slices.Contains([]string{"optional", "nullable", "nullish", "default"}, syntax.Last(k.Callee()))
	})
}
