package python

import "slices"

const maxIndents = 100 // levels of indentation, as in CPython

// indentation is the width of the blanks that begin a line: columns with tab stops every eight, and with tabs
// as one column. Two lines agree only when both say so.
type indentation struct{ width, alt int }

// nextLine reads one logical line into line: its changes of indentation, its tokens and tokNewline; or, at the
// end, what closes the open blocks and tokEOF.
func (l *lexer) nextLine(line []token) []token {
	l.line, l.done, l.tooLong = line[:0], false, false
	l.layout()
	for !l.done {
		l.scan()
	}
	if l.tooLong {
		l.dropStatement()
	}
	return l.line
}

// dropStatement leaves only the changes of indentation of the line.
func (l *lexer) dropStatement() {
	first := slices.IndexFunc(l.line, func(t token) bool { return t.kind != tokIndent && t.kind != tokDedent })
	start := l.line[first].start
	l.line = l.line[:first]
	l.illegal(start, "statement too long to be analysed")
	l.line = append(l.line, token{tokNewline, l.pos(), l.pos()})
}

// layout skips blank lines and comments and compares the indentation of the line with that of the open blocks.
func (l *lexer) layout() {
	for {
		in := l.indentation()
		switch {
		case l.ended():
			l.dedentTo(indentation{})
			l.emit(tokEOF, l.pos())
			l.done = true
			return
		case l.at(0) == '#':
			l.comment()
		case l.at(0) == '\n':
			l.newline()
		default:
			l.indentTo(in)
			return
		}
	}
}

// indentation measures the blanks at the start of a line. When it holds nothing else but a continuation, its
// indentation is that of the statement that follows.
func (l *lexer) indentation() indentation {
	var in, first indentation
	for ; ; l.off++ {
		switch {
		case l.at(0) == ' ':
			in = indentation{in.width + 1, in.alt + 1}
		case l.at(0) == '\t':
			in = indentation{(in.width/8 + 1) * 8, in.alt + 1}
		case l.at(0) == '\f':
			in = indentation{}
		case l.at(0) == '\\' && l.at(1) == '\n':
			if first.width == 0 {
				first = in
			}
			l.lineNo, l.lineStart = l.lineNo+1, l.off+2
			l.off++
		case first.width > 0:
			return first
		default:
			return in
		}
	}
}

func (l *lexer) currentIndent() indentation {
	if len(l.indents) == 0 {
		return indentation{}
	}
	return l.indents[len(l.indents)-1]
}

func (l *lexer) indentTo(in indentation) {
	current := l.currentIndent()
	switch {
	case in.width == current.width:
		if in.alt != current.alt {
			l.illegal(l.pos(), "inconsistent use of tabs and spaces in indentation")
		}
	case in.width > current.width:
		l.indent(in, current)
	default:
		l.dedentTo(in)
	}
}

func (l *lexer) indent(in, current indentation) {
	if len(l.indents) == maxIndents {
		l.errors.add(l.pos(), "too many levels of indentation")
		return
	}
	l.indents = append(l.indents, in)
	l.emit(tokIndent, l.pos())
	if in.alt <= current.alt {
		l.illegal(l.pos(), "inconsistent use of tabs and spaces in indentation")
	}
}

// dedentTo closes the blocks that are indented further. A line between two levels belongs to the outer one.
func (l *lexer) dedentTo(in indentation) {
	for len(l.indents) > 0 && l.currentIndent().width > in.width {
		l.indents = l.indents[:len(l.indents)-1]
		l.emit(tokDedent, l.pos())
	}
	switch current := l.currentIndent(); {
	case current.width != in.width:
		l.illegal(l.pos(), "unindent does not match any outer indentation level")
	case current.alt != in.alt:
		l.illegal(l.pos(), "inconsistent use of tabs and spaces in indentation")
	}
}

// lineBreak ends the logical line, unless a bracket is open that can still be closed.
func (l *lexer) lineBreak() {
	if len(l.frames) == 0 {
		l.endLine()
		return
	}
	l.newline()
	if l.atStatement() {
		l.unclosed()
	}
}

// atStatement tells whether the physical line begins with a word that cannot stand inside brackets.
func (l *lexer) atStatement() bool {
	i := l.off
	for i < len(l.src) && (l.src[i] == ' ' || l.src[i] == '\t') {
		i++
	}
	start := i
	for i < len(l.src) && i-start <= len("nonlocal") && (isIdentByte(l.src[i]) || isDigit(l.src[i])) {
		i++
	}
	return statementWords[keywords[l.src[start:i]]]
}

// unclosed ends the logical line at the start of this physical one.
func (l *lexer) unclosed() {
	open, what := l.frames[0], "f-string"
	if open.kind == bracketFrame {
		what = string(open.open)
	}
	l.frames = l.frames[:0]
	l.errors.add(open.start, what+" was never closed")
	at := l.pos()
	l.line = append(l.line, token{tokIllegal, at, at}, token{tokNewline, at, at})
	l.done = true
}

func (l *lexer) endLine() {
	at := l.pos()
	l.line = append(l.line, token{tokNewline, at, at})
	if !l.ended() {
		l.newline()
	}
	l.done = true
}

func (l *lexer) endOfFile() {
	if len(l.frames) > 0 {
		l.unclosed()
		return
	}
	l.endLine()
}
