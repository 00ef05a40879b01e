package markup

import (
	"slices"
	"strings"
)

// Mark is what a template language reads in a text.
type Mark struct {
	Open         string // "{{", "{%", "{{{", "<%-", "{@html", ...
	Text         string // between the marks, without surrounding space
	Output       bool   // it writes a value
	Line, Column int    // of the opening, from 1, the column in bytes
	Start, End   int    // offsets of the whole
}

// Language is a template language: its delimiters, with longer openings before their beginnings.
type Language []delimiters

type delimiters struct {
	open, end string
	output    bool
	braces    bool // the end is the brace that closes the opening one
}

// Jinja is the language of Jinja, Django, Nunjucks and Twig.
func Jinja() Language {
	return Language{{open: "{{", end: "}}", output: true}, {open: "{%", end: "%}"}, {open: "{#", end: "#}"}}
}

// EJS is embedded JavaScript.
func EJS() Language {
	return Language{
		{open: "<%%"}, {open: "<%#", end: "%>"}, {open: "<%-", end: "%>", output: true}, {open: "<%=", end: "%>", output: true}, {open: "<%", end: "%>"},
	}
}

// Handlebars is the language of Handlebars and Mustache.
func Handlebars() Language {
	return Language{
		{open: "{{!--", end: "--}}"}, {open: "{{!", end: "}}"}, {open: "{{{", end: "}}}", output: true}, {open: "{{&", end: "}}", output: true},
		{open: "{{", end: "}}", output: true},
	}
}

// Svelte reads what writes HTML alone, of all that stands in braces.
func Svelte() Language { return Language{{open: "{@html", end: "}", output: true, braces: true}} }

// Marks returns the marks of the languages in the order of the text. Time grows with the length of the text alone.
func Marks(text string, languages ...Language) []Mark {
	var list []Mark
	positions := newLines([]byte(text))
	all := slices.Concat(languages...)
	missing := map[string]bool{} // ends that do not stand in the rest
	for at := 0; at < len(text); {
		next := strings.IndexAny(text[at:], "{<")
		if next < 0 {
			break
		}
		at += next
		i := slices.IndexFunc(all, func(d delimiters) bool { return strings.HasPrefix(text[at:], d.open) })
		if i < 0 || missing[all[i].end] {
			at++
			continue
		}
		d := all[i]
		from := at + len(d.open)
		end := d.find(text[from:])
		if end < 0 {
			missing[d.end] = true
			at++
			continue
		}
		m := Mark{Open: d.open, Text: strings.TrimSpace(text[from : from+end]), Output: d.output, Start: at, End: from + end + len(d.end)}
		m.Line, m.Column = positions.at(at)
		if d.end != "" {
			list = append(list, m)
		}
		at = m.End
	}
	return list
}

// window is how far an end in quotes is passed over, in bytes.
const window = 4096

// find returns the offset of the end. One inside of quotes does not count, if there is another.
func (d delimiters) find(rest string) int {
	plain := strings.Index(rest, d.end)
	if plain < 0 || d.end == "" || !d.output {
		return plain
	}
	quote, depth := byte(0), 0
	for i := 0; i < min(len(rest), window); i++ {
		switch c := rest[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case d.braces && c == '{':
			depth++
		case d.braces && c == '}' && depth > 0:
			depth--
		case strings.HasPrefix(rest[i:], d.end):
			return i
		}
	}
	return plain
}
