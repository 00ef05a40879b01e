package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// fallback is a value that stands in for one that is missing.
type fallback struct {
	node  ast.Node
	name  string // of the variable, the field or the setting
	value string
}

// fallbacks finds the defaults of a unit in every form.
func (u *unit) fallbacks() []fallback {
	var list []fallback
	ast.Inspect(u.node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			list = append(list, u.fallbackIf(n)...)
		case *ast.CallExpr:
			list = append(list, u.fallbackCall(n)...)
		case *ast.BlockStmt:
			list = append(list, u.fallbackBefore(n)...)
		}
		return true
	})
	return list
}

// fallbackIf knows if x == "" { x = "value" }, if v, ok := os.LookupEnv(…); !ok { x = "value" }, and the same with
// return. A branch that may also end the program decides more than a default.
func (u *unit) fallbackIf(s *ast.IfStmt) []fallback {
	subject, empty, ok := isEmptyTest(s.Cond)
	if not, isNot := ast.Unparen(s.Cond).(*ast.UnaryExpr); isNot && not.Op == token.NOT && lastName(not.X) == "ok" {
		subject, empty, ok = not.X, true, true
	}
	if !ok || !empty || fails(s.Body) || fails(s) {
		return nil
	}
	var list []fallback
	for _, statement := range s.Body.List {
		switch b := statement.(type) {
		case *ast.AssignStmt:
			if value, isText := u.constant(b.Rhs[0]); isText && len(b.Lhs) == 1 {
				list = append(list, fallback{b, u.settingName(b.Lhs[0], subject), value})
			}
		case *ast.ReturnStmt:
			if len(b.Results) == 0 {
				continue
			}
			if value, isText := u.constant(b.Results[0]); isText {
				list = append(list, fallback{b, u.settingName(subject, subject), value})
			}
		}
	}
	return list
}

// settingName is the name of a variable that is read from the environment, or of what it is kept in.
func (u *unit) settingName(e, other ast.Expr) string {
	name := ""
	for _, from := range []ast.Expr{e, other} {
		if field, ok := ast.Unparen(from).(*ast.SelectorExpr); ok {
			from = u.prog.fields[field.Sel.Name]
		}
		u.flows(from, func(x ast.Expr) bool {
			if call, ok := x.(*ast.CallExpr); ok && name == "" {
				name, _ = u.envName(call)
			}
			return false
		})
	}
	if name != "" {
		return name
	}
	if call, ok := e.(*ast.CallExpr); ok {
		return lastName(call.Fun)
	}
	return lastName(e)
}

// fallbackCall knows getenv("NAME", "value"), cmp.Or(os.Getenv("NAME"), "value"), viper.SetDefault("name", "value")
// and flag.String("name", "value", …).
func (u *unit) fallbackCall(call *ast.CallExpr) []fallback {
	imported, name := u.called(call.Fun)
	if len(call.Args) < 2 {
		return nil
	}
	first, isText := u.constant(call.Args[0])
	second, hasDefault := u.constant(call.Args[1])
	switch {
	case imported == "cmp" && name == "Or" && len(call.Args) == 2 && hasDefault:
		return []fallback{{call, u.settingName(call.Args[0], call.Args[0]), second}}
	case !isText:
		return nil
	case name == "SetDefault":
		return []fallback{{call, first, fixedText(call.Args[1])}}
	case imported == "flag" || strings.HasSuffix(imported, "/pflag"):
		return flagDefault(call, name, first)
	case imported == "os" || imported == "strings" || imported == "net/http" || imported == "fmt":
		return nil
	case looksLikeEnvironment(first) && (u.isEnvHelper(call, name)):
		return []fallback{{call, first, fixedText(call.Args[len(call.Args)-1])}}
	}
	return nil
}

func flagDefault(call *ast.CallExpr, kind, name string) []fallback {
	switch {
	case kind == "String" || kind == "Bool":
		return []fallback{{call, name, fixedText(call.Args[1])}}
	case (kind == "StringVar" || kind == "BoolVar") && len(call.Args) > 2:
		return []fallback{{call, literalText(call.Args[1]), fixedText(call.Args[2])}}
	}
	return nil
}

func fixedText(e ast.Expr) string {
	if s, ok := literal(e); ok {
		return s
	}
	if name := lastName(e); name == "true" || name == "false" {
		return name
	}
	return ""
}

func looksLikeEnvironment(s string) bool {
	return s != "" && s == strings.ToUpper(s) && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// isEnvHelper says whether a function reads the environment, by its name or what it does.
func (u *unit) isEnvHelper(call *ast.CallExpr, name string) bool {
	if hasWord(name, "env", "getenv", "envor", "envdefault", "lookup", "config", "setting", "default", "fallback", "or") {
		return true
	}
	return slices.ContainsFunc(u.prog.resolve(u.file, call.Fun), func(fn *function) bool {
		return fn.Body != nil && contains(fn.Body, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			return ok && fn.file.is(c, "os", "Getenv", "LookupEnv")
		})
	})
}

// fallbackBefore knows x := "value"; if v := os.Getenv("NAME"); v != "" { x = v }.
func (u *unit) fallbackBefore(block *ast.BlockStmt) []fallback {
	var list []fallback
	for i := 0; i+1 < len(block.List); i++ {
		first, ok := block.List[i].(*ast.AssignStmt)
		if !ok || len(first.Lhs) != 1 {
			continue
		}
		value, isText := u.constant(first.Rhs[0])
		next, isIf := block.List[i+1].(*ast.IfStmt)
		if !isText || !isIf || next.Else != nil {
			continue
		}
		each(next.Body, func(s *ast.AssignStmt) {
			if len(s.Lhs) == 1 && same(s.Lhs[0], first.Lhs[0]) && u.flows(s.Rhs[0], u.readsEnvironment) {
				list = append(list, fallback{first, u.settingName(s.Rhs[0], s.Lhs[0]), value})
			}
		})
	}
	return list
}

func (u *unit) readsEnvironment(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	return ok && u.is(call, "os", "Getenv", "LookupEnv")
}

// tagFallbacks finds the defaults in the tags of structs that libraries fill from the environment.
func tagFallbacks(f *file) []fallback {
	var list []fallback
	each(f.tree, func(field *ast.Field) {
		if field.Tag == nil {
			return
		}
		tag := reflect.StructTag(strings.Trim(field.Tag.Value, "`"))
		value := ""
		for _, key := range []string{"envDefault", "default", "env-default"} {
			if v, ok := tag.Lookup(key); ok {
				value = v
			}
		}
		name, _, _ := strings.Cut(tag.Get("env"), ",")
		if name == "" {
			name = tag.Get("envconfig")
		}
		if name == "" && len(field.Names) > 0 {
			name = field.Names[0].Name
		}
		if value != "" {
			list = append(list, fallback{field, name, value})
		}
	})
	return list
}

// isSecret says whether a default is one of a secret: by the name, or a password in an address.
func (d fallback) isSecret() bool {
	if d.value == "" || strings.Contains(d.value, "${") || isHint(d.value) {
		return false
	}
	if isSecretName(d.name) || looksLikeEnvironment(d.name) && isKeyVariable(d.name) && isKeyText(d.value) {
		return true
	}
	address, err := url.Parse(d.value)
	if err != nil || address.User == nil || address.Host == "" {
		return false
	}
	password, set := address.User.Password()
	return set && password != ""
}

// isKeyText says whether a text may be a key, and is no name of a file, a column or a setting.
func isKeyText(value string) bool {
	return len(value) >= 12 && !strings.ContainsAny(value, "/. {:,")
}

// isHint says whether a value is a word to the reader: nobody runs with it.
func isHint(value string) bool {
	v := strings.ToLower(value)
	return strings.HasPrefix(v, "<") || strings.HasPrefix(v, "your-") || strings.HasPrefix(v, "your_") || strings.Trim(v, "x*.-") == "" || v == "none" || v == "true" || v == "false"
}

// detectSecretDefaults reports defaults of secrets.
func detectSecretDefaults(pass *audit.Pass) {
	prog := load(pass.Project)
	report := func(f *file, d fallback) {
		if d.isSecret() {
			pass.Report(audit.Report{File: f.File, Line: f.line(d.node), Redact: []string{d.value}, Key: "default " + d.name,
				Message: fmt.Sprintf("%s has a default that is used when it is missing", d.name)})
		}
	}
	for _, u := range prog.units {
		for _, d := range u.fallbacks() {
			report(u.file, d)
		}
	}
	for _, f := range prog.files {
		for _, d := range tagFallbacks(f) {
			report(f, d)
		}
	}
}

// isDebug says whether a default switches debug on. That of the kind of environment counts where the program has a
// debug mode.
func (d fallback) isDebug(debugs bool) bool {
	value := strings.ToLower(d.value)
	development := value == "development" || value == "dev" || value == "debug"
	name := words(d.name)
	last := ""
	if len(name) > 0 {
		last = name[len(name)-1]
	}
	switch {
	case last == "debug" || strings.EqualFold(d.name, "DEBUG_MODE"):
		return value == "true" || value == "1"
	case strings.EqualFold(d.name, "GIN_MODE"):
		return value == "debug"
	case last == "env" || last == "environment" || last == "stage":
		return development && debugs
	}
	return false
}

// detectDebugDefaults reports debug modes that are on when nothing says otherwise.
func detectDebugDefaults(pass *audit.Pass) {
	prog := load(pass.Project)
	debugs := slices.ContainsFunc(prog.units, (*unit).decidesDebug)
	for _, u := range prog.units {
		for _, d := range u.fallbacks() {
			if d.isDebug(debugs) {
				u.report(pass, d.node, fmt.Sprintf("%s means debug when it is missing", d.name))
			}
		}
		ast.Inspect(u.node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if u.is(n, "github.com/gin-gonic/gin", "SetMode") && len(n.Args) == 1 && lastName(n.Args[0]) == "DebugMode" && len(u.guards(n)) == 0 {
					u.report(pass, n, "gin runs in debug mode")
				}
			case *ast.AssignStmt:
				u.reportDebugAssignment(pass, n)
			case *ast.KeyValueExpr:
				if hasWord(lastName(n.Key), "debug") && u.trueWhenUnset(n.Value) {
					u.report(pass, n, fmt.Sprintf("%s is on unless the environment says otherwise", text(n.Key)))
				}
			}
			return true
		})
	}
	for _, f := range prog.files {
		for _, d := range tagFallbacks(f) {
			if d.isDebug(debugs) {
				pass.Report(audit.Report{File: f.File, Line: f.line(d.node), Message: fmt.Sprintf("%s means debug when it is missing", d.name)})
			}
		}
	}
}

// decidesDebug says whether a unit has something named debug that an environment may decide.
func (u *unit) decidesDebug() bool {
	return contains(u.node, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && (id.Name == "Debug" || id.Name == "debug" || id.Name == "DebugMode" || id.Name == "isDebug" || id.Name == "IsDebug")
	})
}

// reportDebugAssignment knows debug := os.Getenv("ENV") != "production" and e.Debug = true.
func (u *unit) reportDebugAssignment(pass *audit.Pass, s *ast.AssignStmt) {
	if len(s.Lhs) != 1 || len(s.Rhs) != 1 || !hasWord(lastName(s.Lhs[0]), "debug") {
		return
	}
	if u.trueWhenUnset(s.Rhs[0]) {
		u.report(pass, s, fmt.Sprintf("%s is on unless the environment says otherwise", text(s.Lhs[0])))
	}
	if right, ok := ast.Unparen(s.Rhs[0]).(*ast.Ident); ok {
		field, isField := s.Lhs[0].(*ast.SelectorExpr)
		if right.Name == "true" && isField && u.uses("github.com/labstack/echo") && field.Sel.Name == "Debug" && len(u.guards(s)) == 0 {
			u.report(pass, s, "echo runs in debug mode, which shows errors to callers")
		}
	}
}

// trueWhenUnset says whether a comparison with a variable of the environment holds when that is missing.
func (u *unit) trueWhenUnset(e ast.Expr) bool {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	if !ok || !u.flows(b.X, u.readsEnvironment) {
		return false
	}
	value, isText := literal(b.Y)
	return isText && (b.Op == token.NEQ && value != "" || b.Op == token.EQL && value == "")
}
