// Package secret holds values that must never be printed.
//
// A [Secret] shows as [redacted] in every fmt verb, in JSON, YAML, text and log output, also when it is an
// unexported field of a struct that somebody prints. Its value leaves it by [Secret.Reveal] alone, which is
// the one word to look for in a review.
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Redacted is what a Secret prints.
const Redacted = "[redacted]"

// MinLength is the least length of a usable secret, in bytes.
const MinLength = 16

// Secret is a value that prints as [Redacted]. The zero value is empty: [Secret.Validate] refuses it and
// [Secret.Digest] never matches. It is immutable and safe for concurrent use.
type Secret struct {
	// A pointer, because fmt prints unexported fields of foreign structs without asking their methods.
	value *string
}

// New returns a Secret that holds value.
func New(value string) Secret { return Secret{value: &value} }

// Reveal returns the value. Call it only where the value is used.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero says whether there is nothing in it.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// String returns [Redacted].
func (s Secret) String() string { return Redacted }

// GoString returns [Redacted].
func (s Secret) GoString() string { return Redacted }

// Format writes [Redacted] for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, Redacted) }

// LogValue returns [Redacted], see [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText returns [Redacted], which also covers JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// Digest is the SHA-256 of a secret, so that comparisons have one length whatever was sent.
type Digest [sha256.Size]byte

// Digest returns the digest to compare with. ok is false for a secret that [Secret.Validate] refuses:
// there is nothing to compare with, and the caller must refuse.
func (s Secret) Digest() (d Digest, ok bool) {
	if s.Validate() != nil {
		return Digest{}, false
	}
	return DigestOf(s.Reveal()), true
}

// DigestOf returns the digest of a presented value.
func DigestOf(presented string) Digest { return sha256.Sum256([]byte(presented)) }

// Equal compares in constant time.
func (d Digest) Equal(other Digest) bool { return subtle.ConstantTimeCompare(d[:], other[:]) == 1 }

// Validate says why s cannot serve as a secret: empty, blank, with surrounding white space or control
// characters, shorter than [MinLength], or a placeholder. The error never contains the value.
func (s Secret) Validate() error {
	v := s.Reveal()
	switch {
	case v == "":
		return &Error{Reason: "is missing"}
	case strings.TrimSpace(v) == "":
		return &Error{Reason: "is blank"}
	case strings.TrimSpace(v) != v:
		return &Error{Reason: "begins or ends with white space"}
	case strings.ContainsFunc(v, isControl):
		return &Error{Reason: "contains a control character"}
	case len(v) < MinLength:
		return &Error{Reason: fmt.Sprintf("is %d bytes long, shorter than %d", len(v), MinLength)}
	case isPlaceholder(v):
		return &Error{Reason: "is a placeholder, not a secret"}
	}
	return nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// Error says why a secret is refused, without its value.
type Error struct {
	Reason string // continues a sentence: "is missing"
}

func (e *Error) Error() string { return "secret " + e.Reason }
