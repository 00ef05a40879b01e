package secrets

import (
	"regexp"
	"strings"
)

// literal is a value that is given to a name.
type literal struct {
	name       string
	owner      string // what stands before the name: "app." of app.secret_key, `config["` of config["SECRET_KEY"]
	value      string
	start, end int  // of the value, in the line
	quoted     bool // or as it stands
	compared   bool // by == or the like
	whole      bool // nothing is added to it
}

// grammar reads assignments of many languages without parsing one. It is read-only.
type grammar struct {
	annotation, wrapper, prefix, setter *regexp.Regexp
}

func newGrammar() grammar {
	return grammar{
		annotation: regexp.MustCompile(`^(?:[?!]?\s*:\s*[A-Za-z_][\w.\[\]| ,<>?]{0,60}?|(?:string|\[\]byte|String))\s*=\s*(?:[^=]|$)`),
		wrapper: regexp.MustCompile(`^(?:(?:new )?SecretStr|str|bytes|String|\[\]byte|Buffer\.from|b64decode|base64\.b64decode|bytes\.fromhex|bytearray|` +
			`new TextEncoder\(\)\.encode|(?:urllib\.parse\.)?quote(?:_plus)?|generate_password_hash|hash_password|bcrypt\.hashSync|encodeURIComponent)\(\s*`),
		prefix: regexp.MustCompile("^(?:(?i:[bru]{1,2}|f)|@)?[\"'`]"),
		setter: regexp.MustCompile(`(?i)(?:set|setenv|putenv|append|add|header|setheader)\(\s*\\?["']$`),
	}
}

func isNameByte(b byte) bool {
	return b == '_' || b == '-' || b == '$' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// maxName is the longest name that is looked at, in bytes.
const maxName = 100

// name widens a position to the name around it.
func nameAt(text string, at int) (start, end int) {
	start, end = at, at
	for start > 0 && at-start < maxName && isNameByte(text[start-1]) {
		start--
	}
	for end < len(text) && end-at < maxName && isNameByte(text[end]) {
		end++
	}
	for start < end && text[start] == '-' {
		start++
	}
	return start, end
}

// read reads what is given to the name at start to end.
func (g *grammar) read(text string, start, end int, unquoted bool) (literal, bool) {
	l := literal{name: text[start:end], owner: text[max(0, start-40):start], whole: true}
	i := end
	escaped := strings.HasPrefix(text[i:], `\`)
	if escaped {
		i++
	}
	named := i < len(text) && strings.IndexByte("\"'`", text[i]) >= 0
	if named {
		i++
	}
	if i < len(text) && text[i] == ']' {
		i++
	}
	i += spaces(text, i)
	if i >= len(text) {
		return l, false
	}
	operator := operatorAt(text[i:])
	switch {
	case strings.IndexByte(":?!sS[", text[i]) >= 0 && g.annotation.MatchString(window(text, i, 100)):
		i += strings.LastIndexByte(g.annotation.FindString(window(text, i, 100)), '=') + 1
	case operator != "" && g.fits(operator, l.owner, named):
		l.compared = strings.HasSuffix(operator, "==") || strings.HasPrefix(operator, "!=")
		i += len(operator)
		unquoted = unquoted && (operator == "=" || operator == ":" && spaces(text, i) > 0)
	default:
		return l, false
	}
	i += spaces(text, i)
	if i < len(text) && strings.IndexByte("\"'`\\", text[i]) < 0 {
		i += len(g.wrapper.FindString(window(text, i, 60)))
	}
	return l, g.value(&l, text, i, unquoted)
}

// spaces counts those at i.
func spaces(text string, i int) int {
	n := 0
	for i+n < len(text) && (text[i+n] == ' ' || text[i+n] == '\t') {
		n++
	}
	return n
}

// operatorAt returns the operator that text begins with, which gives or compares a value; "" for none.
func operatorAt(text string) string {
	for _, operator := range []string{"===", "!==", "==", "!=", ":=", "=>", "||=", "??=", "?=", "=", ":", ","} {
		if strings.HasPrefix(text, operator) {
			return operator
		}
	}
	return ""
}

// fits says whether an operator gives a value to the name: a comma only in calls that set one.
func (g *grammar) fits(operator, owner string, named bool) bool {
	return operator != "," || named && g.setter.MatchString(owner) && !strings.Contains(owner, "setdefault")
}

func window(text string, from, size int) string {
	from = min(from, len(text))
	return text[from:min(len(text), from+size)]
}

// value reads the literal at i.
func (g *grammar) value(l *literal, text string, i int, unquoted bool) bool {
	closing := ""
	if strings.HasPrefix(window(text, i, 2), `\"`) || strings.HasPrefix(window(text, i, 2), `\'`) { // code within JSON
		closing = text[i : i+2]
		i += 2
	} else if m := g.prefix.FindString(window(text, i, 4)); m != "" {
		closing = m[len(m)-1:]
		i += len(m)
	}
	if closing == "" {
		return unquoted && l.bare(text, i)
	}
	n := closes(text[i:], closing)
	if n <= 0 || n > maxValue {
		return false
	}
	l.value, l.start, l.end, l.quoted = text[i:i+n], i, i+n, true
	rest := strings.TrimLeft(window(text, i+n+len(closing), 40), " \t")
	for _, more := range []string{"+", "%", ".format", ".replace", ".join", ".."} {
		l.whole = l.whole && !strings.HasPrefix(rest, more)
	}
	return true
}

// maxValue is the longest value that is looked at, in bytes.
const maxValue = 4096

// closes finds the end of a quoted value.
func closes(text, closing string) int {
	if len(closing) == 2 {
		return strings.Index(text, closing)
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case closing[0]:
			return i
		}
	}
	return -1
}

// bare reads a value without quotes, to the end of the line or to a comment.
func (l *literal) bare(text string, i int) bool {
	value := window(text, i, maxValue)
	if n := strings.Index(value, " #"); n >= 0 {
		value = value[:n]
	}
	value = strings.TrimRight(value, " \t\r,;")
	if value == "" || strings.ContainsAny(value[:1], "[{|>&*!\"'`<(") || strings.ContainsAny(value, "()") {
		return false
	}
	l.value, l.start, l.end = value, i, i+len(value)
	return true
}
