// Package problem writes errors as RFC 9457 problem details.
//
// An [Error] keeps apart what the client may see (Status, Type, Title, Detail, Extensions) and what the log
// keeps (Err). Nothing of Err ever reaches the client.
package problem

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// MediaType is the content type of a problem, RFC 9457 section 3.
const MediaType = "application/problem+json"

// Error is a refusal or failure with its HTTP status. The zero value is a 500 with a generic title.
type Error struct {
	Status     int            // HTTP status; 500 when 0
	Type       string         // URI of the kind of problem; "about:blank" when empty
	Title      string         // the same for every occurrence; the status text when empty
	Detail     string         // a fixed text for the client; never an error's text, a path or a header's value
	Extensions map[string]any // further members of the problem
	Header     http.Header    // set on the response, such as Allow
	RetryAfter time.Duration  // Retry-After, rounded up to whole seconds; not sent when 0
	Invalid    *Invalid       // the parameter that is refused; for forms that tell it apart, see [Form]
	Err        error          // for the log alone

	fixed *fixed // the answer, encoded beforehand; nil of most
}

// New returns an Error with a fixed detail for the client.
func New(status int, detail string) *Error { return &Error{Status: status, Detail: detail} }

// Internal returns a 500 that tells the client nothing and the log err.
func Internal(err error) *Error { return &Error{Status: http.StatusInternalServerError, Err: err} }

// Because returns a copy of e with err for the log.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Error returns the text for the log.
func (e *Error) Error() string {
	text := fmt.Sprintf("%d %s", e.status(), e.title())
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// From returns the Error in err's chain, or an internal one around err.
func From(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return Internal(err)
}

func (e *Error) status() int {
	return cmp.Or(e.Status, http.StatusInternalServerError)
}

func (e *Error) title() string {
	return cmp.Or(e.Title, http.StatusText(e.status()))
}

// RequestIDHeader is the response header from which [Write] takes the member request_id.
const RequestIDHeader = "X-Request-Id"

// Recorder is implemented by response writers that keep errors for the log.
type Recorder interface{ RecordError(*Error) }

// Write sends e to the client. The response carries `Cache-Control: no-store` and no part of Err, which
// goes to w if it is a [Recorder]. The member request_id is the response's [RequestIDHeader], if set. A [Former]
// decides the body's form; without one it is a problem.
func Write(w http.ResponseWriter, r *http.Request, e *Error) {
	if rec, ok := w.(Recorder); ok {
		rec.RecordError(e)
	}
	h := w.Header()
	requestID := h.Get(RequestIDHeader)
	maps.Copy(h, e.Header)
	form := formOf(w)
	if s := e.fixedFor(form, requestID); s != nil {
		s.write(w, r, requestID)
		return
	}
	status, mediaType, body := form.apply(r, e, requestID)
	h.Set("Content-Type", mediaType)
	h.Set("Cache-Control", "no-store")
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(CeilSeconds(e.RetryAfter), 10))
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// CeilSeconds rounds up to whole seconds: a client that waits that long has waited enough.
func CeilSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// body writes the members in the order of RFC 9457, section 3.1, the extensions after them.
func (e *Error) body(requestID string) []byte {
	b := make([]byte, 0, 320)
	b = appendMember(b, "type", cmp.Or(e.Type, "about:blank"))
	b = appendMember(b, "title", e.title())
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(e.status()), 10)
	if e.Detail != "" {
		b = appendMember(b, "detail", e.Detail)
	}
	if requestID != "" {
		b = appendMember(b, "request_id", requestID)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Extensions)) {
		value, err := json.Marshal(e.Extensions[name])
		if err != nil || isMember(name) { // what JSON cannot hold must not cost the client its answer
			continue
		}
		b = append(appendText(append(b, ','), name), ':')
		b = append(b, value...)
	}
	b[0] = '{'
	return append(b, '}', '\n')
}

func isMember(name string) bool {
	return slices.Contains([]string{"type", "title", "status", "detail", "request_id"}, name)
}

func appendMember(b []byte, name, value string) []byte {
	b = append(append(append(b, ',', '"'), name...), `":`...)
	return appendText(b, value)
}

// appendText writes plain ASCII as it is, which our own texts are, and leaves the rest to encoding/json.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, err := json.Marshal(s)
			if err != nil {
				text = []byte(`""`)
			}
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
