package javascript

import (
	"slices"
	"strings"

	syntax "sallyport/internal/audit/syntax/javascript"
)

// answer is a place where a program tells somebody outside something.
type answer struct {
	at     *node
	bodies []*node
	chat   bool // a message of a bot rather than an HTTP response
}

// answerOf returns what a node answers with.
func answerOf(n *node) (answer, bool) {
	switch {
	case n.Is(syntax.Call):
		return answerOfCall(n)
	case n.Is(syntax.New):
		switch syntax.Last(n.Callee()) {
		case "Response", "NextResponse":
			return answer{at: n, bodies: first(n.Args(), 1)}, true
		case "HTTPException", "HttpException", "InternalServerErrorException", "BadRequestException", "TRPCError", "HttpError":
			return answer{at: n, bodies: shownOfError(n.Args())}, n.Parent.Is(syntax.Throw)
		}
	case n.Is(syntax.Assign) && n.Kids[0].Is(syntax.Member) && n.Kids[0].Name == "body":
		switch syntax.Name(n.Kids[0].Kids[0]) {
		case "ctx", "ctx.response", "context.response", "context.res", "context", "c":
			return answer{at: n, bodies: n.Kids[1:]}, true
		}
	case n.Is(syntax.Object) && n.Property("statusCode") != nil && n.Property("body") != nil && n.Parent.Is(syntax.Return, syntax.Function):
		return answer{at: n, bodies: []*node{n.Property("body")}}, true
	}
	return answer{}, false
}

// answer is answerOf, and knows the project's own functions that answer with what they are given.
func (f *facts) answer(n *node) (answer, bool) {
	if a, ok := answerOf(n); ok || !n.Is(syntax.Call) {
		return a, ok
	}
	positions := f.helpers[syntax.Resolve(n.Callee())]
	if len(positions) == 0 {
		return answer{}, false
	}
	a := answer{at: n}
	for _, i := range positions {
		if v := n.Arg(i); v != nil {
			a.bodies = append(a.bodies, v)
		}
	}
	return a, true
}

// findHelpers finds the functions that answer with a parameter: send(res, status, data). Those that call such
// a function are found in a second round.
func (f *facts) findHelpers() {
	for range 2 {
		found := map[*node][]int{}
		f.each(func(u *unit, n *node) {
			a, ok := f.answer(n)
			if !ok || a.chat {
				return
			}
			for _, body := range a.bodies {
				noteParameters(found, body)
			}
		})
		f.helpers = found
	}
}

// noteParameters notes which parameters of plain functions are part of a value.
func noteParameters(found map[*node][]int, body *node) {
	syntax.Walk(body, func(k *node) bool {
		if k.Is(syntax.Function) {
			return false
		}
		b := syntax.Lookup(k)
		if b == nil || !b.Node.Is(syntax.Param) || b.Node.Name == "" || k.Parent.Is(syntax.Member) && k.Parent.Kids[0] == k {
			return !k.Is(syntax.Call) || syntax.Last(k.Callee()) == "stringify" || k == body
		}
		fn := b.Node.Parent
		i := slices.Index(fn.Kids, b.Node)
		if fn.Is(syntax.Function) && !isErrorParam(b.Node) && !slices.Contains(found[fn], i) && !isResponse(b.Node.Name) && k.Enclosing(syntax.Function) == fn {
			found[fn] = append(found[fn], i)
		}
		return true
	})
}

func first(list []*node, n int) []*node { return list[:min(n, len(list))] }

func answerOfCall(n *node) (answer, bool) {
	callee := n.Callee()
	if callee.Is(syntax.Ident) {
		return answerOfFunction(n)
	}
	if !callee.Is(syntax.Member) {
		return answer{}, false
	}
	root, _, _ := strings.Cut(syntax.Name(callee), ".")
	if root == "this" {
		root, _, _ = strings.Cut(strings.TrimPrefix(syntax.Name(callee), "this."), ".")
	}
	switch {
	case isResponse(root) && slices.Contains([]string{"json", "send", "end", "write", "jsonp", "render", "html", "text"}, callee.Name) && n.Enclosing(syntax.Function) != nil:
		return answer{at: n, bodies: n.Args()}, true
	case (root == "Response" || root == "NextResponse") && callee.Name == "json":
		return answer{at: n, bodies: first(n.Args(), 1)}, true
	case (root == "c" || root == "ctx") && slices.Contains([]string{"json", "text", "html", "body"}, callee.Name):
		return answer{at: n, bodies: first(n.Args(), 1)}, true
	case isSocket(root) && (callee.Name == "send" || callee.Name == "emit"):
		return answer{at: n, bodies: n.Args()}, true
	case root == "controller" && callee.Name == "enqueue":
		return answer{at: n, bodies: n.Args()}, true
	}
	return answerOfChat(n, root)
}

func answerOfFunction(n *node) (answer, bool) {
	switch path := syntax.Path(n.Callee()); {
	case path == "@sveltejs/kit.json" || path == "@sveltejs/kit.error" || path == "@sveltejs/kit.fail" || strings.HasPrefix(path, "@remix-run/") && strings.HasSuffix(path, ".json"):
		return answer{at: n, bodies: n.Args()}, true
	case (path == "createError" || path == "h3.createError") && n.Parent.Is(syntax.Throw):
		return answer{at: n, bodies: shownOfError(n.Args())}, true
	}
	return answer{}, false
}

// shownOfError returns what an exception of a framework tells the client: texts, and the message and data of
// its options, but not the cause.
func shownOfError(args []*node) []*node {
	var list []*node
	for _, a := range args {
		if !a.Is(syntax.Object) {
			list = append(list, a)
			continue
		}
		for _, key := range []string{"message", "statusMessage", "data", "error", "body"} {
			if v := a.Property(key); v != nil {
				list = append(list, v)
			}
		}
	}
	return list
}

// isResponse says whether a name is a response's by custom.
func isResponse(name string) bool {
	return slices.Contains([]string{"res", "response", "resp", "reply", "rep", "_res"}, name)
}

func isSocket(name string) bool {
	return slices.Contains([]string{"ws", "socket", "conn", "connection", "io"}, name)
}

func answerOfChat(n *node, root string) (answer, bool) {
	name := n.Callee().Name
	switch root {
	case "ctx", "msg", "message", "interaction", "context":
		if slices.Contains([]string{"reply", "replyWithHTML", "replyWithMarkdown", "replyWithMarkdownV2", "editReply", "followUp", "editMessageText", "answerCbQuery", "send"}, name) {
			return answer{at: n, bodies: first(n.Args(), 1), chat: true}, true
		}
	case "channel":
		return answer{at: n, bodies: first(n.Args(), 1), chat: true}, name == "send"
	}
	if (name == "sendMessage" || name == "editMessageText") && (strings.Contains(strings.ToLower(syntax.Name(n.Callee())), "bot") || strings.Contains(syntax.Name(n.Callee()), "telegram")) {
		return answer{at: n, bodies: n.Args(), chat: true}, true
	}
	return answer{}, false
}

// denies says whether code refuses: it throws, ends the process, or answers with an error.
func denies(n *node) bool {
	found := false
	syntax.Own(n, func(k *node) bool {
		found = found || deniesItself(k)
		return !found
	})
	return found
}

func deniesItself(n *node) bool {
	switch n.Kind {
	case syntax.Throw:
		return true
	case syntax.Return:
		return n.Kids[0].Is(syntax.Bool) && n.Kids[0].Name == "false"
	case syntax.Number:
		return n.Text == "401" || n.Text == "402" || n.Text == "403" || n.Text == "500" || n.Text == "503" || n.Text == "400" || n.Text == "404"
	case syntax.Call:
		return deniesByCall(n)
	}
	return false
}

func deniesByCall(n *node) bool {
	switch last := syntax.Last(n.Callee()); {
	case last == "next" && len(n.Args()) > 0, last == "reject", last == "redirect", last == "destroy", last == "terminate", last == "exit":
		return last != "next" || !n.Arg(0).Is(syntax.Ident) || hasWord(n.Arg(0).Name, "err", "error", "e")
	case last == "close" || last == "disconnect":
		return isSocket(syntax.Name(n.Callee().Kid(0)))
	default:
		return hasWord(last, "unauthorized", "unauthorised", "forbidden", "deny", "denied", "forbid", "abort", "unauthenticated")
	}
}
