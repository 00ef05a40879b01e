package serve_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/dataset"
)

// memory is a dataset.Source over slices: every operator by the words of its documentation, with a scan of
// all rows. It refuses what the description does not plan, as every source does.
type memory struct {
	desc    *dataset.Description
	content dataset.Content
	plans   []dataset.Plan
	hash    string
}

func newMemory(d *dataset.Description, content dataset.Content) *memory {
	m := &memory{desc: d, content: dataset.Content{Tables: map[string][]dataset.Record{}, Synonyms: content.Synonyms}, plans: d.Plans()}
	for i := range d.Tables {
		t := &d.Tables[i]
		key := t.Column(t.Key)
		records := slices.Clone(content.Tables[t.Name])
		slices.SortFunc(records, func(a, b dataset.Record) int {
			return cmp.Compare(key.SortText(cells(t, a, t.Key)[0]), key.SortText(cells(t, b, t.Key)[0]))
		})
		m.content.Tables[t.Name] = records
	}
	sum := sha256.Sum256(fmt.Append(nil, m.content))
	m.hash = hex.EncodeToString(sum[:])
	return m
}

// candidate is a row in the order of a query.
type candidate struct {
	at     dataset.Position
	record dataset.Record // nil: a joined value without a row
	value  string         // the joined value
}

func (m *memory) Fetch(ctx context.Context, q dataset.Query) (dataset.Result, error) {
	if err := ctx.Err(); err != nil {
		return dataset.Result{}, err
	}
	if !m.planned(q) {
		return dataset.Result{}, fmt.Errorf("%w: %s %s on %v", dataset.ErrUnplanned, q.Endpoint.Path, q.Op, q.On)
	}
	var result dataset.Result
	for _, c := range m.candidates(q) {
		if c.at.Sort < q.After.Sort || c.at.Sort == q.After.Sort && c.at.ID <= q.After.ID {
			continue
		}
		if len(result.Rows) == q.Limit {
			result.More = true
			break
		}
		result.Rows = append(result.Rows, m.row(q, c))
		result.Last = c.at
	}
	return result, nil
}

func (m *memory) planned(q dataset.Query) bool {
	allow := ""
	if q.Allow != nil {
		allow = q.Allow.Column
	}
	return q.Limit > 0 && slices.ContainsFunc(m.plans, func(p dataset.Plan) bool {
		return p.Endpoint == q.Endpoint && p.Op == q.Op && slices.Equal(p.On, q.On) && p.Allow == allow
	})
}

// candidates are the rows that q asks for, in order, from the start.
func (m *memory) candidates(q dataset.Query) []candidate {
	t := m.desc.Table(q.Endpoint.Table)
	var all []candidate
	for i, r := range m.content.Tables[t.Name] {
		if q.Op == dataset.OpJoined {
			if key := cells(t, r, t.Key)[0]; t.Column(t.Key).Comparable(key) == q.Value {
				all = m.joined(q, t, r)
			}
			continue
		}
		if sort, ok := m.matches(q, t, r); ok {
			all = append(all, candidate{at: dataset.Position{Sort: sort, ID: int64(i + 1)}, record: r})
		}
	}
	all = slices.DeleteFunc(all, func(c candidate) bool { return !allowed(m.desc.Answers(q.Endpoint), c.record, q.Allow) })
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.at.Sort, b.at.Sort) })
	return all
}

// matches says whether r answers q, and where it stands.
func (m *memory) matches(q dataset.Query, t *dataset.Table, r dataset.Record) (sort string, ok bool) {
	switch q.Op {
	case dataset.OpKey:
		return "", t.Column(t.Key).Comparable(cells(t, r, t.Key)[0]) == q.Value
	case dataset.OpAll:
		return sortText(t, r, q.Endpoint.Sort), true
	case dataset.OpExact:
		return sortText(t, r, q.Endpoint.Sort), slices.Contains(comparable(t, r, q.On), q.Value)
	case dataset.OpSynonym:
		return "", slices.ContainsFunc(comparable(t, r, q.On), func(v string) bool { return m.related(t, q.On, v, q.Value) })
	case dataset.OpPrefix:
		for _, v := range comparable(t, r, q.On) {
			if strings.HasPrefix(v, q.Value) {
				return v, true
			}
		}
	case dataset.OpContains:
		for _, name := range q.On {
			part := dataset.FoldText(t.Column(name).Fold, q.Value)
			if len([]rune(part)) < 3 {
				continue
			}
			if slices.ContainsFunc(comparable(t, r, []string{name}), func(v string) bool { return strings.Contains(v, part) }) {
				return "", true
			}
		}
	}
	return "", false
}

// related says whether a synonym group of one of the columns holds both names.
func (m *memory) related(t *dataset.Table, on []string, a, b string) bool {
	for i, set := range m.desc.Synonyms {
		if set.Table != t.Name || !slices.Contains(on, set.Column) || i >= len(m.content.Synonyms) {
			continue
		}
		fold := t.Column(set.Column).Comparable
		for _, group := range m.content.Synonyms[i] {
			has := func(name string) bool {
				return slices.ContainsFunc(group, func(member string) bool { return fold(member) == name })
			}
			if has(a) && has(b) {
				return true
			}
		}
	}
	return false
}

func (m *memory) joined(q dataset.Query, t *dataset.Table, r dataset.Record) []candidate {
	j := m.desc.JoinNamed(q.Endpoint.Join)
	to := m.desc.Table(j.To)
	var all []candidate
	add := func(r dataset.Record, value string) {
		all = append(all, candidate{dataset.Position{ID: int64(len(all) + 1)}, r, value})
	}
	for _, value := range cells(t, r, j.Column) {
		before := len(all)
		for _, target := range m.content.Tables[j.To] {
			if slices.Contains(comparable(to, target, []string{j.On}), to.Column(j.On).Comparable(value)) {
				add(target, value)
			}
		}
		if len(all) == before {
			add(nil, value)
		}
	}
	return all
}

func allowed(t *dataset.Table, r dataset.Record, allow *dataset.Allow) bool {
	if allow == nil {
		return true
	}
	return r != nil && slices.ContainsFunc(comparable(t, r, []string{allow.Column}),
		func(v string) bool { return slices.Contains(allow.Values, v) })
}

func (m *memory) row(q dataset.Query, c candidate) dataset.Row {
	t := m.desc.Answers(q.Endpoint)
	row := make(dataset.Row, len(q.Columns))
	for i, name := range q.Columns {
		if c.record != nil {
			row[i] = encoded(t.Column(name), cells(t, c.record, name))
		} else if name == m.desc.JoinNamed(q.Endpoint.Join).On {
			row[i] = c.value
		}
	}
	return row
}

func encoded(c *dataset.Column, values []string) any {
	var parsed []any
	for _, text := range values {
		v, err := c.Type.Parse(text)
		if err != nil {
			panic(err)
		}
		parsed = append(parsed, v)
	}
	if c.List {
		text, err := json.Marshal(parsed)
		if err != nil {
			panic(err)
		}
		return json.RawMessage(text)
	}
	if parsed == nil {
		return nil
	}
	return parsed[0]
}

func cells(t *dataset.Table, r dataset.Record, name string) []string {
	return r[slices.IndexFunc(t.Columns, func(c dataset.Column) bool { return c.Name == name })]
}

// comparable returns the values of r in columns, as they are compared, sorted.
func comparable(t *dataset.Table, r dataset.Record, columns []string) []string {
	var values []string
	for _, name := range columns {
		for _, text := range cells(t, r, name) {
			values = append(values, t.Column(name).Comparable(text))
		}
	}
	slices.Sort(values)
	return values
}

func sortText(t *dataset.Table, r dataset.Record, columns []string) string {
	var parts []string
	for _, name := range columns {
		text := ""
		if values := cells(t, r, name); len(values) > 0 {
			text = t.Column(name).SortText(values[0])
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\x01")
}

func (m *memory) Exists(_ context.Context, table, key string) (bool, error) {
	t := m.desc.Table(table)
	return slices.ContainsFunc(m.content.Tables[table], func(r dataset.Record) bool {
		return t.Column(t.Key).Comparable(cells(t, r, t.Key)[0]) == key
	}), nil
}

func (m *memory) Values(_ context.Context, table, column string) ([]dataset.ValueCount, error) {
	counts := map[string]int64{}
	for _, r := range m.content.Tables[table] {
		for _, v := range cells(m.desc.Table(table), r, column) {
			counts[v]++
		}
	}
	var all []dataset.ValueCount
	for v, n := range counts {
		all = append(all, dataset.ValueCount{Value: v, Slug: dataset.Slug(v), Count: n})
	}
	slices.SortFunc(all, func(a, b dataset.ValueCount) int { return cmp.Compare(a.Value, b.Value) })
	return all, nil
}

func (m *memory) Ready(context.Context) error { return nil }

func (m *memory) Seal() dataset.Seal {
	rows := map[string]int64{}
	for name, records := range m.content.Tables {
		rows[name] = int64(len(records))
	}
	return dataset.Seal{ContentHash: m.hash, DescriptionHash: m.desc.LayoutHash(), Rows: rows}
}

func (m *memory) Close() error { return nil }
