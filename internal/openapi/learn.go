package openapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sallyport/internal/dataset"
)

// maxKnown is how many values of one column are remembered.
const maxKnown = 50

// learn remembers the values of an answer's rows and returns how many rows there are.
func (t *tour) learn(e *dataset.Endpoint, a Answer) int {
	if a.Status != http.StatusOK {
		return 0
	}
	rows := t.rows(a.Body)
	for _, row := range rows {
		switch e.Kind {
		case dataset.KindValues:
			t.learnValue(e.Table, e.Column, row)
		case dataset.KindStats:
			t.learnTotals(e, row)
		default:
			t.learnRow(t.Description.Answers(e), row)
		}
	}
	return len(rows)
}

// rows returns the rows of a body, also the one that data itself can be.
func (t *tour) rows(body []byte) []map[string]any {
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&members) != nil {
		return nil
	}
	list, ok := members[t.shape.envelope.Data].([]any)
	if !ok {
		list = []any{members[t.shape.envelope.Data]}
	}
	var rows []map[string]any
	for _, one := range list {
		if row, ok := one.(map[string]any); ok {
			rows = append(rows, row)
		}
	}
	return rows
}

// learnRow takes joined lists apart again.
func (t *tour) learnRow(table *dataset.Table, row map[string]any) {
	for i := range table.Columns {
		c := &table.Columns[i]
		if text, ok := row[c.Name].(string); ok && c.List && t.shape.join != "" {
			for part := range strings.SplitSeq(text, t.shape.join) {
				t.know(table.Name, c.Name, part)
			}
			continue
		}
		t.know(table.Name, c.Name, row[c.Name])
	}
}

func (t *tour) learnValue(table, column string, row map[string]any) {
	t.know(table, column, row["slug"])
	t.know(table, column, row["value"])
}

func (t *tour) learnTotals(e *dataset.Endpoint, row map[string]any) {
	groups, _ := row["values"].(map[string]any)
	for name, list := range groups {
		counts, _ := list.([]any)
		for _, one := range counts {
			if value, ok := one.(map[string]any); ok {
				t.learnValue(e.Table, name, value)
			}
		}
	}
}

// know keeps a value, or each value of a list.
func (t *tour) know(table, column string, value any) {
	at := table + "." + column
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			t.know(table, column, one)
		}
	case string:
		t.keep(at, v)
	case json.Number:
		t.keep(at, v.String())
	}
}

func (t *tour) keep(at, value string) {
	if value != "" && len(t.known[at]) < maxKnown && !slices.Contains(t.known[at], value) {
		t.known[at] = append(t.known[at], value)
	}
}

// values returns what p can be asked with: the description's example, else what the tier may choose, else what it
// was answered.
func (t *tour) values(e *dataset.Endpoint, p *dataset.Parameter, inPath bool) []string {
	if p.Example != "" {
		return []string{p.Example}
	}
	var found []string
	for _, c := range p.Enum {
		if dataset.Includes(tierNames(t.Plans), t.plan.Name, t.lowest(e, c)) {
			found = append(found, c.Value)
		}
	}
	if len(p.Enum) > 0 {
		return found
	}
	if inPath && (e.Kind == dataset.KindGet || e.Join != "") {
		found = t.known[e.Table+"."+t.Description.Table(e.Table).Key]
	} else {
		for _, column := range p.Columns {
			found = append(found, t.known[t.Description.Answers(e).Name+"."+column]...)
		}
	}
	return slices.DeleteFunc(slices.Clone(found), func(value string) bool {
		return !takes(p, value) || inPath && strings.Contains(value, "/") // which no path can hold
	})
}

// lowest is the lowest tier that may make the choice.
func (t *tour) lowest(e *dataset.Endpoint, c dataset.Choice) string {
	if c.Tier != "" {
		return c.Tier
	}
	return e.Tier
}

// takes says whether p takes the value, as far as its text tells.
func takes(p *dataset.Parameter, value string) bool {
	least, most := max(p.Min, 1), p.Max
	if most == 0 {
		most = defaultMax
	}
	for _, m := range p.Modes {
		if m.Name == dataset.ModeContains {
			least = max(least, m.Min)
		}
	}
	n := utf8.RuneCountInString(value)
	if n < least || n > most || strings.ContainsFunc(value, unicode.IsControl) {
		return false
	}
	pattern, err := regexp.Compile(`\A(?:` + p.Pattern + `)\z`)
	return err == nil && (p.Pattern == "" || pattern.MatchString(value))
}
