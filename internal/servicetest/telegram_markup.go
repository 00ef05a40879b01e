package servicetest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// checkMarkup refuses markup that is broken. It is the greater part of the original's rules: enough to fail for
// text that was not escaped.
func checkMarkup(mode, text string) error {
	switch strings.ToLower(mode) {
	case "html":
		return checkHTML(text)
	case "markdown":
		return checkMarkdown(text, "", "*_`")
	case "markdownv2":
		return checkMarkdown(text, "[]()>#+-=|{}.!", "*_`~")
	}
	return errors.New("unsupported parse_mode")
}

var botTag = regexp.MustCompile(`^<(/?)(b|strong|i|em|u|ins|s|strike|del|span|tg-spoiler|a|code|pre|blockquote)(\s[^<>]*)?>`)

// checkHTML wants every "<" to begin a tag that is known and closed in order.
func checkHTML(text string) error {
	var open []string
	for i := range len(text) {
		if text[i] != '<' {
			continue
		}
		tag := botTag.FindStringSubmatch(text[i:])
		switch {
		case tag == nil:
			return fmt.Errorf("unsupported start tag at byte offset %d", i)
		case tag[1] == "":
			open = append(open, tag[2])
		case len(open) == 0 || open[len(open)-1] != tag[2]:
			return fmt.Errorf("unexpected end tag at byte offset %d", i)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("can't find end tag corresponding to start tag %q", open[len(open)-1])
	}
	return nil
}

// checkMarkdown wants characters that are reserved to be escaped, and every mark to have a second one.
func checkMarkdown(text, reserved, marks string) error {
	first := map[byte]int{} // where a mark without end is
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\':
			i++
		case strings.IndexByte(reserved, c) >= 0:
			return fmt.Errorf("character '%c' is reserved and must be escaped with the preceding '\\'", c)
		case strings.IndexByte(marks, c) >= 0:
			if _, isOpen := first[c]; isOpen {
				delete(first, c)
			} else {
				first[c] = i
			}
		}
	}
	for _, offset := range first {
		return fmt.Errorf("can't find end of the entity starting at byte offset %d", offset)
	}
	return nil
}
