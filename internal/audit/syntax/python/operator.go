package python

// BoolOperator is the operator of a [BoolOp].
type BoolOperator string

// The operators of a [BoolOp].
const (
	And BoolOperator = "And"
	Or  BoolOperator = "Or"
)

// Operator is the operator of a [BinOp] or [AugAssign].
type Operator string

// The operators of a [BinOp] and [AugAssign].
const (
	Add      Operator = "Add"
	Sub      Operator = "Sub"
	Mult     Operator = "Mult"
	MatMult  Operator = "MatMult"
	Div      Operator = "Div"
	Mod      Operator = "Mod"
	Pow      Operator = "Pow"
	LShift   Operator = "LShift"
	RShift   Operator = "RShift"
	BitOr    Operator = "BitOr"
	BitXor   Operator = "BitXor"
	BitAnd   Operator = "BitAnd"
	FloorDiv Operator = "FloorDiv"
)

// UnaryOperator is the operator of a [UnaryOp].
type UnaryOperator string

// The operators of a [UnaryOp].
const (
	Invert UnaryOperator = "Invert"
	Not    UnaryOperator = "Not"
	UAdd   UnaryOperator = "UAdd"
	USub   UnaryOperator = "USub"
)

// CmpOperator is an operator of a [Compare].
type CmpOperator string

// The operators of a [Compare].
const (
	Eq    CmpOperator = "Eq"
	NotEq CmpOperator = "NotEq"
	Lt    CmpOperator = "Lt"
	LtE   CmpOperator = "LtE"
	Gt    CmpOperator = "Gt"
	GtE   CmpOperator = "GtE"
	Is    CmpOperator = "Is"
	IsNot CmpOperator = "IsNot"
	In    CmpOperator = "In"
	NotIn CmpOperator = "NotIn"
)

// Context tells what is done with a name, attribute, element or display.
type Context uint8

// The contexts; the zero value is Load.
const (
	Load Context = iota
	Store
	Del
)

// String returns CPython's name of the context.
func (c Context) String() string { return [...]string{"Load", "Store", "Del"}[c] }

// ConstantKind is the kind of a [Constant].
type ConstantKind uint8

// The kinds of a [Constant]; the zero value is None.
const (
	None ConstantKind = iota
	True
	False
	Ellipsis
	String
	Bytes
	Int
	Float
	Imaginary
)

// String returns the name of the kind.
func (k ConstantKind) String() string {
	return [...]string{"None", "True", "False", "Ellipsis", "String", "Bytes", "Int", "Float", "Imaginary"}[k]
}

// binaryOperators has the operators of arithmetic by token; a higher level binds tighter, 0 is no operator.
var binaryOperators = [kindCount]struct {
	level int
	op    Operator
}{
	tokPipe:        {1, BitOr},
	tokCaret:       {2, BitXor},
	tokAmpersand:   {3, BitAnd},
	tokLeftShift:   {4, LShift},
	tokRightShift:  {4, RShift},
	tokPlus:        {5, Add},
	tokMinus:       {5, Sub},
	tokStar:        {6, Mult},
	tokSlash:       {6, Div},
	tokDoubleSlash: {6, FloorDiv},
	tokPercent:     {6, Mod},
	tokAt:          {6, MatMult},
}

var unaryOperators = [kindCount]UnaryOperator{tokPlus: UAdd, tokMinus: USub, tokTilde: Invert}

var assignOperators = [kindCount]Operator{
	tokPlusAssign: Add, tokMinusAssign: Sub, tokStarAssign: Mult, tokAtAssign: MatMult, tokSlashAssign: Div,
	tokPercentAssign: Mod, tokDoubleStarAssign: Pow, tokLeftShiftAssign: LShift, tokRightShiftAssign: RShift,
	tokPipeAssign: BitOr, tokCaretAssign: BitXor, tokAmpersandAssign: BitAnd, tokDoubleSlashAssign: FloorDiv,
}

var comparisons = [kindCount]CmpOperator{
	tokEqual: Eq, tokNotEqual: NotEq, tokLess: Lt, tokLessEqual: LtE, tokGreater: Gt, tokGreaterEqual: GtE,
	kwIn: In,
}
