package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
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

func (s *Source) run(ctx context.Context, st *statement, sel *selection, limit int, arguments []any) (result dataset.Result, err error) {
	err = s.pool.with(ctx, func(c *conn) error {
		// The driver starts a watcher for a context that can end, which costs more than a look-up does.
		if st.bounded {
			ctx = context.WithoutCancel(ctx)
		}
		prepared, err := c.prepared(ctx, sel.text)
		if err != nil {
			return err
		}
		rows, err := prepared.QueryContext(ctx, arguments...)
		if err != nil {
			return err
		}
		result, err = s.read(rows, st, sel, limit)
		return errors.Join(err, rows.Close())
	})
	return result, err
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
func (s *Source) arguments(st *statement, q dataset.Query) ([]any, bool) {
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
	return []any{value, after.ID, after.Sort, q.Limit + 1, allowed, upper}, some
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

// read takes the rows of one page and notes whether another one follows. Before the columns of a row stand its id
// and its place in the order and, where the statement has it, whether the value has no synonyms.
func (s *Source) read(rows *sql.Rows, st *statement, sel *selection, limit int) (dataset.Result, error) {
	result, size, before := dataset.Result{}, 0, 2
	if st.tells {
		before = 3
	}
	pointers := make([]any, before+len(sel.columns))
	for rows.Next() {
		if len(result.Rows) == limit {
			result.More = true
			return result, nil
		}
		cells := make([]any, len(pointers))
		for i := range cells {
			pointers[i] = &cells[i]
		}
		if err := rows.Scan(pointers...); err != nil {
			return result, err
		}
		id, _ := cells[0].(int64)
		sort, _ := cells[1].(string)
		result.Last = dataset.Position{ID: id, Sort: sort}
		if st.tells {
			result.Alone = cells[2] == int64(1)
		}
		row := cells[before:]
		for i, c := range sel.columns {
			row[i] = value(c, row[i])
			size += width(row[i])
		}
		if size > s.maxBytes {
			return result, fmt.Errorf("%w of %d", dataset.ErrTooLarge, s.maxBytes)
		}
		result.Rows = append(result.Rows, row)
	}
	return result, rows.Err()
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
