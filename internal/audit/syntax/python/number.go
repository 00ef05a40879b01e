package python

import "strings"

// number reads a numeric literal. What follows it immediately may only be an operator or, for old code, one of
// the keywords that can follow an expression.
func (l *lexer) number() {
	start := l.pos()
	problem := l.numberLiteral()
	if problem == "" && !l.numberEnds() {
		problem = "invalid number"
	}
	if problem != "" {
		l.identifier()
		l.illegal(start, problem)
		return
	}
	l.emit(tokNumber, start)
}

func (l *lexer) numberLiteral() (problem string) {
	if l.at(0) == '0' {
		switch l.at(1) {
		case 'x', 'X':
			return l.radix(isHexDigit)
		case 'o', 'O':
			return l.radix(func(c byte) bool { return c >= '0' && c <= '7' })
		case 'b', 'B':
			return l.radix(func(c byte) bool { return c == '0' || c == '1' })
		}
	}
	return l.decimal()
}

func (l *lexer) radix(digit func(byte) bool) string {
	l.off += 2
	if l.at(0) == '_' {
		l.off++
	}
	if !l.digits(digit) || isDigit(l.at(0)) {
		return "invalid digit in number"
	}
	return ""
}

func (l *lexer) decimal() string {
	start := l.off
	if l.at(0) != '.' && !l.digits(isDigit) {
		return "invalid number"
	}
	zeros := l.at(0) != '.' && hasLeadingZeros(l.src[start:l.off])
	if l.at(0) == '.' {
		l.off++
		if isDigit(l.at(0)) && !l.digits(isDigit) {
			return "invalid number"
		}
	}
	exponent, ok := l.exponent()
	if !ok {
		return "invalid number"
	}
	if c := l.at(0); c == 'j' || c == 'J' {
		l.off++
		return ""
	}
	if zeros && !exponent {
		return "leading zeros in decimal integer literals are not permitted"
	}
	return ""
}

// exponent reads e, a sign and digits. Without digits it is no exponent: 1else.
func (l *lexer) exponent() (found, ok bool) {
	if c := l.at(0); c != 'e' && c != 'E' {
		return false, true
	}
	sign := 1
	if c := l.at(1); c == '+' || c == '-' {
		sign = 2
	}
	if !isDigit(l.at(sign)) {
		return false, true
	}
	l.off += sign
	return true, l.digits(isDigit)
}

// digits reads digits with single underscores between them.
func (l *lexer) digits(digit func(byte) bool) bool {
	for digit(l.at(0)) {
		for digit(l.at(0)) {
			l.off++
		}
		if l.at(0) != '_' {
			return true
		}
		l.off++
	}
	return false
}

func hasLeadingZeros(digits string) bool {
	return len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0_") != ""
}

func isHexDigit(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func (l *lexer) numberEnds() bool {
	if !isIdentByte(l.at(0)) {
		return true
	}
	for _, word := range []string{"and", "else", "for", "if", "in", "is", "not", "or"} {
		if strings.HasPrefix(l.src[l.off:], word) {
			return true
		}
	}
	return false
}
