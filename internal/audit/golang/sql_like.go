package golang

import (
	"go/ast"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectLike reports patterns of LIKE in which a value stands as it is sent.
func detectLike(pass *audit.Pass) {
	for _, u := range load(pass.Project).units {
		each(u.node, func(call *ast.CallExpr) {
			query := u.queryArgument(call)
			if query == nil || !u.flows(query, isLikeQuery) || u.flows(query, func(e ast.Expr) bool { return strings.Contains(strings.ToUpper(literalText(e)), "ESCAPE") }) {
				return
			}
			if u.flows(query, isOpenPattern) && u.unsafePart(query) != nil {
				u.report(pass, call, "a value from outside may hold the wildcards of LIKE")
				return
			}
			for _, arg := range call.Args {
				if arg == query {
					continue
				}
				if (u.flows(arg, u.isPattern) || u.flows(query, isOpenBound) && !isContext(arg) && u.isOpenText(arg)) && !u.escapesLike(arg) {
					u.report(pass, call, "a value from outside may hold the wildcards of LIKE")
					return
				}
			}
		})
	}
}

// isOpenPattern knows a pattern of LIKE that ends in the middle, for a value to follow.
func isOpenPattern(e ast.Expr) bool {
	s := strings.ToUpper(literalText(e))
	return strings.Contains(s, "LIKE '%%%S") || strings.HasSuffix(s, "LIKE '%") || strings.HasSuffix(s, "LIKE '") || strings.Contains(s, "LIKE '%S")
}

// isOpenBound knows SQL that puts the wildcards around a parameter itself: LIKE '%' || $1.
func isOpenBound(e ast.Expr) bool {
	s := strings.ToUpper(strings.Join(strings.Fields(literalText(e)), ""))
	for _, mark := range []string{"?", "$", ":", "@"} {
		if strings.Contains(s, "LIKE'%'||"+mark) || strings.Contains(s, "LIKECONCAT('%',"+mark) {
			return true
		}
	}
	return false
}

func isLikeQuery(e ast.Expr) bool {
	s := strings.ToUpper(literalText(e))
	return strings.Contains(s, "LIKE ")
}

// isPattern knows "%" + q + "%" and fmt.Sprintf("%%%s%%", q).
func (u *unit) isPattern(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if u.isPartOfSum(e) {
			return false
		}
		parts := joined(e)
		return len(parts) > 1 && slices.ContainsFunc(parts, func(p ast.Expr) bool {
			return strings.Trim(literalText(p), "%_") == "" && strings.Contains(literalText(p), "%")
		}) &&
			slices.ContainsFunc(parts, func(p ast.Expr) bool { return !u.isFixed(p) })
	case *ast.CallExpr:
		return text(e.Fun) == "fmt.Sprintf" && len(e.Args) > 1 && strings.Contains(literalText(e.Args[0]), "%%") && !u.isFixed(e.Args[1])
	}
	return false
}

func (u *unit) escapesLike(e ast.Expr) bool {
	return u.flows(e, func(e ast.Expr) bool {
		call, ok := e.(*ast.CallExpr)
		if !ok {
			return false
		}
		name := lastName(call.Fun)
		return hasWord(name, "escape", "escaped", "like", "sanitize", "quote") || name == "Replace" && hasWord(text(call.Fun), "escaper", "like", "escape") ||
			text(call.Fun) == "strings.ReplaceAll" && len(call.Args) == 3 && literalText(call.Args[1]) == "%"
	})
}
