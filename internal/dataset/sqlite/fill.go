package sqlite

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sallyport/internal/dataset"
)

func (w *writer) mains() error {
	for _, t := range w.d.Tables {
		if err := w.main(w.tables[t.Name]); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	return nil
}

func (w *writer) main(r *rows) error {
	names := []string{"_id", "_key"}
	for _, c := range r.table.Columns {
		names = append(names, c.Name)
	}
	return w.insert(mainName(r.table.Name), quoted("", names), len(names), func(add func(...any) error) error {
		for i, record := range r.records {
			cells := []any{i + 1, r.keys[i]}
			for j := range r.table.Columns {
				cell, err := stored(&r.table.Columns[j], record[j])
				if err != nil {
					return fmt.Errorf("key %s: %w", r.keys[i], err)
				}
				cells = append(cells, cell)
			}
			if err := add(cells...); err != nil {
				return err
			}
		}
		return nil
	})
}

// entry is one row of a lookup table.
type entry struct {
	value, sort, prev string
	id                int
}

func (w *writer) lookups() error {
	for i, x := range w.layout.Lookups {
		r := w.tables[x.Table]
		places, sorts := r.places(x.Columns), r.places(x.Sort)
		var entries []entry
		for j, record := range r.records {
			prev := ""
			for _, v := range r.values(record, places) {
				entries = append(entries, entry{v, r.sortText(record, sorts), prev, j + 1})
				prev = v
			}
		}
		if err := w.entries(lookupName(i), entries, len(x.Sort) > 0); err != nil {
			return err
		}
	}
	return nil
}

// entries inserts in the order of the primary key, which is quickest and leaves no choice of layout.
func (w *writer) entries(table string, entries []entry, sorted bool) error {
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.sort, b.sort), cmp.Compare(a.id, b.id))
	})
	columns := `"v", "id", "prev"`
	if sorted {
		columns = `"v", "id", "s"`
	}
	return w.insert(table, columns, 3, func(add func(...any) error) error {
		for _, e := range entries {
			third := e.prev
			if sorted {
				third = e.sort
			}
			if err := add(e.value, e.id, third); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *writer) orders() error {
	for i, o := range w.layout.Orders {
		r := w.tables[o.Table]
		places := r.places(o.Sort)
		entries := make([]entry, len(r.records))
		for j, record := range r.records {
			entries[j] = entry{sort: r.sortText(record, places), id: j + 1}
		}
		slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.sort, b.sort) })
		err := w.insert(orderName(i), `"s", "id"`, 2, func(add func(...any) error) error {
			for _, e := range entries {
				if err := add(e.sort, e.id); err != nil {
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

func (w *writer) counts() error {
	for i, c := range w.layout.Counts {
		r := w.tables[c.Table]
		place := r.places([]string{c.Column})[0]
		counts := map[string]int{}
		for _, record := range r.records {
			for _, v := range slices.Compact(slices.Sorted(slices.Values(record[place]))) {
				counts[v]++
			}
		}
		err := w.insert(countName(i), `"v", "slug", "count"`, 3, func(add func(...any) error) error {
			for _, v := range slices.Sorted(maps.Keys(counts)) {
				if err := add(v, dataset.Slug(v), counts[v]); err != nil {
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

// partBreak keeps a question from matching across two values of a list. No question holds it.
const partBreak = "\x1f"

func (w *writer) trigrams() error {
	for i, f := range w.layout.Trigrams {
		r := w.tables[f.Table]
		places := r.places(f.Columns)
		name := trigramName(i)
		err := w.insert(name, `"rowid", `+quoted("", f.Columns), len(places)+1, func(add func(...any) error) error {
			for j, record := range r.records {
				cells := []any{j + 1}
				for _, p := range places {
					cells = append(cells, strings.Join(r.values(record, []int{p}), partBreak))
				}
				if err := add(cells...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if _, err := w.tx.ExecContext(w.ctx, fmt.Sprintf(`INSERT INTO %q (%q) VALUES ('optimize')`, name, name)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) seal(seal dataset.Seal) error {
	counts, err := json.Marshal(seal.Rows)
	if err != nil {
		return err
	}
	return w.insert("sallyport_seal", `"format", "content_hash", "description_hash", "rows", "version", "date"`, 6,
		func(add func(...any) error) error {
			return add(sealFormat, sealMarker+strings.Repeat("0", hashDigits), seal.DescriptionHash, string(counts),
				seal.Version, seal.Date)
		})
}
