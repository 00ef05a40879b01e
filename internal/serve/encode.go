package serve

import (
	"fmt"
	"strconv"
)

// encode appends the answer.
func (a *API) encode(b []byte, q *question, f *found) ([]byte, error) {
	b = strconv.AppendInt(append(b, `{"success":true,"count":`...), int64(f.count()), 10)
	b = append(b, `,"data":[`...)
	for i, row := range f.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRow(b, q.rank.members, row)
		if f.exact != nil && !f.exact[row[q.rank.key]] {
			b = append(b[:len(b)-1], `,"match":"synonym"}`...)
		}
	}
	for i, entry := range f.entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, entry...)
	}
	b = append(append(b, ']'), q.rank.head...)
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
