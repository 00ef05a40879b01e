package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// layoutVersion changes whenever the same description builds another file.
const layoutVersion = 2

// LayoutHash returns the SHA-256, in hex, of everything in the description that decides what a built file
// holds: sources without the paths of their files, tables, columns, folds, synonyms, joins, and the orders,
// groups and searches of endpoints. Costs, tiers, pages and texts leave it as it is.
func (d *Description) LayoutHash() string {
	content := struct {
		Version  int
		Sources  []InputFile
		Tables   []Table
		Synonyms []SynonymSet
		Joins    []Join
		Layout   Layout
	}{layoutVersion, nil, nil, d.Synonyms, d.Joins, d.Layout()}
	for _, in := range d.Sources {
		content.Sources = append(content.Sources, in.withoutFile())
	}
	for _, t := range d.Tables {
		content.Tables = append(content.Tables, t.withoutRights())
	}
	// Encoding structs of strings, numbers and maps with string keys cannot fail, and sorts the maps.
	text, _ := json.Marshal(content)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (in InputFile) withoutFile() InputFile {
	if in.CSV != nil {
		c := *in.CSV
		c.File = ""
		in.CSV = &c
	}
	if in.SQLite != nil {
		s := *in.SQLite
		s.File = ""
		in.SQLite = &s
	}
	return in
}

func (t Table) withoutRights() Table {
	columns := make([]Column, len(t.Columns))
	for i, c := range t.Columns {
		c.Tier, c.Hidden, c.Summary = "", false, ""
		columns[i] = c
	}
	t.Columns = columns
	return t
}
