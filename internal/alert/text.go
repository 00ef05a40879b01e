package alert

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Bounds of the parts of a message, in UTF-16 code units, which is how Telegram counts. No receiver counts a
// text as longer than that.
const (
	maxTitle      = 240
	maxDeployment = 100
	maxNext       = 480
	maxID         = 80
)

// maxInput is how much of a text is looked at, in bytes: more than any receiver takes.
const maxInput = 64 << 10

// maxCluster is the longest sequence, in bytes, that is kept whole as what people see as one character. A
// family of emoji has 41 bytes; a letter under hundreds of accents is a prank.
const maxCluster = 128

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// line returns text as one printable line of at most limit units.
func line(text string, limit int) string {
	text, _ = cutUnits(clean(text, false), limit)
	return strings.TrimSpace(text)
}

// clean makes text harmless: what does not print, such as control characters and those that reorder or hide
// text, is spelled out, invalid UTF-8 becomes U+FFFD, and line breaks stay only where lines are wanted.
func clean(text string, lines bool) string {
	if len(text) > maxInput {
		text = text[:maxInput]
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
		switch {
		case lines && (r == '\n' || r == '\t'), r == zeroWidthJoiner, r == zeroWidthNonJoiner, unicode.IsPrint(r):
			b.WriteRune(r)
		case unicode.Is(unicode.Zs, r) || r == '\n' || r == '\t':
			b.WriteByte(' ')
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// units returns the length of text in UTF-16 code units.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += runeUnits(r)
	}
	return n
}

func runeUnits(r rune) int { return max(1, utf16.RuneLen(r)) }

// cutUnits returns the longest beginning of text that has at most limit units and does not end within what
// people see as one character, and whether that is less than text.
func cutUnits(text string, limit int) (head string, isCut bool) {
	var c cluster
	n, end := 0, 0
	for i, r := range text {
		if !c.joins(r) || i-end > maxCluster {
			end = i
		}
		if n += runeUnits(r); n > limit {
			return text[:end], true
		}
	}
	return text, false
}

// cluster finds where a character, as people see it, ends: the greater part of Unicode's rules for extended
// grapheme clusters (UAX #29), and never less than a rune.
type cluster struct {
	previous   rune
	indicators int // regional indicators in a row; two are a flag
}

// joins says whether r belongs to the runes before it.
func (c *cluster) joins(r rune) bool {
	previous := c.previous
	c.previous = r
	if !isIndicator(r) {
		c.indicators = 0
	} else if c.indicators++; c.indicators%2 == 0 {
		return true
	}
	switch {
	case previous == 0:
		return false
	case r == zeroWidthJoiner, r == zeroWidthNonJoiner, unicode.Is(unicode.M, r), isSkinTone(r):
		return true
	case previous == zeroWidthJoiner:
		return true
	}
	return isJamo(previous) && isJamo(r)
}

func isIndicator(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

func isSkinTone(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

// isJamo tells the letters that Korean syllables can be composed of.
func isJamo(r rune) bool { return r >= 0x1100 && r <= 0x11ff }
