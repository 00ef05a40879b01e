package python

import (
	"strings"
	"unicode/utf8"
)

func isStringPrefix(word string) bool {
	if len(word) > 2 {
		return false
	}
	switch strings.ToLower(word) {
	case "r", "b", "u", "f", "t", "br", "rb", "fr", "rf", "tr", "rt":
		return true
	}
	return false
}

// stringLiteral reads the literal whose opening quote comes next. An f-string or t-string becomes a start
// token, and what follows is read in a frame of its own.
func (l *lexer) stringLiteral(start Position, prefix string) {
	q := quoting{mark: l.at(0), raw: strings.ContainsAny(prefix, "rR")}
	q.triple = l.at(1) == q.mark && l.at(2) == q.mark
	l.off += q.width()
	if strings.ContainsAny(prefix, "fFtT") {
		l.emit(tokFStringStart, start)
		l.push(frame{kind: textFrame, quote: q, start: start})
		return
	}
	for !l.ended() && !l.atClosing(q) {
		switch c := l.at(0); {
		case c == '\n' && !q.triple:
			l.illegal(start, "unterminated string literal")
			return
		case c == '\\':
			l.escaped()
		default:
			l.plain()
		}
	}
	if l.ended() {
		l.illegal(start, "unterminated string literal")
		return
	}
	l.off += q.width()
	l.emit(tokString, start)
}

func (q quoting) width() int {
	if q.triple {
		return 3
	}
	return 1
}

func (l *lexer) atClosing(q quoting) bool {
	return l.at(0) == q.mark && (!q.triple || l.at(1) == q.mark && l.at(2) == q.mark)
}

// plain steps over one byte of text, escaped over a backslash and the byte that it protects.
func (l *lexer) plain() {
	if l.src[l.off] == '\n' {
		l.newline()
		return
	}
	l.off++
}

func (l *lexer) escaped() {
	l.off++
	if !l.ended() {
		l.plain()
	}
}

// fstringText reads the text of an f-string or of a format specification up to the next field or the end.
func (l *lexer) fstringText(f frame) {
	start := l.pos()
	for !l.ended() {
		c := l.at(0)
		switch {
		case c == '{' || c == '}':
			if f.kind == textFrame && l.at(1) == c {
				l.off += 2
				continue
			}
			l.endText(start)
			l.fieldBoundary(f, c)
			return
		case l.atClosing(f.quote):
			l.endText(start)
			l.endFString(f)
			return
		case c == '\n' && f.kind == specFrame && !f.quote.triple:
			l.endText(start)
			l.pop() // the line break belongs to the field
			return
		case c == '\n' && !f.quote.triple:
			l.abandon(f.start, "unterminated f-string literal")
			return
		case c == '\\':
			l.fstringEscape(f.quote)
		default:
			l.plain()
		}
	}
	l.abandon(f.start, "unterminated f-string literal")
}

// fstringEscape protects the next byte, except a brace; the braces of \N{NAME} belong to the escape.
func (l *lexer) fstringEscape(q quoting) {
	switch c := l.at(1); {
	case c == 'N' && l.at(2) == '{' && !q.raw:
		l.namedEscape(q.mark)
	case c == '{' || c == '}':
		l.off++
	default:
		l.escaped()
	}
}

func (l *lexer) namedEscape(quote byte) {
	start := l.pos()
	l.off += len(`\N{`)
	for !l.ended() && l.at(0) != '}' {
		if c := l.at(0); c == '{' || c == quote || c == '\n' {
			l.illegal(start, malformedName)
			return
		}
		l.off++
	}
	if !l.ended() {
		l.off++
	}
}

func (l *lexer) endText(start Position) {
	if l.off > start.Offset {
		l.emit(tokFStringMiddle, start)
	}
}

func (l *lexer) fieldBoundary(f frame, brace byte) {
	start := l.pos()
	switch {
	case brace == '{':
		l.off++
		l.emit(tokLBrace, start)
		l.push(frame{kind: fieldFrame, open: '{', quote: f.quote, start: start})
	case f.kind == specFrame:
		l.pop()
	default:
		l.abandon(start, "single } in f-string")
	}
}

func (l *lexer) endFString(f frame) {
	start := l.pos()
	if f.kind == specFrame {
		l.abandon(start, "f-string ends inside a replacement field")
		return
	}
	l.pop()
	l.off += f.quote.width()
	l.emit(tokFStringEnd, start)
}

// unescape decodes the escape sequences of a string or bytes literal. Unknown ones stay as they are written,
// as in Python, and so does \N{NAME}, which would need the table of character names.
func unescape(text string, isBytes bool) (string, string) {
	if strings.IndexByte(text, '\\') < 0 {
		return text, ""
	}
	u := unescaper{text: text, isBytes: isBytes}
	u.out.Grow(len(text))
	for {
		i := strings.IndexByte(u.text, '\\')
		if i < 0 || i == len(u.text)-1 {
			break
		}
		u.out.WriteString(u.text[:i])
		u.text = u.text[i+1:]
		u.escape()
	}
	u.out.WriteString(u.text)
	return u.out.String(), u.problem
}

type unescaper struct {
	text    string // what follows the backslash
	isBytes bool
	out     strings.Builder
	problem string
}

func (u *unescaper) escape() {
	c := u.text[0]
	if i := strings.IndexByte("\n\\'\"abfnrtv", c); i >= 0 {
		u.text = u.text[1:]
		if c != '\n' {
			u.out.WriteByte("\n\\'\"\a\b\f\n\r\t\v"[i])
		}
		return
	}
	switch {
	case c >= '0' && c <= '7':
		u.octal()
	case c == 'x':
		u.hex(2)
	case c == 'u' && !u.isBytes:
		u.hex(4)
	case c == 'U' && !u.isBytes:
		u.hex(8)
	case c == 'N' && !u.isBytes:
		u.named()
	default:
		u.out.WriteByte('\\')
	}
}

const malformedName = `malformed \N escape`

// named checks the form of \N{NAME}; no name has a hundred characters.
func (u *unescaper) named() {
	near := u.text[:min(len(u.text), 100)]
	if end := strings.IndexByte(near, '}'); end < 3 || near[1] != '{' {
		u.problem = malformedName
	}
	u.out.WriteByte('\\')
}

func (u *unescaper) octal() {
	value, n := rune(0), 0
	for ; n < 3 && n < len(u.text) && u.text[n] >= '0' && u.text[n] <= '7'; n++ {
		value = value*8 + rune(u.text[n]-'0')
	}
	u.text = u.text[n:]
	u.write(value)
}

func (u *unescaper) hex(digits int) {
	value, n := rune(0), 0
	for n = 1; n <= digits && n < len(u.text) && isHexDigit(u.text[n]); n++ {
		value = value<<4 | rune(hexValue(u.text[n]))
	}
	if n <= digits || value > utf8.MaxRune || value < 0 {
		u.problem = "invalid \\" + u.text[:1] + " escape"
	}
	u.text = u.text[n:]
	u.write(value)
}

func hexValue(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// write appends a character, or a byte of a bytes literal. Lone surrogates, which Python's strings can hold,
// are written as the three bytes that UTF-8 would use for them.
func (u *unescaper) write(r rune) {
	switch {
	case u.isBytes:
		u.out.WriteByte(byte(r))
	case r >= 0xd800 && r <= 0xdfff:
		u.out.Write([]byte{0xe0 | byte(r>>12), 0x80 | byte(r>>6)&0x3f, 0x80 | byte(r)&0x3f})
	default:
		u.out.WriteRune(r)
	}
}
