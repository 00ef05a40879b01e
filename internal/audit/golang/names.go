package golang

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// words splits a name into lower-case words: APIKey is api key, JWT_SECRET is jwt secret.
func words(name string) []string {
	var list []string
	var word []rune
	runes := []rune(name)
	flush := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		upper := unicode.IsUpper(r)
		if upper && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			flush()
		}
		word = append(word, r)
	}
	flush()
	return list
}

func hasWord(name string, list ...string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool { return slices.Contains(list, w) })
}

// isSecretName says whether a name is that of a secret's value.
func isSecretName(name string) bool {
	all := words(name)
	if len(all) == 0 || slices.Contains(all, "public") || slices.Contains(all, "publishable") {
		return false
	}
	last := all[len(all)-1]
	switch last {
	case "secret", "password", "passwd", "passphrase", "apikey", "credential", "credentials":
		return true
	case "token":
		return len(all) == 1 || !slices.Contains([]string{"next", "page", "last", "first", "continuation", "prev", "peek", "cur", "current", "sync", "cancel"}, all[len(all)-2])
	case "key":
		return len(all) > 1 && slices.Contains([]string{"api", "secret", "access", "private", "signing", "sign", "encryption", "master", "auth", "session", "jwt",
			"admin", "service", "hmac", "webhook", "account", "internal", "proxy", "rapidapi", "openai", "stripe", "anthropic", "app"}, all[len(all)-2])
	case "pass", "pwd", "pw":
		return len(all) > 1
	}
	return false
}

// isSecretList says whether a name is that of secrets to choose from.
func isSecretList(name string) bool {
	all := words(name)
	if len(all) == 0 {
		return false
	}
	return slices.Contains([]string{"keys", "tokens", "secrets", "apikeys", "passwords", "credentials"}, all[len(all)-1])
}

// lastName is the name at the end of a variable, a field or a call: cfg.APIKey gives APIKey.
func lastName(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return lastName(e.X)
	case *ast.IndexExpr:
		return lastName(e.X)
	case *ast.UnaryExpr:
		return lastName(e.X)
	}
	return ""
}

// rootName is the variable that an expression starts from: cfg.Auth.Key gives cfg.
func rootName(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return rootName(e.X)
	case *ast.IndexExpr:
		return rootName(e.X)
	case *ast.StarExpr:
		return rootName(e.X)
	case *ast.UnaryExpr:
		return rootName(e.X)
	}
	return ""
}

// text is an expression as it is written, so that two can be compared.
func text(e ast.Expr) string { return types.ExprString(ast.Unparen(e)) }

// maxJoined is how many literals that are joined are taken for one.
const maxJoined = 200

// literal returns the value of a string literal, also of several that are joined.
func literal(e ast.Expr) (string, bool) { return literalOf(e, maxJoined) }

func literalOf(e ast.Expr, depth int) (string, bool) {
	if e == nil || depth == 0 {
		return "", false
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, err := strconv.Unquote(e.Value)
			return s, err == nil
		}
	case *ast.BinaryExpr:
		right, ok := literalOf(e.Y, depth-1)
		if !ok || e.Op != token.ADD {
			return "", false
		}
		left, ok := literalOf(e.X, depth-1)
		return left + right, ok
	case *ast.CallExpr: // []byte("text")
		if t, ok := e.Fun.(*ast.ArrayType); ok && t.Len == nil && len(e.Args) == 1 {
			return literalOf(e.Args[0], depth-1)
		}
	}
	return "", false
}

// literalText is the value of a literal, or "".
func literalText(e ast.Expr) string {
	s, _ := literal(e)
	return s
}

// isEmptyTest returns what an expression tests for being empty: x == "" or len(x) == 0 give x, true;
// x != "", len(x) > 0 give x, false.
func isEmptyTest(e ast.Expr) (subject ast.Expr, empty, ok bool) {
	b, isBinary := ast.Unparen(e).(*ast.BinaryExpr)
	if !isBinary {
		return nil, false, false
	}
	if s, isText := literal(b.Y); isText && s == "" && (b.Op == token.EQL || b.Op == token.NEQ) {
		return trimmed(b.X), b.Op == token.EQL, true
	}
	if id, isIdent := b.Y.(*ast.Ident); isIdent && id.Name == "nil" && (b.Op == token.EQL || b.Op == token.NEQ) {
		return b.X, b.Op == token.EQL, true
	}
	call, isCall := ast.Unparen(b.X).(*ast.CallExpr)
	if !isCall || text(call.Fun) != "len" || len(call.Args) != 1 {
		return nil, false, false
	}
	switch number, _ := b.Y.(*ast.BasicLit); {
	case number == nil:
	case number.Value == "0" && b.Op == token.EQL, number.Value == "1" && b.Op == token.LSS:
		return trimmed(call.Args[0]), true, true
	case number.Value == "0" && (b.Op == token.NEQ || b.Op == token.GTR), number.Value == "1" && b.Op == token.GEQ:
		return trimmed(call.Args[0]), false, true
	}
	return nil, false, false
}

// isShortTest returns what len(x) < 16 looks at.
func isShortTest(e ast.Expr) (subject ast.Expr, ok bool) {
	b, isBinary := ast.Unparen(e).(*ast.BinaryExpr)
	if !isBinary || b.Op != token.LSS {
		return nil, false
	}
	call, isCall := ast.Unparen(b.X).(*ast.CallExpr)
	if !isCall || text(call.Fun) != "len" || len(call.Args) != 1 {
		return nil, false
	}
	return trimmed(call.Args[0]), true
}

// trimmed takes strings.TrimSpace off.
func trimmed(e ast.Expr) ast.Expr {
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok && len(call.Args) == 1 && strings.HasPrefix(text(call.Fun), "strings.Trim") {
		return call.Args[0]
	}
	return e
}

// contains reports whether a node or one below satisfies the test.
func contains(n ast.Node, test func(ast.Node) bool) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil || found {
			return false
		}
		found = test(n)
		return !found
	})
	return found
}

// each calls visit for every node of a type.
func each[T ast.Node](n ast.Node, visit func(T)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if t, ok := n.(T); ok {
			visit(t)
		}
		return true
	})
}

// mentions says whether an expression as it is written occurs in a node.
func mentions(n ast.Node, e ast.Expr) bool {
	return contains(n, func(n ast.Node) bool {
		x, ok := n.(ast.Expr)
		return ok && same(x, e)
	})
}

// same compares two expressions as they are written: names, fields, elements and calls.
func same(a, b ast.Expr) bool {
	a, b = ast.Unparen(a), ast.Unparen(b)
	switch a := a.(type) {
	case *ast.Ident:
		b, ok := b.(*ast.Ident)
		return ok && a.Name == b.Name
	case *ast.BasicLit:
		b, ok := b.(*ast.BasicLit)
		return ok && a.Value == b.Value
	case *ast.SelectorExpr:
		b, ok := b.(*ast.SelectorExpr)
		return ok && a.Sel.Name == b.Sel.Name && same(a.X, b.X)
	case *ast.IndexExpr:
		b, ok := b.(*ast.IndexExpr)
		return ok && same(a.X, b.X) && same(a.Index, b.Index)
	case *ast.CallExpr:
		b, ok := b.(*ast.CallExpr)
		return ok && same(a.Fun, b.Fun) && slices.EqualFunc(a.Args, b.Args, same)
	}
	return false
}

func mentionsName(n ast.Node, name string) bool {
	return contains(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && id.Name == name
	})
}
