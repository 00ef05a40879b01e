package sourcetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"sallyport/internal/dataset"
)

// model answers queries by looking at every row: slow, plain, and right as far as reading can tell.
type model struct {
	d       *dataset.Description
	content dataset.Content
}

// hit is one row of an answer with what orders it.
type hit struct {
	sort  string
	place int
	row   dataset.Row
}

// answer returns every row of q, whatever its limit and position.
func (m *model) answer(q dataset.Query) []dataset.Row {
	var hits []hit
	if q.Op == dataset.OpJoined {
		hits = m.joined(q)
	} else {
		hits = m.searched(q)
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.sort, b.sort), a.place-b.place) })
	var rows []dataset.Row
	for _, h := range hits {
		rows = append(rows, h.row)
	}
	return rows
}

// ordered returns the records of a table in the order of its key.
func (m *model) ordered(t *dataset.Table) []dataset.Record {
	records := slices.Clone(m.content.Tables[t.Name])
	at := place(t, t.Key)
	slices.SortFunc(records, func(a, b dataset.Record) int {
		return cmp.Compare(t.Columns[at].SortText(a[at][0]), t.Columns[at].SortText(b[at][0]))
	})
	return records
}

func place(t *dataset.Table, column string) int {
	return slices.IndexFunc(t.Columns, func(c dataset.Column) bool { return c.Name == column })
}

// values returns a record's comparable values of a column.
func values(t *dataset.Table, r dataset.Record, column string) []string {
	var found []string
	for _, text := range r[place(t, column)] {
		if v := t.Column(column).Comparable(text); v != "" {
			found = append(found, v)
		}
	}
	return found
}

func (m *model) searched(q dataset.Query) []hit {
	t := m.d.Table(q.Endpoint.Table)
	var hits []hit
	ask := newQuestion(t, q)
	for i, r := range m.ordered(t) {
		sort, ok := m.matches(ask, r)
		if ok && allowed(q.Allow, t, r) {
			hits = append(hits, hit{sort, i, row(t, q.Columns, r)})
		}
	}
	return hits
}

// question is a query with its value as each column compares it.
type question struct {
	dataset.Query
	table *dataset.Table
	whole map[string]string // by column, for equality
	part  map[string]string // by column, for prefix and contains
}

func newQuestion(t *dataset.Table, q dataset.Query) *question {
	ask := &question{q, t, map[string]string{}, map[string]string{}}
	for _, name := range append([]string{t.Key}, q.On...) {
		ask.whole[name] = t.Column(name).Comparable(q.Value)
		ask.part[name] = dataset.FoldText(t.Column(name).Fold, q.Value)
	}
	return ask
}

// matches says whether r answers q, and what it is ordered by before its key.
func (m *model) matches(q *question, r dataset.Record) (string, bool) {
	if q.Op != dataset.OpAll && (strings.ContainsRune(q.Value, 0) || !utf8.ValidString(q.Value)) {
		return "", false
	}
	switch q.Op {
	case dataset.OpAll:
		return sortText(q, r), true
	case dataset.OpKey:
		return "", slices.Contains(values(q.table, r, q.table.Key), q.whole[q.table.Key])
	case dataset.OpExact:
		return sortText(q, r), q.any(r, func(column, v string) bool { return v == q.whole[column] })
	case dataset.OpSynonym:
		return "", q.any(r, func(column, v string) bool { return m.synonyms(q.table.Column(column), q.whole[column], v) })
	case dataset.OpContains:
		return "", q.any(r, func(column, v string) bool {
			return utf8.RuneCountInString(q.part[column]) >= 3 && strings.Contains(v, q.part[column])
		})
	}
	first := ""
	found := q.any(r, func(column, v string) bool {
		if q.part[column] == "" || !strings.HasPrefix(v, q.part[column]) {
			return false
		}
		if first == "" || v < first {
			first = v
		}
		return true
	})
	return first, found
}

// any calls match for every value of the columns asked, and says whether one matched.
func (q *question) any(r dataset.Record, match func(column, value string) bool) bool {
	found := false
	for _, column := range q.On {
		for _, v := range values(q.table, r, column) {
			found = match(column, v) || found
		}
	}
	return found
}

func (m *model) synonyms(c *dataset.Column, asked, value string) bool {
	for _, set := range m.content.Synonyms {
		for _, group := range set {
			var names []string
			for _, name := range group {
				names = append(names, c.Comparable(name))
			}
			if slices.Contains(names, asked) && slices.Contains(names, value) {
				return true
			}
		}
	}
	return false
}

func sortText(q *question, r dataset.Record) string {
	var parts []string
	for _, column := range q.Endpoint.Sort {
		text := ""
		if v := r[place(q.table, column)]; len(v) > 0 {
			text = q.table.Column(column).SortText(v[0])
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\x01")
}

func allowed(a *dataset.Allow, t *dataset.Table, r dataset.Record) bool {
	if a == nil {
		return true
	}
	for _, v := range a.Values {
		if slices.Contains(values(t, r, a.Column), t.Column(a.Column).Comparable(v)) {
			return true
		}
	}
	return false
}

// joined follows every value of the list of the row that q names.
func (m *model) joined(q dataset.Query) []hit {
	join := m.d.JoinNamed(q.Endpoint.Join)
	from, to := m.d.Table(join.Table), m.d.Table(join.To)
	var hits []hit
	for _, r := range m.ordered(from) {
		if values(from, r, from.Key)[0] != from.Column(from.Key).Comparable(q.Value) {
			continue
		}
		for _, v := range r[place(from, join.Column)] {
			targets := m.targets(to, join.On, v)
			if len(targets) == 0 {
				targets = []dataset.Record{dangling(to, join.On, v)}
			}
			for _, target := range targets {
				if allowed(q.Allow, to, target) {
					hits = append(hits, hit{"", len(hits), row(to, q.Columns, target)})
				}
			}
		}
	}
	return hits
}

func (m *model) targets(to *dataset.Table, on, value string) []dataset.Record {
	var targets []dataset.Record
	for _, r := range m.ordered(to) {
		if slices.Contains(values(to, r, on), to.Column(on).Comparable(value)) {
			targets = append(targets, r)
		}
	}
	return targets
}

func dangling(to *dataset.Table, on, value string) dataset.Record {
	r := make(dataset.Record, len(to.Columns))
	r[place(to, on)] = []string{value}
	return r
}

// row gives the values of the columns in the types of an answer.
func row(t *dataset.Table, columns []string, r dataset.Record) dataset.Row {
	var row dataset.Row
	for _, name := range columns {
		c, texts := t.Column(name), r[place(t, name)]
		parsed := []any{}
		for _, text := range texts {
			// The content is made here, and its texts are of their types.
			v, _ := c.Type.Parse(text)
			parsed = append(parsed, v)
		}
		switch {
		case c.List:
			row = append(row, encoded(parsed))
		case len(parsed) == 0:
			row = append(row, nil)
		default:
			row = append(row, parsed[0])
		}
	}
	return row
}

func encoded(values []any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	// Encoding a list of strings and numbers cannot fail.
	_ = e.Encode(values)
	return bytes.TrimSpace(b.Bytes())
}
