package config

import (
	"fmt"
	"strconv"
	"strings"

	"sallyport/secret"
)

// Kind says what is wrong with a key.
type Kind string

// The kinds of [Error].
const (
	Missing    Kind = "missing"    // needed and not there, or empty
	Invalid    Kind = "invalid"    // not a value of this key
	Prohibited Kind = "prohibited" // a value that would be unsafe, or a secret where none may stand
	Unknown    Kind = "unknown"    // no such key
)

// Error is one mistake in the configuration. It never contains a secret.
type Error struct {
	Key     string // such as "server.read_timeout", or the name of a secret
	Value   string // quoted and cut; empty when there is none to show
	Kind    Kind
	Origin  Origin // where the value stands; zero when it is missing everywhere
	Problem string // what is wrong, continuing "key: "
	Hint    string // how to mend it; may be empty
}

// Error returns one line: where, key, what is wrong, and how to mend it.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Origin.Source != FromDefault {
		b.WriteString(e.Origin.String() + ": ")
	}
	b.WriteString(e.Key)
	if e.Value != "" {
		b.WriteString(" = " + e.Value)
	}
	b.WriteString(": " + e.Problem)
	if e.Hint != "" {
		b.WriteString("; hint: " + e.Hint)
	}
	return b.String()
}

// Errors are all mistakes of a configuration, at least one.
type Errors []*Error

// Error returns one line for each mistake.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the mistakes, for [errors.Is] and [errors.AsType].
func (es Errors) Unwrap() []error {
	errs := make([]error, len(es))
	for i, e := range es {
		errs[i] = e
	}
	return errs
}

// Source is a layer of the configuration.
type Source int

// The layers, lowest first.
const (
	FromDefault Source = iota
	FromFile
	FromEnvironment
	FromFlag
)

// Origin says where a value came from. The zero value is a default.
type Origin struct {
	Source Source
	Name   string // the file's name as it was given, the environment variable, or the flag
	Line   int    // in the file, from 1; 0 for the whole file
}

// String returns "default", "sallyport.yaml:12", "env SALLYPORT_LISTEN" or "flag --listen".
func (o Origin) String() string {
	switch o.Source {
	case FromFile:
		if o.Line == 0 {
			return o.Name
		}
		return o.Name + ":" + strconv.Itoa(o.Line)
	case FromEnvironment:
		return strings.TrimSpace("env " + o.Name)
	case FromFlag:
		return "flag " + o.Name
	}
	return "default"
}

// maxShown is how much of a wrong value an error repeats, in bytes.
const maxShown = 60

// show returns a value as an error may print it: quoted, cut, and redacted when it looks like a secret.
func show(value string) string {
	switch {
	case value == "":
		return ""
	case looksSecret(value) || looksSecret(strings.NewReplacer(".", "-", "/", "-").Replace(value)): // rather too often
		return secret.Redacted
	case len(value) > maxShown:
		return fmt.Sprintf("%+q...", value[:maxShown])
	}
	return fmt.Sprintf("%+q", value)
}
