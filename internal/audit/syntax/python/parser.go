// Package python parses Python source, from Python 3.0 to 3.14, into a tree that mirrors CPython's module ast.
//
// It is made for code that nobody vouches for: it never runs what it reads, bounds nesting and memory, and
// carries on after an error with the next statement.
package python

import (
	"cmp"
	"fmt"
	"slices"
)

const (
	maxErrors = 100  // that are kept for one file
	maxDepth  = 2000 // of expressions and clauses in each other
)

// Error says what in a file could not be analysed, and where.
type Error struct {
	File    string
	Pos     Position
	Message string
}

// Error returns file:line:column: message, with the column from 1.
func (e Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Pos.Line, e.Pos.Column+1, e.Message)
}

// Parse parses a file; name is for its errors alone. The tree is never nil: a statement that cannot be parsed
// becomes a [BadStmt] and at least one error, in the order of the source. More than a hundred errors are not
// listed. No input makes Parse panic, and the tree is never more than a few thousand levels deep. Time and memory
// grow with the length of the source. Calls may run at the same time.
func Parse(src []byte, name string) (*Module, []Error) {
	text, problem := decode(src)
	errs := &errorList{file: name}
	if problem != "" {
		errs.add(Position{Line: 1}, problem)
	}
	p := &parser{lexer: lexer{src: text, lineNo: 1, errors: errs}}
	m := p.module()
	slices.SortStableFunc(errs.list, func(a, b Error) int { return cmp.Compare(a.Pos.Offset, b.Pos.Offset) })
	return m, errs.list
}

type errorList struct {
	file string
	list []Error
}

func (e *errorList) add(at Position, message string) {
	if len(e.list) < maxErrors {
		e.list = append(e.list, Error{e.file, at, message})
	}
}

// parser reads one logical line at a time. A failure moves it to the end of that line, where no expression
// goes on, so that every function above returns at once and the statement can be discarded; looking ahead and
// going back never cross the line.
type parser struct {
	lexer  lexer
	line   []token
	index  int
	tok    token    // line[index]
	end    Position // of the last token that was not layout
	failed bool     // the current statement

	depth int // of nesting here
	peak  int // the deepest nesting since it was last set
}

func (p *parser) module() *Module {
	p.readLine()
	m := &Module{Source: p.lexer.src}
	m.From = Position{Line: 1}
	for p.tok.kind != tokEOF {
		m.Body = append(m.Body, p.statements()...)
	}
	m.To = p.tok.end
	m.Comments = p.lexer.comments
	return m
}

func (p *parser) readLine() {
	p.line = p.lexer.nextLine(p.line)
	p.index, p.tok = 0, p.line[0]
}

// next steps to the next token. It stays at the end of the file, and at the end of a line that has failed.
func (p *parser) next() {
	switch {
	case p.is(tokEOF) || p.failed && p.atLayout():
		return
	case !p.atLayout():
		p.end = p.tok.end
	}
	if p.index+1 == len(p.line) {
		p.readLine()
		return
	}
	p.index++
	p.tok = p.line[p.index]
}

// peek returns the kind of the token after this one.
func (p *parser) peek() kind {
	if p.index+1 < len(p.line) {
		return p.line[p.index+1].kind
	}
	return tokEOF
}

func (p *parser) is(k kind) bool { return p.tok.kind == k }

func (p *parser) accept(k kind) bool {
	if p.tok.kind != k {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(k kind, what string) bool {
	if p.accept(k) {
		return true
	}
	p.fail("expected " + what)
	return false
}

// text returns the source of the current token.
func (p *parser) text() string { return p.lexer.src[p.tok.start.Offset:p.tok.end.Offset] }

// isWord tells whether the current token is a soft keyword.
func (p *parser) isWord(word string) bool { return p.tok.kind == tokName && p.text() == word }

// identifier reads a name.
func (p *parser) identifier() string {
	text := p.text()
	if !p.expect(tokName, "a name") {
		return ""
	}
	return text
}

// fail reports an error at the current token and gives the statement up. The lexer has reported illegal
// tokens itself, and one error is enough for a statement.
func (p *parser) fail(message string) { p.failAt(p.tok.start, message) }

func (p *parser) failAt(at Position, message string) {
	if !p.failed && p.tok.kind != tokIllegal {
		p.lexer.errors.add(at, message)
	}
	p.failed = true
	for !p.atLayout() {
		p.next()
	}
}

// atLayout tells whether no token of the logical line is left.
func (p *parser) atLayout() bool {
	switch p.tok.kind {
	case tokNewline, tokIndent, tokDedent, tokEOF:
		return true
	}
	return false
}

// attempt runs parse and goes back, errors forgotten, when it fails.
func (p *parser) attempt(parse func()) bool {
	index, tok, end, depth := p.index, p.tok, p.end, p.depth
	errors := len(p.lexer.errors.list)
	parse()
	if !p.failed {
		return true
	}
	p.index, p.tok, p.end, p.depth, p.failed = index, tok, end, depth, false
	p.lexer.errors.list = p.lexer.errors.list[:errors]
	return false
}

func (p *parser) span(start Position) Span { return Span{start, p.end} }

func (p *parser) expr(start Position) expression { return expression{p.span(start)} }

func (p *parser) stmt(start Position) statement { return statement{p.span(start)} }

func (p *parser) bad() Expr { return &badExpr{p.expr(p.tok.start)} }

// enter counts a level of nesting, until leave.
func (p *parser) enter() {
	p.depth++
	p.peak = max(p.peak, p.depth)
	if p.depth > maxDepth {
		p.fail("nested too deeply to be analysed")
	}
}

func (p *parser) leave() { p.depth-- }

// startChain begins an expression that grows to the left, such as a + b + c: every link of it puts what is
// there already one level deeper. It returns what endChain needs.
func (p *parser) startChain() (outer int) {
	outer = p.peak
	p.peak = p.depth
	return outer
}

func (p *parser) link() {
	p.peak++
	if p.peak > maxDepth {
		p.fail("nested too deeply to be analysed")
	}
}

func (p *parser) endChain(outer int) { p.peak = max(p.peak, outer) }
