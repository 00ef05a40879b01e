package sallyport

import (
	"errors"
	"fmt"
	"net/http"
)

// ConfigError is one mistake in a [Config].
type ConfigError struct {
	Field  string // of Config
	Reason string // without any secret
}

func (e *ConfigError) Error() string { return e.Field + ": " + e.Reason }

// builder collects mistakes while the parts of a Middleware are made, so that all are told at once.
type builder struct{ mistakes []error }

func (b *builder) fail(field, reason string) {
	b.mistakes = append(b.mistakes, &ConfigError{Field: field, Reason: reason})
}

func (b *builder) failf(field, format string, args ...any) {
	b.fail(field, fmt.Sprintf(format, args...))
}

func (b *builder) err() error { return errors.Join(b.mistakes...) }

// defaultSize is the bound of the request target and of the header fields, in bytes.
const defaultSize = 16 << 10

// maxSize stays below what the server underneath reads, so that our answer comes first.
const maxSize = 60 << 10

func (b *builder) size(field string, n int) int {
	if n == 0 {
		return defaultSize
	}
	if n < 256 || n > maxSize {
		b.failf(field, "%d is not between 256 and %d bytes", n, maxSize)
	}
	return n
}

// validHeaderName takes RFC 9110 tokens.
func validHeaderName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			continue
		}
		return false
	}
	return name != "" && http.CanonicalHeaderKey(name) != "Host"
}
