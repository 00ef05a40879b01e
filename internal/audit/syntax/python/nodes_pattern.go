package python

// MatchValue is a pattern that compares with a literal or a dotted name.
type MatchValue struct {
	casePattern
	Value Expr
}

// MatchSingleton is the pattern None, True or False.
type MatchSingleton struct {
	casePattern
	Value ConstantKind
}

// MatchSequence is a pattern for a sequence.
type MatchSequence struct {
	casePattern
	Patterns []Pattern
}

// MatchMapping is a pattern for a mapping. Rest is the name after **.
type MatchMapping struct {
	casePattern
	Keys     []Expr
	Patterns []Pattern
	Rest     string
}

// MatchClass is a pattern for an instance of a class.
type MatchClass struct {
	casePattern
	Cls         Expr
	Patterns    []Pattern
	KwdAttrs    []string
	KwdPatterns []Pattern
}

// MatchStar is *name in a sequence; the name of *_ is empty.
type MatchStar struct {
	casePattern
	Name string
}

// MatchAs binds a name, after Pattern if there is one. Without a name it is the wildcard.
type MatchAs struct {
	casePattern
	Pattern Pattern
	Name    string
}

// MatchOr is a choice of patterns.
type MatchOr struct {
	casePattern
	Patterns []Pattern
}
