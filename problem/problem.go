// Package problem writes errors as RFC 9457 problem details.
//
// An [Error] keeps apart what the client may see (Status, Type, Title, Detail, Extensions) and what the log
// keeps (Err). Nothing of Err ever reaches the client.
package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
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
	Err        error          // for the log alone
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
	if e.Status == 0 {
		return http.StatusInternalServerError
	}
	return e.Status
}

func (e *Error) title() string {
	if e.Title == "" {
		return http.StatusText(e.status())
	}
	return e.Title
}

// RequestIDHeader is the response header from which [Write] takes the member request_id.
const RequestIDHeader = "X-Request-Id"

// Recorder is implemented by response writers that keep errors for the log.
type Recorder interface{ RecordError(*Error) }

// Write sends e to the client. The response carries `Cache-Control: no-store` and no part of Err, which
// goes to w if it is a [Recorder]. The member request_id is the response's [RequestIDHeader], if set.
func Write(w http.ResponseWriter, r *http.Request, e *Error) {
	if rec, ok := w.(Recorder); ok {
		rec.RecordError(e)
	}
	h := w.Header()
	requestID := h.Get(RequestIDHeader)
	maps.Copy(h, e.Header)
	h.Set("Content-Type", MediaType)
	h.Set("Cache-Control", "no-store")
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(CeilSeconds(e.RetryAfter), 10))
	}
	body := e.body(requestID)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(e.status())
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// CeilSeconds rounds up to whole seconds: a client that waits that long has waited enough.
func CeilSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

func (e *Error) body(requestID string) []byte {
	members := map[string]any{}
	maps.Copy(members, e.Extensions)
	members["type"] = "about:blank"
	if e.Type != "" {
		members["type"] = e.Type
	}
	members["title"] = e.title()
	members["status"] = e.status()
	if e.Detail != "" {
		members["detail"] = e.Detail
	}
	if requestID != "" {
		members["request_id"] = requestID
	}
	body, err := json.Marshal(members)
	if err != nil { // an extension that JSON cannot hold must not cost the client its answer
		body = fmt.Appendf(nil, `{"type":"about:blank","title":%q,"status":%d}`, http.StatusText(e.status()), e.status())
	}
	return append(body, '\n')
}
