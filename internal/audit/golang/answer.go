package golang

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// answers returns the values that a call writes to the caller of the program; none when it writes to nobody.
func (u *unit) answers(call *ast.CallExpr) []ast.Expr {
	imported, name := u.called(call.Fun)
	s, isMethod := call.Fun.(*ast.SelectorExpr)
	switch {
	case isMethod && u.writers[rootName(s.X)] && (name == "Write" || name == "WriteString"):
		return call.Args
	case isMethod && u.contexts[baseName(s.X)] && isAnswerMethod(name):
		return call.Args
	case isMethod && name == "Encode" && u.takesWriter(s.X), isMethod && name == "Execute" && len(call.Args) == 2 && u.isWriter(call.Args[0]),
		isMethod && name == "ExecuteTemplate" && len(call.Args) == 3 && u.isWriter(call.Args[0]):
		return call.Args[len(call.Args)-1:]
	case imported == "log" || imported == "log/slog" || hasWord(name, "log", "logf", "debug", "info", "warn") || name == "SetCookie" || name == "Redirect" && imported != "net/http":
		return nil
	case u.chats(call, imported, name):
		return call.Args
	case imported == "google.golang.org/grpc/status" && (name == "Error" || name == "Errorf") && len(call.Args) > 1 && u.servesRPC():
		return call.Args[1:]
	case imported != "" && strings.HasPrefix(imported, "github.com/labstack/echo") && name == "NewHTTPError", strings.HasPrefix(imported, "github.com/gofiber/fiber") && name == "NewError":
		if u.isHandedOn(call) {
			return call.Args
		}
	case imported == "fmt" && !strings.HasPrefix(name, "Fprint"): // on the program's own terminal
		return nil
	case slices.ContainsFunc(call.Args, u.isWriter):
		return u.passed(call)
	}
	return nil
}

// isHandedOn says whether an error that is made becomes the answer: it is returned, at once or by a variable that was made
// for it.
func (u *unit) isHandedOn(call *ast.CallExpr) bool {
	for at := u.parents[call]; at != nil; at = u.parents[at] {
		switch s := at.(type) {
		case *ast.ReturnStmt:
			return true
		case *ast.FuncLit:
			return false
		case *ast.CallExpr: // kept for the answer: c.Set("error", …)
			return u.contexts[baseName(s.Fun)]
		case *ast.AssignStmt:
			return s.Tok == token.DEFINE || contains(u.node, func(n ast.Node) bool {
				r, ok := n.(*ast.ReturnStmt)
				return ok && len(r.Results) == 1 && same(r.Results[0], s.Lhs[0])
			})
		}
	}
	return false
}

// servesRPC says whether the unit is a method that answers calls of gRPC: (context, *Request) (*Response, error), or one that
// is given a stream's server side.
func (u *unit) servesRPC() bool {
	if u.fn == nil || u.fn.Recv == nil || u.fn.Type.Results == nil || u.fn.Type.Params == nil {
		return false
	}
	params, results := u.fn.Type.Params.List, u.fn.Type.Results.List
	if len(params) > 0 && strings.HasSuffix(lastName(params[len(params)-1].Type), "Server") && len(results) == 1 {
		return true
	}
	if len(params) != 2 || len(results) != 2 || text(params[0].Type) != "context.Context" || text(results[1].Type) != "error" {
		return false
	}
	_, request := params[1].Type.(*ast.StarExpr)
	_, response := results[0].Type.(*ast.StarExpr)
	return request && response
}

// baseName goes through calls too: c.Status(500).JSON gives c.
func baseName(e ast.Expr) string {
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		return baseName(call.Fun)
	}
	if s, ok := ast.Unparen(e).(*ast.SelectorExpr); ok {
		return baseName(s.X)
	}
	return rootName(e)
}

func isAnswerMethod(name string) bool {
	return slices.Contains([]string{"JSON", "IndentedJSON", "PureJSON", "SecureJSON", "AsciiJSON", "JSONP", "String", "XML", "YAML", "HTML", "Data", "AbortWithStatusJSON",
		"SendString", "Send", "Render", "SSEvent", "Blob", "JSONPretty", "HTMLBlob", "Format", "WriteString", "Write"}, name)
}

// isWriter says whether an argument is what answers are written to.
func (u *unit) isWriter(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return u.writers[e.Name] || u.contexts[e.Name]
	case *ast.SelectorExpr:
		return e.Sel.Name == "Writer" && u.contexts[baseName(e.X)]
	case *ast.CallExpr:
		return lastName(e.Fun) == "Response" && u.contexts[rootName(e.Fun)]
	}
	return false
}

// takesWriter looks for json.NewEncoder(w), also in a variable.
func (u *unit) takesWriter(e ast.Expr) bool {
	return u.flows(e, func(x ast.Expr) bool {
		call, ok := x.(*ast.CallExpr)
		return ok && strings.HasPrefix(lastName(call.Fun), "New") && len(call.Args) > 0 && u.isWriter(call.Args[0])
	})
}

// passed returns the arguments of a function that is given the writer as well, unless the function is of the project
// and keeps them from the answer.
func (u *unit) passed(call *ast.CallExpr) []ast.Expr {
	functions := u.prog.resolve(u.file, call.Fun)
	var list []ast.Expr
	for i, arg := range call.Args {
		if u.isWriter(arg) {
			continue
		}
		if len(functions) == 0 || slices.ContainsFunc(functions, func(fn *function) bool { return u.prog.answersWith(fn, i) }) {
			list = append(list, arg)
		}
	}
	return list
}

// answersWith says whether a function writes its parameter of an index to the caller: itself, or by giving it to
// another that is not of the project.
func (prog *program) answersWith(fn *function, index int) bool {
	if fn.Body == nil {
		return true
	}
	name := parameterAt(fn.Type, index)
	if name == "" {
		return false
	}
	inner := prog.unitOf(fn)
	return contains(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || slices.Contains(prog.resolve(fn.file, call.Fun), fn) {
			return false
		}
		return slices.ContainsFunc(inner.directAnswers(call), func(e ast.Expr) bool {
			return inner.flows(e, func(x ast.Expr) bool { return isName(x, name) && !inner.isField(x.(*ast.Ident)) })
		})
	})
}

// directAnswers is answers without following further functions of the project.
func (u *unit) directAnswers(call *ast.CallExpr) []ast.Expr {
	if slices.ContainsFunc(call.Args, u.isWriter) && len(u.prog.resolve(u.file, call.Fun)) > 0 {
		return call.Args
	}
	return u.answers(call)
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func parameterAt(t *ast.FuncType, index int) string {
	at := 0
	for _, p := range t.Params.List {
		for _, name := range p.Names {
			_, variadic := p.Type.(*ast.Ellipsis)
			if at == index || variadic && index > at {
				return name.Name
			}
			at++
		}
	}
	return ""
}

// chats knows calls that send text to a chat, for bots.
func (u *unit) chats(call *ast.CallExpr, imported, name string) bool {
	if !u.uses("github.com/go-telegram-bot-api", "gopkg.in/telebot.v3", "gopkg.in/tucnak/telebot.v2", "github.com/bwmarrin/discordgo", "github.com/go-telegram/bot", "github.com/mymmrac/telego", "github.com/gorilla/websocket", "github.com/coder/websocket") {
		return false
	}
	if slices.Contains([]string{"NewMessage", "NewEditMessageText", "NewCallback", "SendMessage", "Reply", "ChannelMessageSend", "InteractionRespond", "WriteJSON", "WriteMessage"}, name) {
		return true
	}
	return name == "Send" && imported == "" && u.uses("gopkg.in/telebot.v3", "gopkg.in/tucnak/telebot.v2")
}
