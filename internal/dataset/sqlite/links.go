package sqlite

import (
	"cmp"
	"slices"

	"sallyport/internal/dataset"
)

// synonyms gives every name of a group the rows that carry any name of it.
func (w *writer) synonyms(groups [][][]string) error {
	for i, y := range w.layout.Synonyms {
		r := w.tables[y.Table]
		column := r.table.Column(y.Column)
		carriers := carriers(r, y.Column)
		seen := map[entry]bool{}
		for j, set := range w.d.Synonyms {
			if set.Table != y.Table || set.Column != y.Column || j >= len(groups) {
				continue
			}
			for _, group := range groups[j] {
				spread(column, group, carriers, seen)
			}
		}
		if err := w.pairs(synonymName(i), seen); err != nil {
			return err
		}
	}
	return nil
}

// carriers maps each comparable value of a column to the ids of its rows.
func carriers(r *rows, column string) map[string][]int {
	ids := map[string][]int{}
	places := r.places([]string{column})
	for i, record := range r.records {
		for _, v := range r.values(record, places) {
			ids[v] = append(ids[v], i+1)
		}
	}
	return ids
}

func spread(column *dataset.Column, group []string, carriers map[string][]int, seen map[entry]bool) {
	for _, name := range group {
		v := column.Comparable(name)
		if v == "" {
			continue
		}
		for _, other := range group {
			for _, id := range carriers[column.Comparable(other)] {
				seen[entry{value: v, id: id}] = true
			}
		}
	}
}

func (w *writer) pairs(table string, seen map[entry]bool) error {
	var entries []entry
	for e := range seen {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.id, b.id))
	})
	return w.insert(table, `"v", "id"`, 2, func(add func(...any) error) error {
		for _, e := range entries {
			if err := add(e.value, e.id); err != nil {
				return err
			}
		}
		return nil
	})
}

// joins links the values of each row, in their order, to the rows of the other table; a value that no row
// has keeps its place with no target.
func (w *writer) joins() error {
	for _, j := range w.d.Joins {
		from, to := w.tables[j.Table], w.tables[j.To]
		targets := carriers(to, j.On)
		on := to.table.Column(j.On)
		place := from.places([]string{j.Column})[0]
		err := w.insert(joinName(j.Name), `"parent", "seq", "target", "v"`, 4, func(add func(...any) error) error {
			for i, record := range from.records {
				if err := link(i+1, record[place], on, targets, add); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func link(parent int, values []string, on *dataset.Column, targets map[string][]int, add func(...any) error) error {
	seq := 0
	for _, v := range values {
		ids := targets[on.Comparable(v)]
		if len(ids) == 0 {
			seq++
			if err := add(parent, seq, nil, v); err != nil {
				return err
			}
		}
		for _, id := range ids {
			seq++
			if err := add(parent, seq, id, v); err != nil {
				return err
			}
		}
	}
	return nil
}
