package golang

import (
	"go/ast"
	"regexp"
	"strings"

	"sallyport/internal/audit"
)

// protection are the words for what protects a program. Comments have no syntax, so these are patterns.
const protection = `(auth|authn|authz|authentication|authorization|authenticate|authorize|login|permissions?|access control|rate[ -]?limit(s|ing|er)?|csrf|xss|` +
	`sanitiz(e|ation)|password|api[ -]?keys?|encrypt(ion)?|verify (the )?(signature|token|certificate)|signature (check|verification)|cors|tls verif\w+|` +
	`certificate verification|insecure|security( check| headers?)|sql injection|hard-?coded (key|secret|token|password|credential)s?|secrets? (in|from|to) |protect (this|it|the)|lock (this|it) down|(any(body|one)|every(body|one)) can)`

// marked finds a protection right after the mark of something that is left to do, and lax one beside the words for
// something that is left open for a time.
func marked() *regexp.Regexp {
	return regexp.MustCompile(`\b(TODO|Todo|todo|FIXME|fixme|XXX|HACK)\b(\([^)]*\))?[^\w"` + "`" + `]*(\w+[^\w.:;="` + "`" + `]+){0,4}(?i:` + protection + `)\b`)
}

func lax() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(\b(skip(s|ped)?|disabl(e|ed|es)|bypass(ed)?|without|no|allow(s|ed)?( all)?|turn(ed)? off|remove[ds]?)\b.*\b` + protection + `\b.*\b(temporar(y|ily)|for now|until|later|before (release|deploy|production))\b|` +
		`\b(temporar(y|ily)|for now|until later)\b.*\b(skip(s|ped)?|disabl(e|ed|es)|bypass(ed)?|without|no|allow(s|ed)?( all)?|turn(ed)? off)\b.*\b` + protection + `\b|` +
		protection + `\b.*\b(disabled|skipped|bypassed|off)\b.*\b(temporar(y|ily)|for now|for (testing|debugging|development))\b)`)
}

// detectPutOff reports comments that put a protection off.
func detectPutOff(pass *audit.Pass) {
	todo, temporary := marked(), lax()
	for _, f := range load(pass.Project).files {
		for _, group := range f.tree.Comments {
			for _, c := range group.List {
				reportPutOff(pass, f, c, todo, temporary)
			}
		}
	}
}

func reportPutOff(pass *audit.Pass, f *file, c *ast.Comment, todo, temporary *regexp.Regexp) {
	line := f.line(c)
	for i, text := range strings.Split(c.Text, "\n") {
		if todo.MatchString(text) || temporary.MatchString(text) {
			pass.Report(audit.Report{File: f.File, Line: line + i, Message: "a protection was put off: " + strings.Trim(strings.TrimSpace(text), "/* ")})
		}
	}
}
