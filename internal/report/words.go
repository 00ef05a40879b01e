package report

import (
	"strconv"
	"strings"

	"sallyport/internal/finding"
)

// place is where a finding stands, for people.
func place(l finding.Location) string {
	text := printable(l.Path)
	if l.Line > 0 {
		text += ":" + strconv.Itoa(l.Line)
	}
	if l.Commit != "" {
		text += " in commit " + shortCommit(l.Commit)
	}
	return text
}

func shortCommit(hash string) string { return printable(hash[:min(12, len(hash))]) }

func lineNumber(line int) string {
	if line == 0 {
		return ""
	}
	return strconv.Itoa(line)
}

// past tells when a commit brought a finding, and whether it still stands.
func past(f finding.Finding) string {
	if f.Commit == "" {
		return ""
	}
	text := "committed"
	if f.Author != "" {
		text += " " + printable(f.Author)
	}
	switch {
	case f.InHead == nil:
	case *f.InHead:
		text += ", and it still stands"
	default:
		text += ", gone from the latest commit, still in the history"
	}
	return text
}

// printable keeps a hostile file name or line from moving the cursor or hiding text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if !strconv.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
