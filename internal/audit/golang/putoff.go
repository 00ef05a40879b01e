package golang

import (
	"go/ast"
	"regexp"
	"strings"

	"sallyport/internal/audit"
)

// putOff are the words for something that is to be done later, and protection the words for what it is about. Comments
// have no syntax, so these are patterns.
func putOff() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(todo|fixme|xxx|hack|temporary|temporarily|for now|until later|remove (this )?before|disabled for (testing|debugging|development))\b`)
}

func protection() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(auth|authn|authz|authentication|authorization|authenticate|authorize|login|permissions?|access control|rate[ -]?limit(s|ing|er)?|csrf|xss|sanitiz(e|ation)|password|secrets?|api[ -]?keys?|encrypt(ion|ed)?|verify (the )?(signature|token|certificate)|signature (check|verification)|cors|tls verif\w+|certificate verification|insecure|security|secure this|sql injection|hard-?coded (key|secret|token|credential)s?)\b`)
}

// detectPutOff reports comments that put a protection off.
func detectPutOff(pass *audit.Pass) {
	later, about := putOff(), protection()
	for _, f := range load(pass.Project).files {
		for _, group := range f.tree.Comments {
			for _, c := range group.List {
				reportPutOff(pass, f, c, later, about)
			}
		}
	}
}

func reportPutOff(pass *audit.Pass, f *file, c *ast.Comment, later, about *regexp.Regexp) {
	line := f.line(c)
	for i, text := range strings.Split(c.Text, "\n") {
		if later.MatchString(text) && about.MatchString(text) {
			pass.Report(audit.Report{File: f.File, Line: line + i, Message: "a protection was put off: " + strings.Trim(strings.TrimSpace(text), "/* ")})
		}
	}
}
