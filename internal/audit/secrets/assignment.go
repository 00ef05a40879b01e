package secrets

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"sallyport/internal/finding"
)

// judgement is how bad a value is, and how sure that is.
type judgement struct {
	severity   finding.Severity
	confidence finding.Confidence
}

// judge says whether a value that a name is given is a secret.
func (m *matcher) judge(p *place, l literal) (judgement, bool) {
	kind := familyOf(l.name)
	if strings.HasPrefix(l.value, "AIza") || strings.HasPrefix(l.value, "eyJ") && strings.Count(l.value, ".") == 2 {
		return judgement{}, false // patterns of their own know which of them are meant for everybody
	}
	if l.name == "secret" && p.nature == code && p.near(6, 0, "session(") {
		kind = signing
	}
	bare := strings.TrimSpace(trimScheme(l.value))
	switch {
	case kind == noFamily || p.test || p.locale || p.nature == prose || p.nature == other || p.image,
		m.values.harmless(bare), kind != password && inBrowser(l.name), m.isDefault(p, l), p.inDocstring():
		return judgement{}, false
	case isReply(bare), kind == password && p.near(3, 1, "anonymous"):
		return judgement{}, false
	case kind == signing && !p.sample && l.quoted && m.isSink(p, l) && !m.values.reference.MatchString(bare) && !pair(bare, "{", "}") && !pair(bare, "<", ">"):
		return judgement{finding.High, finding.Sure}, l.whole
	case m.values.placeholder(bare) || isLabel(bare):
		return judgement{}, false
	case kind == password && gmailPassword(bare):
		return judgement{finding.Critical, finding.Sure}, true
	case isRandom(bare) && !(kind == maybeKey && isUUID(bare)):
		return random(kind), true
	case p.sample, p.isComment() || !l.whole || kind == maybeKey || inTestWords(bare) || strings.ContainsAny(bare, " /"):
		return judgement{}, false
	}
	return m.judgeWord(p, l, kind, bare)
}

func random(kind family) judgement {
	if kind == maybeKey {
		return judgement{finding.High, finding.Likely}
	}
	return judgement{finding.Critical, finding.Sure}
}

// judgeWord judges a value that a person chose.
func (m *matcher) judgeWord(p *place, l literal, kind family, value string) (judgement, bool) {
	fixed := m.isFixed(p, l)
	letters := onlyWords(value)
	switch kind {
	case password:
		fixed = fixed || p.near(3, 3, "host", "connect(", "smtp", "login(", "database=", "dbname")
		switch {
		case isCommonPassword(value):
			return judgement{finding.Low, finding.Sure}, fixed && !echoes(l.name, value) || fixed && p.nature == setting
		case letters:
			return judgement{finding.High, finding.Likely}, fixed && len(value) >= 4 && !echoes(l.name, value) && !strings.Contains(value, ".") && isASCII(value)
		}
		return judgement{finding.High, finding.Sure}, len(value) >= 4 && (fixed || l.quoted && p.nature == code)
	case signing:
		named := len(wordsOf(l.name)) > 1 || l.name == "secret_key"
		isName := letters && strings.Contains(value, ".") && !strings.Contains(strings.ToLower(value), "secret") // of a file or a field
		return judgement{finding.High, finding.Sure}, !isName && named && (fixed || p.nature == code) && !(echoes(l.name, value) && !isConstant(l.name))
	case token:
		guard := slices.ContainsFunc(wordsOf(l.name), func(w string) bool {
			return slices.Contains([]string{"admin", "auth", "api", "secret", "access", "bearer", "master"}, w)
		})
		telling := strings.ContainsFunc(value, unicode.IsDigit) || strings.Contains(strings.ToLower(value), "secret") || l.compared && guard
		return judgement{finding.High, finding.Likely}, fixed && telling && len(value) >= 8 && !strings.ContainsAny(value, ".:") && !echoes(l.name, value) && !isHeaderName(value)
	}
	return judgement{}, false
}

// isFixed says whether a value is in use as it stands, and not a label or a part of a form.
func (m *matcher) isFixed(p *place, l literal) bool {
	return isConstant(l.name) || l.compared || p.nature == setting || p.nature == data
}

// isSink says whether a framework takes the value for its sessions or tokens, whatever it looks like.
func (m *matcher) isSink(p *place, l literal) bool {
	if l.compared || p.nature != code {
		return false
	}
	owner := strings.TrimRight(l.owner, `"'[ `)
	switch {
	case l.name == "secret":
		return true
	case strings.HasSuffix(owner, "app."), strings.HasSuffix(owner, "app.config"), strings.HasSuffix(owner, "settings."):
		return true
	case strings.HasSuffix(owner, "config.update("), strings.HasSuffix(owner, "SessionMiddleware,"):
		return true
	}
	return p.near(0, 0, "app.config", "sessionmiddleware")
}

// isDefault says whether the value is what a variable of the environment falls back to: that is the class
// secret-default.
func (m *matcher) isDefault(p *place, l literal) bool {
	if !l.compared && readsEnvironment(cut(p.text())) && !strings.HasSuffix(strings.TrimRight(l.owner, `"'`), "environ[") {
		return true
	}
	return p.nature == code && (isUnset(p, l.name) || p.python && inSettings(p))
}

// isUnset says whether the line above asks whether the name has no value.
func isUnset(p *place, name string) bool {
	if p.at == 0 {
		return false
	}
	above := strings.TrimSpace(cut(p.lines[p.at-1]))
	if !strings.HasPrefix(above, "if") || !strings.Contains(above, name) {
		return false
	}
	for _, empty := range []string{`""`, "''", "not ", "!", "is None", "undefined", "null", "nil", "len("} {
		if strings.Contains(above, empty) {
			return true
		}
	}
	return false
}

// inSettings says whether the line is a field of a class that reads the environment or is a model.
func inSettings(p *place) bool {
	depth := indent(p.text())
	for i := p.at - 1; depth > 0 && i >= max(0, p.at-300); i-- {
		line := p.lines[i]
		if strings.TrimSpace(line) == "" || indent(line) >= depth {
			continue
		}
		text := strings.TrimSpace(line)
		if !strings.HasPrefix(text, "class ") {
			return false
		}
		model := strings.Contains(text, "Settings(") || strings.Contains(text, "BaseSettings") || strings.Contains(text, "BaseModel") || strings.Contains(text, "Config(")
		return model || i > 0 && strings.Contains(p.lines[i-1], "dataclass")
	}
	return false
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// trimScheme takes the scheme off the value of an Authorization header.
func trimScheme(v string) string {
	for _, scheme := range []string{"Bearer ", "bearer ", "Basic ", "Token ", "Bot "} {
		v = strings.TrimPrefix(v, scheme)
	}
	return v
}

// isLabel says whether a value is text for people.
func isLabel(v string) bool {
	return strings.Contains(v, " ") && !gmailPassword(v) || strings.HasSuffix(v, ":") || !isASCII(v)
}

func isASCII(v string) bool {
	return !strings.ContainsFunc(v, func(r rune) bool { return r > unicode.MaxASCII })
}

// isHeaderName takes X-Api-Key and the like.
func isHeaderName(v string) bool {
	return strings.HasPrefix(strings.ToLower(v), "x-") || strings.HasPrefix(v, "HTTP_")
}

// gmailPassword takes an application password of Google: four groups of four small letters.
func gmailPassword(v string) bool {
	if len(v) != 19 || strings.Count(v, " ") != 3 {
		return false
	}
	groups := map[string]bool{}
	for group := range strings.SplitSeq(v, " ") {
		groups[group] = true
		if len(group) != 4 || strings.ToLower(group) != group || !onlyWords(group) {
			return false
		}
	}
	return len(groups) == 4 && entropy(v) > 2.8
}

func isUUID(v string) bool {
	return len(v) == 36 && strings.Count(v, "-") == 4 && v[8] == '-' && v[13] == '-' && v[18] == '-' && v[23] == '-'
}

// assignments finds literals that are given to names of secrets.
func (m *matcher) assignment() *pattern {
	return &pattern{
		id: "assignment", what: "a literal secret",
		keywords: []string{"password", "passwd", "pwd", "pass", "secret", "token", "key", "credential", "passphrase", "passcode", "authorization", "_pw"},
		locate: func(p *place, at int) []hit {
			text := p.text()
			start, end := nameAt(text, at-1)
			if start >= end || at > end || familyOf(text[start:end]) == noFamily {
				return nil
			}
			l, ok := m.grammar.read(text, start, end, p.nature == setting && beginsSetting(text[:start]))
			if !ok {
				return nil
			}
			j, ok := m.judge(p, l)
			if !ok {
				return nil
			}
			return []hit{{start: l.start, end: l.end, value: l.value, name: l.name, severity: j.severity, confidence: j.confidence}}
		},
	}
}

// beginsSetting says whether a setting may begin behind the text before it.
func beginsSetting(before string) bool {
	option := strings.HasSuffix(before, "--") || strings.HasSuffix(before, "-e ") || strings.HasSuffix(before, "--env ")
	before = strings.Trim(before, " \t#-\"'")
	switch strings.ToLower(before) {
	case "", "export", "set", "declare -x", "environment=", "env", "arg", "//":
		return true
	}
	return option
}

// sinkText is a literal that a call is given.
const sinkText = "b?[\"'`]([^\"'`\\s]{2,200})[\"'`]"

// inOtherQuotes says whether the value at start stands in a text in quotes of the other kind, as in a message about a call.
func inOtherQuotes(text string, start int) bool {
	other := "'"
	if start > 0 && text[start-1] == '\'' {
		other = `"`
	}
	return strings.Count(text[:start], other)%2 == 1
}

// sinkPatterns find literals that a call takes for a key or a password, whatever they look like.
func sinkPatterns() []*pattern {
	call := func(id, what, expression string, keywords ...string) *pattern {
		return &pattern{id: id, what: what, keywords: keywords, regex: regexp.MustCompile(expression), group: 1, severity: finding.High, word: true}
	}
	digest := call("compared-secret", "a secret", `compare_digest\(\s*([\w.\[\]"'()]+)\s*,\s*b?["'`+"`"+`]([^"'`+"`"+`\s]{2,200})["'`+"`"+`]\s*\)`, "compare_digest(")
	digest.group = 2
	digest.check = func(p *place, h *hit) bool { // a name of a user is compared in the same way
		before := strings.ToLower(p.text()[max(0, h.start-80):h.start])
		argument := before[strings.LastIndex(before, "compare_digest(")+1:]
		return !strings.Contains(argument, "user") && !strings.Contains(argument, "login") || strings.Contains(argument, "pass")
	}
	cookie := call("cookie-key", "the key of cookies", `(?:cookieParser\(|NewCookieStore\(\[\]byte\(|SignedString\(\[\]byte\(|\bSerializer\(|URLSafeTimedSerializer\(|URLSafeSerializer\()\s*`+sinkText, "cookieparser(", "newcookiestore(", "signedstring(", "serializer(")
	cookie.check = func(p *place, h *hit) bool { return !inOtherQuotes(p.text(), h.start) }
	return []*pattern{
		call("jwt-key", "the key of JSON Web Tokens", `\bjwt\.(?:encode|decode|sign|verify)\(\s*(?:[\w.]+|\{[^{}]{0,300}\})\s*,\s*`+sinkText, "jwt.encode(", "jwt.decode(", "jwt.sign(", "jwt.verify("),
		cookie,
		call("session-key", "the key of sessions", `(?i)\bsession\(\s*\{[^{}]{0,200}?\bsecret:\s*`+sinkText, "session("),
		call("hmac-key", "a key", `(?:createHmac|createCipheriv|createDecipheriv)\(\s*["'][\w-]+["']\s*,\s*`+sinkText, "createhmac(", "createcipheriv(", "createdecipheriv("),
		call("hmac-key", "a key", `\bhmac\.new\(\s*`+sinkText, "hmac.new("),
		digest,
		call("basic-password", "a password", `(?:HTTPBasicAuth\(|SetBasicAuth\(|\bauth=\()\s*["'][^"']+["']\s*,\s*`+sinkText, "basicauth(", "auth=("),
		call("login-password", "a password", `\.login\(\s*["'][^"']+@[^"']+["']\s*,\s*["']([^"']{4,100})["']`, ".login("),
		call("login-password", "a password", `type\s*=\s*["']password["']\s*\)\s*==\s*`+sinkText, `"password")`, "'password')"),
		call("login-password", "a password", `(?i)\b(?:users|accounts|logins|valid_users|passwords)\s*(?::\s*[\w\[\], ]+)?[:=]\s*\{\s*["'][\w@.]+["']\s*:\s*(?:generate_password_hash\(\s*)?["']([^"'\s]{4,})["']`, "users", "accounts", "logins", "passwords"),
		call("dsn-password", "a password of a database", "(?i)[\"'`][^\"'`,()\\n]{0,200}?\\b(?:host|server|data source|dbname|uid|user(?: id)?)\\s*=[^\"'`,()\\n]{0,200}?\\b(?:password|pwd)\\s*=\\s*([^\\s;\"'`&,()]{3,100})", "password=", "pwd=", "password ="),
		call("dsn-password", "a password of a database", `["'`+"`"+`][\w-]+:([^@"'\s]{3,100})@(?:tcp|unix)\(`, "@tcp(", "@unix("),
		call("query-key", "a key in an address", `[?&](?:api_?key|access_token|token|key|secret|servicekey|appid|auth)=([A-Za-z0-9%_\-.+]{16,200})`, "?key=", "&key=", "api_key=", "apikey=", "?token=", "&token=", "access_token=", "?secret=", "&secret=", "servicekey=", "appid=", "?auth=", "&auth="),
	}
}

// isReply takes numbers of versions and answers of protocols, such as 331.1.
func isReply(v string) bool {
	return strings.Contains(v, ".") && strings.Trim(v, "0123456789.") == ""
}
