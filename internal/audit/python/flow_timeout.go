package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// missingTimeout finds calls that wait for another machine for as long as it likes.
func missingTimeout(p *audit.Pass) {
	all := unitsOf(p.Project)
	limited := setsSocketDefault(all)
	for _, u := range all.sources() {
		sessions := u.sessions()
		calls(u.module, func(c *python.Call) {
			if what := u.waits(c, sessions, limited); what != "" {
				p.Report(audit.Report{
					File: u.file, Line: line(c), EndLine: c.End().Line, Column: c.Pos().Column + 1,
					Message: what + " waits without a limit: no timeout is given.",
				})
			}
		})
	}
}

func setsSocketDefault(all *units) bool {
	found := false
	for _, u := range all.sources() {
		found = found || strings.Contains(u.module.Source, "setdefaulttimeout(")
	}
	return found
}

// requestVerbs are the functions of requests and the methods of its sessions that send.
func requestVerbs() []string {
	return []string{"get", "post", "put", "patch", "delete", "head", "options", "request"}
}

// connectors open a connection and wait for ever unless they are told otherwise; the value is where the
// timeout stands among the arguments, -1 by name only.
func connectors() map[string]int {
	return map[string]int{
		"urllib.request.urlopen": 2, "smtplib.SMTP": 3, "smtplib.SMTP_SSL": 5, "socket.create_connection": 1, "ftplib.FTP": 4, "ftplib.FTP_TLS": -1,
		"http.client.HTTPConnection": 2, "http.client.HTTPSConnection": 2, "imaplib.IMAP4_SSL": -1, "imaplib.IMAP4": 2, "poplib.POP3_SSL": -1,
		"telnetlib.Telnet": 2,
	}
}

// waits names a call that has no timeout, or returns "".
func (u *unit) waits(c *python.Call, sessions map[string]bool, limited bool) string {
	timeout := keyword(c, "timeout")
	if passesOn(c) {
		return ""
	}
	name := u.dotted(c.Func)
	short, base := last(name), strings.TrimSuffix(plain(c.Func), "."+last(name))
	sends := slices.Contains(requestVerbs(), short)
	switch {
	case sends && name == "requests."+short, sends && sessions[base]:
		if timeout == nil || isEmpty(timeout) {
			return name
		}
	case strings.HasPrefix(name, "httpx.") && timeout != nil && isEmpty(timeout):
		return name
	case name == "aiohttp.ClientTimeout" && isNone(keyword(c, "total")) && len(c.Keywords) == 1:
		return name
	case name == "aiohttp.ClientSession" && isNone(timeout):
		return name
	}
	at, known := connectors()[name]
	if known && !limited && (at < 0 || len(c.Args) <= at) && (timeout == nil || isNone(timeout)) {
		return name
	}
	return ""
}

// passesOn says whether a call passes on arguments of its caller, which may hold a timeout.
func passesOn(c *python.Call) bool {
	return slices.ContainsFunc(c.Keywords, func(k *python.Keyword) bool { return k.Arg == "" })
}

func isNone(e python.Expr) bool {
	c, ok := e.(*python.Constant)
	return ok && c.Kind == python.None
}

// sessions are the names that hold a session of requests which has no timeout of its own.
func (u *unit) sessions() map[string]bool {
	names := map[string]bool{}
	note := func(target, value python.Expr) {
		if c, ok := value.(*python.Call); ok && target != nil {
			if made := u.dotted(c.Func); made == "requests.Session" || made == "requests.session" {
				names[plain(target)] = true
			}
		}
	}
	python.Inspect(u.module, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Assign:
			note(n.Targets[0], n.Value)
		case *python.AnnAssign:
			note(n.Target, n.Value)
		case *python.WithItem:
			note(n.OptionalVars, n.ContextExpr)
		}
		return true
	})
	delete(names, "")
	for name := range names {
		if u.limits(name) {
			delete(names, name)
		}
	}
	return names
}

// limits says whether a session is given a timeout for all it sends: by an adapter, or a wrapped request.
func (u *unit) limits(session string) bool {
	found := false
	python.Inspect(u.module, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Call:
			if plain(n.Func) == session+".mount" && strings.Contains(strings.ToLower(u.module.Text(n)), "timeout") {
				found = true
			}
		case *python.Assign:
			if name := plain(n.Targets[0]); name == session+".request" || name == session+".send" {
				found = true
			}
		}
		return !found
	})
	return found
}
