package dataset

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// MaxRows bounds the rows of a page, and so the cost of one answer.
const MaxRows = 1000

// checker judges one description; tiers is nil when they are not known yet.
type checker struct {
	*mistakes
	d     *Description
	tiers []string
}

// Validate checks that the description is whole and consistent, and that every tier it names is one of tiers,
// which are all tiers, lowest first. With nil it checks what needs no tiers. The error joins a [*Mistake] for
// each thing that is wrong.
func (d *Description) Validate(tiers []string) error {
	c := &checker{&mistakes{file: d.file, lines: d.lines}, d, tiers}
	c.info()
	names := map[string]string{}
	for i := range d.Sources {
		c.source(&d.Sources[i], fmt.Sprintf("sources[%d]", i), names)
	}
	c.unused()
	names = map[string]string{}
	for i := range d.Tables {
		c.table(&d.Tables[i], fmt.Sprintf("tables[%d]", i), names)
	}
	for i := range d.Synonyms {
		c.synonyms(&d.Synonyms[i], fmt.Sprintf("synonyms[%d]", i))
	}
	names = map[string]string{}
	for i := range d.Joins {
		c.join(&d.Joins[i], fmt.Sprintf("joins[%d]", i), names)
	}
	c.byTier(d.Rows, "rows", MaxRows)
	names = map[string]string{}
	for i := range d.Endpoints {
		c.endpoint(&d.Endpoints[i], fmt.Sprintf("endpoints[%d]", i), names)
	}
	c.compatibility()
	return c.err()
}

func (c *checker) info() {
	i := c.d.Dataset
	c.required("dataset.name", i.Name)
	c.required("dataset.version", i.Version)
	if i.Date != "" {
		if _, err := time.Parse(time.DateOnly, i.Date); err != nil {
			c.add("dataset.date", "", "%q is not a day such as 2021-12-15", i.Date)
		}
	}
	if len(c.d.Tables) == 0 {
		c.add("tables", "name at least one", "there is no table")
	}
	if len(c.d.Endpoints) == 0 {
		c.add("endpoints", "without one nothing is served", "there is no endpoint")
	}
}

func (c *checker) required(path, value string) bool {
	if value == "" {
		c.add(path, "", "a value is required")
	}
	return value != ""
}

// name checks an identifier and that it is the first of its kind. It becomes part of table names, so it is
// kept to the letters that need no quoting.
func (c *checker) name(path, name string, seen map[string]string) {
	if !regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`).MatchString(name) {
		c.add(path, "a lower case letter, then up to 62 lower case letters, digits and _", "%q is not a name", name)
		return
	}
	c.unique(path, name, seen)
}

func (c *checker) unique(path, name string, seen map[string]string) {
	if first, ok := seen[name]; ok {
		c.add(path, "", "%q stands in line %d already", name, c.line(first))
		return
	}
	seen[name] = path
}

// known checks that name is one of all.
func (c *checker) known(path, kind, name string, all []string) bool {
	if slices.Contains(all, name) {
		return true
	}
	if name == "" {
		c.add(path, "", "a %s is required", kind)
		return false
	}
	c.add(path, nearest(name, all), "unknown %s %q", kind, name)
	return false
}

func (c *checker) column(path string, t *Table, name string) *Column {
	if t == nil || !c.known(path, "column of table "+t.Name, name, t.columnNames()) {
		return nil
	}
	return t.Column(name)
}

func (t *Table) columnNames() []string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return names
}

func (c *checker) findTable(path, name string) *Table {
	var names []string
	for _, t := range c.d.Tables {
		names = append(names, t.Name)
	}
	if !c.known(path, "table", name, names) {
		return nil
	}
	return c.d.Table(name)
}

func (c *checker) findSource(path, name string) {
	var names []string
	for _, s := range c.d.Sources {
		names = append(names, s.Name)
	}
	c.known(path, "source", name, names)
}

// tier checks a tier that must stand there.
func (c *checker) tier(path, tier string) {
	if tier == "" {
		c.add(path, "name the lowest tier that has it", "a tier is required")
		return
	}
	c.optionalTier(path, tier)
}

func (c *checker) optionalTier(path, tier string) {
	if tier != "" && c.tiers != nil {
		c.known(path, "tier", tier, c.tiers)
	}
}

// byTier checks a number for each tier.
func (c *checker) byTier(m map[string]int, path string, most int) {
	for tier, n := range m {
		c.optionalTier(path+"."+tier, tier)
		if n < 1 || n > most {
			c.add(path+"."+tier, "", "%d is not between 1 and %d", n, most)
		}
	}
}

func (c *checker) regexp(path, pattern string) {
	if _, err := regexp.Compile(pattern); err != nil {
		c.add(path, "the syntax is RE2", "%v", err)
	}
}

// above says whether tier a is above tier b; without tiers nothing is.
func (c *checker) above(a, b string) bool {
	return c.tiers != nil && slices.Contains(c.tiers, a) && slices.Contains(c.tiers, b) && !Includes(c.tiers, b, a)
}
