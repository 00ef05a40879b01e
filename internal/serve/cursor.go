package serve

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

const (
	// maxCursor bounds a cursor, in characters. It leaves room for the longest names that are sorted by.
	maxCursor = 8192

	// A cursor lives for at least cursorLife. It expires at a full step, so that the same page has the same
	// cursor, and with it the same entity tag, within a step.
	cursorLife = time.Hour
	cursorStep = 5 * time.Minute

	cursorVersion = 1
)

var (
	errCursor     error = problem.New(http.StatusBadRequest, "cursor is not valid here or has expired: start again without it")
	errLongCursor       = errors.New("the position after this page is too long for a cursor")
)

// place is where a sequence of pages goes on.
type place struct {
	op     dataset.Op
	number int // of the next page, from 2
	after  dataset.Position
}

// sealer makes and opens cursors: deterministic authenticated encryption after RFC 5297, with HMAC-SHA-256 as
// the synthetic initialisation vector of AES-256-CTR. A position can hold values that the caller does not
// see, so that signing alone would not do; and a random nonce would give one page a new entity tag each time.
type sealer struct {
	block      cipher.Block
	key        []byte
	generation string
}

// newSealer derives two keys from key, for cursors of one generation of the data.
func newSealer(key []byte, generation string) (*sealer, error) {
	derive := func(label string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte("sallyport cursor " + label))
		return mac.Sum(nil)
	}
	block, err := aes.NewCipher(derive("encryption"))
	if err != nil {
		return nil, fmt.Errorf("making the cursor cipher: %w", err)
	}
	return &sealer{block, derive("authentication"), generation}, nil
}

// epochOf returns when the step of now began, in seconds of Unix time: within it the cursors of a page are equal.
func epochOf(now time.Time) int64 { return now.Truncate(cursorStep).Unix() }

// seal returns the cursor of p for the question that binding names.
func (s *sealer) seal(p place, binding []byte, now time.Time) (string, error) {
	expiry := epochOf(now) + int64((cursorLife+cursorStep)/time.Second)
	plain := make([]byte, 0, 128)
	plain = append(plain, cursorVersion)
	plain = binary.AppendVarint(plain, expiry)
	plain = binary.AppendUvarint(plain, uint64(p.number))
	plain = binary.AppendVarint(plain, p.after.ID)
	plain = appendPart(plain, string(p.op))
	plain = append(plain, p.after.Sort...)
	tag := s.tag(plain, binding)
	token := make([]byte, len(tag)+len(plain))
	copy(token, tag)
	s.mask(tag, token[len(tag):], plain)
	if base64.RawURLEncoding.EncodedLen(len(token)) > maxCursor {
		return "", errLongCursor
	}
	return base64.RawURLEncoding.EncodeToString(token), nil
}

// open returns what seal was given, or errCursor for everything that seal did not make for this binding
// within its life.
func (s *sealer) open(cursor string, binding []byte, now time.Time) (place, error) {
	if len(cursor) > maxCursor || strings.ContainsAny(cursor, "\r\n") { // the decoder would skip line breaks
		return place{}, errCursor
	}
	token, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(token) <= sha256.Size {
		return place{}, errCursor
	}
	tag, plain := token[:sha256.Size], make([]byte, len(token)-sha256.Size)
	s.mask(tag, plain, token[sha256.Size:])
	if !hmac.Equal(tag, s.tag(plain, binding)) {
		return place{}, errCursor
	}
	p, expiry, ok := parsePlace(plain)
	if !ok || now.Unix() >= expiry {
		return place{}, errCursor
	}
	return p, nil
}

func parsePlace(plain []byte) (p place, expiry int64, ok bool) {
	r := reader{rest: plain}
	version := r.bytes(1)
	expiry = r.varint()
	p.number = int(r.uvarint())
	p.after.ID = r.varint()
	p.op = dataset.Op(r.bytes(r.uvarint()))
	p.after.Sort = string(r.rest)
	return p, expiry, !r.failed && version[0] == cursorVersion && p.number >= 2
}

// tag authenticates the plain text together with everything that the cursor is bound to.
func (s *sealer) tag(plain, binding []byte) []byte {
	head := binary.AppendUvarint(appendPart(nil, s.generation), uint64(len(plain)))
	mac := hmac.New(sha256.New, s.key)
	mac.Write(head)
	mac.Write(plain)
	mac.Write(binding)
	return mac.Sum(nil)
}

func (s *sealer) mask(tag, to, from []byte) {
	cipher.NewCTR(s.block, tag[:aes.BlockSize]).XORKeyStream(to, from)
}

// appendPart appends s with its length before it, so that no two lists of parts look alike.
func appendPart(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// reader takes numbers and bytes off a text, and remembers when there were too few.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.failed, r.rest = true, nil
		return []byte{0}
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) varint() int64 {
	n, size := binary.Varint(r.rest)
	r.skip(size)
	return n
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	r.skip(size)
	return n
}

func (r *reader) skip(size int) {
	if size <= 0 {
		r.failed, r.rest = true, nil
		return
	}
	r.rest = r.rest[size:]
}
