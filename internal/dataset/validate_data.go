package dataset

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

func (c *checker) source(in *InputFile, path string, seen map[string]string) {
	c.name(path+".name", in.Name, seen)
	switch {
	case in.CSV != nil && in.SQLite != nil:
		c.add(path, "keep one of csv and sqlite", "a source is one file")
	case in.CSV != nil:
		c.required(path+".csv.file", in.CSV.File)
		if d := in.CSV.Delimiter; utf8.RuneCountInString(d) > 1 || strings.ContainsAny(d, "\"\r\n\uFFFD") {
			c.add(path+".csv.delimiter", "", "%q is not one character that can separate cells", d)
		}
	case in.SQLite != nil:
		c.required(path+".sqlite.file", in.SQLite.File)
		c.required(path+".sqlite.table", in.SQLite.Table)
	default:
		c.add(path, "give csv or sqlite", "the source says nothing about its file")
	}
}

// unused reports the sources that nothing reads, which is what a mistyped name leaves behind.
func (c *checker) unused() {
	used := map[string]bool{}
	for _, t := range c.d.Tables {
		for _, s := range t.From {
			used[s] = true
		}
		for _, col := range t.Columns {
			if col.Lookup != nil {
				used[col.Lookup.Source] = true
			}
		}
	}
	for _, s := range c.d.Synonyms {
		used[s.Source] = true
	}
	for i, s := range c.d.Sources {
		if s.Name != "" && !used[s.Name] {
			c.add(fmt.Sprintf("sources[%d].name", i), "take it out, or name it in a table, lookup or synonym set",
				"nothing reads source %q", s.Name)
		}
	}
}

func (c *checker) table(t *Table, path string, seen map[string]string) {
	c.name(path+".name", t.Name, seen)
	if len(t.From) == 0 {
		c.add(path+".from", "", "a source is required")
	}
	for i, s := range t.From {
		c.findSource(fmt.Sprintf("%s.from[%d]", path, i), s)
	}
	names := map[string]string{}
	for i := range t.Columns {
		at := fmt.Sprintf("%s.columns[%d]", path, i)
		c.name(at+".name", t.Columns[i].Name, names)
		c.columnRights(&t.Columns[i], at)
		c.columnValues(&t.Columns[i], at)
		c.columnIndex(&t.Columns[i], at)
		c.lookup(t, &t.Columns[i], at)
		c.template(t, i, at)
	}
	c.key(t, path+".key")
}

func (c *checker) key(t *Table, path string) {
	key := c.column(path, t, t.Key)
	if key == nil {
		return
	}
	if key.List {
		c.add(path, "a key is one value", "column %q is a list", t.Key)
	}
	if key.Type != "" && key.Type != Text && key.Type != Integer {
		c.add(path, "text or integer", "a key cannot be of type %s", key.Type)
	}
	if key.Lookup != nil || key.Default != "" || key.Optional {
		c.add(path, "without lookup, default and optional", "column %q does not have a value of its own in every row", t.Key)
	}
}

func (c *checker) columnRights(col *Column, path string) {
	switch {
	case col.Hidden && col.Tier != "":
		c.add(path+".hidden", "keep one of hidden and tier", "column %q is hidden and has a tier", col.Name)
	case !col.Hidden && col.Tier == "":
		c.add(path, "give the lowest tier that sees it, or hidden: true", "column %q has neither tier nor hidden", col.Name)
	}
	c.optionalTier(path+".tier", col.Tier)
}

func (c *checker) columnValues(col *Column, path string) {
	c.word(path+".type", "type", string(col.Type), string(Text), string(Integer), string(Number), string(Boolean))
	c.regexp(path+".pattern", col.Pattern)
	if col.Replace != "" && col.Pattern == "" {
		c.add(path+".replace", "give the pattern whose matches it rewrites", "replace needs a pattern")
	}
	if slices.Contains(col.Split, "") {
		c.add(path+".split", "", "a separator cannot be empty")
	}
	for i, m := range col.Map {
		if m.From == "" || m.To == "" {
			c.add(fmt.Sprintf("%s.map[%d]", path, i), "", "from and to are required")
		}
	}
	c.word(path+".check", "check", col.Check, "cas")
	c.word(path+".keep", "value", col.Keep, "all", "failed")
	if col.Keep != "" && col.Check == "" {
		c.add(path+".keep", "give the check that decides", "keep needs a check")
	}
}

// word checks an optional value against the few that there are.
func (c *checker) word(path, kind, value string, known ...string) {
	if value != "" {
		c.known(path, kind, value, known)
	}
}

func (c *checker) columnIndex(col *Column, path string) {
	c.word(path+".fold", "fold", string(col.Fold), string(FoldNone), string(FoldCase), string(FoldCode),
		string(FoldName), string(FoldKorean), string(FoldSlug))
	seen := map[string]string{}
	for i, ix := range col.Index {
		at := fmt.Sprintf("%s.index[%d]", path, i)
		c.known(at, "index", string(ix), []string{string(IndexExact), string(IndexPrefix), string(IndexTrigram)})
		c.unique(at, string(ix), seen)
		if ix != IndexExact && col.Type != "" && col.Type != Text {
			c.add(at, "only text has parts", "a column of type %s cannot have the index %s", col.Type, ix)
		}
	}
}

func (c *checker) lookup(t *Table, col *Column, path string) {
	if col.Lookup == nil {
		return
	}
	l, path := col.Lookup, path+".lookup"
	if len(col.From) > 0 {
		c.add(path, "keep one of from and lookup", "column %q has two origins", col.Name)
	}
	c.findSource(path+".source", l.Source)
	c.required(path+".match", l.Match)
	c.required(path+".value", l.Value)
	if on := c.column(path+".on", t, l.On); on != nil && on.Lookup != nil {
		c.add(path+".on", "name a column that the row has itself", "column %q is looked up, too", l.On)
	}
}

func (c *checker) synonyms(s *SynonymSet, path string) {
	c.findSource(path+".source", s.Source)
	c.required(path+".canonical", s.Canonical)
	c.required(path+".member", s.Member)
	t := c.findTable(path+".table", s.Table)
	if col := c.column(path+".column", t, s.Column); col != nil && !col.Has(IndexExact) {
		c.add(path+".column", "add exact to the index of the column", "column %q has no exact index", s.Column)
	}
}

func (c *checker) join(j *Join, path string, seen map[string]string) {
	c.name(path+".name", j.Name, seen)
	c.column(path+".column", c.findTable(path+".table", j.Table), j.Column)
	to := c.findTable(path+".to", j.To)
	if on := c.column(path+".on", to, j.On); on != nil && on.List {
		c.add(path+".on", "", "column %q is a list, and a join needs one value", j.On)
	}
}
