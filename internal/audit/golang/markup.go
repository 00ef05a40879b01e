package golang

import (
	"go/ast"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// detectMarkup reports text that becomes markup: template.HTML and its kin, text/template for pages, and markup that
// is formatted by hand.
func detectMarkup(pass *audit.Pass) {
	prog := load(pass.Project)
	for _, u := range prog.units {
		seen := map[int]bool{}
		each(u.node, func(call *ast.CallExpr) {
			if seen[u.line(call)] {
				return
			}
			imported, name := u.called(call.Fun)
			switch {
			case imported == "html/template" && slices.Contains([]string{"HTML", "JS", "HTMLAttr", "CSS", "URL", "JSStr", "Srcset"}, name) && len(call.Args) == 1:
				if !u.isFixed(call.Args[0]) && !u.sanitised(call.Args[0]) {
					seen[u.line(call)] = true
					u.report(pass, call, "template."+name+" takes the text for safe markup")
				}
			default:
				if value := u.formatsMarkup(call); value != nil {
					seen[u.line(call)] = true
					u.report(pass, call, "markup is put together with a value that is not escaped")
				}
			}
		})
	}
	for _, f := range prog.files {
		reportTextTemplate(pass, prog, f)
	}
}

// isFixed says whether a value is a literal or a constant.
func (u *unit) isFixed(e ast.Expr) bool {
	if _, ok := u.constant(e); ok {
		return true
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	if u.pkg.constants[id.Name] {
		return true
	}
	list := u.assigned[id.Name]
	if value, known := u.pkg.values[id.Name]; known && len(list) == 0 && u.params[id.Name] == nil {
		_, isLiteral := literal(value)
		return value == nil || isLiteral // without a value it is embedded
	}
	return len(list) > 0 && u.params[id.Name] == nil && !slices.ContainsFunc(list, func(e ast.Expr) bool { _, ok := u.constant(e); return !ok })
}

// sanitised says whether a value went through something that escapes or cleans it, or is no text.
func (u *unit) sanitised(e ast.Expr) bool {
	return u.flows(e, func(e ast.Expr) bool {
		call, ok := e.(*ast.CallExpr)
		if !ok {
			return false
		}
		imported, name := u.called(call.Fun)
		if name == "String" && len(call.Args) == 0 && (u.executedInto(rootName(call.Fun)) || u.writtenSafely(rootName(call.Fun))) {
			return true
		}
		return hasWord(name, "escape", "sanitize", "sanitise", "escaper", "escaped", "sanitized", "clean", "quote") || imported == "strconv" || name == "QueryEscape" || name == "JSEscapeString" ||
			strings.HasPrefix(name, "HTMLEscape") || imported == "encoding/json" && name == "Marshal" || name == "len" || name == "int" || name == "Convert" && u.uses("github.com/yuin/goldmark")
	})
}

// executedInto says whether a template was executed into a buffer.
func (u *unit) executedInto(buffer string) bool {
	return contains(u.node, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && strings.HasPrefix(lastName(call.Fun), "Execute") && len(call.Args) > 0 && rootName(call.Args[0]) == buffer
	})
}

// writtenSafely says whether all that is written into a buffer is fixed or escaped.
func (u *unit) writtenSafely(buffer string) bool {
	written, safe := false, true
	each(u.node, func(call *ast.CallExpr) {
		s, ok := call.Fun.(*ast.SelectorExpr)
		values := call.Args
		switch {
		case ok && isName(s.X, buffer) && strings.HasPrefix(s.Sel.Name, "Write"):
		case ok && strings.HasPrefix(s.Sel.Name, "Fprint") && len(call.Args) > 1 && rootName(call.Args[0]) == buffer:
			values = call.Args[1:]
		default:
			return
		}
		written = true
		safe = safe && !slices.ContainsFunc(values, func(e ast.Expr) bool { return !u.isFixed(e) && !u.sanitised(e) })
	})
	return written && safe
}

// formatsMarkup returns a value from a request that is put into markup which a call sends, or nil.
func (u *unit) formatsMarkup(call *ast.CallExpr) ast.Expr {
	values := u.answers(call)
	if len(values) == 0 || isStructured(lastName(call.Fun)) {
		return nil
	}
	for i, value := range values {
		if s, ok := literal(value); ok && isFormatting(lastName(call.Fun)) && isMarkup(s) {
			return u.firstUnsafe(values[i+1:])
		}
	}
	for _, value := range values {
		if found := u.unsafeIn(value); found != nil {
			return found
		}
	}
	return nil
}

func isStructured(name string) bool {
	return strings.Contains(name, "JSON") || name == "Encode" || name == "Execute" || name == "ExecuteTemplate" || name == "XML" || name == "YAML" || name == "Error" || name == "Redirect"
}

// unsafeIn looks for markup that is joined or formatted with a value from a request, also in a variable.
func (u *unit) unsafeIn(value ast.Expr) (found ast.Expr) {
	u.flows(value, func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.BinaryExpr:
			if u.isPartOfSum(e) {
				return false
			}
			parts := joined(e)
			if slices.ContainsFunc(parts, func(p ast.Expr) bool { s, ok := literal(p); return ok && isMarkup(s) }) {
				found = u.firstUnsafe(parts)
			}
		case *ast.CallExpr:
			if len(e.Args) > 1 && text(e.Fun) == "fmt.Sprintf" {
				if s, ok := u.constant(e.Args[0]); ok && isMarkup(s) {
					found = u.firstUnsafe(e.Args[1:])
				}
			}
		}
		return found != nil
	})
	return found
}

func (u *unit) firstUnsafe(values []ast.Expr) ast.Expr {
	for _, v := range values {
		if u.fromRequest(v) && !u.sanitised(v) {
			return v
		}
	}
	return nil
}

// isMarkup says whether text holds a tag.
func isMarkup(s string) bool {
	i := strings.IndexByte(s, '<')
	return i >= 0 && i+1 < len(s) && (s[i+1] == '/' || s[i+1] == '!' || s[i+1] >= 'a' && s[i+1] <= 'z' || s[i+1] >= 'A' && s[i+1] <= 'Z')
}

// reportTextTemplate reports the first answer of a file that a text/template with markup is executed into.
func reportTextTemplate(pass *audit.Pass, prog *program, f *file) {
	if !f.uses("text/template") || f.uses("html/template") {
		return
	}
	markup := false
	var executed ast.Node
	for _, u := range prog.units {
		if u.file != f {
			continue
		}
		each(u.node, func(n *ast.BasicLit) {
			if s, ok := literal(n); ok {
				markup = markup || isMarkup(s) || strings.HasSuffix(s, ".html") || strings.HasSuffix(s, ".gohtml") || strings.HasSuffix(s, ".tmpl")
			}
		})
		each(u.node, func(call *ast.CallExpr) {
			if executed == nil && strings.HasPrefix(lastName(call.Fun), "Execute") && len(call.Args) > 0 && u.isWriter(call.Args[0]) {
				executed = call
			}
		})
	}
	if markup && executed != nil {
		pass.Report(audit.Report{File: f.File, Line: f.line(executed), Message: "the page is made with text/template, which escapes nothing", Confidence: finding.Likely,
			Fix: "Import html/template, which has the same functions and escapes by context."})
	}
}
