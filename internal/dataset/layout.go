package dataset

import (
	"slices"
	"strings"
)

// Table returns the table of that name, or nil.
func (d *Description) Table(name string) *Table {
	i := slices.IndexFunc(d.Tables, func(t Table) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Tables[i]
}

// Source returns the input file of that name, or nil.
func (d *Description) Source(name string) *InputFile {
	i := slices.IndexFunc(d.Sources, func(in InputFile) bool { return in.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Sources[i]
}

// JoinNamed returns the join of that name, or nil.
func (d *Description) JoinNamed(name string) *Join {
	i := slices.IndexFunc(d.Joins, func(j Join) bool { return j.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Joins[i]
}

// Answers returns the table whose columns the rows of e have: the joined one, where e follows a join. It is
// nil when the description does not have it.
func (d *Description) Answers(e *Endpoint) *Table {
	if e.Join == "" {
		return d.Table(e.Table)
	}
	j := d.JoinNamed(e.Join)
	if j == nil {
		return nil
	}
	return d.Table(j.To)
}

// Column returns the column of that name, or nil.
func (t *Table) Column(name string) *Column {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}

// Visible returns the names of the columns that tier sees, in the order of the table; tiers are all tiers,
// lowest first. A tier that is not among them, like a column without one, sees nothing.
func (t *Table) Visible(tiers []string, tier string) []string {
	var names []string
	for _, c := range t.Columns {
		if !c.Hidden && Includes(tiers, tier, c.Tier) {
			names = append(names, c.Name)
		}
	}
	return names
}

// Includes says whether tier has what lowest and the tiers above it have; tiers are all, lowest first. When
// either is unknown it has not.
func Includes(tiers []string, tier, lowest string) bool {
	have, need := slices.Index(tiers, tier), slices.Index(tiers, lowest)
	return need >= 0 && have >= need
}

// Has says whether the column may be searched by i.
func (c *Column) Has(i Index) bool { return slices.Contains(c.Index, i) }

// Parameter returns the parameter that has name or an alias of it, or nil.
func (e *Endpoint) Parameter(name string) *Parameter {
	i := slices.IndexFunc(e.Parameters, func(p Parameter) bool {
		return p.Name == name || slices.Contains(p.Aliases, name)
	})
	if i < 0 {
		return nil
	}
	return &e.Parameters[i]
}

// PathParameters returns the names in braces of the endpoint's path, in order.
func (e *Endpoint) PathParameters() []string {
	var names []string
	for part := range strings.SplitSeq(e.Path, "/") {
		if strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
			names = append(names, part[1:len(part)-1])
		}
	}
	return names
}

// Layout lists what a built file holds besides the rows: everything that a planned query looks into.
type Layout struct {
	Lookups  []LookupLayout
	Synonyms []SynonymLayout
	Trigrams []TrigramLayout
	Orders   []OrderLayout
	Counts   []CountLayout
}

// LookupLayout finds rows by the folded value of any of Columns, in the order of Sort and then the key.
type LookupLayout struct {
	Table   string
	Columns []string
	Sort    []string
}

// SynonymLayout finds the rows of the synonym groups of a column.
type SynonymLayout struct{ Table, Column string }

// TrigramLayout finds rows by a part of the folded value of a table's columns.
type TrigramLayout struct {
	Table   string
	Columns []string
}

// OrderLayout is an order, other than the key's, in which all rows of a table are listed.
type OrderLayout struct {
	Table string
	Sort  []string
}

// CountLayout holds the distinct values of a column.
type CountLayout struct{ Table, Column string }

// Layout derives the structures from the description, in an order that only the description decides.
func (d *Description) Layout() Layout {
	var l Layout
	for _, t := range d.Tables {
		l.table(t)
	}
	for _, s := range d.Synonyms {
		l.Synonyms = addOnce(l.Synonyms, SynonymLayout{s.Table, s.Column})
	}
	for _, p := range d.Plans() {
		l.plan(p)
	}
	for _, e := range d.Endpoints {
		switch e.Kind {
		case KindValues:
			l.Counts = addOnce(l.Counts, CountLayout{e.Table, e.Column})
		case KindStats:
			for _, c := range e.Groups {
				l.Counts = addOnce(l.Counts, CountLayout{e.Table, c})
			}
		}
	}
	return l
}

func (l *Layout) table(t Table) {
	trigram := TrigramLayout{Table: t.Name}
	for _, c := range t.Columns {
		if c.Has(IndexExact) || c.Has(IndexPrefix) {
			l.lookup(LookupLayout{Table: t.Name, Columns: []string{c.Name}})
		}
		if c.Has(IndexTrigram) {
			trigram.Columns = append(trigram.Columns, c.Name)
		}
	}
	if trigram.Columns != nil {
		l.Trigrams = append(l.Trigrams, trigram)
	}
}

func (l *Layout) plan(p Plan) {
	switch p.Op {
	case OpExact, OpPrefix:
		l.lookup(LookupLayout{Table: p.Table, Columns: p.On, Sort: p.Endpoint.Sort})
	case OpAll:
		order := OrderLayout{Table: p.Table, Sort: p.Endpoint.Sort}
		same := func(o OrderLayout) bool { return o.Table == order.Table && slices.Equal(o.Sort, order.Sort) }
		if len(order.Sort) > 0 && !slices.ContainsFunc(l.Orders, same) {
			l.Orders = append(l.Orders, order)
		}
	}
}

func (l *Layout) lookup(one LookupLayout) {
	same := func(o LookupLayout) bool {
		return o.Table == one.Table && slices.Equal(o.Columns, one.Columns) && slices.Equal(o.Sort, one.Sort)
	}
	if !slices.ContainsFunc(l.Lookups, same) {
		l.Lookups = append(l.Lookups, one)
	}
}

func addOnce[T comparable](list []T, one T) []T {
	if slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}
