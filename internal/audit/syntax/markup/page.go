// Package markup reads HTML and what templates write into it: elements with the places of their attributes,
// comments, inline scripts, and the marks of template languages.
package markup

import (
	"bytes"
	"sort"

	"golang.org/x/net/html"
)

// Attribute is one attribute of an element.
type Attribute struct {
	Element, Name string // in lower case
	Value         string // without quotes and character references
	Line, Column  int    // of the name, from 1, the column in bytes
}

// Comment is an HTML comment.
type Comment struct {
	Text         string // without its marks
	Line, Column int    // of the text's first character, from 1, the column in bytes
}

// Page is what a file of HTML holds, in the order of the file. Files that are not well-formed are read as browsers
// read them: there is no error.
type Page struct {
	Attributes []Attribute
	Comments   []Comment
	Scripts    []Script
}

// Parse reads HTML, also that of Vue, Svelte and templates.
func Parse(content []byte) *Page {
	r := &reader{page: &Page{}, lines: newLines(content)}
	z := html.NewTokenizer(bytes.NewReader(content))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return r.page
		}
		raw := z.Raw()
		r.token(kind, raw)
		r.offset += len(raw)
	}
}

type reader struct {
	page   *Page
	lines  *lines
	offset int
	script *Script // its start tag was the last one
}

func (r *reader) token(kind html.TokenType, raw []byte) {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		r.script = nil
		r.element(raw)
	case html.EndTagToken:
		r.script = nil
	case html.TextToken:
		if r.script != nil && len(bytes.TrimSpace(raw)) > 0 {
			r.script.Source = bytes.Clone(raw)
			r.script.Line, r.script.Column = r.lines.at(r.offset)
			r.page.Scripts = append(r.page.Scripts, *r.script)
		}
	case html.CommentToken:
		text, marks := bytes.CutPrefix(raw, []byte("<!--"))
		line, column := r.lines.at(r.offset + len(raw) - len(text))
		if marks {
			r.page.Comments = append(r.page.Comments, Comment{string(bytes.TrimSuffix(text, []byte("-->"))), line, column})
		}
	}
}

func (r *reader) element(raw []byte) {
	name, rest := elementName(raw)
	from := len(r.page.Attributes)
	for at := rest; at < len(raw); {
		a, next := attribute(raw, at)
		if next <= at {
			break
		}
		at = next
		if a.name[0] == a.name[1] {
			continue
		}
		line, column := r.lines.at(r.offset + a.name[0])
		r.page.Attributes = append(r.page.Attributes, Attribute{
			Element: name, Name: string(bytes.ToLower(raw[a.name[0]:a.name[1]])),
			Value: html.UnescapeString(string(raw[a.value[0]:a.value[1]])), Line: line, Column: column,
		})
	}
	if name == "script" {
		r.script = scriptOf(r.page.Attributes[from:])
	}
}

// lines turn offsets into lines and columns.
type lines struct{ starts []int }

func newLines(content []byte) *lines {
	l := &lines{[]int{0}}
	for i, c := range content {
		if c == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

func (l *lines) at(offset int) (line, column int) {
	line = sort.SearchInts(l.starts, offset+1)
	return line, offset - l.starts[line-1] + 1
}
