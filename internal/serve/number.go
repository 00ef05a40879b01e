package serve

import (
	"context"
	"net/http"
	"strconv"
	"sync"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// stride is how many rows are passed over at once.
const stride = dataset.MaxRows

// maxTotals bounds the totals that are remembered.
const maxTotals = 4096

// addNumberInput adds the parameter with the number of a page.
func (e *endpoint) addNumberInput(n *dataset.PageNumbers) {
	in := newInput(&dataset.Parameter{Name: n.Parameter, Max: 20}, false, nil)
	none := wholeNumber(n.Parameter)
	in.errs.empty, in.errs.noText, in.errs.long, in.errs.form = none, none, none, none
	e.number = len(e.inputs)
	e.inputs = append(e.inputs, in)
}

func numberError(n *dataset.PageNumbers, reason problem.Reason, limit int, text string) error {
	return &problem.Error{
		Status: http.StatusBadRequest, Detail: "parameter " + n.Parameter + ": " + text,
		Invalid: &problem.Invalid{In: placeQuery, Name: n.Parameter, Reason: reason, Limit: limit},
	}
}

// turn goes to the page that is asked for by its number, which is bounded: the rows before it are passed over.
func (q *question) turn() error {
	if q.number < 0 || q.given[q.number] == "" {
		return nil
	}
	numbers := q.shape.numbers
	if q.given[q.cursor] != "" {
		return numberError(numbers, problem.Repeated, 0, "goes without a cursor")
	}
	n, err := strconv.Atoi(q.given[q.number])
	switch {
	case err != nil:
		return q.inputs[q.number].errs.form
	case n < 1:
		return numberError(numbers, problem.Small, 1, "a whole number from 1")
	case n > numbers.Most:
		return numberError(numbers, problem.Large, numbers.Most, "at most "+strconv.Itoa(numbers.Most))
	case q.rank.pages > 0 && n > q.rank.pages:
		return q.rank.deeper
	}
	q.given[q.number] = "" // the page names it, and the first one is the same without a number
	if n > 1 {
		q.page.number = n
	}
	return nil
}

// byNumber says whether the rows before the page are to be passed over.
func (q *question) byNumber() bool { return q.page.number > 1 && q.page.op == "" }

// page fetches the rows of a page, and the number of rows of all pages where that is told.
func (a *API) page(ctx context.Context, q *question) (found, error) {
	f, err := found{}, error(nil)
	beyond := false
	if q.byNumber() {
		beyond, err = a.passOver(ctx, q)
	}
	if err == nil && !beyond {
		f, err = a.fetch(ctx, q.query, q.query.Op)
	}
	if err == nil && a.shape.total != "" && q.spec.Numbered() {
		f.total, err = a.total(ctx, q, &f)
	}
	return f, err
}

// passOver moves the query behind the pages before its own, and says whether that is behind all rows.
func (a *API) passOver(ctx context.Context, q *question) (beyond bool, err error) {
	left := (q.page.number - 1) * q.query.Limit
	query := q.query
	query.Columns = query.Columns[:1]
	for left > 0 {
		query.Limit = min(left, stride)
		f, err := a.fetch(ctx, query, query.Op)
		if err != nil || !f.More {
			return true, err
		}
		left -= len(f.Rows)
		query.After = f.Last
	}
	q.query.After = query.After
	return false, nil
}

// total counts the rows of all pages. The first page may hold them all; else they are counted once.
func (a *API) total(ctx context.Context, q *question, first *found) (int64, error) {
	if q.page.number <= 1 && !first.More {
		return int64(first.count()), nil
	}
	subject := *q
	subject.query.Limit = 0 // however large the pages are
	key := string(subject.binding(nil))
	if n, ok := a.totals.get(key); ok {
		return n, nil
	}
	query := q.query
	query.Columns, query.Limit, query.After = query.Columns[:1], stride, dataset.Position{}
	n := int64(0)
	for {
		f, err := a.fetch(ctx, query, query.Op)
		if err != nil {
			return 0, err
		}
		n += int64(len(f.Rows))
		if !f.More {
			break
		}
		query.After = f.Last
	}
	a.totals.put(key, n)
	return n, nil
}

// totals remembers how many rows answer a question. The rows never change, so neither does a number. It is safe
// for concurrent use; the zero value is ready.
type totals struct {
	mu      sync.Mutex
	numbers map[string]int64
}

func (t *totals) get(key string) (int64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.numbers[key]
	return n, ok
}

// put forgets nothing, and remembers no more once it is full: what is left is counted anew each time.
func (t *totals) put(key string, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.numbers == nil {
		t.numbers = map[string]int64{}
	}
	if len(t.numbers) < maxTotals {
		t.numbers[key] = n
	}
}
