package build

import (
	"regexp"
	"slices"
	"strings"

	"sallyport/internal/dataset"
)

// maker makes one column's values of the cells of a record.
type maker struct {
	column  *dataset.Column
	pattern *regexp.Regexp
	splits  []string            // longest first
	lookup  map[string][]string // values by folded match
	on      int                 // place of the column that a lookup goes by
	fails   func(check, value string)
}

func newMaker(c *dataset.Column, fails func(check, value string)) *maker {
	m := &maker{column: c, splits: slices.Clone(c.Split), fails: fails}
	slices.SortStableFunc(m.splits, func(a, b string) int { return len(b) - len(a) })
	if c.Pattern != "" {
		// The description was validated: the pattern compiles.
		m.pattern = regexp.MustCompile(c.Pattern)
	}
	return m
}

// values cuts, matches, rewrites, translates, checks and types the cells.
func (m *maker) values(cells []string) ([]string, error) {
	var values []string
	for _, cell := range cells {
		for _, part := range m.split(cell) {
			values = append(values, m.match(part)...)
		}
	}
	if len(m.column.Map) > 0 {
		values = m.translate(values)
	}
	values = m.check(distinct(values))
	if !m.column.List && len(values) > 1 {
		values = values[:1]
	}
	if len(values) == 0 && m.column.Default != "" {
		values = []string{m.column.Default}
	}
	for _, v := range values {
		if _, err := m.column.Type.Parse(v); err != nil {
			return nil, reject("value of the wrong type", "column %s: %v", m.column.Name, err)
		}
	}
	return values, nil
}

// split cuts at every separator and drops parts that are empty.
func (m *maker) split(cell string) []string {
	parts := []string{cell}
	for _, separator := range m.splits {
		var next []string
		for _, p := range parts {
			next = append(next, strings.Split(p, separator)...)
		}
		parts = next
	}
	var filled []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			filled = append(filled, p)
		}
	}
	return filled
}

func (m *maker) match(part string) []string {
	if m.pattern == nil {
		return []string{part}
	}
	if m.column.Replace == "" {
		return m.pattern.FindAllString(part, -1)
	}
	var values []string
	for _, at := range m.pattern.FindAllStringSubmatchIndex(part, -1) {
		if v := string(m.pattern.ExpandString(nil, m.column.Replace, part, at)); v != "" {
			values = append(values, v)
		}
	}
	return values
}

// translate maps the values, in the order of the map where only one will be kept.
func (m *maker) translate(values []string) []string {
	place := func(from string) int {
		return slices.IndexFunc(m.column.Map, func(p dataset.Mapping) bool { return p.From == from })
	}
	var places []int
	for _, v := range values {
		if i := place(v); i >= 0 {
			places = append(places, i)
		} else {
			m.fails("map", v)
		}
	}
	if !m.column.List {
		slices.Sort(places)
	}
	var mapped []string
	for _, i := range places {
		mapped = append(mapped, m.column.Map[i].To)
	}
	return mapped
}

// check counts the values that fail the column's check, and keeps what the column keeps.
func (m *maker) check(values []string) []string {
	if m.column.Check == "" {
		return values
	}
	var kept []string
	for _, v := range values {
		sound := casDigits(v)
		if !sound {
			m.fails(m.column.Check, v)
		}
		if !sound || m.column.Keep != "failed" {
			kept = append(kept, v)
		}
	}
	return kept
}

// casDigits verifies the check digit of a CAS Registry Number: the last digit is the sum of the others, each
// times its place from the right, modulo ten.
func casDigits(number string) bool {
	digits := strings.ReplaceAll(number, "-", "")
	if len(digits) < 5 || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	sum, last := 0, len(digits)-1
	for i := range last {
		sum += int(digits[i]-'0') * (last - i)
	}
	return sum%10 == int(digits[last]-'0')
}

// distinct keeps the first of equal values.
func distinct(values []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			kept = append(kept, v)
		}
	}
	return kept
}
