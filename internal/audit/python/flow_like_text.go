package python

import (
	"regexp"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// likeInText finds values that are written into the pattern of a LIKE: f"… LIKE '%{q}%'", "… LIKE '%" + q + "%'".
func likeInText(p *audit.Pass, all *units, sc *scope) {
	opening := regexp.MustCompile(`(?i)\bi?like\s+(?:lower\(|upper\(|n)?'[%_]*$`)
	statements(sc.def.Body, func(stmt python.Stmt) {
		if _, nested := stmt.(*python.ClassDef); nested {
			return
		}
		for _, e := range own(stmt) {
			builtTexts(e, func(built python.Expr, parts []segment) {
				if sc.opensPattern(all, parts, opening) {
					report(p, sc.unit, built, "Wildcards of LIKE in this text are not escaped: % finds everything.")
				}
			})
		}
	})
}

// builtTexts hands every text that is built in an expression to f, with its parts. A part of a text is none itself, so
// that a long sum is looked at once.
func builtTexts(e python.Node, f func(python.Expr, []segment)) {
	python.Inspect(e, func(n python.Node) bool {
		built, ok := n.(python.Expr)
		if !ok || !isBuilt(built) {
			return true
		}
		parts := segments(built)
		if len(parts) == 1 && parts[0].value == built {
			return true
		}
		f(built, parts)
		for _, s := range parts {
			if s.value != nil {
				builtTexts(s.value, f)
			}
		}
		return false
	})
}

func isBuilt(e python.Expr) bool {
	switch e := e.(type) {
	case *python.JoinedStr:
		return true
	case *python.BinOp:
		return e.Op == python.Add || e.Op == python.Mod
	case *python.Call:
		return isMethod(e, "format")
	}
	return false
}

// opensPattern says whether a value that is not fixed and not escaped stands in the quotes after LIKE.
func (sc *scope) opensPattern(all *units, parts []segment, opening *regexp.Regexp) bool {
	var b strings.Builder
	for _, s := range parts {
		b.WriteString(strings.ToLower(s.text))
	}
	if whole := b.String(); !strings.Contains(whole, "like") || strings.Contains(whole, " escape ") || !strings.Contains(whole, "%") && !strings.Contains(whole, "where ") {
		return false
	}
	before := ""
	for _, s := range parts {
		if s.value != nil && opening.MatchString(before) && !sc.escapesLike(all, s.value) {
			return true
		}
		before += s.text
		if s.value != nil {
			before += "x"
		}
		before = before[max(0, len(before)-beforeValue):]
	}
	return false
}

// beforeValue is how much of the text before a value is looked at, in bytes.
const beforeValue = 80

// segment is a part of a text that is built: constant text, or a value.
type segment struct {
	text  string
	value python.Expr
}

// segments splits what builds a text: f-strings, sums, percent formatting and format.
func segments(e python.Expr) []segment {
	switch e := e.(type) {
	case *python.Constant:
		return []segment{{text: e.Value}}
	case *python.JoinedStr:
		var list []segment
		for _, v := range e.Values {
			list = append(list, segments(v)...)
		}
		return list
	case *python.FormattedValue:
		return []segment{{value: e.Value}}
	case *python.BinOp:
		switch e.Op {
		case python.Add:
			return append(segments(e.Left), segments(e.Right)...)
		case python.Mod:
			return filledSegments(e.Left, `%%|%(?:\(\w+\))?[-\d.]*[sdrif]`, valuesOf(e.Right))
		}
	case *python.Call:
		if a, ok := e.Func.(*python.Attribute); ok && a.Attr == "format" {
			return filledSegments(a.Value, `\{[^{}]*\}`, arguments(e))
		}
	}
	return []segment{{value: e}}
}

// valuesOf are the values of percent formatting.
func valuesOf(e python.Expr) []python.Expr {
	switch e := e.(type) {
	case *python.Tuple:
		return e.Elts
	case *python.Dict:
		return e.Values
	}
	return []python.Expr{e}
}

// filledSegments splits a template at its places, which take the values in their order.
func filledSegments(template python.Expr, place string, values []python.Expr) []segment {
	t, ok := text(template)
	if !ok {
		return []segment{{value: template}}
	}
	var list []segment
	from := 0
	for _, at := range regexp.MustCompile(place).FindAllStringIndex(t, -1) {
		list = append(list, segment{text: t[from:at[0]]})
		from = at[1]
		switch {
		case t[at[0]:at[1]] == "%%":
			list = append(list, segment{text: "%"})
		case len(values) > 0:
			list, values = append(list, segment{value: values[0]}), values[1:]
		}
	}
	return append(list, segment{text: t[from:]})
}

// joinedPatterns are the bound values around which the query itself puts the wildcards: name LIKE ? || '%'. text is the
// query.
func joinedPatterns(query string, values []python.Expr) (list []python.Expr) {
	places := regexp.MustCompile(`\?|%s|:\w+|\$\d+`).FindAllStringIndex(query, -1)
	joined := regexp.MustCompile(`(?i)like\s+(?:'%'\s*\|\|\s*)?(\?|%s|:\w+|\$\d+)(?:::\w+)?\s*\|\|\s*'|like\s+'%'\s*\|\|\s*(\?|%s|:\w+|\$\d+)|like\s+concat\(\s*'%'\s*,\s*(\?|%s|:\w+|\$\d+)`)
	for _, m := range joined.FindAllStringSubmatchIndex(query, -1) {
		start := max(m[2], m[4], m[6])
		i := slices.IndexFunc(places, func(p []int) bool { return p[0] == start })
		if i >= 0 && i < len(values) {
			list = append(list, values[i])
		}
	}
	return list
}
