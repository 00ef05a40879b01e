package serve

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// headers are the header values that all answers share, full, so that appending to one copies it.
type headers struct {
	contentType, cacheControl []string
	codings                   [codings][]string
}

func newHeaders() headers {
	return headers{[]string{"application/json"}, []string{"private, no-cache"}, [codings][]string{gzip: {"gzip"}, zstd: {"zstd"}}}
}

// variant makes the representation of an answer that has body.
func (a *API) variant(q *question, of representation, body []byte) *variant {
	own := [...]string{strconv.Itoa(len(body)), a.tagger.tag(q.identity, of)}
	return &variant{body: body, length: own[:1:1], tag: own[1:], coding: a.headers.codings[of.coding]}
}

// unchanged returns the entity tag of the answer when If-None-Match names it. A tag of ours for this question
// and this coding was given with an answer, so that there is one, and with the data it cannot have changed;
// whether it was large, and had a cursor, the client knows better. Errors never have a tag.
func (a *API) unchanged(r *http.Request, q *question, known *answer) []string {
	lines := r.Header["If-None-Match"]
	if len(lines) == 0 || known != nil && known.absent != nil {
		return nil
	}
	var buffer [4]representation
	for _, of := range q.possible(buffer[:0], known) {
		if tag := a.tagger.tag(q.identity, of); matches(lines, tag) {
			return []string{tag}
		}
	}
	return nil
}

// possible appends the representations that may be what the client gets.
func (q *question) possible(all []representation, known *answer) []representation {
	if known != nil {
		n := len(known.plain())
		return append(all, representation{q.accepted.of(n), n >= compressFrom, known.epoch})
	}
	all = append(all, representation{q.accepted.small, false, 0}, representation{q.accepted.large, true, 0})
	if q.paged() {
		epoch := epochOf(q.now)
		all = append(all, representation{q.accepted.small, false, epoch}, representation{q.accepted.large, true, epoch})
	}
	return all
}

func (a *API) notModified(w http.ResponseWriter, tag []string) {
	record(w, "not-modified")
	h := w.Header()
	h["Cache-Control"] = a.headers.cacheControl
	h["Etag"] = tag
	w.WriteHeader(http.StatusNotModified)
}

// send writes a known answer in the coding that the client prefers.
func (a *API) send(w http.ResponseWriter, r *http.Request, q *question, known *answer) error {
	if known.absent != nil {
		return known.absent
	}
	v, err := a.inCoding(q, known)
	if err != nil {
		return err
	}
	h := w.Header()
	h["Cache-Control"] = a.headers.cacheControl
	h["Etag"] = v.tag
	h["Content-Type"] = a.headers.contentType
	h["Content-Length"] = v.length
	if v.coding != nil {
		h["Content-Encoding"] = v.coding
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(v.body) // a client that is gone needs no answer
	}
	return nil
}

// inCoding compresses an answer when nobody asked for it in that coding before.
func (a *API) inCoding(q *question, known *answer) (*variant, error) {
	plain := known.plain()
	c := q.accepted.of(len(plain))
	if v := known.variants[c]; v != nil {
		return v, nil
	}
	body, err := a.compressor.encode(c, plain)
	if err != nil {
		return nil, err
	}
	v := a.variant(q, representation{c, len(plain) >= compressFrom, known.epoch}, body)
	a.cache.put(q.identity, known.with(c, v))
	return v, nil
}

// record tells the layers in front what became of the cache, when there is one.
func (a *API) record(w http.ResponseWriter, known *answer) {
	switch {
	case a.cache == nil:
	case known == nil:
		record(w, "miss")
	default:
		record(w, "hit")
	}
}

// record is kept by response writers that log it.
func record(w http.ResponseWriter, state string) {
	if keeper, ok := w.(interface{ RecordCache(state string) }); ok {
		keeper.RecordCache(state)
	}
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
