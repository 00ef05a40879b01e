package python

// kind is the kind of a token. Keywords and operators have one each, so that the parser compares numbers.
type kind uint8

const (
	tokEOF kind = iota
	tokIllegal
	tokNewline
	tokIndent
	tokDedent
	tokName
	tokNumber
	tokString
	tokFStringStart
	tokFStringMiddle
	tokFStringEnd

	tokLParen
	tokRParen
	tokLBracket
	tokRBracket
	tokLBrace
	tokRBrace
	tokComma
	tokColon
	tokSemicolon
	tokDot
	tokEllipsis
	tokArrow
	tokAssign
	tokWalrus
	tokExclamation
	tokAt
	tokTilde

	tokPlus
	tokMinus
	tokStar
	tokDoubleStar
	tokSlash
	tokDoubleSlash
	tokPercent
	tokPipe
	tokAmpersand
	tokCaret
	tokLeftShift
	tokRightShift

	tokLess
	tokGreater
	tokLessEqual
	tokGreaterEqual
	tokEqual
	tokNotEqual

	tokPlusAssign
	tokMinusAssign
	tokStarAssign
	tokDoubleStarAssign
	tokSlashAssign
	tokDoubleSlashAssign
	tokPercentAssign
	tokPipeAssign
	tokAmpersandAssign
	tokCaretAssign
	tokLeftShiftAssign
	tokRightShiftAssign
	tokAtAssign

	kwAnd
	kwAs
	kwAssert
	kwAsync
	kwAwait
	kwBreak
	kwClass
	kwContinue
	kwDef
	kwDel
	kwElif
	kwElse
	kwExcept
	kwFalse
	kwFinally
	kwFor
	kwFrom
	kwGlobal
	kwIf
	kwImport
	kwIn
	kwIs
	kwLambda
	kwNone
	kwNonlocal
	kwNot
	kwOr
	kwPass
	kwRaise
	kwReturn
	kwTrue
	kwTry
	kwWhile
	kwWith
	kwYield
	kindCount
)

// keywords are the reserved words. match, case, type and _ are ordinary names to the lexer.
var keywords = map[string]kind{
	"and": kwAnd, "as": kwAs, "assert": kwAssert, "async": kwAsync, "await": kwAwait, "break": kwBreak,
	"class": kwClass, "continue": kwContinue, "def": kwDef, "del": kwDel, "elif": kwElif, "else": kwElse,
	"except": kwExcept, "False": kwFalse, "finally": kwFinally, "for": kwFor, "from": kwFrom,
	"global": kwGlobal, "if": kwIf, "import": kwImport, "in": kwIn, "is": kwIs, "lambda": kwLambda,
	"None": kwNone, "nonlocal": kwNonlocal, "not": kwNot, "or": kwOr, "pass": kwPass, "raise": kwRaise,
	"return": kwReturn, "True": kwTrue, "try": kwTry, "while": kwWhile, "with": kwWith, "yield": kwYield,
}

// statementWords are the keywords that begin a statement or clause and never stand inside brackets: one of
// them at the start of a line shows that a bracket before it was never closed.
var statementWords = [kindCount]bool{
	kwAssert: true, kwBreak: true, kwClass: true, kwContinue: true, kwDef: true, kwDel: true, kwElif: true,
	kwExcept: true, kwFinally: true, kwGlobal: true, kwImport: true, kwNonlocal: true, kwPass: true,
	kwRaise: true, kwReturn: true, kwTry: true, kwWhile: true, kwWith: true,
}

type operator struct {
	text string
	kind kind
}

// operators lists the operators by their first byte, the longest first.
var operators = [128][]operator{
	'(': {{"(", tokLParen}},
	')': {{")", tokRParen}},
	'[': {{"[", tokLBracket}},
	']': {{"]", tokRBracket}},
	'{': {{"{", tokLBrace}},
	'}': {{"}", tokRBrace}},
	',': {{",", tokComma}},
	':': {{":=", tokWalrus}, {":", tokColon}},
	';': {{";", tokSemicolon}},
	'.': {{"...", tokEllipsis}, {".", tokDot}},
	'~': {{"~", tokTilde}},
	'!': {{"!=", tokNotEqual}, {"!", tokExclamation}},
	'@': {{"@=", tokAtAssign}, {"@", tokAt}},
	'+': {{"+=", tokPlusAssign}, {"+", tokPlus}},
	'-': {{"->", tokArrow}, {"-=", tokMinusAssign}, {"-", tokMinus}},
	'*': {{"**=", tokDoubleStarAssign}, {"**", tokDoubleStar}, {"*=", tokStarAssign}, {"*", tokStar}},
	'/': {{"//=", tokDoubleSlashAssign}, {"//", tokDoubleSlash}, {"/=", tokSlashAssign}, {"/", tokSlash}},
	'%': {{"%=", tokPercentAssign}, {"%", tokPercent}},
	'|': {{"|=", tokPipeAssign}, {"|", tokPipe}},
	'&': {{"&=", tokAmpersandAssign}, {"&", tokAmpersand}},
	'^': {{"^=", tokCaretAssign}, {"^", tokCaret}},
	'<': {{"<<=", tokLeftShiftAssign}, {"<<", tokLeftShift}, {"<=", tokLessEqual}, {"<", tokLess}},
	'>': {{">>=", tokRightShiftAssign}, {">>", tokRightShift}, {">=", tokGreaterEqual}, {">", tokGreater}},
	'=': {{"==", tokEqual}, {"=", tokAssign}},
}

type token struct {
	kind       kind
	start, end Position
}
