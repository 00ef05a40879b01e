package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectLoggedSecrets reports secrets that are written to a log.
func detectLoggedSecrets(pass *audit.Pass) {
	for _, u := range load(pass.Project).units {
		seen := map[int]bool{}
		each(u.node, func(call *ast.CallExpr) {
			if seen[u.line(call)] || !u.isLog(call) {
				return
			}
			for _, arg := range call.Args {
				name := u.secretIn(arg)
				if name == "" && u.holdsSecretAddress(arg, call) {
					name = "a secret in the address that the error names"
				}
				if name != "" {
					seen[u.line(call)] = true
					u.report(pass, call, fmt.Sprintf("%s is written to the log", name))
					return
				}
			}
		})
	}
}

// isLog knows the loggers that programs use, and the fields of structured ones.
func (u *unit) isLog(call *ast.CallExpr) bool {
	imported, name := u.called(call.Fun)
	switch {
	case imported == "log" || imported == "log/slog" || strings.HasSuffix(imported, "/logrus") || strings.HasSuffix(imported, "zerolog/log"):
		return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && name != "New" && name != "SetPrefix"
	case strings.HasSuffix(imported, "uber.org/zap") || imported == "go.uber.org/zap":
		return name == "String" || name == "Any"
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	if slices.Contains([]string{"Printf", "Println", "Print", "Info", "Infof", "Infow", "Debug", "Debugf", "Debugw", "Warn", "Warnf", "Error", "Errorf", "Trace", "Tracef"}, name) && imported == "" {
		return hasWord(baseName(s.X)+" "+lastName(callee(s.X)), "log", "logger", "logging", "slog", "sugar", "l", "lg")
	}
	return name == "Str" && len(call.Args) == 2 && u.uses("github.com/rs/zerolog")
}

// secretIn returns the name of a secret whose value stands in an argument, or "".
func (u *unit) secretIn(arg ast.Expr) string {
	switch e := ast.Unparen(arg).(type) {
	case *ast.Ident:
		if (isSecretName(e.Name) || u.isConfiguredKey(e) || u.sendsSecret(e)) && !u.isCountable(e) {
			return e.Name
		}
	case *ast.SelectorExpr:
		if isSecretName(e.Sel.Name) && u.imports[rootName(e)] == "" {
			return text(e)
		}
		if e.Sel.Name == "Header" && u.requests[rootName(e.X)] {
			return "the header of the request, credentials in it,"
		}
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return ""
		}
		for _, part := range joined(e) {
			if name := u.secretIn(part); name != "" {
				return name
			}
		}
	case *ast.CallExpr:
		return u.secretInCall(e)
	}
	return ""
}

// holdsSecretAddress says whether an error is one of a request whose address holds a secret: errors of net/http name the
// address.
func (u *unit) holdsSecretAddress(arg ast.Expr, at ast.Node) bool {
	id, ok := ast.Unparen(arg).(*ast.Ident)
	if !ok || !u.isError(id) || !u.uses("net/http", telegramLibrary) {
		return false
	}
	request, ok := u.originBefore(id.Name, at).(*ast.CallExpr)
	if ok && u.asksTelegram(request) {
		return true
	}
	if !ok || !slices.Contains([]string{"Do", "Get", "Head", "Post", "PostForm"}, lastName(request.Fun)) {
		return false
	}
	return slices.ContainsFunc(request.Args, func(arg ast.Expr) bool { return u.flows(arg, u.isSecretAddress) })
}

const telegramLibrary = "github.com/go-telegram-bot-api/telegram-bot-api"

// asksTelegram knows the calls of a library that puts the token into the address and hands the errors of net/http on.
func (u *unit) asksTelegram(call *ast.CallExpr) bool {
	imported, name := u.called(call.Fun)
	if strings.HasPrefix(imported, telegramLibrary) {
		return strings.HasPrefix(name, "NewBotAPI")
	}
	return u.uses(telegramLibrary) && (name == "Send" || name == "Request") && hasWord(baseName(call.Fun)+" "+lastName(receiver(call)), "bot")
}

// isSecretAddress knows "https://host/bot" + token and the same by fmt.Sprintf.
func (u *unit) isSecretAddress(e ast.Expr) bool {
	var parts []ast.Expr
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if !u.isPartOfSum(e) {
			parts = joined(e)
		}
	case *ast.CallExpr:
		if u.is(e, "fmt", "Sprintf") {
			parts = e.Args
		}
	}
	address := slices.ContainsFunc(parts, func(p ast.Expr) bool {
		s, _ := u.constant(p)
		return strings.Contains(s, "://")
	})
	return address && slices.ContainsFunc(parts, func(p ast.Expr) bool { return u.secretIn(p) != "" || u.isConfigured(p) })
}

// isConfiguredKey says whether a variable of the package is read from the environment as a secret.
func (u *unit) isConfiguredKey(id *ast.Ident) bool {
	value := u.pkg.values[id.Name]
	return value != nil && len(u.assigned[id.Name]) == 0 && u.params[id.Name] == nil && u.isSecretVariable(value)
}

// sendsSecret says whether a variable is what a caller sends as a secret: r.FormValue("password").
func (u *unit) sendsSecret(id *ast.Ident) bool {
	return slices.ContainsFunc(u.reaching(id), func(from ast.Expr) bool {
		call, ok := ast.Unparen(from).(*ast.CallExpr)
		return ok && len(call.Args) > 0 && u.isAccessor(call) && (isSecretName(literalText(call.Args[0])) || literalText(call.Args[0]) == "key")
	})
}

// secretInCall looks through functions that only format.
func (u *unit) secretInCall(call *ast.CallExpr) string {
	if u.is(call, "os", "Environ") {
		return "the environment"
	}
	if env, ok := u.envName(call); ok && isSecretName(env) {
		return env
	}
	imported, name := u.called(call.Fun)
	if imported == "fmt" && strings.HasPrefix(name, "Sprint") || name == "string" || imported == "log/slog" || name == "Any" || name == "String" && imported == "go.uber.org/zap" {
		for _, arg := range call.Args {
			if found := u.secretIn(arg); found != "" {
				return found
			}
		}
	}
	return ""
}

// isCountable says whether a variable is a flag or a number that is only named after a secret, or an item of a
// lexer.
func (u *unit) isCountable(id *ast.Ident) bool {
	if t, ok := u.params[id.Name]; ok {
		return text(t) != "string" && text(t) != "[]byte"
	}
	if id.Name == "token" && u.imports["token"] != "" {
		return true
	}
	return slices.ContainsFunc(u.assigned[id.Name], func(e ast.Expr) bool {
		b, ok := ast.Unparen(e).(*ast.BinaryExpr)
		call, isCall := ast.Unparen(e).(*ast.CallExpr)
		return ok && b.Op.Precedence() < 4 || isCall && hasWord(lastName(call.Fun), "mask", "redact", "redacted", "hash", "fingerprint", "len", "next", "peek", "scan")
	})
}

// receiver returns what a method is called on, or the function itself.
func receiver(call *ast.CallExpr) ast.Expr {
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		return s.X
	}
	return call.Fun
}
