package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// shape is how answers are written: as this program writes them, or as the compatibility of the description says.
// It never changes but for the count of ignored parameters.
type shape struct {
	success, count, total, page, data, meta string // names with what belongs around them; empty ones are not written

	single  bool   // where only one row can be, data is that row
	nulls   bool   // members without a value are written
	join    string // separator of lists that become one text
	keyless bool   // a key that no row has is answered with no rows
	nothing *problem.Error
	numbers *dataset.PageNumbers
	ignore  bool // unknown parameters
	ignored atomic.Uint64
}

// newShape compiles c; nil is the shape of this program.
func newShape(c *dataset.Compatibility) *shape {
	if c == nil {
		c = &dataset.Compatibility{}
	}
	s := &shape{
		nulls: c.Nulls == dataset.NullsKeep, join: c.JoinLists, numbers: c.PageNumbers,
		ignore: c.UnknownParameters == dataset.UnknownIgnore,
	}
	if n := c.NotFound; n != nil {
		s.keyless = n.Key == dataset.NothingEmpty
		if n.Rows == dataset.NothingRefused {
			s.nothing = problem.New(http.StatusNotFound, "no row answers this question")
		}
	}
	e := c.Envelope
	if e == nil {
		e = &dataset.Envelope{Success: "success", Count: "count", Data: "data", Meta: "meta"}
	}
	s.envelope(e)
	return s
}

func (s *shape) envelope(e *dataset.Envelope) {
	member := func(name, value string) string {
		if name == "" {
			return ""
		}
		return string(append(appendMember([]byte{','}, name), value...))
	}
	s.success, s.count, s.total = member(e.Success, "true"), member(e.Count, ""), member(e.Total, "")
	s.page, s.data, s.meta = member(e.Page, ""), member(e.Data, ""), member(e.Meta, "{")
	s.single = e.Single == dataset.SingleObject
}

// head appends what stands before the rows, to the colon of data. The first member begins with a comma, which
// the caller replaces by the brace.
func (s *shape) head(b []byte, q *question, f *found) []byte {
	b = append(b, s.success...)
	if s.count != "" && !s.one(q.spec) {
		b = strconv.AppendInt(append(b, s.count...), int64(f.count()), 10)
	}
	if q.spec.Numbered() {
		if s.total != "" {
			b = strconv.AppendInt(append(b, s.total...), f.total, 10)
		}
		if s.page != "" && s.numbers != nil {
			b = strconv.AppendInt(append(b, s.page...), int64(max(q.page.number, 1)), 10)
		}
	}
	return append(b, s.data...)
}

// tail appends what follows data where nothing is said of pages.
func (s *shape) tail(b []byte, v *rank) []byte {
	b[0] = '{'
	if s.meta == "" {
		return append(b, "}\n"...)
	}
	return append(append(b, v.head...), v.tail...)
}

// one says whether data is a single object.
func (s *shape) one(e *dataset.Endpoint) bool {
	return s.single && (e.Kind == dataset.KindGet || e.Kind == dataset.KindStats)
}

// rows appends the value of data.
func (s *shape) rows(b []byte, q *question, f *found) []byte {
	if s.one(q.spec) {
		if len(f.Rows) == 0 {
			return append(b, "null"...)
		}
		return s.row(b, q.rank, f.Rows[0])
	}
	b = append(b, '[')
	for i, row := range f.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.row(b, q.rank, row)
		if s.meta != "" && f.exact != nil && !f.exact[row[q.rank.key]] {
			b = append(b[:len(b)-1], `,"match":"synonym"}`...)
		}
	}
	for i, entry := range f.entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, entry...)
	}
	return append(b, ']')
}

// row appends one row, with what stands for no value where that is written.
func (s *shape) row(b []byte, v *rank, row dataset.Row) []byte {
	if !s.nulls && s.join == "" {
		return appendRow(b, v.members, row)
	}
	start := len(b)
	for i, member := range v.members {
		var value any
		if i < len(row) {
			value = s.value(row[i])
		}
		missing := absent(value)
		if missing && !s.nulls {
			continue
		}
		b = append(append(b, ','), member...)
		if missing {
			b = append(b, v.empty[i]...)
			continue
		}
		b = appendValue(b, value)
	}
	if len(b) == start {
		return append(b, "{}"...)
	}
	b[start] = '{'
	return append(b, '}')
}

// value joins lists when they are to be one text.
func (s *shape) value(value any) any {
	list, ok := value.(json.RawMessage)
	if !ok || s.join == "" || absent(value) {
		return value
	}
	decoder := json.NewDecoder(bytes.NewReader(list))
	decoder.UseNumber()
	var parts []any
	if decoder.Decode(&parts) != nil {
		return nil
	}
	var text strings.Builder
	for i, part := range parts {
		if i > 0 {
			text.WriteString(s.join)
		}
		fmt.Fprint(&text, part)
	}
	return text.String()
}

// empties returns, by column, what is written for no value.
func (s *shape) empties(t *dataset.Table, columns []string) []string {
	var list []string
	for _, name := range columns {
		if t.Column(name).List && s.join == "" {
			list = append(list, "[]")
			continue
		}
		list = append(list, "null")
	}
	return list
}

// ignores says whether unknown parameters are passed over; no shape passes over nothing.
func (s *shape) ignores() bool { return s != nil && s.ignore }

// IgnoredParameters returns how many parameters that no path takes were ignored since the API was made. It stays 0
// unless the description says so.
func (a *API) IgnoredParameters() uint64 { return a.shape.ignored.Load() }
