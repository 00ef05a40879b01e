package javascript

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/finding"
)

// errorLeak reports answers that hold the text of an error.
func errorLeak(p *audit.Pass) {
	f := factsOf(p.Project)
	e := &errorFlow{facts: f, returns: map[*node]int{}}
	f.each(func(u *unit, n *node) {
		a, ok := f.answer(n)
		if !ok || a.chat && toOwner(n) {
			return
		}
		e.around = n.Enclosing(syntax.Function)
		for _, body := range a.bodies {
			if leak := e.leak(body); leak != nil && !e.intended(leak, a.at) && !e.answeredElsewhere(n, body) {
				e.report(p, a, leak)
				return
			}
		}
	})
	e.actions(p)
}

func (e *errorFlow) report(p *audit.Pass, a answer, leak *node) {
	message := "the text of an error is sent to the client"
	if a.chat {
		message = "the text of an error is sent to the chat"
	}
	at := a.at
	if leak.File() != at.File() || !leak.Inside(at) && leak.Enclosing(syntax.Function) != at.Enclosing(syntax.Function) {
		at = leak // a helper made the text
		message = "the text of an error is returned, and sent to the client"
	}
	if isStack(leak) {
		e.facts.report(p, at, strings.Replace(message, "the text", "the stack", 1), severity(finding.High))
		return
	}
	e.facts.report(p, at, message)
}

// toOwner says whether a message goes to the people who run the program.
func toOwner(call *node) bool {
	name := syntax.Last(call.Arg(0))
	if v, ok := variableOf(call.Arg(0)); ok {
		name = v.name
	}
	return len(call.Args()) > 1 && hasWord(name, "owner", "admin", "dev", "developer", "log", "alert", "alerts", "ops")
}

func isStack(n *node) bool { return n.Is(syntax.Member) && n.Name == "stack" }

// errorFlow follows errors into values.
type errorFlow struct {
	facts   *facts
	returns map[*node]int // functions being looked at
	left    int           // how many nodes may still be looked at
	around  *node         // the function that answers
}

// leak returns the part of a value that carries the text of an error, or nil.
func (e *errorFlow) leak(n *node) *node {
	e.left = maxVisits
	return e.find(n, 25)
}

func (e *errorFlow) find(n *node, steps int) *node {
	if e.left--; n == nil || steps == 0 || e.left < 0 {
		return nil
	}
	switch n.Kind {
	case syntax.Ident:
		return e.ident(n, steps-1)
	case syntax.Member:
		return e.member(n, steps-1)
	case syntax.Call:
		return e.call(n, steps-1)
	case syntax.Conditional:
		if developmentOnly(n.Kids[0]) {
			return nil
		}
		if positiveOwn(n.Kids[0]) {
			return e.find(n.Kids[2], steps-1)
		}
		return e.any(n.Kids[1:], steps-1)
	case syntax.Binary:
		switch n.Name {
		case "+", "||", "??":
			return e.any(n.Kids, steps-1)
		case "&&":
			if developmentOnly(n.Kids[0]) {
				return nil
			}
			return e.find(n.Kids[1], steps-1)
		}
	case syntax.Template, syntax.Object, syntax.Array, syntax.Sequence, syntax.Tagged:
		return e.any(n.Kids, steps-1)
	case syntax.Property, syntax.Spread, syntax.Await:
		return e.find(n.Kids[0], steps-1)
	}
	return nil
}

func (e *errorFlow) any(list []*node, steps int) *node {
	for _, k := range list {
		if l := e.find(k, steps); l != nil {
			return l
		}
	}
	return nil
}

func (e *errorFlow) ident(n *node, steps int) *node {
	if e.isError(n) {
		return n
	}
	b := syntax.Lookup(n)
	if b == nil || b.Kind == syntax.ParamBinding && b.Node.Is(syntax.Param) || b.Kind == syntax.FunctionBinding {
		return nil
	}
	for _, v := range b.Values() {
		if v.Inside(n.Parent) && n.Inside(v) {
			continue
		}
		if l := e.find(v, steps); l != nil {
			return l
		}
	}
	return nil
}

// member is the text of an error for err.message and the like, and what helpers put into result.error.
func (e *errorFlow) member(n *node, steps int) *node {
	object := n.Kids[0]
	if e.isError(object) {
		switch n.Name {
		case "message", "stack", "cause", "sqlMessage", "sql", "detail", "stderr", "stdout", "reason", "response", "shortMessage", "details":
			return n
		}
		return nil
	}
	if object.Is(syntax.Member) && isErrorVariable(object.Kids[0]) && (object.Name == "response" || object.Name == "cause" || object.Name == "error") {
		return n
	}
	if object.Is(syntax.Member) && object.Name == "response" && object.Kids[0].Is(syntax.Member) && isErrorVariable(object.Kids[0].Kids[0]) {
		return n
	}
	if n.Name == "stderr" && syntax.Name(object) != "process" {
		return n
	}
	if next := syntax.Resolve(n); next != n {
		return e.find(next, steps)
	}
	return e.property(n, steps)
}

// isError says whether a name holds an error that was caught, here or by whoever calls the answering function with it.
func (e *errorFlow) isError(n *node) bool {
	if isErrorVariable(n) {
		return true
	}
	b := syntax.Lookup(n)
	return b != nil && e.around != nil && b.Node.Parent == e.around && e.facts.givenError(b.Node)
}

// givenError says whether a parameter with the name of an error is given one that was caught.
func (f *facts) givenError(p *node) bool {
	if !p.Is(syntax.Param) || !p.Parent.Is(syntax.Function) || !hasWord(p.Name, "err", "error", "e", "ex", "exception", "reason") {
		return false
	}
	fn := p.Parent
	at := slices.Index(fn.Kids, p)
	if at != len(fn.Params())-1 {
		return false // a callback that is told of errors and of results
	}
	return slices.ContainsFunc(f.sites[fn], func(call *node) bool { return isErrorVariable(call.Arg(at)) })
}

// answeredElsewhere says whether what is given to a helper is an error for which the helper words the answer: what that
// holds is looked at there.
func (e *errorFlow) answeredElsewhere(call, body *node) bool {
	fn := syntax.Resolve(call.Callee())
	if !fn.Is(syntax.Function) || !isErrorVariable(body) {
		return false
	}
	at := slices.Index(call.Args(), body)
	return at >= 0 && at < len(fn.Params()) && e.facts.givenError(fn.Params()[at])
}

// property follows result.error to the objects that a function of the project returns.
func (e *errorFlow) property(n *node, steps int) *node {
	call := syntax.Resolve(n.Kids[0])
	if call.Is(syntax.Await) {
		call = call.Kids[0]
	}
	fn := syntax.Resolve(call.Callee())
	if !fn.Is(syntax.Function) {
		return nil
	}
	return e.returned(fn, steps, func(value *node) *node { return syntax.Resolve(value).Property(n.Name) })
}

// returned looks at what a function returns.
func (e *errorFlow) returned(fn *node, steps int, part func(*node) *node) *node {
	if e.returns[fn] > 0 {
		return nil
	}
	e.returns[fn]++
	defer func() { e.returns[fn]-- }()
	if !fn.Body().Is(syntax.Block) {
		return e.find(part(fn.Body()), steps)
	}
	var found *node
	syntax.Own(fn.Body(), func(k *node) bool {
		if k.Is(syntax.Return) && found == nil {
			found = e.find(part(k.Kids[0]), steps)
			if found != nil && e.intended(found, k) {
				found = nil
			}
		}
		return found == nil
	})
	return found
}

func (e *errorFlow) call(n *node, steps int) *node {
	callee := n.Callee()
	switch last := syntax.Last(callee); {
	case last == "String" || last == "stringify" || last == "inspect" || last == "serializeError" || last == "encode" || last == "from":
		return e.any(n.Args(), steps)
	case callee.Is(syntax.Member) && slices.Contains([]string{"toString", "slice", "substring", "trim", "substr", "split", "replace", "concat", "join", "toUpperCase"}, last):
		return e.find(callee.Kids[0], steps)
	case strings.Contains(strings.ToLower(last), "escape") || last == "code" || last == "bold":
		return e.any(n.Args(), steps)
	}
	fn := syntax.Resolve(callee)
	if !fn.Is(syntax.Function) {
		return nil
	}
	if l := e.returned(fn, steps, func(v *node) *node { return v }); l != nil {
		return l
	}
	return e.throughParameter(n, fn)
}

// throughParameter finds the text of an error that a helper takes as an argument and gives back:
// getMessage(err).
func (e *errorFlow) throughParameter(call, fn *node) *node {
	for i, a := range call.Args() {
		if !isErrorVariable(a) || i >= len(fn.Params()) {
			continue
		}
		name := fn.Params()[i].Name
		if name == "" {
			continue
		}
		leaks := false
		eachReturn(fn, func(value *node) {
			leaks = leaks || syntax.Any(value, func(k *node) bool {
				return k.Is(syntax.Member) && (k.Name == "message" || k.Name == "stack") && syntax.Name(k.Kids[0]) == name && !guardedByOwn(k, fn) ||
					k.Is(syntax.Call) && syntax.Name(k.Callee()) == "String" && syntax.Name(k.Arg(0)) == name
			})
		})
		if leaks {
			return a
		}
	}
	return nil
}

// eachReturn calls visit for each value that a function returns.
func eachReturn(fn *node, visit func(*node)) {
	if !fn.Body().Is(syntax.Block) {
		visit(fn.Body())
		return
	}
	syntax.Own(fn.Body(), func(k *node) bool {
		if k.Is(syntax.Return) && k.Kids[0] != nil {
			visit(k.Kids[0])
		}
		return true
	})
}

// actions reports server actions and procedures whose returned object holds the text of an error.
func (e *errorFlow) actions(p *audit.Pass) {
	for _, r := range e.facts.routes {
		if r.handler == nil || r.method == "BOT" {
			continue
		}
		returns := r.method == "ACTION" || r.kit || r.router != nil && returnsAnswers(r.router) || strings.Contains(syntax.Name(r.handler.Parent.Callee()), "EventHandler")
		if !returns {
			continue
		}
		eachReturn(r.handler, func(value *node) {
			if value.Is(syntax.Object, syntax.Template, syntax.Member) {
				if leak := e.leak(value); leak != nil && !e.intended(leak, value) {
					if at := value.Enclosing(syntax.Return); at != nil {
						e.report(p, answer{at: at}, leak)
					}
				}
			}
		})
	}
}

// returnsAnswers says whether handlers of a router answer by what they return.
func returnsAnswers(r *router) bool {
	path := syntax.Path(r.made)
	return strings.HasPrefix(path, "fastify") || strings.HasPrefix(path, "elysia")
}
