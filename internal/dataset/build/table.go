package build

import (
	"context"
	"errors"
	"slices"

	"sallyport/internal/dataset"
)

// table reads every source of t.
func (b *builder) table(ctx context.Context, t *dataset.Table) ([]dataset.Record, error) {
	makers := make([]*maker, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		makers[i] = newMaker(c, func(check, value string) { b.report.check(t.Name, c.Name, check, value) })
		if c.Lookup != nil {
			if err := b.lookup(ctx, t, makers[i]); err != nil {
				return nil, err
			}
		}
	}
	r := &rowReader{table: t, makers: makers, keys: map[string]string{}}
	for _, name := range t.From {
		if err := b.rows(ctx, b.d.Source(name), r); err != nil {
			return nil, err
		}
	}
	return r.records, nil
}

// rowReader turns the records of a table's sources into rows.
type rowReader struct {
	table   *dataset.Table
	makers  []*maker
	places  [][]int           // places in the source's records that each column comes from
	keys    map[string]string // where each key stands
	records []dataset.Record
}

func (b *builder) rows(ctx context.Context, source *dataset.InputFile, r *rowReader) (err error) {
	in, err := b.open(ctx, source, "table "+r.table.Name, needs(r.table))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	r.places = nil
	for _, c := range r.table.Columns {
		var places []int
		if i, ok := in.place(headerNames(c)); ok && c.Lookup == nil && c.Template == "" {
			places = []int{i}
		}
		r.places = append(r.places, places)
	}
	return b.each(ctx, in, func(record []string, line int) error { return r.take(record, in.where(line)) })
}

// needs are the header names that the table cannot do without.
func needs(t *dataset.Table) [][]string {
	var needs [][]string
	for _, c := range t.Columns {
		if !c.Optional && c.Lookup == nil && c.Template == "" {
			needs = append(needs, headerNames(c))
		}
	}
	return needs
}

func headerNames(c dataset.Column) []string {
	if len(c.From) > 0 {
		return c.From
	}
	return []string{c.Name}
}

// take makes one row. Columns that are looked up follow the ones that they are looked up by.
func (r *rowReader) take(cells []string, where string) error {
	row := make(dataset.Record, len(r.makers))
	for _, looked := range []bool{false, true} {
		for i, m := range r.makers {
			if (m.column.Lookup != nil) != looked {
				continue
			}
			values, err := m.values(r.cells(i, cells, row))
			if err != nil {
				return err
			}
			row[i] = values
		}
	}
	at := slices.IndexFunc(r.table.Columns, func(c dataset.Column) bool { return c.Name == r.table.Key })
	if len(row[at]) == 0 || r.table.Columns[at].Comparable(row[at][0]) == "" {
		return reject("no key", "column %s is empty", r.table.Key)
	}
	key := r.table.Columns[at].Comparable(row[at][0])
	if first, ok := r.keys[key]; ok {
		return reject("key stands twice", "%s is in %s already", row[at][0], first)
	}
	r.keys[key] = where
	r.records = append(r.records, row)
	return nil
}

// cells returns what column i is made of.
func (r *rowReader) cells(i int, cells []string, row dataset.Record) []string {
	m := r.makers[i]
	switch {
	case m.column.Lookup != nil:
		var found []string
		for _, v := range row[m.on] {
			found = append(found, m.lookup[r.table.Columns[m.on].Comparable(v)]...)
		}
		return found
	case m.column.Template != "":
		return r.compose(m.column, row)
	}
	var found []string
	for _, place := range r.places[i] {
		found = append(found, cells[place])
	}
	return found
}

// compose fills a template; a column without a value leaves nothing.
func (r *rowReader) compose(c *dataset.Column, row dataset.Record) []string {
	text, whole := c.Compose(func(name string) (string, bool) {
		i := slices.IndexFunc(r.table.Columns, func(c dataset.Column) bool { return c.Name == name })
		if len(row[i]) == 0 {
			return "", false
		}
		return row[i][0], true
	})
	if !whole {
		return nil
	}
	return []string{text}
}

// lookup reads the source that a column is looked up in.
func (b *builder) lookup(ctx context.Context, t *dataset.Table, m *maker) error {
	l := m.column.Lookup
	m.on = slices.IndexFunc(t.Columns, func(c dataset.Column) bool { return c.Name == l.On })
	m.lookup = map[string][]string{}
	return b.pairs(ctx, l.Source, "column "+m.column.Name, l.Match, l.Value, func(match, value string) {
		if key := t.Columns[m.on].Comparable(match); key != "" {
			m.lookup[key] = append(m.lookup[key], value)
		}
	})
}

// groups reads the names of a synonym set, those of one canonical name together.
func (b *builder) groups(ctx context.Context, s dataset.SynonymSet) ([][]string, error) {
	column := b.d.Table(s.Table).Column(s.Column)
	var groups [][]string
	places := map[string]int{}
	err := b.pairs(ctx, s.Source, "synonyms of "+s.Column, s.Canonical, s.Member, func(canonical, member string) {
		key := column.Comparable(canonical)
		i, ok := places[key]
		if !ok {
			i = len(groups)
			places[key] = i
			groups = append(groups, []string{canonical})
		}
		groups[i] = append(groups[i], member)
	})
	return groups, err
}

// pairs reads two columns of a source; a record in which either is empty is rejected.
func (b *builder) pairs(ctx context.Context, source, use, first, second string, take func(first, second string)) (err error) {
	in, err := b.open(ctx, b.d.Source(source), use, [][]string{{first}, {second}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	a, _ := in.place([]string{first})
	z, _ := in.place([]string{second})
	return b.each(ctx, in, func(record []string, _ int) error {
		if record[a] == "" || record[z] == "" {
			return reject("empty cell", "%s and %s are needed", first, second)
		}
		take(record[a], record[z])
		return nil
	})
}

// dangling counts the values of each join that lead nowhere.
func (b *builder) dangling(content dataset.Content) {
	for _, j := range b.d.Joins {
		report := &JoinReport{Name: j.Name}
		from, to := b.d.Table(j.Table), b.d.Table(j.To)
		on := to.Column(j.On)
		known := map[string]bool{}
		for _, v := range columnValues(to, j.On, content.Tables[j.To]) {
			known[on.Comparable(v)] = true
		}
		for _, v := range columnValues(from, j.Column, content.Tables[j.Table]) {
			if known[on.Comparable(v)] {
				report.Linked++
				continue
			}
			report.Dangling++
			report.Examples = example(report.Examples, v)
		}
		b.report.Joins = append(b.report.Joins, report)
	}
}

func columnValues(t *dataset.Table, column string, records []dataset.Record) []string {
	at := slices.IndexFunc(t.Columns, func(c dataset.Column) bool { return c.Name == column })
	var values []string
	for _, r := range records {
		values = append(values, r[at]...)
	}
	return values
}
