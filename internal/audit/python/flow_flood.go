package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// alertFlood finds messages to operators that anybody causes: one for each request, refusal or exception.
func alertFlood(p *audit.Pass) {
	botFlood(p)
	all := unitsOf(p.Project)
	for _, sc := range scopesOf(p.Project) {
		if sc.top || !sc.answers && !isMiddleware(sc.unit, sc.function) && !sc.wraps() {
			continue
		}
		everyTime := sc.route == nil // middleware and handlers of exceptions stand around every request
		sc.alerts(all, sc.def.Body, everyTime, func(c *python.Call) {
			report(p, sc.unit, c, "This sends a message each time: anybody who makes requests floods the channel.")
		})
	}
}

// wraps says whether a function is called by Flask after or on each request.
func (sc *scope) wraps() bool {
	return slices.ContainsFunc(sc.def.DecoratorList, func(d python.Expr) bool {
		return slices.Contains([]string{"after_request", "teardown_request", "before_request"}, last(plain(callee(d))))
	})
}

// alerts hands the calls to found that send an alert where each request or failure comes by, the first of each
// block.
func (sc *scope) alerts(all *units, body []python.Stmt, here bool, found func(*python.Call)) {
	for _, stmt := range body {
		if here && sc.alert(all, stmt, found) {
			return
		}
		switch s := stmt.(type) {
		case *python.If:
			sc.alerts(all, s.Body, here || denies(s.Body), found)
			sc.alerts(all, s.OrElse, here, found)
		case *python.Try:
			sc.alerts(all, s.Body, here, found)
			for _, h := range s.Handlers {
				sc.alerts(all, h.Body, true, found)
			}
			sc.alerts(all, s.FinalBody, here, found)
		default:
			for _, inner := range blocks(stmt) {
				sc.alerts(all, inner, here, found)
			}
		}
	}
}

func (sc *scope) alert(all *units, stmt python.Stmt, found func(*python.Call)) bool {
	sent := false
	ownCalls(stmt, func(c *python.Call) {
		if !sent && sc.sendsAlert(all, c) {
			sent = true
			found(c)
		}
	})
	return sent
}

// sendsAlert says whether a call sends a message to operators with nothing that limits how many.
func (sc *scope) sendsAlert(all *units, c *python.Call) bool {
	name := last(plain(c.Func))
	target := c.Func
	if name == "add_task" || name == "create_task" || name == "to_thread" || name == "Thread" {
		target = or2(argument(c, 0, "target"), c.Func)
		name = last(plain(callee(target)))
		target = callee(target)
	}
	f, owner := all.function(sc.unit, target)
	if f == nil {
		return false
	}
	w := words(name)
	named := slices.ContainsFunc(w, func(x string) bool {
		return slices.Contains([]string{"alert", "alerts", "notify", "notification", "telegram", "slack", "discord", "admin"}, x)
	})
	return (named && reaches(owner) || sc.route == nil && delivers(f)) && !limitsAlerts(owner)
}

// delivers says whether a function itself sends mail or a message to a chat: what a handler of exceptions calls is then an
// alert, whatever it is called.
func delivers(f *python.FunctionDef) bool {
	found := false
	python.Inspect(f, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Call:
			name := plain(n.Func)
			found = found || name == "smtplib.SMTP" || name == "smtplib.SMTP_SSL" || slices.Contains([]string{"sendmail", "send_mail", "chat_postMessage"}, last(name))
		case *python.Constant:
			s, _ := text(n)
			found = found || strings.Contains(s, "api.telegram.org") || strings.Contains(s, "hooks.slack.com") || strings.Contains(s, "discord.com/api/webhooks")
		}
		return !found
	})
	return found
}

// reaches says whether a file sends something to another machine.
func reaches(u *unit) bool {
	s := u.module.Source
	return slices.ContainsFunc([]string{"requests.", "httpx", "aiohttp", "urlopen", "send_message", "smtplib", "WebClient", "webhook", "api.telegram.org"}, func(x string) bool { return strings.Contains(s, x) })
}

// limitsAlerts says whether a file that sends alerts counts, groups or spaces them.
func limitsAlerts(u *unit) bool {
	s := strings.ToLower(u.module.Source)
	return slices.ContainsFunc([]string{
		"cooldown", "last_sent", "last_alert", "dedup", "throttle", "debounce", "budget", "retry_after", "rate_limit", "ratelimit", "suppress", "min_interval",
		"alert_interval", "fingerprint", "last_notif", "recent_alerts", "max_per", "per_minute", "silence", "alert_cache", "sent_alerts", "_last_", "retry-after", "ttlcache",
	}, func(x string) bool { return strings.Contains(s, x) })
}
