package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// headers are the header values that all answers share.
type headers struct {
	contentType, cacheControl []string
	generation                string // begins entity tags
}

func newHeaders(contentHash string) headers {
	return headers{[]string{"application/json"}, []string{"private, no-cache"}, contentHash[:min(len(contentHash), 16)]}
}

// send writes body, or that the client has it already. The entity tag is strong: it names the generation of
// the data and the bytes of this very representation.
func (a *API) send(w http.ResponseWriter, r *http.Request, body []byte) {
	own := [...]string{a.headers.tag(body), strconv.Itoa(len(body))}
	h := w.Header()
	h["Cache-Control"] = a.headers.cacheControl
	h["Etag"] = own[:1:1]
	if matches(r.Header["If-None-Match"], own[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"] = a.headers.contentType
	h["Content-Length"] = own[1:]
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(body) // a client that is gone needs no answer
	}
}

func (h headers) tag(body []byte) string {
	sum := sha256.Sum256(body)
	b := append(make([]byte, 0, 64), '"')
	b = append(b, h.generation...)
	b = append(b, '-')
	b = hex.AppendEncode(b, sum[:16])
	return string(append(b, '"'))
}

// matches says whether If-None-Match names tag, by the weak comparison of RFC 9110 section 13.1.2. "*" names
// no representation that the client could have, and does not count.
func matches(lines []string, tag string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			if strings.TrimPrefix(strings.TrimSpace(one), "W/") == tag {
				return true
			}
		}
	}
	return false
}

// refuse writes err as a problem. What the description and this package did not foresee says nothing.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	problem.Write(w, r, refusal(r.Context(), err))
}

func refusal(ctx context.Context, err error) *problem.Error {
	if e, ok := errors.AsType[*problem.Error](err); ok {
		return e
	}
	switch {
	case errors.Is(err, dataset.ErrTooLarge):
		return problem.New(http.StatusInternalServerError, "the answer is too large").Because(err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &problem.Error{Status: http.StatusServiceUnavailable, Detail: "the query took too long",
			RetryAfter: time.Second, Err: err}
	case ctx.Err() != nil:
		// A client that closed only its sending half still reads: an empty 200 would be a wrong answer.
		return problem.New(http.StatusServiceUnavailable, "the request was cancelled").Because(context.Cause(ctx))
	}
	return problem.Internal(err)
}
