package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// maxPooled is the largest buffer that is kept for later answers, in bytes.
const maxPooled = 64 << 10

var errNoCaller error = problem.Internal(errors.New("answering: the request has no caller"))

func (a *API) handler(e *endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.answer(w, r, e); err != nil {
			refuse(w, r, err)
		}
	})
}

func (a *API) answer(w http.ResponseWriter, r *http.Request, e *endpoint) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return &problem.Error{Status: http.StatusMethodNotAllowed, Detail: "only GET and HEAD are answered",
			Header: http.Header{"Allow": {"GET, HEAD"}}}
	}
	v, err := a.rights(r.Context(), e)
	if err != nil {
		return err
	}
	given, err := e.read(r)
	if err != nil {
		return err
	}
	if e.spec.Kind == dataset.KindStats {
		a.send(w, r, v.whole)
		return nil
	}
	q, err := a.ask(e, v, given)
	if err != nil {
		return err
	}
	f, err := a.find(r.Context(), e, v, q)
	if err != nil {
		return err
	}
	buffer := a.buffers.Get().(*[]byte)
	*buffer, err = a.encode((*buffer)[:0], e, v, &q, &f)
	if err == nil {
		a.send(w, r, *buffer)
	}
	if cap(*buffer) <= maxPooled {
		a.buffers.Put(buffer)
	}
	return err
}

// rights returns what the caller gets from e.
func (a *API) rights(ctx context.Context, e *endpoint) (*rank, error) {
	c, ok := a.caller(ctx)
	if !ok {
		return nil, errNoCaller
	}
	if c.Rank < 0 || c.Rank >= len(a.tiers) || a.tiers[c.Rank] != c.Tier {
		return nil, problem.Internal(fmt.Errorf("answering: tier %q of rank %d is not known", c.Tier, c.Rank))
	}
	if e.ranks[c.Rank] == nil {
		return nil, e.refused
	}
	return e.ranks[c.Rank], nil
}

// found is the answer to a question.
type found struct {
	dataset.Result
	entries [][]byte     // KindValues: instead of rows
	op      dataset.Op   // by which the rows were found
	match   string       // in meta; empty when nothing was searched for or found
	exact   map[any]bool // keys of rows that need no synonym; nil when that is not known
}

func (f *found) count() int { return len(f.Rows) + len(f.entries) }

func (a *API) find(ctx context.Context, e *endpoint, v *rank, q question) (found, error) {
	switch {
	case e.spec.Kind == dataset.KindValues:
		return e.values(q), nil
	case e.searched >= 0:
		return a.search(ctx, v, q)
	}
	f, err := a.fetch(ctx, q.query, q.query.Op)
	if err != nil || f.count() > 0 || e.key < 0 {
		return f, err
	}
	return f, a.missing(ctx, e, q)
}

// missing tells a row that is not there from one that has nothing to answer.
func (a *API) missing(ctx context.Context, e *endpoint, q question) error {
	if e.spec.Kind == dataset.KindGet {
		return e.missing
	}
	exists, err := a.source.Exists(ctx, e.spec.Table, q.query.Value)
	if err == nil && !exists {
		return e.missing
	}
	return err
}

func (a *API) fetch(ctx context.Context, query dataset.Query, op dataset.Op) (found, error) {
	query.Op = op
	result, err := a.source.Fetch(ctx, query)
	if err != nil {
		return found{}, fmt.Errorf("fetching rows: %w", err)
	}
	return found{Result: result, op: op}, nil
}

// search makes one attempt after another until one finds rows. A later page stays with the operator of the
// first.
func (a *API) search(ctx context.Context, v *rank, q question) (found, error) {
	for _, one := range q.attempts {
		f, err := a.attempt(ctx, v, q, one)
		if err != nil || f.count() > 0 {
			return f, err
		}
	}
	if q.page.op != "" { // rows followed when the cursor was made, and the data is the same
		return found{}, errCursor
	}
	return found{}, nil
}

func (a *API) attempt(ctx context.Context, v *rank, q question, one attempt) (found, error) {
	later := q.page.op
	if one.op == dataset.OpExact && q.synonyms && (later == "" || later == dataset.OpSynonym) {
		if f, err := a.synonyms(ctx, v, q); err != nil || f.count() > 0 {
			return f, err
		}
	}
	if later != "" && later != one.op {
		return found{}, nil
	}
	f, err := a.fetch(ctx, q.query, one.op)
	if f.count() > 0 {
		f.match = one.name
	}
	return f, err
}

// synonyms finds the rows of every name that means the same, and which of them carry the name itself.
func (a *API) synonyms(ctx context.Context, v *rank, q question) (found, error) {
	f, err := a.fetch(ctx, q.query, dataset.OpSynonym)
	if err != nil || f.count() == 0 {
		return f, err
	}
	q.query.After = dataset.Position{}
	exact, err := a.fetch(ctx, q.query, dataset.OpExact)
	f.match = "synonym"
	if exact.count() > 0 {
		f.match = dataset.ModeExact
	}
	if v.key >= 0 && !exact.More {
		f.exact = make(map[any]bool, exact.count())
		for _, row := range exact.Rows {
			f.exact[row[v.key]] = true
		}
	}
	return f, err
}

// encode appends the answer.
func (a *API) encode(b []byte, e *endpoint, v *rank, q *question, f *found) ([]byte, error) {
	b = strconv.AppendInt(append(b, `{"success":true,"count":`...), int64(f.count()), 10)
	b = append(b, `,"data":[`...)
	for i, row := range f.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRow(b, v.members, row)
		if f.exact != nil && !f.exact[row[v.key]] {
			b = append(b[:len(b)-1], `,"match":"synonym"}`...)
		}
	}
	for i, entry := range f.entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, entry...)
	}
	b = append(append(b, ']'), v.head...)
	if f.match != "" {
		b = appendString(append(b, `,"match":`...), f.match)
	}
	if e.paged() {
		var err error
		if b, err = a.appendPage(b, v, q, f); err != nil {
			return b, err
		}
	}
	return append(b, v.tail...), nil
}

// appendPage appends where the next page is, or why there is none.
func (a *API) appendPage(b []byte, v *rank, q *question, f *found) ([]byte, error) {
	b = strconv.AppendInt(append(b, `,"limit":`...), int64(q.query.Limit), 10)
	next := max(q.page.number, 1) + 1
	switch {
	case !f.More:
		return append(b, `,"next_cursor":null`...), nil
	case v.pages > 0 && next > v.pages:
		return append(append(b, `,"next_cursor":null`...), v.more...), nil
	}
	cursor, err := a.cursors.seal(place{f.op, next, f.Last}, q.binding, a.now())
	if err != nil {
		return b, fmt.Errorf("making a cursor: %w", err)
	}
	return appendString(append(b, `,"next_cursor":`...), cursor), nil
}
