package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"sallyport/internal/dataset"
)

// Fetch answers q. A query that the description does not plan is [dataset.ErrUnplanned], and a result above
// Options.MaxBytes is [dataset.ErrTooLarge].
func (s *Source) Fetch(ctx context.Context, q dataset.Query) (dataset.Result, error) {
	st, sel, err := s.planned(q)
	if err != nil {
		return dataset.Result{}, err
	}
	arguments, some := s.arguments(st, q)
	if !some {
		return dataset.Result{}, ctx.Err()
	}
	result, err := s.run(ctx, st, sel, q.Limit, arguments)
	if err != nil {
		return dataset.Result{}, fmt.Errorf("fetching rows: %w", err)
	}
	return result, nil
}

// run asks the engine. Without a watcher for the end of the context, whose start takes longer than a look-up, goes
// only what was found to be bounded; its deadline holds before and after.
func (s *Source) run(ctx context.Context, st *statement, sel *selection, limit int, arguments []driver.NamedValue) (dataset.Result, error) {
	p := page{Source: s, st: st, sel: sel, limit: limit}
	err := s.pool.with(ctx, func(c *conn) error {
		engine := ctx
		if st.bounded {
			engine = context.WithoutCancel(ctx)
		}
		return c.query(engine, sel.text, arguments, p.read)
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return dataset.Result{}, err
	}
	return p.result, nil
}

// planned finds the statement of q. It goes by the description's own endpoint, not by what q points to.
func (s *Source) planned(q dataset.Query) (*statement, *selection, error) {
	if q.Endpoint == nil || q.Limit < 1 || q.Limit > dataset.MaxRows {
		return nil, nil, dataset.ErrUnplanned
	}
	allow := ""
	if q.Allow != nil {
		allow = q.Allow.Column
		if allow == "" {
			return nil, nil, dataset.ErrUnplanned
		}
	}
	st := s.statements[shapeOf(q.Endpoint.Path, q.Op, q.On, allow)]
	if st == nil || len(q.Columns) == 0 {
		return nil, nil, dataset.ErrUnplanned
	}
	sel := st.selecting(q.Columns)
	if sel == nil {
		return nil, nil, dataset.ErrUnplanned
	}
	return st, sel, nil
}

// arguments returns the values of ?1 to ?6, or false when no row can answer: nothing stored holds invalid
// UTF-8 or NUL, and an empty question or set of allowed values finds nothing.
func (s *Source) arguments(st *statement, q dataset.Query) ([]driver.NamedValue, bool) {
	value, upper := "", ""
	some := q.Op == dataset.OpAll || utf8.ValidString(q.Value) && !strings.ContainsRune(q.Value, 0)
	switch q.Op {
	case dataset.OpAll:
	case dataset.OpContains:
		value = contains(st.answers, q.On, q.Value)
		some = some && value != ""
	default:
		value = s.comparable(st, q)
		some = some && value != ""
	}
	after := q.After
	if q.Op == dataset.OpPrefix {
		upper = above(value)
		if after.Sort < value {
			after = dataset.Position{Sort: value}
		}
	}
	allowed := "[]"
	if q.Allow != nil {
		allowed = allowedValues(st.answers.Column(q.Allow.Column), q.Allow.Values)
		some = some && allowed != "[]"
	}
	return numbered(value, after.ID, after.Sort, int64(q.Limit)+1, allowed, upper), some
}

func numbered(values ...any) []driver.NamedValue {
	arguments := make([]driver.NamedValue, len(values))
	for i, v := range values {
		arguments[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return arguments
}

// comparable folds the question as the column it asks was folded.
func (s *Source) comparable(st *statement, q dataset.Query) string {
	table := s.desc.Table(st.plan.Table)
	column := table.Column(table.Key)
	if len(q.On) > 0 {
		column = table.Column(q.On[0])
	}
	if q.Op == dataset.OpPrefix {
		return dataset.FoldText(column.Fold, q.Value)
	}
	return column.Comparable(q.Value)
}

// above returns the least text that is greater than every text with this prefix: 0xFF is in no UTF-8.
func above(prefix string) string { return prefix + "\xff" }

// contains writes the question for the trigram index: a phrase for each column, folded as the column is. A
// column in which the folded question has fewer than three characters is left out.
func contains(t *dataset.Table, on []string, value string) string {
	var terms []string
	for _, name := range on {
		text := dataset.FoldText(t.Column(name).Fold, value)
		if utf8.RuneCountInString(text) >= 3 && !strings.Contains(text, partBreak) {
			terms = append(terms, fmt.Sprintf("%q : %s", name, phrase(text)))
		}
	}
	return strings.Join(terms, " OR ")
}

// phrase quotes text so that the trigram index takes all of it as text.
func phrase(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

func allowedValues(c *dataset.Column, values []string) string {
	comparable := []string{}
	for _, v := range values {
		if text := c.Comparable(v); text != "" && utf8.ValidString(text) {
			comparable = append(comparable, text)
		}
	}
	slices.Sort(comparable)
	// Encoding a list of strings cannot fail.
	text, _ := json.Marshal(slices.Compact(comparable))
	return string(text)
}

// page is the result of one statement while it is read.
type page struct {
	*Source
	st     *statement
	sel    *selection
	limit  int
	result dataset.Result
}

// read takes the rows of one page and notes whether another one follows. Before the columns of a row stand its id
// and its place in the order and, where the statement has it, whether the value has no synonyms.
func (p *page) read(rows driver.Rows) error {
	size, before := 0, 2
	if p.st.tells {
		before = 3
	}
	cells := make([]driver.Value, before+len(p.sel.columns))
	for {
		if err := rows.Next(cells); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if len(p.result.Rows) == p.limit {
			p.result.More = true
			return nil
		}
		id, _ := cells[0].(int64)
		sort, _ := cells[1].(string)
		p.result.Last = dataset.Position{ID: id, Sort: sort}
		if p.st.tells {
			p.result.Alone = cells[2] == int64(1)
		}
		if size += p.take(cells[before:]); size > p.maxBytes {
			return fmt.Errorf("%w of %d", dataset.ErrTooLarge, p.maxBytes)
		}
	}
}

// take adds a row, and tells its size.
func (p *page) take(cells []driver.Value) int {
	size, row := 0, make([]any, len(cells))
	for i, c := range p.sel.columns {
		row[i] = value(c, cells[i])
		size += width(row[i])
	}
	p.result.Rows = append(p.result.Rows, row)
	return size
}

// value turns a cell into what the column promises.
func value(c *dataset.Column, cell any) any {
	switch v := cell.(type) {
	case string:
		if c.List {
			return json.RawMessage(v)
		}
	case int64:
		if c.Type == dataset.Boolean {
			return v != 0
		}
	}
	return cell
}

func width(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case json.RawMessage:
		return len(v)
	}
	return 8
}
