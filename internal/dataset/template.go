package dataset

import (
	"regexp"
	"slices"
)

// templateColumn matches a column of a template.
const templateColumn = `\{([a-z][a-z0-9_]*)\}`

// TemplateColumns returns the names in braces of the column's template, in order.
func (c *Column) TemplateColumns() []string {
	var names []string
	for _, m := range regexp.MustCompile(templateColumn).FindAllStringSubmatch(c.Template, -1) {
		names = append(names, m[1])
	}
	return names
}

// Compose fills the column's template. value gives the value of another column of the row, and whether the
// row has one; when it lacks any of those that the template names, there is nothing to compose.
func (c *Column) Compose(value func(column string) (string, bool)) (text string, ok bool) {
	ok = true
	text = regexp.MustCompile(templateColumn).ReplaceAllStringFunc(c.Template, func(part string) string {
		v, has := value(part[1 : len(part)-1])
		ok = ok && has
		return v
	})
	if !ok {
		return "", false
	}
	return text, true
}

// template checks that the i-th column of t is composed of single values that the row has by then.
func (c *checker) template(t *Table, i int, path string) {
	col := &t.Columns[i]
	if col.Template == "" {
		return
	}
	path += ".template"
	if len(col.From) > 0 || col.Lookup != nil {
		c.add(path, "keep one of from, lookup and template", "column %q has two origins", col.Name)
	}
	names := col.TemplateColumns()
	if len(names) == 0 {
		c.add(path, `such as "{annex}/{number}"`, "the template names no column")
	}
	before := t.columnNames()[:i]
	for _, name := range names {
		switch {
		case !slices.Contains(before, name):
			c.add(path, "name a column that stands before it", "{%s} is no column before %q", name, col.Name)
		case t.Column(name).List, t.Column(name).Lookup != nil:
			c.add(path, "name a column with one value of its own", "column %q is a list or looked up", name)
		}
	}
}
