package problem

import (
	"bytes"
	"net/http"
	"strconv"
)

// fixed is an answer that was encoded beforehand: all of it but the request's id.
type fixed struct {
	of         Error  // what was encoded
	head, tail []byte // of the body, around the id
	mediaType  []string
	noStore    []string
	length     []string // of the body with an id of idLength
}

// idLength is the length of the ids whose Content-Length is known beforehand.
const idLength = 24

// Fixed returns New(status, detail) with its answer encoded beforehand, for a refusal that is always the same and
// may come often. A copy whose status, type, title, detail or extensions are changed is encoded anew.
func Fixed(status int, detail string) *Error {
	e := New(status, detail)
	id := string(bytes.Repeat([]byte{'a'}, idLength))
	body := e.body(id)
	head, tail, _ := bytes.Cut(body, []byte(id))
	e.fixed = &fixed{
		of: *e, head: head, tail: tail,
		mediaType: []string{MediaType}, noStore: []string{"no-store"}, length: []string{strconv.Itoa(len(body))},
	}
	return e
}

// fixedFor returns the encoded answer when it is still that of e, as a problem with an id that needs no escape.
func (e *Error) fixedFor(f *Form, requestID string) *fixed {
	s := e.fixed
	if s == nil || f != nil || !plain(requestID) || len(e.Extensions) > 0 || e.RetryAfter > 0 ||
		e.Status != s.of.Status || e.Type != s.of.Type || e.Title != s.of.Title || e.Detail != s.of.Detail {
		return nil
	}
	return s
}

// plain says whether text is one of an id: letters, digits, - and _.
func plain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return text != ""
}

func (s *fixed) write(w http.ResponseWriter, r *http.Request, requestID string) {
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = s.mediaType, s.noStore
	length := s.length
	if len(requestID) != idLength {
		length = []string{strconv.Itoa(len(s.head) + len(requestID) + len(s.tail))}
	}
	h["Content-Length"] = length
	w.WriteHeader(s.of.Status)
	if r.Method == http.MethodHead {
		return
	}
	body := make([]byte, 0, 320)
	body = append(append(append(body, s.head...), requestID...), s.tail...)
	w.Write(body)
}
