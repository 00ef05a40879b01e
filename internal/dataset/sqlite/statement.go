package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"sallyport/internal/dataset"
)

// statement is one planned query. Its text up to the columns is fixed when the file is opened.
//
// Every statement gathers the rows of the page as (id, s) and fetches their columns. One that is not bounded gathers
// all of them in a table of its own before: within the engine's first step, which is the one that a cancelled context
// interrupts; each later step is one look-up by row number. One that is bounded spares the table, which costs more
// than the look-ups. The limit is an expression because SQLite plans a statement anew for each value of a limit
// that is a bare parameter, which costs more than the query.
type statement struct {
	plan    dataset.Plan
	answers *dataset.Table
	gather  string // SELECT of id and s, with %s for the filter
	from    string // what the columns come from
	on      string // the column that a joined row without a target still has
	tells   bool   // has a column "alone", for Result.Alone
	bounded bool   // costs no more than the rows it returns

	selections atomic.Pointer[[]*selection] // that were asked for; only added to
}

// selection is a statement for a list of columns.
type selection struct {
	names   []string
	columns []*dataset.Column
	text    string
}

// maxSelections bounds the lists of columns that one statement remembers. The tiers have a few.
const maxSelections = 64

// selecting returns the statement for the columns of these names, or nil when one is hidden, missing or named twice.
func (s *statement) selecting(names []string) *selection {
	known := s.selections.Load()
	if known != nil {
		for _, one := range *known {
			if slices.Equal(one.names, names) {
				return one
			}
		}
	}
	one := &selection{names: slices.Clone(names), text: s.text(names)}
	for i, name := range names {
		column := s.answers.Column(name)
		if column == nil || column.Hidden || slices.Contains(names[:i], name) {
			return nil
		}
		one.columns = append(one.columns, column)
	}
	if known == nil {
		s.selections.CompareAndSwap(nil, &[]*selection{one})
	} else if len(*known) < maxSelections {
		more := append(slices.Clone(*known), one)
		s.selections.CompareAndSwap(known, &more)
	}
	return one
}

// shape identifies a planned query.
type shape struct {
	path  string
	op    dataset.Op
	on    string
	allow string
}

func shapeOf(path string, op dataset.Op, on []string, allow string) shape {
	return shape{path, op, strings.Join(on, ","), allow}
}

// planned builds the statements of every plan.
func planned(d *dataset.Description) (map[shape]*statement, error) {
	layout, all := d.Layout(), map[shape]*statement{}
	for _, p := range d.Plans() {
		s := &statement{plan: p, answers: d.Answers(p.Endpoint)}
		if err := s.build(d, layout); err != nil {
			return nil, fmt.Errorf("endpoint %s: %w", p.Endpoint.Path, err)
		}
		all[shapeOf(p.Endpoint.Path, p.Op, p.On, p.Allow)] = s
	}
	return all, nil
}

func (s *statement) build(d *dataset.Description, l dataset.Layout) error {
	s.from = fmt.Sprintf(`p CROSS JOIN %q m ON m."_id" = p."id"`, mainName(s.answers.Name))
	s.bounded = s.plan.Allow == ""
	sorted := len(s.plan.Endpoint.Sort) > 0
	switch s.plan.Op {
	case dataset.OpKey:
		s.gather = fmt.Sprintf(`SELECT "_id" AS "id", '' AS "s" FROM %q x WHERE "_key" = ?1%%s LIMIT 1`, mainName(s.plan.Table))
	case dataset.OpExact:
		s.gather = byID(s.table(l), `"v" = ?1`)
		if sorted {
			s.gather = bySort(s.table(l), `x."v" = ?1 AND `)
		}
		if i := synonyms(l, s.plan); i >= 0 {
			s.tells = true
			alone := fmt.Sprintf(`, NOT EXISTS (SELECT 1 FROM %q y WHERE y."v" = ?1) AS "alone" FROM`, synonymName(i))
			s.gather = strings.Replace(s.gather, ` FROM`, alone, 1)
		}
	case dataset.OpSynonym:
		s.gather = byID(s.table(l), `"v" = ?1`)
	case dataset.OpPrefix:
		s.bounded = s.bounded && !slices.ContainsFunc(s.plan.On, func(c string) bool { return s.answers.Column(c).List })
		s.gather = fmt.Sprintf(`SELECT "id", "v" AS "s" FROM %q x WHERE ("v", "id") > (?3, ?2) AND "v" < ?6 `+
			`AND "prev" < ?1%%s ORDER BY "v", "id" LIMIT ?4 + 0`, s.table(l))
	case dataset.OpContains:
		s.bounded = false
		s.gather = fmt.Sprintf(`SELECT x."rowid" AS "id", '' AS "s" FROM %[1]q x WHERE x.%[1]q MATCH ?1 AND x."rowid" > ?2`+
			`%%s ORDER BY x."rowid" LIMIT ?4 + 0`, s.table(l))
	case dataset.OpAll:
		s.gather = fmt.Sprintf(`SELECT x."_id" AS "id", '' AS "s" FROM %q x WHERE x."_id" > ?2%%s ORDER BY x."_id" LIMIT ?4 + 0`,
			mainName(s.plan.Table))
		if sorted {
			s.gather = bySort(s.table(l), "")
		}
	case dataset.OpJoined:
		s.joined(d.JoinNamed(s.plan.Endpoint.Join))
	default:
		return fmt.Errorf("no statement for operator %s", s.plan.Op)
	}
	s.filter(l)
	return nil
}

func byID(table, where string) string {
	return fmt.Sprintf(`SELECT x."id" AS "id", '' AS "s" FROM %q x WHERE %s AND x."id" > ?2%%s ORDER BY x."id" LIMIT ?4 + 0`, table, where)
}

func bySort(table, where string) string {
	return fmt.Sprintf(`SELECT x."id" AS "id", x."s" AS "s" FROM %q x WHERE %s(x."s", x."id") > (?3, ?2)%%s `+
		`ORDER BY x."s", x."id" LIMIT ?4 + 0`, table, where)
}

// joined follows the links of one row. The id of the page is the place in the list.
func (s *statement) joined(j *dataset.Join) {
	s.on = j.On
	s.gather = fmt.Sprintf(`SELECT x."seq" AS "id", '' AS "s", x."target" AS "target", x."v" AS "v" FROM %q x `+
		`WHERE x."parent" = (SELECT "_id" FROM %q WHERE "_key" = ?1) AND x."seq" > ?2%%s ORDER BY x."seq" LIMIT ?4 + 0`,
		joinName(j.Name), mainName(j.Table))
	s.from = fmt.Sprintf(`p LEFT JOIN %q m ON m."_id" = p."target"`, mainName(s.answers.Name))
}

// table returns the name of the table that the plan looks into.
func (s *statement) table(l dataset.Layout) string {
	p := s.plan
	switch p.Op {
	case dataset.OpContains:
		return trigramName(slices.IndexFunc(l.Trigrams, func(f dataset.TrigramLayout) bool { return f.Table == p.Table }))
	case dataset.OpSynonym:
		return synonymName(synonyms(l, p))
	case dataset.OpAll:
		return orderName(slices.IndexFunc(l.Orders, func(o dataset.OrderLayout) bool {
			return o.Table == p.Table && slices.Equal(o.Sort, p.Endpoint.Sort)
		}))
	}
	return lookup(l, p.Table, p.On, p.Endpoint.Sort)
}

// synonyms returns the place of the groups of the plan's columns, or -1.
func synonyms(l dataset.Layout, p dataset.Plan) int {
	return slices.IndexFunc(l.Synonyms, func(y dataset.SynonymLayout) bool {
		return y.Table == p.Table && slices.Contains(p.On, y.Column)
	})
}

func lookup(l dataset.Layout, table string, columns, sort []string) string {
	return lookupName(slices.IndexFunc(l.Lookups, func(x dataset.LookupLayout) bool {
		return x.Table == table && slices.Equal(x.Columns, columns) && slices.Equal(x.Sort, sort)
	}))
}

// filter completes gather with the condition on the allowed values, a JSON array.
func (s *statement) filter(l dataset.Layout) {
	condition := ""
	if s.plan.Allow != "" {
		id := `x."id"`
		switch s.plan.Op {
		case dataset.OpContains:
			id = `x."rowid"`
		case dataset.OpJoined:
			id = `x."target"`
		case dataset.OpAll:
			if len(s.plan.Endpoint.Sort) == 0 {
				id = `x."_id"`
			}
		}
		condition = fmt.Sprintf(` AND EXISTS (SELECT 1 FROM json_each(?5) a CROSS JOIN %q y ON y."v" = a."value" AND y."id" = %s)`,
			lookup(l, s.answers.Name, []string{s.plan.Allow}, nil), id)
	}
	s.gather = fmt.Sprintf(s.gather, condition)
}

// text returns the statement for the columns asked for. They have neither names nor declared types, which the driver
// would copy for every answer.
func (s *statement) text(columns []string) string {
	table := "MATERIALIZED "
	if s.bounded {
		table = ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `WITH p AS %s(%s) SELECT +p."id" AS "", +p."s" AS ""`, table, s.gather)
	if s.tells {
		b.WriteString(`, p."alone" AS ""`)
	}
	for _, c := range columns {
		if c == s.on {
			fmt.Fprintf(&b, `, CASE WHEN p."target" IS NULL THEN p."v" ELSE m.%q END AS ""`, c)
			continue
		}
		fmt.Fprintf(&b, `, +m.%q AS ""`, c)
	}
	return b.String() + ` FROM ` + s.from
}
