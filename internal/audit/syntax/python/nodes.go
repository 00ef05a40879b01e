package python

// Position is a place in [Module.Source].
type Position struct {
	Offset int // in bytes, from 0
	Line   int // from 1
	Column int // in bytes from the start of the line, from 0
}

// Span is the part of the source that a node covers: From its first byte up to, not including, To. As in
// CPython, parentheses around an expression are no part of it, those of a tuple or a generator are.
type Span struct{ From, To Position }

// Pos returns the position of the first byte.
func (s *Span) Pos() Position { return s.From }

// End returns the position behind the last byte.
func (s *Span) End() Position { return s.To }

func (s *Span) each(visitor) {}

// Node is a node of the tree. Names and fields are those of CPython's module ast, in Go's spelling; instead of
// AsyncFunctionDef, AsyncFor, AsyncWith and TryStar there are flags. An optional node that is absent is nil, an
// optional name that is absent is empty.
type Node interface {
	Pos() Position
	End() Position
	each(visitor)
}

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// Stmt is a statement.
type Stmt interface {
	Node
	stmt()
}

// Pattern is a pattern of a match statement.
type Pattern interface {
	Node
	pattern()
}

// TypeParam is a type parameter: [TypeVar], [TypeVarTuple] or [ParamSpec].
type TypeParam interface {
	Node
	typeParam()
}

type (
	expression    struct{ Span }
	statement     struct{ Span }
	casePattern   struct{ Span }
	typeParameter struct{ Span }
)

func (*expression) expr()         {}
func (*statement) stmt()          {}
func (*casePattern) pattern()     {}
func (*typeParameter) typeParam() {}

// Module is a source file.
type Module struct {
	Span
	Body []Stmt

	// Comments are all comments, in order.
	Comments []*Comment
	// Source is the text that positions refer to: UTF-8 without byte order mark, lines end in a line feed.
	Source string
}

// Text returns the source of a node of this module.
func (m *Module) Text(n Node) string { return m.Source[n.Pos().Offset:n.End().Offset] }

// Comment is a comment up to the end of its line. Text begins with #.
type Comment struct {
	Span
	Text string
}

// BadStmt is a statement that could not be parsed. When an indented block follows it, Body holds the
// statements of that block.
type BadStmt struct {
	statement
	Body []Stmt
}

// Arguments are the parameters of a function. Defaults belong to the last ones of PosOnlyArgs and Args;
// KwDefaults has an entry for each of KwOnlyArgs, nil without a default.
type Arguments struct {
	Span
	PosOnlyArgs []*Arg
	Args        []*Arg
	Vararg      *Arg
	KwOnlyArgs  []*Arg
	KwDefaults  []Expr
	Kwarg       *Arg
	Defaults    []Expr
}

// Arg is one parameter.
type Arg struct {
	Span
	Arg        string
	Annotation Expr
}

// Keyword is an argument by name; without a name it is **Value.
type Keyword struct {
	Span
	Arg   string
	Value Expr
}

// Alias is one name of an import, * included.
type Alias struct {
	Span
	Name   string
	AsName string
}

// WithItem is one context manager of a with statement.
type WithItem struct {
	Span
	ContextExpr  Expr
	OptionalVars Expr
}

// Comprehension is one for clause of a comprehension with its conditions.
type Comprehension struct {
	Span
	Target  Expr
	Iter    Expr
	Ifs     []Expr
	IsAsync bool
}

// ExceptHandler is one except clause.
type ExceptHandler struct {
	Span
	Type Expr
	Name string
	Body []Stmt
}

// MatchCase is one case of a match statement.
type MatchCase struct {
	Span
	Pattern Pattern
	Guard   Expr
	Body    []Stmt
}

// TypeVar is a type parameter.
type TypeVar struct {
	typeParameter
	Name         string
	Bound        Expr
	DefaultValue Expr
}

// ParamSpec is a type parameter **Name.
type ParamSpec struct {
	typeParameter
	Name         string
	DefaultValue Expr
}

// TypeVarTuple is a type parameter *Name.
type TypeVarTuple struct {
	typeParameter
	Name         string
	DefaultValue Expr
}
