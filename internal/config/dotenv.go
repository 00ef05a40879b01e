package config

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// DotEnvName is the name of the file of secrets beside the configuration.
const DotEnvName = ".env"

// dotEnv is a parsed .env file. The zero value is one that is not there.
type dotEnv struct {
	path   string
	values map[string]dotValue
}

type dotValue struct {
	value string
	line  int
}

// dotError is a mistake in a .env file. It never repeats the line.
type dotError struct {
	line    int
	problem string
}

func (e *dotError) Error() string { return fmt.Sprintf("line %d %s", e.line, e.problem) }

// parseDotEnv reads lines of the form NAME=value. A value may stand in single quotes, which keep everything,
// or in double quotes, which know the escapes \\ \" \$ \n \r \t. A line may begin with "export ". Blank lines
// and lines that begin with # are comments, and so is what follows " #" after a value. Nothing is expanded.
func parseDotEnv(data string) (map[string]dotValue, []*dotError) {
	values := map[string]dotValue{}
	var errs []*dotError
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(data, "\ufeff")) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, problem := parseDotLine(line)
		if first, twice := values[name]; problem == "" && twice {
			problem = fmt.Sprintf("gives %s again, first on line %d", name, first.line)
		}
		if problem != "" {
			errs = append(errs, &dotError{number, problem})
			continue
		}
		values[name] = dotValue{value, number}
	}
	return values, errs
}

func parseDotLine(line string) (name, value, problem string) {
	if rest, ok := strings.CutPrefix(line, "export "); ok {
		line = strings.TrimSpace(rest)
	}
	name, rest, ok := strings.Cut(line, "=")
	switch {
	case !ok:
		return "", "", "is not NAME=value"
	case !isVariableName(name):
		return "", "", "has a name that is not letters, digits and _ directly before the ="
	case !utf8.ValidString(rest) || strings.ContainsFunc(rest, func(r rune) bool { return r < 0x20 && r != '\t' || r == 0x7f }):
		return "", "", "has a value with control characters or invalid UTF-8"
	}
	value, problem = parseDotValue(strings.TrimLeft(rest, " \t"))
	return name, value, problem
}

func isVariableName(name string) bool {
	for i, r := range name {
		if !(r == '_' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || i > 0 && r >= '0' && r <= '9') {
			return false
		}
	}
	return name != ""
}

func parseDotValue(text string) (value, problem string) {
	if text == "" {
		return "", ""
	}
	switch text[0] {
	case '\'':
		value, rest, ok := strings.Cut(text[1:], "'")
		return value, afterQuote(rest, ok)
	case '"':
		return parseDoubleQuoted(text[1:])
	case '#':
		return "", ""
	}
	if i := strings.Index(text, " #"); i >= 0 {
		text = text[:i]
	}
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, `'"`) {
		return "", "has a quote inside a value that does not begin with one"
	}
	return text, ""
}

func parseDoubleQuoted(text string) (value, problem string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), afterQuote(text[i+1:], true)
		case c == '\\' && i+1 < len(text):
			i++
			at := strings.IndexByte(`\"$nrt`, text[i])
			if at < 0 {
				return "", "has an unknown escape"
			}
			b.WriteByte("\\\"$\n\r\t"[at])
		default:
			b.WriteByte(c)
		}
	}
	return "", "has a quote that is not closed"
}

func afterQuote(rest string, closed bool) (problem string) {
	rest = strings.TrimSpace(rest)
	switch {
	case !closed:
		return "has a quote that is not closed"
	case rest != "" && !strings.HasPrefix(rest, "#"):
		return "has text after the closing quote"
	}
	return ""
}
