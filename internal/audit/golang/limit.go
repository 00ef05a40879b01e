package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectUnlimited reports routes that do costly work with no limiter before it.
func detectUnlimited(pass *audit.Pass) {
	prog := load(pass.Project)
	prog.reportSharedLimits(pass)
	prog.reportOptionalLimits(pass)
	seen := map[place]bool{}
	for _, r := range prog.routes {
		if r.method == "GET" && isPublic(r.path) && !hasWord(r.path, "login", "token") {
			continue
		}
		work := r.costly()
		if work == "" || r.limited() {
			continue
		}
		file, at := r.file, r.call
		if decl, ok := r.handlers[0].(*ast.FuncDecl); ok { // the limit is missed where the work is
			file, at = prog.ofDecl[decl].file, decl
		}
		if place := (place{file, at.Pos()}); !seen[place] {
			seen[place] = true
			pass.Report(audit.Report{File: file.File, Line: file.line(at), Message: fmt.Sprintf("the route %s %s and nothing limits how often", strings.TrimSpace(r.method+" "+r.path), work)})
		}
	}
}

// place is a position in a file.
type place struct {
	file *file
	at   token.Pos
}

// limited says whether a limiter stands before the route, or in its handler.
func (r *route) limited() bool {
	if slices.ContainsFunc(r.chain(), r.limits) || r.isUnknown() {
		return true
	}
	return slices.ContainsFunc(r.handlers, func(h ast.Node) bool { return r.prog.reaches(r.fileOf(h), h, maxReach-1, isLimiterCall) })
}

func (r *route) limits(middleware ast.Expr) bool {
	if contains(middleware, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && isLimiterName(id.Name)
	}) {
		return true
	}
	return slices.ContainsFunc(r.prog.resolve(r.file, middleware), func(fn *function) bool {
		return fn.Body != nil && r.prog.reaches(fn.file, fn.Body, 1, isLimiterCall)
	})
}

func isLimiterName(name string) bool {
	return hasWord(name, "limit", "limiter", "limited", "throttle", "throttled", "ratelimit", "ratelimiter", "rate", "httprate", "tollbooth", "quota")
}

// isLimiterCall knows calls that ask a limiter: Allow, Wait, Take of something so named.
func isLimiterCall(f *file, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		s, ok := n.Fun.(*ast.SelectorExpr)
		if !ok {
			id, ok := n.Fun.(*ast.Ident)
			return ok && isLimiterName(id.Name)
		}
		switch s.Sel.Name {
		case "Allow", "AllowN":
			return true
		case "Wait", "Take", "Reserve", "Get", "Check", "TryAcquire":
			return isLimiterName(lastName(s.X))
		}
		return isLimiterName(s.Sel.Name) && s.Sel.Name != "WithLimit" && s.Sel.Name != "Limit"
	case *ast.SelectorExpr:
		return n.Sel.Name == "StatusTooManyRequests"
	}
	return false
}

// costly says what costly work a route's handler does; "" for none.
func (r *route) costly() string {
	found := ""
	for _, h := range r.handlers {
		if r.checksSent(h) {
			return "checks a secret that is sent"
		}
		r.prog.reaches(r.fileOf(h), h, maxReach, func(f *file, n ast.Node) bool {
			found = costOf(f, n)
			return found != ""
		})
		if found != "" {
			return found
		}
	}
	return ""
}

// checksSent says whether a handler compares a secret with what a form or a body holds: each request is a guess.
func (r *route) checksSent(h ast.Node) bool {
	u := r.prog.around(r.fileOf(h), h)
	return r.method != "GET" && contains(h, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		if !ok || b.Op != token.EQL && b.Op != token.NEQ || u.comparedSecret(b.X, b.Y) == "" {
			return false
		}
		return u.flows(b, func(e ast.Expr) bool {
			call, ok := e.(*ast.CallExpr)
			return ok && slices.Contains([]string{"FormValue", "PostForm", "PostFormValue"}, lastName(call.Fun)) || u.bound[rootName(e)] && rootName(e) != ""
		})
	})
}

func costOf(f *file, n ast.Node) string {
	switch n := n.(type) {
	case *ast.BasicLit:
		if s, ok := literal(n); ok {
			return costOfAddress(s)
		}
	case *ast.Ident:
		if value := f.pkg.values[n.Name]; value != nil {
			if s, ok := literal(value); ok {
				return costOfAddress(s)
			}
		}
	case *ast.CallExpr:
		imported, name := f.called(n.Fun)
		switch {
		case imported == "os/exec" && (name == "Command" || name == "CommandContext"):
			return "runs a program"
		case imported == "net/smtp" && name == "SendMail", name == "DialAndSend":
			return "sends mail"
		case strings.HasSuffix(imported, "/bcrypt") && name == "CompareHashAndPassword", imported == "github.com/pquerna/otp/totp" && strings.HasPrefix(name, "Validate"),
			name == "ComparePasswordAndHash":
			return "checks a password or a code"
		case slices.Contains([]string{"CreateChatCompletion", "CreateChatCompletionStream", "GenerateContent", "CreateEmbeddings", "CreateImage", "CreateTranscription", "GenerateContentStream", "GenerateFromSinglePrompt"}, name):
			return "calls a model"
		case f.uses("github.com/openai", "github.com/anthropics") && name == "New" && contains(n.Fun, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			return ok && (id.Name == "Completions" || id.Name == "Messages" || id.Name == "Responses" || id.Name == "Embeddings")
		}):
			return "calls a model"
		case name == "CreateMessage" && f.uses("github.com/twilio"), name == "Send" && f.uses("github.com/sendgrid", "github.com/resend", "github.com/mailgun"):
			return "sends messages"
		}
	}
	return ""
}

func costOfAddress(s string) string {
	for _, host := range []string{"api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com", "api.mistral.ai", "api.groq.com", "api.deepseek.com",
		"openrouter.ai/api", "api.replicate.com", "api.cohere", "api.together", "api.stability.ai", "api.elevenlabs.io", "api.perplexity.ai", "/api/generate"} {
		if strings.Contains(s, host) {
			return "calls a model"
		}
	}
	for _, host := range []string{"api.sendgrid.com", "api.resend.com", "api.mailgun.net", "api.twilio.com", "api.postmarkapp.com"} {
		if strings.Contains(s, host) {
			return "sends messages"
		}
	}
	return ""
}
