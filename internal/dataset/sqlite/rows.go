package sqlite

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/dataset"
)

// rows are the records of one table in the order of the key; row number i has the id i+1.
type rows struct {
	table   *dataset.Table
	records []dataset.Record
	keys    []string
}

// inOrder sorts records by key: integers by value, text by its folded bytes.
func inOrder(t *dataset.Table, records []dataset.Record) (*rows, error) {
	key := t.Column(t.Key)
	at := slices.IndexFunc(t.Columns, func(c dataset.Column) bool { return c.Name == t.Key })
	type place struct {
		sort, key string
		record    dataset.Record
	}
	places := make([]place, len(records))
	for i, r := range records {
		if len(r) != len(t.Columns) || len(r[at]) != 1 || key.Comparable(r[at][0]) == "" {
			return nil, fmt.Errorf("table %s: record %d has no key", t.Name, i+1)
		}
		places[i] = place{key.SortText(r[at][0]), key.Comparable(r[at][0]), r}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.sort, b.sort) })
	result := &rows{table: t}
	for i, p := range places {
		if i > 0 && p.key == places[i-1].key {
			return nil, fmt.Errorf("table %s: two records have the key %q", t.Name, p.key)
		}
		result.records = append(result.records, p.record)
		result.keys = append(result.keys, p.key)
	}
	return result, nil
}

// places returns where columns of these names stand in a record.
func (r *rows) places(names []string) []int {
	var places []int
	for _, name := range names {
		places = append(places, slices.IndexFunc(r.table.Columns, func(c dataset.Column) bool { return c.Name == name }))
	}
	return places
}

// values returns the distinct comparable values of a record's columns at places, sorted, without the empty.
func (r *rows) values(record dataset.Record, places []int) []string {
	var values []string
	for _, p := range places {
		for _, text := range record[p] {
			if v := r.table.Columns[p].Comparable(text); v != "" {
				values = append(values, v)
			}
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// sortText joins the sort texts of a record's columns at places; U+0001 keeps "a" before "a b".
func (r *rows) sortText(record dataset.Record, places []int) string {
	var parts []string
	for _, p := range places {
		text := ""
		if len(record[p]) > 0 {
			text = r.table.Columns[p].SortText(record[p][0])
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\x01")
}

// stored returns a column's value as its SQLite cell holds it.
func stored(c *dataset.Column, values []string) (any, error) {
	if c.List {
		return list(c, values)
	}
	switch len(values) {
	case 0:
		return nil, nil
	case 1:
		return c.Type.Parse(values[0])
	}
	return nil, fmt.Errorf("column %s is no list and has %d values", c.Name, len(values))
}

// list encodes as JSON without HTML escapes, so that answers carry the text as it is.
func list(c *dataset.Column, values []string) (any, error) {
	parsed := make([]any, len(values))
	for i, text := range values {
		v, err := c.Type.Parse(text)
		if err != nil {
			return nil, err
		}
		parsed[i] = v
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(parsed); err != nil {
		return nil, err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
