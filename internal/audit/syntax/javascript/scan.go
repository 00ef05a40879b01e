package javascript

import "strings"

// Comment is a comment of the original text.
type Comment struct {
	Text   string // without its marks
	Line   int    // from 1
	Column int    // from 1, in bytes
}

// Comments finds the comments of a source text. It knows strings, templates and regular expressions well
// enough not to look for comments in them, and takes text of JSX for code.
func Comments(source string) []Comment {
	s := scanner{text: source}
	s.scan()
	return s.comments
}

// StripComments blanks the comments and the commas before closing brackets of a JSON text that has them, as
// configurations of the TypeScript compiler do.
func StripComments(source []byte) []byte {
	s := scanner{text: string(source)}
	s.scan()
	text := []byte(s.text)
	for _, c := range s.spans {
		for i := c[0]; i < c[1]; i++ {
			if text[i] != '\n' {
				text[i] = ' '
			}
		}
	}
	for _, at := range s.trailing {
		text[at] = ' '
	}
	return text
}

// The limits of nesting. Both parsers are recursive, and the stack of a Go program cannot be won back.
const (
	maxBrackets = 500   // esbuild's time grows with the cube of functions in functions that share names
	maxPrefixes = 20000 // operators without brackets, such as !!!!x
	arrowWeight = 60    // of a function that returns a function, beside an operator
	maxDefaults = 6     // arrow functions in the parameters of arrow functions, for which goja starts over
)

// bounded returns the text as the parsers may have it, and the first line where it is nested deeper than they
// should be given, or 0. "for await" becomes "for", at the same places: goja does not know it.
func bounded(source string) (string, int) {
	s := scanner{text: source}
	s.scan()
	if rest, ok := strings.CutPrefix(source, "#!"); ok {
		source = "//" + rest
	}
	if len(s.forAwait) == 0 {
		return source, s.deep
	}
	text := []byte(source)
	for _, at := range s.forAwait {
		copy(text[at:], "     ")
	}
	return string(text), s.deep
}

// scanner reads just enough of the tokens.
type scanner struct {
	text     string
	at       int
	line     int // from 0
	start    int // of the line
	operand  bool
	comments []Comment
	levels   []level
	deep     int
	last     string // the word before, when nothing else stood between
	forAwait []int  // offsets of await behind for
	spans    [][2]int
	comma    int // offset behind the comma that was the last token, or 0
	trailing []int
}

// level is an open bracket.
type level struct {
	template bool // the code inside ${ }
	prefixes int  // operators and keywords that nest what follows them
	arrows   int  // how deep arrow functions stand in parameters of arrow functions
}

func (s *scanner) scan() {
	s.levels = []level{{}}
	for s.at < len(s.text) {
		s.token()
	}
}

func (s *scanner) token() {
	c := s.text[s.at]
	switch {
	case c == '\n':
		s.newline()
	case c == ' ' || c == '\t' || c == '\r':
		s.at++
	case strings.HasPrefix(s.text[s.at:], "//"):
		s.comment("\n", 0)
	case strings.HasPrefix(s.text[s.at:], "/*"):
		s.comment("*/", 2)
	case c == '"' || c == '\'':
		s.quoted(c)
	case c == '`':
		s.at++
		s.template()
	case c == '/' && !s.operand:
		s.regexp()
	case isWord(c):
		s.word()
	default:
		s.punctuation(c)
	}
}

func (s *scanner) newline() {
	s.at++
	s.line++
	s.start = s.at
}

// comment reads until end, of whose length skip belongs to the comment.
func (s *scanner) comment(end string, skip int) {
	rest := s.text[s.at+2:]
	n := strings.Index(rest, end)
	if n < 0 {
		n, skip = len(rest), 0
	}
	s.comments = append(s.comments, Comment{strings.TrimSpace(rest[:n]), s.line + 1, s.at - s.start + 1})
	s.spans = append(s.spans, [2]int{s.at, s.at + 2 + n + skip})
	s.advance(s.at + 2 + n + skip)
}

// advance moves to an offset and counts the lines between.
func (s *scanner) advance(to int) {
	for s.at < to {
		if s.text[s.at] == '\n' {
			s.newline()
			continue
		}
		s.at++
	}
}

// quoted reads a string, which ends at the end of the line at the latest.
func (s *scanner) quoted(quote byte) {
	s.comma = 0
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			if s.at+1 < len(s.text) && s.text[s.at+1] != '\n' {
				s.at++
			}
			continue
		case '\n':
			s.operand = true
			return
		case quote:
			s.at++
			s.operand = true
			return
		}
	}
}

// template reads the text of a template, up to its end or the next ${.
func (s *scanner) template() {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '\\':
			s.advance(min(s.at+2, len(s.text)))
		case c == '`':
			s.at++
			s.operand = true
			return
		case strings.HasPrefix(s.text[s.at:], "${"):
			s.at += 2
			s.open(level{template: true})
			return
		case c == '\n':
			s.newline()
		default:
			s.at++
		}
	}
}

// regexp reads a regular expression, or one slash when there is none on the line.
func (s *scanner) regexp() {
	class := false
	for i := s.at + 1; i < len(s.text) && s.text[i] != '\n'; i++ {
		switch c := s.text[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			s.at, s.operand = i+1, true
			return
		}
	}
	s.at++
	s.operand = false
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c == '#' || c == '@' || c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func (s *scanner) word() {
	from := s.at
	s.comma = 0
	for s.at < len(s.text) && isWord(s.text[s.at]) {
		s.at++
	}
	word := s.text[from:s.at]
	if word == "await" && s.last == "for" {
		s.forAwait = append(s.forAwait, from)
	}
	s.last = word
	switch word {
	case "const", "var", "export", "return":
		s.levels[len(s.levels)-1].prefixes = 0
		s.operand = false
	case "if", "for", "while", "with", "else", "do", "await", "typeof", "delete", "void", "new", "yield", "case", "throw", "in", "of", "instanceof":
		s.prefix(1)
		s.operand = false
	default:
		s.operand = true
	}
}

func (s *scanner) prefix(weight int) {
	top := &s.levels[len(s.levels)-1]
	top.prefixes += weight
	s.check(top.prefixes > maxPrefixes)
}

func (s *scanner) check(deep bool) {
	if deep && s.deep == 0 {
		s.deep = s.line + 1
	}
}

func (s *scanner) open(l level) {
	s.levels = append(s.levels, l)
	s.check(len(s.levels) > maxBrackets)
	s.operand = false
}

func (s *scanner) punctuation(c byte) {
	s.at++
	s.last = ""
	if (c == ']' || c == '}') && s.comma > 0 {
		s.trailing = append(s.trailing, s.comma-1)
	}
	s.comma = 0
	if c == ',' {
		s.comma = s.at
	}
	switch c {
	case '(', '[', '{':
		s.open(level{})
	case ')', ']', '}':
		s.shut(c)
	case ';', ',':
		s.levels[len(s.levels)-1].prefixes = 0
		s.operand = false
	case '+', '-':
		if !s.operand {
			s.prefix(1)
		}
		s.operand = s.operand && s.at < len(s.text) && s.text[s.at] == c
	case '!', '~', '=', '?', ':', '<', '*':
		weight := 1
		if strings.HasPrefix(s.text[s.at-1:], "=>") {
			weight = arrowWeight
		}
		s.prefix(weight)
		s.operand = false
	default:
		s.operand = false
	}
}

func (s *scanner) shut(c byte) {
	s.operand = c != '}'
	if len(s.levels) == 1 {
		return
	}
	top := s.levels[len(s.levels)-1]
	s.levels = s.levels[:len(s.levels)-1]
	rest := strings.TrimLeft(s.text[s.at:min(s.at+20, len(s.text))], " \r\n\t")
	if c == ')' && strings.HasPrefix(rest, "=>") {
		top.arrows++
		s.check(top.arrows > maxDefaults)
	}
	below := &s.levels[len(s.levels)-1]
	below.arrows = max(below.arrows, top.arrows)
	if c == '}' && top.template {
		s.template()
		return
	}
	if c == '}' && !strings.HasPrefix(rest, "else") {
		below.prefixes = 0
	}
}
