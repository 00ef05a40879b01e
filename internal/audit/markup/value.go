package markup

import (
	"slices"
	"strings"
	"unicode"
)

// cut splits an expression at a separator that stands outside of quotes and brackets.
func cut(expression, separator string) []string {
	var parts []string
	from, depth, quote := 0, 0, byte(0)
	for i := 0; i < len(expression); i++ {
		c := expression[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"' || c == '`':
			quote = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			if depth--; depth < 0 { // what stands around the expression ends here
				return append(parts, strings.TrimSpace(expression[from:i]))
			}
		case depth == 0 && strings.HasPrefix(expression[i:], separator):
			parts = append(parts, strings.TrimSpace(expression[from:i]))
			from = i + len(separator)
			i = from - 1
		}
	}
	return append(parts, strings.TrimSpace(expression[min(from, len(expression)):]))
}

// constant says whether an expression is text or a number that stands there, or a choice of such.
func constant(expression string) bool {
	e := strings.TrimSpace(expression)
	if e == "" || e == "true" || e == "false" || e == "null" || e == "none" || e == "None" || literal(e) {
		return true
	}
	if condition := cut(e, "?"); len(condition) == 2 && !strings.HasPrefix(condition[1], "?") && !strings.HasPrefix(condition[1], ".") {
		branches := cut(condition[1], ":")
		return len(branches) == 2 && constant(branches[0]) && constant(branches[1])
	}
	if choice := cut(e, " if "); len(choice) == 2 {
		branches := cut(choice[1], " else ")
		return constant(choice[0]) && (len(branches) < 2 || constant(branches[1]))
	}
	for _, operator := range []string{"||", "+", "~"} {
		if parts := cut(e, operator); len(parts) > 1 {
			return !slices.ContainsFunc(parts, func(p string) bool { return !constant(p) })
		}
	}
	return false
}

// literal says whether an expression is one literal of text, without values in it, or a number.
func literal(e string) bool {
	if strings.IndexFunc(e, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' }) < 0 {
		return true
	}
	q := e[0]
	if q != '\'' && q != '"' && q != '`' || len(e) < 2 || e[len(e)-1] != q {
		return false
	}
	inner := e[1 : len(e)-1]
	return !strings.ContainsRune(strings.ReplaceAll(inner, `\`+string(q), ""), rune(q)) && (q != '`' || !strings.Contains(inner, "${"))
}

// harmlessCall says whether an expression is one call of something that escapes or makes markup of its own.
func harmlessCall(expression string) bool {
	e := strings.TrimPrefix(strings.TrimSpace(expression), "await ")
	name, rest, ok := strings.Cut(e, "(")
	if !ok || !strings.HasSuffix(rest, ")") {
		return false
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if cleans(name) || strings.Contains(name, "csrf") {
		return true
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	return slices.Contains([]string{
		"include", "super", "caller", "self", "url_for", "static", "asset", "_", "gettext", "ngettext", "t", "$t", "__", "i18n", "translate", "$sanitize",
		"icon", "svg", "contentfor", "definecontent", "encodeuricomponent", "number", "parseint", "tofixed", "hidden_tag", "as_p", "as_table", "as_div",
		"render_field", "renderfield", "block", "yield", "self.body",
	}, last)
}

// cleans says whether a name is that of something that makes text harmless, or of what it made.
func cleans(name string) bool {
	name = strings.ToLower(name)
	if strings.Contains(name, "unescape") || strings.Contains(name, "unsafe") || strings.Contains(name, "unsanit") || strings.Contains(name, "decode") {
		return false
	}
	for _, word := range []string{"sanit", "escape", "purif", "bleach", "nh3", "striptags", "strip_tags", "stripped", "clean_html", "cleanhtml", "htmlencode", "encodehtml"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	return slices.Contains([]string{"esc", "safe_html", "safehtml", "xss", "filterxss", "he.encode"}, last) || strings.HasSuffix(name, "he.encode")
}

// lastName returns the last name of a path such as post.body, "" for anything else.
func lastName(expression string) string {
	name := expression[strings.LastIndexByte(expression, '.')+1:]
	if !isPath(expression) || name == "" {
		return ""
	}
	return name
}

func isPath(expression string) bool {
	return expression != "" && strings.IndexFunc(expression, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '.' && r != '$' && r != '?' && r != '!'
	}) < 0
}

// addSanitised notes the names that lines of code give to what a sanitiser returns: bio=bleach.clean(x),
// "bio": escape(x), const bio = DOMPurify.sanitize(x).
func addSanitised(names map[string]bool, code string) {
	for line := range strings.SplitSeq(code, "\n") {
		at := strings.IndexAny(line, "=:")
		if at < 0 || !cleans(line[at:]) {
			continue
		}
		for rest := line; ; {
			at := strings.IndexAny(rest, "=:")
			if at < 0 {
				break
			}
			if name := wordBefore(rest[:at]); name != "" && startsClean(rest[at+1:]) {
				names[name] = true
			}
			rest = rest[at+1:]
		}
	}
}

// startsClean says whether a value begins with a call of a sanitiser, also inside of Markup(…).
func startsClean(value string) bool {
	name, rest, ok := strings.Cut(strings.TrimLeft(value, " ="), "(")
	if !ok {
		return false
	}
	name = strings.TrimPrefix(strings.TrimSpace(name), "await ")
	if isPath(name) && cleans(name) {
		return true
	}
	return strings.HasSuffix(name, "Markup") && startsClean(rest)
}

func wordBefore(text string) string {
	text = strings.TrimRight(text, " \"'`:")
	if i := strings.LastIndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '$' }); i >= 0 {
		text = text[i+1:]
	}
	return text
}
