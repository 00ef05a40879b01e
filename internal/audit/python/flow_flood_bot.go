package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// botFlood finds messages to the people who run a bot that each message, or each error, of anybody causes. Handlers that
// are there to pass on what people write, such as feedback, are left out.
func botFlood(p *audit.Pass) {
	all := unitsOf(p.Project)
	scopes := map[*python.FunctionDef]*scope{}
	for _, sc := range scopesOf(p.Project) {
		scopes[sc.def] = sc
	}
	for _, f := range floodable(all) {
		sc := scopes[f]
		if sc == nil || limitsAlerts(sc.unit) || limitsByHand(f) || asksLimiter(all, sc.unit, f) {
			continue
		}
		sc.eachTime(all, f.Body, func(c *python.Call) {
			report(p, sc.unit, c, "This sends a message each time: anybody who writes to the bot floods the channel.")
		})
	}
}

// floodable are the functions that run for each message of anybody, or for each error.
func floodable(all *units) []*python.FunctionDef {
	var list []*python.FunctionDef
	if !limitedForAllChats(all) {
		for _, h := range botHandlers(all) {
			passesOn := slices.ContainsFunc(words(h.def.Name), func(w string) bool {
				return slices.Contains([]string{"feedback", "support", "contact", "order", "report", "suggest", "question", "forward", "request", "join", "approve", "start", "member"}, w)
			})
			if !passesOn && !h.limited() && !h.knows() {
				list = append(list, h.def)
			}
		}
	}
	for _, u := range all.sources() {
		if !isBot(u) {
			continue
		}
		calls(u.module, func(c *python.Call) {
			if last(plain(c.Func)) == "add_error_handler" && len(c.Args) > 0 {
				if f, _ := all.function(u, c.Args[0]); f != nil {
					list = append(list, f)
				}
			}
		})
		for _, f := range functionsOf(u) {
			if slices.ContainsFunc(f.def.DecoratorList, func(d python.Expr) bool {
				return slices.Contains([]string{"errors", "error", "errors_handler"}, last(calledName(d))) && strings.Contains(calledName(d), ".")
			}) {
				list = append(list, f.def)
			}
		}
	}
	return list
}

// eachTime hands the first call of a body to found that sends to operators whenever the body runs.
func (sc *scope) eachTime(all *units, body []python.Stmt, found func(*python.Call)) {
	for _, stmt := range body {
		if t, ok := stmt.(*python.Try); ok {
			sc.eachTime(all, t.Body, found)
			continue
		}
		sent := false
		ownCalls(stmt, func(c *python.Call) {
			if !sent && (sendsToOperators(c) || sc.sendsAlert(all, c)) {
				sent = true
				found(c)
			}
		})
		if sent {
			return
		}
	}
}

// sendsToOperators takes bot.send_message(ADMIN, …): a chat that is not the one of who writes.
func sendsToOperators(c *python.Call) bool {
	if !isMethod(c, "send_message", "send_photo", "send_document") {
		return false
	}
	chat := argument(c, 0, "chat_id")
	return chat != nil && slices.ContainsFunc(words(last(plain(chat))), func(w string) bool {
		return slices.Contains([]string{"admin", "admins", "owner", "ops", "operator", "operators", "developer", "dev", "log", "logs", "alert", "alerts", "error", "errors"}, w)
	})
}
