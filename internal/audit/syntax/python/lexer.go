package python

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxBrackets   = 200     // open at once, as in CPython
	maxLineTokens = 1 << 20 // in one logical line
)

// lexer turns the source into logical lines of tokens.
//
// Brackets, f-strings, their replacement fields and format specifications nest in one stack of frames; the
// innermost one decides how the next characters are read.
type lexer struct {
	src       string
	off       int // of the next byte
	lineNo    int // of the line that holds it, from 1
	lineStart int // offset of that line

	frames  []frame
	indents []indentation
	line    []token // the logical line being read
	done    bool    // the logical line is complete
	tooLong bool    // and has more tokens than are kept

	comments []*Comment
	errors   *errorList
}

// frame is an open bracket, the text of an f-string, a replacement field or its format specification.
type frame struct {
	kind  frameKind
	open  byte // of a bracket: ( [ {
	quote quoting
	start Position
}

type frameKind uint8

const (
	bracketFrame frameKind = iota
	textFrame
	fieldFrame
	specFrame
)

// quoting is how a string literal is written.
type quoting struct {
	mark   byte // ' or "
	triple bool
	raw    bool
}

func (l *lexer) pos() Position {
	return Position{Offset: l.off, Line: l.lineNo, Column: l.off - l.lineStart}
}

// at returns the byte i places ahead, 0 behind the end.
func (l *lexer) at(i int) byte {
	if l.off+i < len(l.src) {
		return l.src[l.off+i]
	}
	return 0
}

func (l *lexer) ended() bool { return l.off >= len(l.src) }

// newline steps over a line feed.
func (l *lexer) newline() {
	l.off++
	l.lineNo++
	l.lineStart = l.off
}

func (l *lexer) top() *frame {
	if len(l.frames) == 0 {
		return nil
	}
	return &l.frames[len(l.frames)-1]
}

func (l *lexer) push(f frame) {
	if len(l.frames) == maxBrackets {
		l.abandon(f.start, "too many nested brackets")
		return
	}
	l.frames = append(l.frames, f)
}

func (l *lexer) pop() { l.frames = l.frames[:len(l.frames)-1] }

func (l *lexer) emit(k kind, start Position) {
	if len(l.line) >= maxLineTokens {
		l.tooLong = true
		return
	}
	l.line = append(l.line, token{k, start, l.pos()})
}

// illegal reports an error and leaves a token on which the parser fails.
func (l *lexer) illegal(start Position, message string) {
	l.errors.add(start, message)
	l.emit(tokIllegal, start)
}

// abandon gives the rest of the physical line up, and with it the logical line.
func (l *lexer) abandon(start Position, message string) {
	l.frames = l.frames[:0]
	l.illegal(start, message)
	l.skipToLineEnd()
	l.endLine()
}

func (l *lexer) skipToLineEnd() {
	if i := strings.IndexByte(l.src[l.off:], '\n'); i >= 0 {
		l.off += i
		return
	}
	l.off = len(l.src)
}

// scan reads the next token, or the blanks before it.
func (l *lexer) scan() {
	if f := l.top(); f != nil && (f.kind == textFrame || f.kind == specFrame) {
		l.fstringText(*f)
		return
	}
	switch c := l.at(0); {
	case l.ended():
		l.endOfFile()
	case c == ' ' || c == '\t' || c == '\f':
		l.off++
	case c == '\n':
		l.lineBreak()
	case c == '#':
		l.comment()
	case c == '\\':
		l.continuation()
	case c == '"' || c == '\'':
		l.stringLiteral(l.pos(), "")
	case isDigit(c) || c == '.' && isDigit(l.at(1)):
		l.number()
	case isIdentByte(c):
		l.word()
	default:
		l.operator()
	}
}

func (l *lexer) comment() {
	start := l.pos()
	l.skipToLineEnd()
	l.comments = append(l.comments, &Comment{Span{start, l.pos()}, l.src[start.Offset:l.off]})
}

// continuation joins the next physical line to this one.
func (l *lexer) continuation() {
	start := l.pos()
	l.off++
	switch {
	case l.ended():
		l.illegal(start, "unexpected end of file after line continuation character")
	case l.at(0) != '\n':
		l.illegal(start, "unexpected character after line continuation character")
	default:
		l.newline()
		if l.ended() {
			l.illegal(start, "unexpected end of file after line continuation character")
		}
	}
}

// word reads a name, a keyword or the prefix of a string.
func (l *lexer) word() {
	start := l.pos()
	ascii := l.identifier()
	text := l.src[start.Offset:l.off]
	if c := l.at(0); (c == '"' || c == '\'') && isStringPrefix(text) {
		l.stringLiteral(start, text)
		return
	}
	switch k, reserved := keywords[text]; {
	case reserved:
		l.emit(k, start)
	case !ascii && !isIdentifier(text):
		l.illegal(start, "invalid character in identifier")
	default:
		l.emit(tokName, start)
	}
}

// identifier steps over the bytes of a word and tells whether they are all ASCII.
func (l *lexer) identifier() (ascii bool) {
	ascii = true
	for l.off < len(l.src) && (isIdentByte(l.src[l.off]) || isDigit(l.src[l.off])) {
		ascii = ascii && l.src[l.off] < utf8.RuneSelf
		l.off++
	}
	return ascii
}

func isIdentByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isIdentifier checks a word against UAX #31 as Python uses it.
func isIdentifier(word string) bool {
	for i, r := range word {
		start := r == '_' || unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start)
		if !start && (i == 0 || !unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)) {
			return false
		}
	}
	return true
}

func (l *lexer) operator() {
	start, c := l.pos(), l.at(0)
	if c < utf8.RuneSelf {
		for _, op := range operators[c] {
			if strings.HasPrefix(l.src[l.off:], op.text) {
				l.operatorFound(op, start)
				return
			}
		}
	}
	l.off++
	if c == 0 {
		l.illegal(start, "source contains a null byte")
		return
	}
	l.illegal(start, "invalid character")
}

func (l *lexer) operatorFound(op operator, start Position) {
	f := l.top()
	inField := f != nil && f.kind == fieldFrame
	if inField && op.kind == tokWalrus {
		op = operator{":", tokColon}
	}
	l.off += len(op.text)
	switch op.kind {
	case tokLParen, tokLBracket, tokLBrace:
		l.emit(op.kind, start)
		l.push(frame{kind: bracketFrame, open: op.text[0], start: start})
	case tokRParen, tokRBracket, tokRBrace:
		l.closeBracket(op, start)
	case tokColon:
		l.emit(op.kind, start)
		if inField {
			l.push(frame{kind: specFrame, quote: f.quote, start: start})
		}
	default:
		l.emit(op.kind, start)
	}
}

// closeBracket forgets brackets that were left open inside the one being closed.
func (l *lexer) closeBracket(op operator, start Position) {
	open := map[kind]byte{tokRParen: '(', tokRBracket: '[', tokRBrace: '{'}[op.kind]
	for depth := len(l.frames) - 1; depth >= 0 && l.frames[depth].kind != textFrame; depth-- {
		if l.frames[depth].open != open {
			continue
		}
		if depth < len(l.frames)-1 {
			l.illegal(start, "closing "+op.text+" does not match the bracket before it")
		}
		l.frames = l.frames[:depth]
		l.emit(op.kind, start)
		return
	}
	l.illegal(start, "unmatched "+op.text)
}
