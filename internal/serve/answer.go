package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// maxPooled is the largest buffer that is kept for later answers, in bytes.
const maxPooled = 64 << 10

var errNoCaller error = problem.Internal(errors.New("answering: the request has no caller"))

func (a *API) handler(e *endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, e) })
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, e *endpoint) {
	if err := a.answer(w, r, e); err != nil {
		refuse(w, r, err)
	}
}

// answer reads the cache only for a caller whose rights are known, and says that nothing has changed only for a
// question that was understood. All else costs in full, before there is any work.
func (a *API) answer(w http.ResponseWriter, r *http.Request, e *endpoint) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return &problem.Error{Status: http.StatusMethodNotAllowed, Detail: "only GET and HEAD are answered",
			Header: http.Header{"Allow": {"GET, HEAD"}}}
	}
	v, err := a.rights(r.Context(), e)
	if err != nil {
		return err
	}
	q := question{endpoint: e, rank: v, now: a.now(), identity: a.spellings.identity(v, r.URL)}
	if err := a.understand(r, &q); err != nil {
		return errors.Join(a.charge(r.Context()), err)
	}
	known := a.cache.get(q.identity, epochOf(q.now))
	if tag := a.unchanged(r, &q, known); tag != nil {
		a.notModified(w, tag)
		return nil
	}
	if err := a.charge(r.Context()); err != nil {
		return err
	}
	a.record(w, known)
	if known == nil {
		if known, err = a.work(r, &q); err != nil {
			return err
		}
	}
	return a.send(w, r, &q, known)
}

// understand identifies the question, unless its spelling is known, and reads what codings its answer may have.
func (a *API) understand(r *http.Request, q *question) error {
	if q.identity == "" {
		if err := a.read(r, q); err != nil {
			return err
		}
	}
	var err error
	q.accepted, err = accept(r.Header["Accept-Encoding"])
	return err
}

// read makes the query of the question.
func (a *API) read(r *http.Request, q *question) error {
	if err := q.endpoint.read(r, &q.given); err != nil {
		return err
	}
	if err := a.check(q); err != nil {
		return err
	}
	q.identify()
	surplus := q.surplus(r.URL.RawQuery)
	if surplus == 0 { // what is passed over is counted each time
		a.spellings.keep(q, r.URL)
	}
	a.shape.ignored.Add(uint64(surplus))
	return nil
}

// work asks the data, and remembers what it says.
func (a *API) work(r *http.Request, q *question) (*answer, error) {
	if q.query.Endpoint == nil { // its spelling was known, and its answer is not any more
		if err := a.read(r, q); err != nil {
			return nil, err
		}
	}
	body, epoch, err := a.body(r.Context(), q)
	if refused, ok := errors.AsType[*problem.Error](err); ok && (refused == q.missing || refused == a.shape.nothing) {
		known := &answer{absent: refused}
		a.cache.put(q.identity, known)
		return known, nil
	}
	if err != nil {
		return nil, err
	}
	known := &answer{epoch: epoch}
	known.variants[identity] = a.variant(q, representation{large: len(body) >= compressFrom, epoch: epoch}, body)
	a.cache.put(q.identity, known)
	return known, nil
}

// body encodes the answer, and tells the epoch of the cursor in it.
func (a *API) body(ctx context.Context, q *question) ([]byte, int64, error) {
	if q.spec.Kind == dataset.KindStats {
		return q.rank.whole, 0, nil
	}
	f, err := a.find(ctx, q)
	if err == nil && f.count() == 0 && q.paged() && a.shape.nothing != nil {
		err = a.shape.nothing
	}
	if err != nil {
		return nil, 0, err
	}
	buffer := a.buffers.Get().(*[]byte)
	*buffer, err = a.encode((*buffer)[:0], q, &f)
	body := bytes.Clone(*buffer)
	if cap(*buffer) <= maxPooled {
		a.buffers.Put(buffer)
	}
	epoch := int64(0)
	if f.More && a.shape.meta != "" {
		epoch = epochOf(q.now)
	}
	return body, epoch, err
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
	total   int64        // rows of all pages, where that is told
	op      dataset.Op   // by which the rows were found
	match   string       // in meta; empty when nothing was searched for or found
	exact   map[any]bool // keys of rows that need no synonym; nil when that is not known
}

func (f *found) count() int { return len(f.Rows) + len(f.entries) }

func (a *API) find(ctx context.Context, q *question) (found, error) {
	switch {
	case q.spec.Kind == dataset.KindValues:
		return q.values(), nil
	case q.searched >= 0:
		return a.search(ctx, q)
	}
	f, err := a.page(ctx, q)
	if err != nil || f.count() > 0 || q.key < 0 {
		return f, err
	}
	return f, a.absent(ctx, q)
}

// absent tells a row that is not there from one that has nothing to answer.
func (a *API) absent(ctx context.Context, q *question) error {
	if q.shape.keyless {
		return nil
	}
	if q.spec.Kind == dataset.KindGet {
		return q.missing
	}
	exists, err := a.source.Exists(ctx, q.spec.Table, q.query.Value)
	if err == nil && !exists {
		return q.missing
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
func (a *API) search(ctx context.Context, q *question) (found, error) {
	for i := range q.attempts {
		if !q.tries(&q.attempts[i]) {
			continue
		}
		f, err := a.attempt(ctx, q, &q.attempts[i])
		if err != nil || f.count() > 0 {
			return f, err
		}
	}
	if q.page.op != "" { // rows followed when the cursor was made, and the data is the same
		return found{}, errCursor
	}
	return found{}, nil
}

func (a *API) attempt(ctx context.Context, q *question, one *attempt) (found, error) {
	later := q.page.op
	if one.op == dataset.OpExact && q.synonyms && (later == "" || later == dataset.OpSynonym) {
		return a.exact(ctx, q)
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

// exact finds the rows of a name and of all that mean the same. Most names have no other, and a source that says so
// is asked once.
func (a *API) exact(ctx context.Context, q *question) (found, error) {
	var own found
	var err error
	if q.page.number == 0 {
		own, err = a.fetch(ctx, q.query, dataset.OpExact)
		own.match = dataset.ModeExact
		if err != nil || own.count() > 0 && own.Alone {
			return own, err
		}
	}
	f, err := a.fetch(ctx, q.query, dataset.OpSynonym)
	switch {
	case err != nil:
		return f, err
	case f.count() > 0:
		return f, a.compare(ctx, q, &f, own)
	case own.count() > 0:
		return own, nil
	}
	return found{}, nil
}

// compare tells which rows among those of all names carry the name that was asked for. On the first page own are
// the rows that do.
func (a *API) compare(ctx context.Context, q *question, f *found, own found) error {
	if q.page.number > 0 {
		start := q.query
		start.After = dataset.Position{}
		var err error
		if own, err = a.fetch(ctx, start, dataset.OpExact); err != nil {
			return err
		}
	}
	f.match = "synonym"
	if own.count() > 0 {
		f.match = dataset.ModeExact
	}
	if key := q.rank.key; key >= 0 && !own.More {
		f.exact = make(map[any]bool, own.count())
		for _, row := range own.Rows {
			f.exact[row[key]] = true
		}
	}
	return nil
}
