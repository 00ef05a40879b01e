package build

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// headerSearch is how many records are looked at for the header.
const headerSearch = 100

// header maps column names in snake case to places in a record.
type header struct {
	places map[string]int
	cells  int // in the header's record
	needed int // cells that a record must have
}

// findHeader reads up to the first record that has one of the names of each need.
func findHeader(r reader, needs [][]string, constants map[string]string) (header, error) {
	var missing []string
	for range headerSearch {
		record, line, err := r.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return header{}, err
		}
		h := newHeader(record, constants)
		lacking := h.lacks(needs)
		if len(lacking) == 0 {
			for _, names := range needs {
				if i, _ := h.place(names); i < h.cells {
					h.needed = max(h.needed, i+1)
				}
			}
			return h, h.unambiguous(record, needs, r.where(line))
		}
		if len(lacking) < len(needs) && (missing == nil || len(lacking) < len(missing)) {
			missing = lacking
		}
	}
	if missing == nil {
		missing = header{}.lacks(needs)
	}
	return header{}, fmt.Errorf("%s: no header with every column that is needed; missing: %s",
		r.where(0), strings.Join(distinct(missing), ", "))
}

func newHeader(record []string, constants map[string]string) header {
	h := header{places: map[string]int{}, cells: len(record)}
	for i, cell := range record {
		if name := snake(cell); name != "" {
			if _, ok := h.places[name]; !ok {
				h.places[name] = i
			}
		}
	}
	for i, name := range slices.Sorted(maps.Keys(constants)) {
		h.places[snake(name)] = len(record) + i
	}
	return h
}

// lacks returns the needs, written as "a or b", that the header does not meet.
func (h header) lacks(needs [][]string) []string {
	var lacking []string
	for _, names := range needs {
		if _, ok := h.place(names); !ok {
			lacking = append(lacking, strings.Join(names, " or "))
		}
	}
	return lacking
}

// place returns the place of the first of names that the header has.
func (h header) place(names []string) (int, bool) {
	for _, name := range names {
		if i, ok := h.places[snake(name)]; ok {
			return i, true
		}
	}
	return 0, false
}

// unambiguous refuses a header in which a needed name stands twice.
func (h header) unambiguous(record []string, needs [][]string, where string) error {
	counts := map[string]int{}
	for _, cell := range record {
		counts[snake(cell)]++
	}
	for _, names := range needs {
		for _, name := range names {
			if counts[snake(name)] > 1 {
				return fmt.Errorf("%s: the header has column %q twice", where, name)
			}
		}
	}
	return nil
}

// snake writes a header cell as lower case words joined by "_": "COSING Ref No", "cosingRefNo" and
// "cosing_ref_no" are one name.
func snake(cell string) string {
	var b strings.Builder
	runes := []rune(strings.TrimSpace(cell))
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "_") {
				b.WriteByte('_')
			}
			continue
		}
		if i > 0 && upper(r) && startsWord(runes, i) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.TrimSuffix(b.String(), "_")
}

// upper leaves out the few capitals that have no small letter.
func upper(r rune) bool { return unicode.ToLower(r) != r }

// startsWord says whether the upper case letter at i begins a word of camel case.
func startsWord(runes []rune, i int) bool {
	before := runes[i-1]
	if unicode.IsLower(before) || unicode.IsDigit(before) {
		return true
	}
	return upper(before) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
