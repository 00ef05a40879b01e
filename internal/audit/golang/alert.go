package golang

import (
	"go/ast"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectUnescapedAlerts reports text from elsewhere in messages that are formatted as HTML or Markdown.
func detectUnescapedAlerts(pass *audit.Pass) {
	prog := load(pass.Project)
	formats := map[*ast.FuncDecl]bool{}
	for decl := range prog.ofDecl {
		formats[decl] = setsParseMode(decl)
	}
	for _, u := range prog.units {
		formatted := setsParseMode(u.node)
		seen := map[int]bool{}
		each(u.node, func(call *ast.CallExpr) {
			values := call.Args
			switch {
			case seen[u.line(call)]:
				return
			case u.is(call, "fmt", "Sprintf") && formatted:
				values = []ast.Expr{call}
			case u.is(call, "net/smtp", "SendMail"), lastName(call.Fun) == "SetBody" && len(call.Args) == 2 && literalText(call.Args[0]) == "text/html":
				values = call.Args[len(call.Args)-1:]
			case !slices.ContainsFunc(prog.resolve(u.file, call.Fun), func(fn *function) bool { return formats[fn.FuncDecl] }):
				return
			}
			if slices.ContainsFunc(values, u.formatsUnescaped) {
				seen[u.line(call)] = true
				u.report(pass, call, "text becomes part of a formatted message without escaping")
			}
		})
	}
}

// setsParseMode looks for a parse mode of Telegram, as a field or a parameter.
func setsParseMode(n ast.Node) bool {
	return contains(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			return lastName(n.Lhs[0]) == "ParseMode" && literalText(n.Rhs[0]) != "-"
		case *ast.KeyValueExpr:
			return lastName(n.Key) == "ParseMode" || literalText(n.Key) == "parse_mode"
		case *ast.CallExpr:
			return len(n.Args) == 2 && literalText(n.Args[0]) == "parse_mode"
		}
		return false
	})
}

// formatsUnescaped says whether a value is markup with text that is not fixed and not escaped.
func (u *unit) formatsUnescaped(e ast.Expr) bool {
	return u.flows(e, func(e ast.Expr) bool {
		call, ok := e.(*ast.CallExpr)
		if ok && text(call.Fun) == "fmt.Sprintf" && len(call.Args) > 1 {
			format, _ := u.constant(call.Args[0])
			return isFormatted(format) && slices.ContainsFunc(textArguments(format, call.Args[1:]), u.isOpenText)
		}
		b, ok := e.(*ast.BinaryExpr)
		if !ok || u.isPartOfSum(b) {
			return false
		}
		parts := joined(b)
		return slices.ContainsFunc(parts, func(p ast.Expr) bool { return isFormatted(literalText(p)) }) && slices.ContainsFunc(parts, u.isOpenText)
	})
}

func isFormatted(s string) bool {
	return isMarkup(s) || strings.Count(s, "*") >= 2 || strings.Count(s, "`") >= 2
}

func textArguments(format string, args []ast.Expr) []ast.Expr {
	kinds := verbs(format)
	var list []ast.Expr
	for i, arg := range args {
		if i < len(kinds) && (kinds[i] == 's' || kinds[i] == 'v') {
			list = append(list, arg)
		}
	}
	return list
}

// isOpenText says whether a value is from a request, an error, or a parameter that is text.
func (u *unit) isOpenText(e ast.Expr) bool {
	if u.isFixed(e) || u.sanitised(e) {
		return false
	}
	if u.fromRequest(e) || u.isError(e) || u.flows(e, u.isErrorText) {
		return true
	}
	t, ok := u.params[rootName(e)]
	return ok && (text(t) == "string" || text(t) == "error") || strings.Contains(text(e), ".Message.") || strings.HasSuffix(text(e), ".Text") || strings.HasSuffix(text(e), ".UserName") || strings.HasSuffix(text(e), ".FirstName")
}

// detectFloods reports messages that are sent for every request or refusal, with nothing that groups or counts them.
func detectFloods(pass *audit.Pass) {
	prog := load(pass.Project)
	floods := map[*ast.FuncDecl]bool{}
	for decl, u := range prog.ofDecl {
		floods[decl] = !u.serves() && len(u.requests) == 0 &&
			prog.reaches(u.file, decl, 2, postsMessage) && !prog.reaches(u.file, decl, 2, bounds)
	}
	for _, u := range prog.units {
		if len(u.requests)+len(u.contexts) == 0 {
			continue
		}
		seen := map[int]bool{}
		each(u.node, func(call *ast.CallExpr) {
			for _, fn := range prog.resolve(u.file, call.Fun) {
				if floods[fn.FuncDecl] && !seen[u.line(call)] && u.isForEvery(call) {
					seen[u.line(call)] = true
					u.report(pass, call, "a message is sent for every request that comes here, and nothing groups or limits them")
				}
			}
		})
	}
}

// isForEvery says whether a call is made for requests that nobody asked for: in middleware, or beside a refusal or a
// failure. A route whose work is to send a message is another thing.
func (u *unit) isForEvery(call *ast.CallExpr) bool {
	if block, ok := within[*ast.BlockStmt](u, call); ok && (refuses(block) || contains(block, isServerError) || leaves(block) && contains(block, isBadRequest)) {
		return true
	}
	for name := range u.params {
		if name == "next" || name == "handler" {
			return true
		}
	}
	return false
}

func isBadRequest(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BasicLit:
		return n.Value == "400" || n.Value == "404" || n.Value == "422"
	case *ast.Ident:
		return n.Name == "StatusBadRequest" || n.Name == "StatusNotFound" || n.Name == "StatusUnprocessableEntity"
	}
	return false
}

func isServerError(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BasicLit:
		return n.Value == "500"
	case *ast.Ident:
		return n.Name == "StatusInternalServerError" || n.Name == "recover"
	}
	return false
}

func postsMessage(f *file, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BasicLit:
		s := literalText(n)
		return strings.Contains(s, "api.telegram.org") || strings.Contains(s, "hooks.slack.com") || strings.Contains(s, "discord.com/api/webhooks")
	case *ast.Ident:
		if value := f.pkg.values[n.Name]; value != nil {
			s := literalText(value)
			return strings.Contains(s, "api.telegram.org") || strings.Contains(s, "hooks.slack.com") || strings.Contains(s, "discord.com/api/webhooks")
		}
	case *ast.CallExpr:
		return lastName(n.Fun) == "NewMessage" && f.uses("github.com/go-telegram-bot-api")
	}
	return false
}

// bounds knows what limits messages: a limiter, a time since the last one, a queue that drops, a retry-after.
func bounds(f *file, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectStmt:
		return true
	case *ast.CallExpr:
		return f.is(n, "time", "Since") || isLimiterCall(f, n) || lastName(n.Fun) == "LoadOrStore"
	case *ast.BasicLit:
		return strings.EqualFold(literalText(n), "Retry-After") || strings.Contains(literalText(n), "retry_after")
	case *ast.Ident:
		return hasWord(n.Name, "cooldown", "dedupe", "debounce", "suppressed", "budget")
	}
	return false
}
