package dataset

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold names how text is made comparable before it is indexed or asked for.
type Fold string

// The folds. Every fold but FoldNone also drops characters that are invisible, such as the soft hyphen.
const (
	FoldNone   Fold = "none"   // NFC, trimmed
	FoldCase   Fold = "case"   // NFC, upper case, trimmed
	FoldCode   Fold = "code"   // NFKC, upper case, white space removed
	FoldName   Fold = "name"   // NFKC, upper case, accents stripped, punctuation and white space to one space
	FoldKorean Fold = "korean" // NFC, upper case, white space removed
	FoldSlug   Fold = "slug"   // lower case ASCII letters and digits, everything else to one "-"
)

// FoldText returns s in the form in which f compares it. Folding is idempotent: text that is folded already
// comes back unchanged. The empty Fold is FoldNone; with an unknown one nothing is comparable, and the
// result is empty.
func FoldText(f Fold, s string) string {
	switch f {
	case "", FoldNone:
		return strings.TrimSpace(norm.NFC.String(s))
	case FoldCase:
		return settle(s, func(s string) string { return strings.TrimSpace(norm.NFC.String(upper(norm.NFC.String(s)))) })
	case FoldCode:
		return settle(s, func(s string) string { return norm.NFKC.String(compact(norm.NFKC.String(s))) })
	case FoldName:
		return settle(s, foldName)
	case FoldKorean:
		return settle(s, func(s string) string { return norm.NFC.String(compact(norm.NFC.String(s))) })
	case FoldSlug:
		return Slug(s)
	}
	return ""
}

// Slug returns s as a part of a URL path: lower case ASCII letters and digits with single hyphens between.
// It is empty when s has neither.
func Slug(s string) string {
	var b strings.Builder
	gap := false
	for _, c := range []byte(s) {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteByte(c)
	}
	return b.String()
}

// settle repeats fold until the text stays the same: upper case letters and joined neighbours can compose
// anew. The bound keeps a fold that never settled from turning for ever; the tests look for such text.
func settle(s string, fold func(string) string) string {
	for range 4 {
		next := fold(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

// upper upper-cases s and removes invisible characters.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

// compact upper-cases s and removes white space and invisible characters.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || invisible(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

func foldName(s string) string {
	if folded(s) {
		return s
	}
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.Map(dropSign, s)) {
		switch {
		case accent(r) || invisible(r):
		case !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r):
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return norm.NFKC.String(b.String())
}

// folded is the quick way out for the common question, ASCII that is a folded name already.
func folded(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && (c != ' ' || last == ' ') {
			return false
		}
		last = c
	}
	return last != ' ' || s == ""
}

// dropSign turns signs into space that compatibility decomposition would spell out as letters.
func dropSign(r rune) rune {
	switch r {
	case '™', '®', '©', '℠':
		return ' '
	}
	return r
}

// accent tells combining marks of alphabets that read the same without them from marks that carry a vowel.
func accent(r rune) bool {
	return r >= 0x0300 && r <= 0x036F || r >= 0x1AB0 && r <= 0x1AFF || r >= 0x1DC0 && r <= 0x1DFF
}

func invisible(r rune) bool {
	return r >= utf8.RuneSelf && (unicode.Is(unicode.Cf, r) || r == 0xFE0F || r == 0x034F)
}
