package python

// FunctionDef is a def statement. It begins at def or async; the decorators stand before it.
type FunctionDef struct {
	statement
	Async         bool
	Name          string
	Args          *Arguments
	Body          []Stmt
	DecoratorList []Expr
	Returns       Expr
	TypeParams    []TypeParam
}

// ClassDef is a class statement. It begins at class; the decorators stand before it.
type ClassDef struct {
	statement
	Name          string
	Bases         []Expr
	Keywords      []*Keyword
	Body          []Stmt
	DecoratorList []Expr
	TypeParams    []TypeParam
}

// Return is a return statement.
type Return struct {
	statement
	Value Expr
}

// Delete is a del statement.
type Delete struct {
	statement
	Targets []Expr
}

// Assign is an assignment: a = b = value has two targets.
type Assign struct {
	statement
	Targets []Expr
	Value   Expr
}

// TypeAlias is a type statement.
type TypeAlias struct {
	statement
	Name       *Name
	TypeParams []TypeParam
	Value      Expr
}

// AugAssign is an assignment such as target += value.
type AugAssign struct {
	statement
	Target Expr
	Op     Operator
	Value  Expr
}

// AnnAssign is an annotated name with an optional value. Simple tells a name without parentheses.
type AnnAssign struct {
	statement
	Target     Expr
	Annotation Expr
	Value      Expr
	Simple     bool
}

// For is a for or async for statement.
type For struct {
	statement
	Async  bool
	Target Expr
	Iter   Expr
	Body   []Stmt
	OrElse []Stmt
}

// While is a while statement.
type While struct {
	statement
	Test   Expr
	Body   []Stmt
	OrElse []Stmt
}

// If is an if statement. An elif is an If that stands alone in OrElse.
type If struct {
	statement
	Test   Expr
	Body   []Stmt
	OrElse []Stmt
}

// With is a with or async with statement.
type With struct {
	statement
	Async bool
	Items []*WithItem
	Body  []Stmt
}

// Match is a match statement.
type Match struct {
	statement
	Subject Expr
	Cases   []*MatchCase
}

// Raise is a raise statement.
type Raise struct {
	statement
	Exc   Expr
	Cause Expr
}

// Try is a try statement; Star tells except* from except.
type Try struct {
	statement
	Star      bool
	Body      []Stmt
	Handlers  []*ExceptHandler
	OrElse    []Stmt
	FinalBody []Stmt
}

// Assert is an assert statement.
type Assert struct {
	statement
	Test Expr
	Msg  Expr
}

// Import is an import statement.
type Import struct {
	statement
	Names []*Alias
}

// ImportFrom is an import of names from a module. Level counts the leading dots.
type ImportFrom struct {
	statement
	Module string
	Names  []*Alias
	Level  int
}

// Global is a global statement.
type Global struct {
	statement
	Names []string
}

// Nonlocal is a nonlocal statement.
type Nonlocal struct {
	statement
	Names []string
}

// ExprStmt is an expression that stands as a statement, Expr in CPython.
type ExprStmt struct {
	statement
	Value Expr
}

// Pass is a pass statement.
type Pass struct{ statement }

// Break is a break statement.
type Break struct{ statement }

// Continue is a continue statement.
type Continue struct{ statement }
