package javascript

import (
	"slices"
	"strings"

	syntax "sallyport/internal/audit/syntax/javascript"
)

// isErrorVariable says whether a name holds an error that was caught or handed to a callback.
func isErrorVariable(n *node) bool { return isErrorNamed(n, maxNames) }

func isErrorNamed(n *node, names int) bool {
	b := syntax.Lookup(n)
	switch {
	case b == nil || names == 0:
		return false
	case b.Kind == syntax.CatchBinding:
		return b.Node.Is(syntax.Ident) && b.Node.Parent.Is(syntax.Catch)
	case b.Kind == syntax.ParamBinding && b.Node.Is(syntax.Param):
		return isErrorParam(b.Node) || b.Node.Name == "stderr" && b.Node.Parent.Is(syntax.Function)
	case b.Value != nil && len(b.Assigned) == 0 && b.Value.Is(syntax.Ident) && b.Value.Name != n.Name:
		return isErrorNamed(b.Value, names-1) // const error = e as Error
	}
	return b.Kind != syntax.ParamBinding && isErrorResult(b.Value)
}

// isErrorResult says whether a value is the error that a call returns beside its data, as clients of databases
// do. Those of validators and of hooks are made to be shown.
func isErrorResult(value *node) bool {
	if !value.Is(syntax.Member) || value.Name != "error" {
		return false
	}
	call := value.Kids[0]
	if !call.Is(syntax.Await) {
		return false
	}
	last := strings.ToLower(syntax.Last(call.Kids[0]))
	return call.Kids[0].Is(syntax.Call) && !strings.Contains(last, "valid") && !strings.Contains(last, "parse") && !strings.HasPrefix(last, "check")
}

func isErrorParam(p *node) bool {
	fn := p.Parent
	if !fn.Is(syntax.Function) || !fn.Kids[0].Is(syntax.Param) {
		return false
	}
	named := hasWord(p.Name, "err", "error", "e", "ex", "exception", "reason")
	if call := fn.Parent; call.Is(syntax.Call) && fn != call.Callee() {
		switch syntax.Last(call.Callee()) {
		case "catch", "onError", "setErrorHandler", "catchError":
			return fn.Kids[0] == p
		case "then":
			return call.Arg(1) == fn
		case "on", "once":
			event, _ := syntax.Constant(call.Arg(0))
			return event == "error" || event == "uncaughtException"
		case "map", "filter", "forEach", "find", "some", "every", "reduce", "flatMap", "addEventListener", "sort":
			return false
		}
		return named && p.Name != "e" && fn.Kids[0] == p
	}
	return named && fn.Kids[0] == p && len(fn.Params()) == 4
}

// developmentOnly says whether a test holds only where developers work. One for "not production" holds where
// nobody set the variable, too, but for frameworks that set it themselves.
func developmentOnly(test *node) bool { return developmentWithin(test, maxNames) }

// maxNames is how many names that stand for names are followed. A value may name itself.
const maxNames = 8

func developmentWithin(test *node, names int) bool {
	if names == 0 || notProduction(test) && !setsStage(test.File()) {
		return false
	}
	return test != nil && syntax.Any(test, func(k *node) bool {
		name, ok := envName(k)
		if ok && (name == "NODE_ENV" || name == "DEV" || name == "PROD" || name == "MODE" || hasWord(name, "debug", "env", "stage", "verbose")) {
			return true
		}
		if k.Is(syntax.Ident, syntax.Member) {
			if next := syntax.Resolve(k); next != k && !next.Is(syntax.Function, syntax.Class, syntax.Object) {
				return developmentWithin(next, names-1)
			}
			return hasWord(k.Name, "dev", "development", "prod", "production", "debug", "expose")
		}
		return k.Is(syntax.Call) && k.Callee().Is(syntax.Member) && syntax.Last(k.Callee()) == "get" && syntax.Any(k, func(a *node) bool { return a.Is(syntax.String) && a.Text == "env" })
	})
}

// notProduction says whether a test is true when the variable that names the stage is missing:
// NODE_ENV !== "production", also behind a name or a "!".
func notProduction(test *node) bool {
	test = syntax.Resolve(test)
	switch {
	case test.Operator(syntax.Unary, "!"):
		inner := syntax.Resolve(test.Kids[0])
		return inner.Operator(syntax.Binary, "===", "==") && isStage(inner)
	case test.Operator(syntax.Binary, "!==", "!="):
		return isStage(test)
	}
	return false
}

// isStage says whether a comparison is one of the stage with production.
func isStage(n *node) bool {
	v, ok := variableOf(n.Kids[0])
	text, constant := syntax.Constant(n.Kids[1])
	return ok && constant && v.fallback == nil && stageName(v.name) && strings.HasPrefix(text, "prod")
}

// setsStage says whether a file belongs to a framework that sets NODE_ENV when it is built.
func setsStage(f *syntax.File) bool {
	return slices.ContainsFunc(f.Requires, func(m string) bool { return m == "next" || strings.HasPrefix(m, "next/") || m == "react" }) || inFolder(f.Name, "app/api") || inFolder(f.Name, "pages/api")
}

// positiveOwn says whether a test holds for errors that are made to be shown: of an own class, or with a
// status that blames the client.
func positiveOwn(test *node) bool {
	found := false
	syntax.Walk(test, func(k *node) bool {
		switch {
		case k.Operator(syntax.Unary, "!"):
			return false
		case k.Operator(syntax.Binary, "instanceof"):
			name := syntax.Last(k.Kids[1])
			found = found || name != "Error" && name != "Object"
		case k.Is(syntax.Member) && (k.Name == "isOperational" || k.Name == "expose" || k.Name == "isJoi" || k.Name == "isPublic" || k.Name == "isAxiosError"):
			found = found || k.Name != "isAxiosError"
		case k.Operator(syntax.Binary, "===", "==") && k.Kids[0].Is(syntax.Member) && slices.Contains([]string{"name", "code", "type", "message"}, k.Kids[0].Name):
			found = true
		case k.Operator(syntax.Binary, "<") && syntax.Any(k.Kids[1], func(x *node) bool { return x.Is(syntax.Number) && x.Text == "500" }):
			found = true
		}
		return true
	})
	return found
}

// guardedByOwn says whether a place is reached only by such errors, within a limit.
func guardedByOwn(n, limit *node) bool {
	for child, p := n, n.Parent; p != nil && child != limit; child, p = p, p.Parent {
		switch {
		case p.Is(syntax.If) && p.Kids[1] == child && (positiveOwn(p.Kids[0]) || developmentOnly(p.Kids[0])):
			return true
		case p.Is(syntax.If) && p.Kids[2] == child && isProductionTest(p.Kids[0]):
			return true
		case p.Is(syntax.Conditional) && p.Kids[1] == child && positiveOwn(p.Kids[0]):
			return true
		}
	}
	return false
}

func isProductionTest(test *node) bool {
	return syntax.Any(test, func(k *node) bool { return k.Is(syntax.String) && k.Text == "production" })
}

// intended says whether the text is made for clients: an error of an own class, a validation's, a part that
// only developers see.
func (e *errorFlow) intended(leak, at *node) bool {
	if guardedByOwn(leak, nil) || guardedByOwn(at, nil) {
		return true
	}
	return earlierExit(at)
}

// earlierExit says whether everything but own errors was answered before: if (!(err instanceof AppError))
// return …
func earlierExit(at *node) bool {
	statement := at.Statement()
	block := statement
	for ; block != nil && block.Parent != nil && !block.Is(syntax.Function); block = block.Parent {
		if !block.Parent.Is(syntax.Block) {
			continue
		}
		for _, s := range block.Parent.Kids {
			if s == block {
				break
			}
			if s.Is(syntax.If) && s.Kids[0].Operator(syntax.Unary, "!") && positiveOwn(s.Kids[0].Kids[0]) && denies(s.Kids[1]) {
				return true
			}
		}
	}
	return false
}
