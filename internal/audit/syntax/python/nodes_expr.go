package python

// BoolOp is a chain of one of and, or.
type BoolOp struct {
	expression
	Op     BoolOperator
	Values []Expr
}

// NamedExpr is target := value.
type NamedExpr struct {
	expression
	Target Expr
	Value  Expr
}

// BinOp is an arithmetic or bitwise operation.
type BinOp struct {
	expression
	Left  Expr
	Op    Operator
	Right Expr
}

// UnaryOp is an operation on one operand.
type UnaryOp struct {
	expression
	Op      UnaryOperator
	Operand Expr
}

// Lambda is a lambda expression.
type Lambda struct {
	expression
	Args *Arguments
	Body Expr
}

// IfExp is body if test else orelse.
type IfExp struct {
	expression
	Test   Expr
	Body   Expr
	OrElse Expr
}

// Dict is a dictionary display. The key of **value is nil.
type Dict struct {
	expression
	Keys   []Expr
	Values []Expr
}

// Set is a set display.
type Set struct {
	expression
	Elts []Expr
}

// ListComp is a list comprehension.
type ListComp struct {
	expression
	Elt        Expr
	Generators []*Comprehension
}

// SetComp is a set comprehension.
type SetComp struct {
	expression
	Elt        Expr
	Generators []*Comprehension
}

// DictComp is a dictionary comprehension.
type DictComp struct {
	expression
	Key        Expr
	Value      Expr
	Generators []*Comprehension
}

// GeneratorExp is a generator expression.
type GeneratorExp struct {
	expression
	Elt        Expr
	Generators []*Comprehension
}

// Await is an await expression.
type Await struct {
	expression
	Value Expr
}

// Yield is a yield expression.
type Yield struct {
	expression
	Value Expr
}

// YieldFrom is a yield from expression.
type YieldFrom struct {
	expression
	Value Expr
}

// Compare is a chain of comparisons: left ops[0] comparators[0] ops[1] ...
type Compare struct {
	expression
	Left        Expr
	Ops         []CmpOperator
	Comparators []Expr
}

// Call is a call. Args holds positional and * arguments, Keywords those by name and **.
type Call struct {
	expression
	Func     Expr
	Args     []Expr
	Keywords []*Keyword
}

// FormattedValue is a replacement field of an f-string. Conversion is the letter after !, or -1. FormatSpec is
// a [JoinedStr] or nil.
type FormattedValue struct {
	expression
	Value      Expr
	Conversion int
	FormatSpec Expr
}

// Interpolation is a replacement field of a t-string. Str is the source of the expression
// with the blanks before it.
type Interpolation struct {
	expression
	Value      Expr
	Str        string
	Conversion int
	FormatSpec Expr
}

// JoinedStr is an f-string: constants and [FormattedValue] nodes.
type JoinedStr struct {
	expression
	Values []Expr
}

// TemplateStr is a t-string: constants and [Interpolation] nodes.
type TemplateStr struct {
	expression
	Values []Expr
}

// Constant is a literal. Value is the decoded text of a String, in UTF-8 with lone surrogates as three bytes,
// the content of Bytes, or the literal of a number as it is written. Escapes \N{NAME} are not decoded. Unicode
// tells that a string has the prefix u.
type Constant struct {
	expression
	Kind    ConstantKind
	Value   string
	Unicode bool
}

// Attribute is value.attr.
type Attribute struct {
	expression
	Value Expr
	Attr  string
	Ctx   Context
}

// Subscript is value[slice].
type Subscript struct {
	expression
	Value Expr
	Slice Expr
	Ctx   Context
}

// Starred is *value.
type Starred struct {
	expression
	Value Expr
	Ctx   Context
}

// Name is a name.
type Name struct {
	expression
	ID  string
	Ctx Context
}

// List is a list display.
type List struct {
	expression
	Elts []Expr
	Ctx  Context
}

// Tuple is a tuple.
type Tuple struct {
	expression
	Elts []Expr
	Ctx  Context
}

// Slice is lower:upper:step.
type Slice struct {
	expression
	Lower Expr
	Upper Expr
	Step  Expr
}

// badExpr stands for what could not be parsed until its statement is discarded.
type badExpr struct{ expression }
