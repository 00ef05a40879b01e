// Package sqlite keeps a dataset in one sealed SQLite file and answers the queries that its description
// plans from it.
package sqlite

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/dataset"
)

// sealTable holds one row about the file. It is made first, so that its only row stands on the second page.
const sealTable = `CREATE TABLE "sallyport_seal" ("format" TEXT NOT NULL, "content_hash" TEXT NOT NULL, ` +
	`"description_hash" TEXT NOT NULL, "rows" TEXT NOT NULL, "version" TEXT NOT NULL, "date" TEXT NOT NULL)`

// Names of the tables in a file. The numbers are places in the lists of dataset.Layout, which the hash of
// the description covers.
func mainName(table string) string { return "t_" + table }
func joinName(join string) string  { return "j_" + join }
func lookupName(i int) string      { return fmt.Sprintf("x%d", i) }
func synonymName(i int) string     { return fmt.Sprintf("y%d", i) }
func trigramName(i int) string     { return fmt.Sprintf("f%d", i) }
func orderName(i int) string       { return fmt.Sprintf("o%d", i) }
func countName(i int) string       { return fmt.Sprintf("v%d", i) }

// schema returns the statements that make the tables of a file, in order.
func schema(d *dataset.Description, l dataset.Layout) []string {
	statements := []string{sealTable}
	for _, t := range d.Tables {
		statements = append(statements, mainTable(t))
	}
	for i, x := range l.Lookups {
		statements = append(statements, lookupTable(lookupName(i), x))
	}
	for i := range l.Synonyms {
		statements = append(statements, fmt.Sprintf(
			`CREATE TABLE %q ("v" TEXT NOT NULL, "id" INTEGER NOT NULL, PRIMARY KEY ("v", "id")) WITHOUT ROWID`,
			synonymName(i)))
	}
	for i := range l.Orders {
		statements = append(statements, fmt.Sprintf(
			`CREATE TABLE %q ("s" TEXT NOT NULL, "id" INTEGER NOT NULL, PRIMARY KEY ("s", "id")) WITHOUT ROWID`,
			orderName(i)))
	}
	for i := range l.Counts {
		statements = append(statements, fmt.Sprintf(`CREATE TABLE %q `+
			`("v" TEXT NOT NULL PRIMARY KEY, "slug" TEXT NOT NULL, "count" INTEGER NOT NULL) WITHOUT ROWID`,
			countName(i)))
	}
	for _, j := range d.Joins {
		statements = append(statements, fmt.Sprintf(`CREATE TABLE %q ("parent" INTEGER NOT NULL, "seq" INTEGER NOT NULL, `+
			`"target" INTEGER, "v" TEXT NOT NULL, PRIMARY KEY ("parent", "seq")) WITHOUT ROWID`, joinName(j.Name)))
	}
	for i, f := range l.Trigrams {
		statements = append(statements, fmt.Sprintf(
			`CREATE VIRTUAL TABLE %q USING fts5(%s, content='', columnsize=0, tokenize='trigram case_sensitive 1')`,
			trigramName(i), quoted("", f.Columns)))
	}
	return statements
}

func mainTable(t dataset.Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, `CREATE TABLE %q ("_id" INTEGER PRIMARY KEY, "_key" TEXT NOT NULL UNIQUE`, mainName(t.Name))
	for _, c := range t.Columns {
		fmt.Fprintf(&b, `, %q %s`, c.Name, storage(c))
	}
	return b.String() + ")"
}

func storage(c dataset.Column) string {
	switch {
	case c.List:
		return "TEXT"
	case c.Type == dataset.Integer, c.Type == dataset.Boolean:
		return "INTEGER"
	case c.Type == dataset.Number:
		return "REAL"
	}
	return "TEXT"
}

// lookupTable has "prev", the greatest smaller value of the same row, so that a range takes a row with
// several values in it once, at the first.
func lookupTable(name string, x dataset.LookupLayout) string {
	if len(x.Sort) > 0 {
		return fmt.Sprintf(`CREATE TABLE %q ("v" TEXT NOT NULL, "s" TEXT NOT NULL, "id" INTEGER NOT NULL, `+
			`PRIMARY KEY ("v", "s", "id")) WITHOUT ROWID`, name)
	}
	return fmt.Sprintf(`CREATE TABLE %q ("v" TEXT NOT NULL, "id" INTEGER NOT NULL, "prev" TEXT NOT NULL, `+
		`PRIMARY KEY ("v", "id")) WITHOUT ROWID`, name)
}

// quoted lists column names. A description admits only names that need no escape.
func quoted(prefix string, names []string) string {
	parts := slices.Clone(names)
	for i, n := range parts {
		parts[i] = fmt.Sprintf("%s%q", prefix, n)
	}
	return strings.Join(parts, ", ")
}
