package javascript

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/finding"
)

// alertUnescaped reports text from outside in messages whose markup is read: Telegram's and HTML mail.
func alertUnescaped(p *audit.Pass) {
	f := factsOf(p.Project)
	t := f.tracer(escapes)
	f.eachCall(func(u *unit, call *node, path string) {
		text := f.markedText(call, path)
		if text == nil {
			return
		}
		body := syntax.Resolve(text)
		if !body.Is(syntax.Template, syntax.Binary) && !isBuiltText(body) {
			return
		}
		switch t.origin(body) {
		case user:
			f.report(p, call, "text of a stranger stands in a formatted message without being escaped")
		case unknown:
			f.report(p, call, "text that is not escaped stands in a formatted message", confidence(finding.Likely))
		}
	})
}

// isBuiltText says whether a variable is a text put together in steps.
func isBuiltText(n *node) bool {
	b := syntax.Lookup(n)
	return b != nil && slices.ContainsFunc(b.Values(), func(v *node) bool { return v.Is(syntax.Template) })
}

// markedText returns the text of a message that is sent with markup, or nil.
func (f *facts) markedText(call *node, path string) *node {
	switch last := syntax.Last(call.Callee()); last {
	case "replyWithHTML", "replyWithMarkdown", "replyWithMarkdownV2":
		return call.Arg(0)
	case "sendMessage", "editMessageText", "reply":
		if marked(call.Args()[min(1, len(call.Args())):]) {
			if last == "sendMessage" && len(call.Args()) > 2 {
				return call.Arg(1)
			}
			return call.Arg(0)
		}
	case "sendMail":
		return syntax.Resolve(call.Arg(0)).Property("html")
	case "send":
		if strings.HasSuffix(path, ".emails.send") || strings.Contains(path, "sendgrid") || strings.HasPrefix(path, "sgMail") {
			return syntax.Resolve(call.Arg(0)).Property("html")
		}
	}
	if callsURL(call, path, "api.telegram.org") {
		return telegramText(call)
	}
	if syntax.Resolve(call.Callee()).Is(syntax.Function) && marked(call.Args()) {
		return call.Arg(0)
	}
	return nil
}

func marked(args []*node) bool {
	return slices.ContainsFunc(args, func(a *node) bool { return syntax.Resolve(a).Property("parse_mode") != nil })
}

// telegramText returns the text of a message that is posted to the API itself.
func telegramText(call *node) *node {
	var text *node
	for _, a := range call.Args() {
		syntax.Walk(syntax.Resolve(a), func(k *node) bool {
			if k.Is(syntax.Ident) {
				k = syntax.Resolve(k)
			}
			if k.Is(syntax.Object) && k.Property("parse_mode") != nil && k.Property("text") != nil {
				text = k.Property("text")
			}
			return text == nil
		})
	}
	return text
}

// alertFlood reports messages to people that are sent for each request or refusal.
func alertFlood(p *audit.Pass) {
	f := factsOf(p.Project)
	open := map[*node]bool{}
	for _, r := range f.routes {
		open[r.handler] = r.method != "BOT" && !f.guarded(r) && !f.limited(r)
	}
	f.eachCall(func(u *unit, call *node, path string) {
		if !f.sendsAlert(call, path, 3) || !f.eachRequest(call) && !open[call.Enclosing(syntax.Function)] || f.budgeted(call) {
			return
		}
		f.report(p, call, "a message is sent for each request: anybody can flood the channel")
	})
}

// sendsAlert says whether a call sends a message to the people who run the program.
func (f *facts) sendsAlert(call *node, path string, steps int) bool {
	return f.verdicts.once(question{call, "alert", steps}, func() bool { return f.sendsAlertAnew(call, path, steps) })
}

func (f *facts) sendsAlertAnew(call *node, path string, steps int) bool {
	if callsURL(call, path, "api.telegram.org", "hooks.slack.com", "discord.com/api/webhooks") {
		return true
	}
	for _, a := range call.Args() {
		if v, ok := variableOf(a); ok && hasWord(v.name, "webhook", "hook") && (path == "fetch" || strings.HasPrefix(path, "axios")) {
			return true
		}
	}
	if syntax.Last(call.Callee()) == "sendMessage" && len(call.Args()) > 1 {
		v, ok := variableOf(call.Arg(0))
		name := syntax.Last(call.Arg(0))
		if ok {
			name = v.name
		}
		return hasWord(name, "chat", "admin", "owner", "channel") && (ok || hasWord(name, "owner", "admin"))
	}
	target := syntax.Resolve(call.Callee())
	if !target.Is(syntax.Function) || steps == 0 || !hasWord(target.Name, "alert", "notify", "send", "telegram", "slack", "discord", "report", "notification") && !isThin(target) {
		return false
	}
	found := false
	syntax.Walk(target.Body(), func(k *node) bool {
		if k.Is(syntax.Call) && !found {
			found = f.sendsAlert(k, syntax.Path(k.Callee()), steps-1)
		}
		return !found
	})
	return found
}

// isThin says whether a function does little more than what it calls, and answers no requests itself.
func isThin(fn *node) bool {
	if slices.ContainsFunc(fn.Params(), func(p *node) bool { return isResponse(p.Name) || hasWord(p.Name, "req", "request", "ctx") }) {
		return false
	}
	return !fn.Body().Is(syntax.Block) || len(fn.Body().Kids) <= 3
}

// eachRequest says whether a place runs for each request, failure or refusal: in a middleware for all, in an
// error handler, or beside a refusal.
func (f *facts) eachRequest(n *node) bool {
	for fn := n.Enclosing(syntax.Function); fn != nil; fn = fn.Enclosing(syntax.Function) {
		params := fn.Params()
		if len(params) == 4 && isErrorParam(params[0]) {
			return true
		}
		if call := fn.Parent; call.Is(syntax.Call) && syntax.Last(call.Callee()) == "catch" && hasWord(syntax.Name(call.Callee().Kid(0)), "bot") {
			return true
		}
		if call := fn.Parent; call.Is(syntax.Call) && slices.Contains([]string{"use", "setErrorHandler", "onError", "addHook"}, syntax.Last(call.Callee())) && len(params) > 1 {
			return true
		}
		if len(params) == 3 && params[2].Name == "next" && hasWord(params[0].Name, "req", "request") {
			return true
		}
		if hasWord(paramName(params, 0), "req", "request", "ctx") && besideRefusal(n) {
			return true
		}
	}
	return false
}

func paramName(params []*node, i int) string {
	if i >= len(params) {
		return ""
	}
	return params[i].Name
}

// besideRefusal says whether the branch of a place refuses with 401, 403, 404 or 429.
func besideRefusal(n *node) bool {
	for p := n.Parent; p != nil && !p.Is(syntax.Function); p = p.Parent {
		if p.Is(syntax.If) && n.Inside(p.Kids[1]) {
			return syntax.Any(p.Kids[1], func(k *node) bool {
				return k.Is(syntax.Number) && slices.Contains([]string{"401", "403", "404", "429"}, k.Text)
			})
		}
	}
	return false
}

// budgeted says whether something around a message, or in what sends it, counts or waits.
func (f *facts) budgeted(call *node) bool {
	counts := func(n *node) bool {
		return n != nil && syntax.Any(n, func(k *node) bool {
			switch k.Kind {
			case syntax.Ident, syntax.Member, syntax.Property:
				return limitName(k.Name) || hasWord(k.Name, "cooldown", "dedupe", "budget", "queue", "lastsent", "digest", "debounce", "aggregate", "batch") ||
					strings.HasPrefix(strings.ToLower(k.Name), "lastalert") || strings.HasPrefix(k.Name, "lastSent") || strings.HasPrefix(k.Name, "lastNotif")
			case syntax.Binary:
				return (k.Name == "-" || k.Name == "<" || k.Name == ">") && syntax.Any(k, func(x *node) bool {
					x = syntax.Resolve(x)
					return x.Is(syntax.Call) && syntax.Path(x.Callee()) == "Date.now"
				})
			}
			return false
		})
	}
	if target := syntax.Resolve(call.Callee()); target.Is(syntax.Function) && counts(target.Body()) {
		return true
	}
	for fn := call.Enclosing(syntax.Function); fn != nil; fn = fn.Enclosing(syntax.Function) {
		if counts(body(fn)) {
			return true
		}
	}
	return false
}

// fakeHealth reports health checks that say all is well without looking.
func fakeHealth(p *audit.Pass) {
	f := factsOf(p.Project)
	if !f.usesData() {
		return
	}
	var found []*route
	for _, r := range f.routes {
		if r.handler == nil || !healthPath(r.path) {
			continue
		}
		if f.looks(r.handler, 3) {
			return // one that looks is enough
		}
		found = append(found, r)
	}
	for _, r := range found {
		f.report(p, r.at, fmt.Sprintf("%s %s says all is well without touching what the program needs", r.method, r.path))
	}
}

func healthPath(path string) bool {
	parts := strings.Split(strings.Trim(strings.ToLower(path), "/"), "/")
	return slices.Contains([]string{"health", "healthz", "healthcheck", "health-check", "ready", "readyz", "readiness"}, parts[len(parts)-1])
}

// usesData says whether the project needs a database or a cache to work.
func (f *facts) usesData() bool {
	stores := []string{"pg", "mysql", "mysql2", "mysql2/promise", "mongoose", "mongodb", "redis", "ioredis", "sqlite3", "better-sqlite3", "@prisma/client", "sequelize", "typeorm", "knex", "drizzle-orm", "postgres", "@supabase/supabase-js", "mariadb", "@libsql/client", "bun:sqlite"}
	return slices.ContainsFunc(stores, f.mentions)
}

// looks says whether a handler does more than to answer.
func (f *facts) looks(fn *node, steps int) bool {
	if steps == 0 {
		return false
	}
	return syntax.Any(body(fn), func(n *node) bool {
		switch n.Kind {
		case syntax.Await:
			return true
		case syntax.Member:
			return n.Name == "readyState" || n.Name == "connected" || n.Name == "isReady" || n.Name == "status" && n.Parent.Operator(syntax.Binary, "===", "!==")
		case syntax.Call:
			if _, ok := f.answer(n); ok {
				return false
			}
			path := syntax.Path(n.Callee())
			if target := syntax.Resolve(n.Callee()); target.Is(syntax.Function) {
				return f.looks(target, steps-1)
			}
			return !strings.HasPrefix(path, "process.") && !strings.HasPrefix(path, "Date") && !strings.HasPrefix(path, "os.") && !strings.HasPrefix(path, "JSON.") && !strings.HasPrefix(path, "Math.") &&
				!slices.Contains([]string{"status", "code", "type", "set", "header", "setHeader", "writeHead", "toISOString", "require", "text"}, syntax.Last(n.Callee()))
		}
		return false
	})
}
