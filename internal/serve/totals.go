package serve

import (
	"context"
	"fmt"
	"strconv"

	"sallyport/internal/dataset"
)

// entries encodes the values of a column, which are the same for every tier.
func (c *compiler) entries(ctx context.Context, e *endpoint) error {
	counts, err := c.source.Values(ctx, e.spec.Table, e.spec.Column)
	if err != nil {
		return fmt.Errorf("reading the values of column %q: %w", e.spec.Column, err)
	}
	for _, one := range counts {
		e.entries = append(e.entries, appendCount(nil, one))
	}
	return nil
}

func appendCount(b []byte, one dataset.ValueCount) []byte {
	b = appendString(append(b, `{"value":`...), one.Value)
	b = appendString(append(b, `,"slug":`...), one.Slug)
	b = strconv.AppendInt(append(b, `,"count":`...), one.Count, 10)
	return append(b, '}')
}

// values is the page of the entries that is asked for.
func (q *question) values() found {
	from := min(max(int(q.query.After.ID), 0), len(q.entries))
	to := min(from+q.query.Limit, len(q.entries))
	return found{
		entries: q.entries[from:to], op: dataset.OpAll,
		Result: dataset.Result{Last: dataset.Position{ID: int64(to)}, More: to < len(q.entries)},
	}
}

// totals encodes the answer of an endpoint of stats for each tier: the rows of each table of which the tier
// sees a column, and for each group how many rows have each value.
func (c *compiler) totals(ctx context.Context, e *endpoint) error {
	values := []byte{'{'}
	for i, column := range e.spec.Groups {
		counts, err := c.source.Values(ctx, e.spec.Table, column)
		if err != nil {
			return fmt.Errorf("reading the values of column %q: %w", column, err)
		}
		if i > 0 {
			values = append(values, ',')
		}
		values = appendCounts(appendMember(values, column), counts)
	}
	for _, v := range e.ranks {
		if v == nil {
			continue
		}
		b := c.shape.head(nil, &question{endpoint: e, rank: v}, &found{entries: make([][]byte, 1)})
		v.whole = c.shape.tail(c.appendTotals(b, e, v, values), v)
	}
	return nil
}

// appendTotals appends the one row that the totals are.
func (c *compiler) appendTotals(b []byte, e *endpoint, v *rank, values []byte) []byte {
	one := c.shape.one(e.spec)
	if one && len(e.spec.Groups) == 0 {
		return c.appendRows(b, v)
	}
	if !one {
		b = append(b, '[')
	}
	b = append(c.appendRows(append(b, `{"rows":`...), v), `,"values":`...)
	b = append(append(b, values...), "}}"...)
	if !one {
		b = append(b, ']')
	}
	return b
}

func appendMember(b []byte, name string) []byte { return append(appendString(b, name), ':') }

func appendCounts(b []byte, counts []dataset.ValueCount) []byte {
	b = append(b, '[')
	for i, one := range counts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCount(b, one)
	}
	return append(b, ']')
}

func (c *compiler) appendRows(b []byte, v *rank) []byte {
	rows := c.source.Seal().Rows
	b = append(b, '{')
	first := true
	for i := range c.desc.Tables {
		t := &c.desc.Tables[i]
		if len(t.Visible(c.tiers, v.tier)) == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = strconv.AppendInt(appendMember(b, t.Name), rows[t.Name], 10)
	}
	return append(b, '}')
}
