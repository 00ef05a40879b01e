package serve

import (
	"encoding/binary"
	"strconv"
	"time"
	"unicode/utf8"

	"sallyport/internal/dataset"
)

// question is one request: what is asked of an endpoint with the rights of a tier.
type question struct {
	*endpoint
	rank  *rank
	given values
	query dataset.Query

	// For a search:
	length   int    // characters of the query's value
	picked   string // the one operator that is asked for; every one when empty
	synonyms bool   // the columns searched have synonyms

	page     place // zero for the first page
	identity string
	accepted accepted
	now      time.Time // one for all that the answer needs
}

// check makes the query out of the values, or refuses them.
func (a *API) check(q *question) error {
	q.query = dataset.Query{Endpoint: q.spec, Columns: q.rank.columns, Limit: 1}
	if err := q.complete(); err != nil {
		return err
	}
	if err := q.compose(); err != nil {
		return err
	}
	if q.paged() {
		if err := q.cut(); err != nil {
			return err
		}
		if err := q.turn(); err != nil {
			return err
		}
		return a.resume(q)
	}
	return nil
}

// cut sets the size of the page: what is asked for, at most what the tier has.
func (q *question) cut() error {
	q.query.Limit = q.rank.rows
	if q.given[q.limit] == "" {
		return nil
	}
	text, _, err := q.value(q.limit)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return q.inputs[q.limit].errs.form
	}
	q.query.Limit = min(n, q.rank.rows)
	return nil
}

// value checks the value of input i, and keeps it as it is compared: two spellings of one question are one.
func (q *question) value(i int) (string, *choice, error) {
	return q.valueAs(i, q.inputs[i].compare)
}

func (q *question) valueAs(i int, compare comparison) (string, *choice, error) {
	value, picked, err := q.inputs[i].check(q.given[i], compare, q.rank.index)
	if err == nil {
		q.given[i] = value
	}
	return value, picked, err
}

// complete fills in defaults, and refuses what lacks a value that must be given.
func (q *question) complete() error {
	for i := range q.inputs {
		in := &q.inputs[i]
		if q.given[i] == "" {
			q.given[i] = in.standard
		}
		if q.given[i] == "" && in.required {
			return in.errs.missing
		}
	}
	return nil
}

func (q *question) compose() error {
	switch q.spec.Kind {
	case dataset.KindGet:
		return q.byKey(dataset.OpKey)
	case dataset.KindLookup, dataset.KindSearch:
		if err := q.search(); err != nil {
			return err
		}
		return q.filter(-1)
	case dataset.KindList:
		if q.spec.Join == "" {
			return q.list()
		}
		if err := q.byKey(dataset.OpJoined); err != nil {
			return err
		}
		return q.filter(-1)
	}
	return nil
}

func (q *question) byKey(op dataset.Op) error {
	value, _, err := q.value(q.key)
	q.query.Op, q.query.Value = op, value
	return err
}

// list asks for the rows that carry the first value that is given, or for all.
func (q *question) list() error {
	q.query.Op = dataset.OpAll
	for _, i := range q.filters {
		if q.given[i] == "" {
			continue
		}
		value, _, err := q.value(i)
		if err != nil {
			return err
		}
		q.query.Op, q.query.On, q.query.Value = dataset.OpExact, q.inputs[i].columns, value
		return q.filter(i)
	}
	return q.filter(-1)
}

// filter narrows the rows by the inputs other than asked: to the value that is given, else to the values that
// the caller may ask for.
func (q *question) filter(asked int) error {
	for _, i := range q.filters {
		column := q.inputs[i].columns[0]
		switch {
		case i == asked:
		case q.given[i] != "":
			value, _, err := q.value(i)
			if err != nil {
				return err
			}
			q.query.Allow = &dataset.Allow{Column: column, Values: []string{value}}
		case q.rank.allowed[i] != nil:
			q.query.Allow = &dataset.Allow{Column: column, Values: q.rank.allowed[i]}
		}
	}
	return nil
}

// search chooses the columns and the operators.
func (q *question) search() error {
	to := q.target
	if q.field >= 0 && q.given[q.field] != "" {
		_, picked, err := q.value(q.field)
		if err != nil {
			return err
		}
		to = picked.target
	}
	value, _, err := q.valueAs(q.searched, to.compare)
	if err != nil {
		return err
	}
	q.query.On, q.query.Value, q.synonyms = to.on, value, to.synonyms
	q.length = utf8.RuneCountInString(value)
	if q.mode >= 0 && q.given[q.mode] != "" {
		if q.picked, _, err = q.value(q.mode); err != nil {
			return err
		}
	}
	return q.feasible()
}

// feasible refuses a search for which no operator is left, and says what it would take.
func (q *question) feasible() error {
	var err error
	for i := range q.attempts {
		one := &q.attempts[i]
		switch {
		case q.tries(one):
			return nil
		case q.picked != "" && q.picked != one.name:
		case one.rank > q.rank.index:
			if err == nil {
				err = one.above
			}
		default:
			err = one.short
		}
	}
	return err
}

// tries says whether the operator is asked for, the caller may use it and the value is long enough.
func (q *question) tries(one *attempt) bool {
	return (q.picked == "" || q.picked == one.name) && one.rank <= q.rank.index && q.length >= one.min
}

// binding names the question without its page, so that a cursor goes on with this one alone.
func (q *question) binding(b []byte) []byte {
	b = appendPart(b, q.spec.Path)
	b = appendPart(b, q.rank.tier)
	b = binary.AppendUvarint(b, uint64(q.query.Limit))
	for i := range q.inputs {
		if i != q.limit && i != q.cursor {
			b = appendPart(b, q.given[i])
		}
	}
	return b
}

// identify names the question and the rights with which it is asked: with the same rows and the same epoch the
// same identity has the same answer, and no other question has it.
func (q *question) identify() {
	var buffer [256]byte
	b := q.binding(buffer[:0])
	b = binary.AppendUvarint(b, uint64(q.page.number))
	b = appendPart(b, string(q.page.op))
	b = binary.AppendVarint(b, q.page.after.ID)
	q.identity = string(append(b, q.page.after.Sort...))
}

// resume goes on where the cursor says.
func (a *API) resume(q *question) error {
	cursor := q.given[q.cursor]
	if cursor == "" {
		return nil
	}
	p, err := a.cursors.open(cursor, q.binding(nil), q.now)
	if err != nil {
		return err
	}
	if q.rank.pages > 0 && p.number > q.rank.pages {
		return q.rank.deeper
	}
	q.page, q.query.After = p, p.after
	return nil
}
