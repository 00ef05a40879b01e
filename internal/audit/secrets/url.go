package secrets

import (
	"net"
	"slices"
	"strings"

	"sallyport/internal/finding"
)

// address is a URL with a password in it.
type address struct {
	scheme, user, password, host string
	start, end                   int // of the password, in the line
}

// addresses finds URLs with passwords: of databases, queues, mail and HTTP.
func (m *matcher) addresses() *pattern {
	return &pattern{
		id: "url-password", what: "an address with a password", keywords: []string{"://"},
		locate: func(p *place, at int) []hit {
			a, ok := addressAt(p.text(), at)
			if !ok {
				return nil
			}
			j, ok := m.judgeAddress(p, a)
			if !ok {
				return nil
			}
			return []hit{{start: a.start, end: a.end, value: a.password, name: a.scheme, severity: j.severity, confidence: j.confidence}}
		},
	}
}

// addressAt reads the URL whose "://" ends at at.
func addressAt(text string, at int) (address, bool) {
	start := at - len("://")
	for start > 0 && at-start < 30 && (isNameByte(text[start-1]) || text[start-1] == '+') {
		start--
	}
	a := address{scheme: strings.ToLower(text[start : at-len("://")])}
	rest := window(text, at, 600)
	if n := strings.IndexAny(rest, "\"'`<> \t\\"); n >= 0 {
		rest = rest[:n]
	}
	path := rest
	if n := strings.IndexAny(rest, "?#"); n >= 0 {
		path = rest[:n]
	}
	n := strings.LastIndexByte(path, '@')
	user, password, found := strings.Cut(path[:max(n, 0)], ":")
	if n < 0 || !found || password == "" || a.scheme == "" || strings.ContainsAny(user, "/") || strings.HasPrefix(a.scheme, "http") && strings.Contains(password, "/") {
		return a, false
	}
	a.user, a.password, a.host = user, password, hostOf(path[n+1:])
	a.start = at + len(user) + 1
	a.end = a.start + len(password)
	return a, a.host != ""
}

func hostOf(text string) string {
	if n := strings.IndexAny(text, "/,)"); n >= 0 {
		text = text[:n]
	}
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	return strings.Trim(text, "[]")
}

func (m *matcher) judgeAddress(p *place, a address) (judgement, bool) {
	host := strings.ToLower(a.host)
	local := host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.") || host == "0.0.0.0" || host == "host.docker.internal"
	random := isRandom(a.password)
	switch {
	case p.test || p.sample || p.locale || p.nature == nothing || p.nature == prose && !random, p.image || p.inDocstring(),
		m.values.placeholder(a.password) || inTestWords(a.password) && local, isDocumentation(a, host, p.env):
		return judgement{}, false
	case isCommonPassword(a.password) || strings.EqualFold(a.password, a.user):
		fallback := p.isComment() || strings.ContainsAny(a.user, "<{$")
		return judgement{finding.Low, finding.Sure}, !fallback && !strings.HasPrefix(a.scheme, "http")
	case local || !strings.Contains(host, "."):
		if readsEnvironment(cut(p.text())) && !random {
			return judgement{}, false
		}
		return judgement{localSeverity(local), finding.Sure}, !p.isComment() || random
	}
	return judgement{finding.Critical, finding.Sure}, true
}

// localSeverity is lower for the developer's own machine than for the other containers of a deployment.
func localSeverity(local bool) finding.Severity {
	if local {
		return finding.Low
	}
	return finding.High
}

// isDocumentation says whether parts of the address are the words that documentation uses. The host of an address
// in use may be called anything.
func isDocumentation(a address, host string, inUse bool) bool {
	user := strings.ToLower(a.user)
	if strings.ContainsAny(user, "[]<>{}$") {
		return true
	}
	if !inUse && (strings.HasSuffix(host, "example.com") || strings.HasSuffix(host, "example.org") || strings.HasSuffix(host, "example.net") ||
		slices.Contains([]string{"host", "hostname", "server", "example", "domain", "domain.com", "host.com", "server.com", "dbhost", "db_host", "..."}, host)) {
		return true
	}
	return slices.Contains([]string{"user", "username", "usr", "dbuser", "db_user", "myuser", "login", "name", "u"}, user) &&
		slices.Contains([]string{"pass", "password", "passwd", "pwd", "dbpass", "mypassword", "secret", "p", "pw", "userpass"}, strings.ToLower(a.password))
}
