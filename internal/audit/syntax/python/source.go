package python

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	codingLine = regexp.MustCompile(`^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`)
	blankLine  = regexp.MustCompile(`^[ \t\f]*(?:#.*)?$`)
)

const byteOrderMark = "\ufeff"

// decode returns the source as UTF-8 with line feeds as the only line breaks, and what was wrong with its
// encoding. An encoding other than UTF-8, ASCII and Latin-1 is read as Latin-1, so that the structure of the
// file can still be seen.
func decode(src []byte) (string, string) {
	body, marked := bytes.CutPrefix(src, []byte(byteOrderMark))
	text, problem := decodeAs(body, declaredEncoding(body), marked)
	if strings.IndexByte(text, '\r') >= 0 {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text, problem
}

func decodeAs(body []byte, encoding string, marked bool) (text, problem string) {
	name := normalEncoding(encoding)
	switch {
	case marked && name != "utf-8":
		return string(body), "encoding " + encoding + " contradicts the byte order mark"
	case name == "utf-8" && !utf8.Valid(body):
		return string(body), "source is not valid UTF-8"
	case name == "ascii" && !isASCII(body):
		return string(body), "source is not ASCII as declared"
	case name == "utf-8" || name == "ascii":
		return string(body), ""
	case name == "latin-1":
		return latin1(body), ""
	}
	return latin1(body), "encoding " + encoding + " is not supported"
}

// declaredEncoding finds the declaration of PEP 263 in the first two lines.
func declaredEncoding(src []byte) string {
	for range 2 {
		line, rest, _ := bytes.Cut(src, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) > 4096 {
			return "utf-8"
		}
		if found := codingLine.FindSubmatch(line); found != nil {
			return string(found[1])
		}
		if !blankLine.Match(line) {
			break
		}
		src = rest
	}
	return "utf-8"
}

// normalEncoding returns utf-8, ascii or latin-1 for one of their names, and any other name in lower case.
func normalEncoding(name string) string {
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' })
	name = strings.Join(parts, "-")
	switch name {
	case "utf8", "u8", "utf-8-sig":
		return "utf-8"
	case "us-ascii", "646":
		return "ascii"
	case "latin", "latin1", "l1", "iso-8859-1", "iso8859-1", "8859", "cp819":
		return "latin-1"
	}
	return name
}

func latin1(src []byte) string {
	if isASCII(src) {
		return string(src)
	}
	var text strings.Builder
	text.Grow(len(src) + len(src)/8)
	for _, b := range src {
		text.WriteRune(rune(b))
	}
	return text.String()
}

func isASCII(src []byte) bool {
	for _, b := range src {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
