package serve

import (
	"strconv"
	"unicode/utf8"

	"sallyport/internal/dataset"
)

// question is one request, checked.
type question struct {
	query    dataset.Query
	attempts []attempt // operators that the caller may use and the value is long enough for
	synonyms bool
	page     place // zero for the first page
	binding  []byte
}

// ask checks the values against the rights of v and makes a question of them.
func (a *API) ask(e *endpoint, v *rank, given values) (question, error) {
	q := question{query: dataset.Query{Endpoint: e.spec, Columns: v.columns, Limit: 1}}
	if err := e.complete(&given); err != nil {
		return q, err
	}
	if err := e.compose(&q, v, given); err != nil || !e.paged() {
		return q, err
	}
	in := &e.inputs[e.limit]
	q.query.Limit = v.rows
	if text := given[e.limit]; text != "" {
		if _, _, err := in.check(text, in.compare, v.index); err != nil {
			return q, err
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return q, in.errs.form
		}
		q.query.Limit = min(n, v.rows)
	}
	q.binding = e.binding(v, given, q.query.Limit)
	return q, a.resume(&q, v, given[e.cursor])
}

// complete fills in defaults, and refuses what lacks a value that must be given.
func (e *endpoint) complete(given *values) error {
	for i := range e.inputs {
		in := &e.inputs[i]
		if given[i] == "" {
			given[i] = in.standard
		}
		if given[i] == "" && in.required {
			return in.errs.missing
		}
	}
	return nil
}

func (e *endpoint) compose(q *question, v *rank, given values) error {
	switch e.spec.Kind {
	case dataset.KindGet:
		return e.byKey(q, dataset.OpKey, v, given)
	case dataset.KindLookup, dataset.KindSearch:
		if err := e.search(q, v, given); err != nil {
			return err
		}
		return e.filter(q, v, given, -1)
	case dataset.KindList:
		if e.spec.Join == "" {
			return e.list(q, v, given)
		}
		if err := e.byKey(q, dataset.OpJoined, v, given); err != nil {
			return err
		}
		return e.filter(q, v, given, -1)
	}
	return nil
}

func (e *endpoint) byKey(q *question, op dataset.Op, v *rank, given values) error {
	in := &e.inputs[e.key]
	value, _, err := in.check(given[e.key], in.compare, v.index)
	q.query.Op, q.query.Value = op, value
	return err
}

// list asks for the rows that carry the first value that is given, or for all.
func (e *endpoint) list(q *question, v *rank, given values) error {
	q.query.Op = dataset.OpAll
	for _, i := range e.filters {
		if given[i] == "" {
			continue
		}
		in := &e.inputs[i]
		value, _, err := in.check(given[i], in.compare, v.index)
		if err != nil {
			return err
		}
		q.query.Op, q.query.On, q.query.Value = dataset.OpExact, in.columns, value
		return e.filter(q, v, given, i)
	}
	return e.filter(q, v, given, -1)
}

// filter narrows the rows by the inputs other than asked: to the value that is given, else to the values that
// the caller may ask for.
func (e *endpoint) filter(q *question, v *rank, given values, asked int) error {
	for _, i := range e.filters {
		in := &e.inputs[i]
		switch {
		case i == asked:
		case given[i] != "":
			value, _, err := in.check(given[i], in.compare, v.index)
			if err != nil {
				return err
			}
			q.query.Allow = &dataset.Allow{Column: in.columns[0], Values: []string{value}}
		case v.allowed[i] != nil:
			q.query.Allow = &dataset.Allow{Column: in.columns[0], Values: v.allowed[i]}
		}
	}
	return nil
}

// search chooses the columns and the operators.
func (e *endpoint) search(q *question, v *rank, given values) error {
	to := e.target
	if e.field >= 0 && given[e.field] != "" {
		_, picked, err := e.inputs[e.field].check(given[e.field], comparison{}, v.index)
		if err != nil {
			return err
		}
		to = picked.target
	}
	value, _, err := e.inputs[e.searched].check(given[e.searched], to.compare, v.index)
	if err != nil {
		return err
	}
	q.query.On, q.query.Value, q.synonyms = to.on, value, to.synonyms
	if e.mode >= 0 && given[e.mode] != "" {
		return e.pick(q, v, given[e.mode])
	}
	return e.try(q, v)
}

// pick takes the operator that is asked for. What the caller may not use is refused.
func (e *endpoint) pick(q *question, v *rank, name string) error {
	name, _, err := e.inputs[e.mode].check(name, comparison{}, v.index)
	if err != nil {
		return err
	}
	for i, one := range e.attempts {
		if one.name != name {
			continue
		}
		if one.rank > v.index {
			return one.above
		}
		if utf8.RuneCountInString(q.query.Value) < one.min {
			return one.short
		}
		q.attempts = e.attempts[i : i+1]
		return nil
	}
	return e.inputs[e.mode].errs.choice
}

// try takes every operator that the caller may use. When there is none, the refusal says what it would take.
func (e *endpoint) try(q *question, v *rank) error {
	var err error
	length := utf8.RuneCountInString(q.query.Value)
	q.attempts = make([]attempt, 0, len(e.attempts))
	for _, one := range e.attempts {
		switch {
		case one.rank > v.index:
			if err == nil {
				err = one.above
			}
		case length < one.min:
			err = one.short
		default:
			q.attempts = append(q.attempts, one)
		}
	}
	if len(q.attempts) > 0 {
		return nil
	}
	return err
}

// binding names the question, so that a cursor goes on with this one alone.
func (e *endpoint) binding(v *rank, given values, limit int) []byte {
	b := appendPart(make([]byte, 0, 128), e.spec.Path)
	b = appendPart(b, v.tier)
	b = appendPart(b, strconv.Itoa(limit))
	for i := range e.inputs {
		if i != e.limit && i != e.cursor {
			b = appendPart(b, given[i])
		}
	}
	return b
}

// resume goes on where the cursor says.
func (a *API) resume(q *question, v *rank, cursor string) error {
	if cursor == "" {
		return nil
	}
	p, err := a.cursors.open(cursor, q.binding, a.now())
	if err != nil {
		return err
	}
	if v.pages > 0 && p.number > v.pages {
		return v.deeper
	}
	q.page, q.query.After = p, p.after
	return nil
}
