package markup

import (
	"path"
	"strings"
)

// Script is a script inside a page.
type Script struct {
	Source       []byte
	Line, Column int    // of its first character, from 1, the column in bytes
	Ext          string // of the dialect: ".js", ".jsx", ".ts" or ".tsx"
}

// Extensions returns the endings of files that hold pages, components or templates of HTML, with their dots.
func Extensions() []string {
	return []string{".html", ".htm", ".xhtml", ".vue", ".svelte", ".astro", ".ejs", ".hbs", ".handlebars", ".mustache", ".jinja", ".jinja2", ".j2", ".djhtml", ".njk", ".twig"}
}

// Fragments returns the scripts of a file, ready to be parsed: where a template writes into one, something of
// the same length stands that is JavaScript, so that no place moves. The ending of name tells the template's
// language; Vue and Svelte write nothing into scripts.
func Fragments(content []byte, name string) []Script {
	scripts := Parse(content).Scripts
	switch strings.ToLower(path.Ext(name)) {
	case ".vue", ".svelte", ".astro":
		return scripts
	}
	for i := range scripts {
		if scripts[i].Ext != ".jsx" {
			scripts[i].Source = withoutTemplate(scripts[i].Source)
		}
	}
	return scripts
}

// scriptOf reads a start tag; nil when what follows is no script.
func scriptOf(attributes []Attribute) *Script {
	s := &Script{Ext: ".js"}
	for _, a := range attributes {
		value := strings.ToLower(strings.TrimSpace(a.Value))
		switch {
		case a.Name == "type" && value == "text/babel" || a.Name == "lang" && value == "jsx":
			s.Ext = ".jsx"
		case a.Name == "type" && !isScriptType(value):
			return nil
		case a.Name == "lang" && (value == "ts" || value == "typescript"):
			s.Ext = ".ts"
		case a.Name == "lang" && value == "tsx":
			s.Ext = ".tsx"
		}
	}
	return s
}

func isScriptType(value string) bool {
	kind, _, _ := strings.Cut(value, ";")
	switch strings.TrimSpace(kind) {
	case "", "module", "text/javascript", "application/javascript", "text/ecmascript", "application/x-javascript", "application/ecmascript":
		return true
	}
	return false
}

// withoutTemplate puts "0" for an expression of a template and spaces for its statements and comments.
func withoutTemplate(source []byte) []byte {
	text := append([]byte(nil), source...)
	for _, m := range Marks(string(source), Jinja(), EJS()) {
		for i := m.Start; i < m.End; i++ {
			if text[i] != '\n' {
				text[i] = ' '
			}
		}
		if m.Output && !joins(text, m.Start) {
			text[m.Start] = '0'
		}
	}
	return text
}

// joins says whether a value at an offset would make one word with what stands before it.
func joins(text []byte, at int) bool {
	if at == 0 {
		return false
	}
	c := text[at-1]
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}
