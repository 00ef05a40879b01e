package serve

import (
	"fmt"
	"strconv"
)

// encode appends the answer.
func (a *API) encode(b []byte, q *question, f *found) ([]byte, error) {
	start := len(b)
	b = a.shape.rows(a.shape.head(b, q, f), q, f)
	b[start] = '{'
	if a.shape.meta == "" {
		return append(b, "}\n"...), nil
	}
	b = append(b, q.rank.head...)
	if f.match != "" {
		b = appendString(append(b, `,"match":`...), f.match)
	}
	if q.paged() {
		var err error
		if b, err = a.appendPage(b, q, f); err != nil {
			return b, err
		}
	}
	return append(b, q.rank.tail...), nil
}

// appendPage appends where the next page is, or why there is none.
func (a *API) appendPage(b []byte, q *question, f *found) ([]byte, error) {
	b = strconv.AppendInt(append(b, `,"limit":`...), int64(q.query.Limit), 10)
	next := max(q.page.number, 1) + 1
	switch {
	case !f.More:
		return append(b, `,"next_cursor":null`...), nil
	case q.rank.pages > 0 && next > q.rank.pages:
		return append(append(b, `,"next_cursor":null`...), q.rank.more...), nil
	}
	cursor, err := a.cursors.seal(place{f.op, next, f.Last}, q.binding(nil), q.now)
	if err != nil {
		return b, fmt.Errorf("making a cursor: %w", err)
	}
	return appendString(append(b, `,"next_cursor":`...), cursor), nil
}
