package dataset

import (
	"fmt"
	"regexp"
	"slices"
)

func (c *checker) endpoint(e *Endpoint, path string, seen map[string]string) {
	c.path(e, path+".path", seen)
	c.tier(path+".tier", e.Tier)
	if e.Cost < 1 {
		c.add(path+".cost", "an answer costs at least 1", "cost %d is below 1", e.Cost)
	}
	known := c.known(path+".kind", "kind", string(e.Kind), []string{string(KindGet), string(KindLookup),
		string(KindSearch), string(KindList), string(KindValues), string(KindStats)})
	t := c.findTable(path+".table", e.Table)
	c.byTier(e.Rows, path+".rows", MaxRows)
	c.byTier(e.Pages, path+".pages", 1<<30)
	c.pageSizes(e, path)
	t = c.joined(e, t, path)
	c.only(e, path)
	c.deprecation(e, path+".deprecated")
	if t == nil || !known {
		return
	}
	c.sort(e, t, path)
	c.counted(e, t, path)
	names := map[string]string{}
	for i := range e.Parameters {
		c.parameter(e, &e.Parameters[i], t, fmt.Sprintf("%s.parameters[%d]", path, i), names)
	}
	c.combination(e, path)
}

func (c *checker) path(e *Endpoint, at string, seen map[string]string) {
	if !c.required(at, e.Path) {
		return
	}
	if !regexp.MustCompile(`^(/([a-z0-9][a-z0-9._~-]*|\{[a-z][a-z0-9_]*\}))+$`).MatchString(e.Path) {
		c.add(at, "segments of lower case letters, digits and . _ ~ -, or {name}", "%q is not a path", e.Path)
		return
	}
	c.unique(at, regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(e.Path, "{}"), seen)
	names := e.PathParameters()
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			c.add(at, "", "{%s} stands in the path twice", name)
		}
		if p := e.Parameter(name); p == nil || p.Name != name {
			c.add(at, "declare it under parameters", "no parameter is named %q", name)
		}
	}
}

// pageSizes makes sure that every tier that may call e has a page size: none is not boundless.
func (c *checker) pageSizes(e *Endpoint, path string) {
	if e.Kind == KindGet || e.Kind == KindStats {
		return
	}
	for _, tier := range c.tiers {
		if e.Rows[tier] == 0 && c.d.Rows[tier] == 0 && Includes(c.tiers, tier, e.Tier) {
			c.add(path+".rows", "give it here or in the rows: of the description", "tier %q has no page size", tier)
		}
	}
}

// joined returns the table whose rows are filtered and answered.
func (c *checker) joined(e *Endpoint, t *Table, path string) *Table {
	if e.Join == "" {
		return t
	}
	var names []string
	for _, j := range c.d.Joins {
		names = append(names, j.Name)
	}
	if !c.known(path+".join", "join", e.Join, names) {
		return nil
	}
	if j := c.d.JoinNamed(e.Join); j.Table != e.Table {
		c.add(path+".join", "", "join %q starts from table %q", e.Join, j.Table)
	}
	return c.d.Answers(e)
}

// only reports what another kind of endpoint has.
func (c *checker) only(e *Endpoint, path string) {
	for _, one := range []struct {
		key  string
		set  bool
		kind Kind
	}{
		{"join", e.Join != "", KindList},
		{"sort", len(e.Sort) > 0, KindList},
		{"column", e.Column != "", KindValues},
		{"groups", len(e.Groups) > 0, KindStats},
	} {
		if one.set && e.Kind != one.kind {
			c.add(path+"."+one.key, "", "only an endpoint of kind %s has it", one.kind)
		}
	}
	if e.Join != "" && len(e.Sort) > 0 {
		c.add(path+".sort", "leave it out", "joined rows keep the order of the list that they are joined by")
	}
}

func (c *checker) sort(e *Endpoint, t *Table, path string) {
	if e.Join != "" {
		return
	}
	for i, name := range e.Sort {
		at := fmt.Sprintf("%s.sort[%d]", path, i)
		col := c.column(at, t, name)
		if col == nil {
			continue
		}
		if col.List {
			c.add(at, "a list has no place in an order", "column %q is a list", name)
		}
		c.reach(at, col, e.Tier)
	}
}

// counted checks the columns whose values an endpoint gives away.
func (c *checker) counted(e *Endpoint, t *Table, path string) {
	names, at := e.Groups, func(i int) string { return fmt.Sprintf("%s.groups[%d]", path, i) }
	if e.Kind == KindValues {
		names, at = []string{e.Column}, func(int) string { return path + ".column" }
	}
	for i, name := range names {
		col := c.column(at(i), t, name)
		if col == nil {
			continue
		}
		if col.Hidden {
			c.add(at(i), "its values would be served", "column %q is hidden", name)
		}
		c.reach(at(i), col, e.Tier)
	}
}

// reach makes sure that what tier may order, count or search by does not tell what it may not see.
func (c *checker) reach(path string, col *Column, tier string) {
	if c.above(col.Tier, tier) {
		c.add(path, "raise the tier of the endpoint, mode or choice, or hide the column",
			"tier %q does not see column %q, which is for %q", tier, col.Name, col.Tier)
	}
}

// combination checks what the parameters are together.
func (c *checker) combination(e *Endpoint, path string) {
	searched := 0
	for i := range e.Parameters {
		if len(e.Parameters[i].Modes) > 0 && e.Parameters[i].Picks == "" {
			searched++
		}
	}
	path += ".parameters"
	switch e.Kind {
	case KindLookup, KindSearch:
		if searched != 1 {
			c.add(path, "give one parameter columns and modes", "%d parameters are searched for, and one is needed", searched)
		}
		if n := len(e.Filters(nil)); n > 1 {
			c.add(path, "", "%d parameters filter, and one may", n)
		}
	case KindGet:
		c.oneInPath(e, path)
	case KindList:
		if e.Join != "" {
			c.oneInPath(e, path)
		}
		c.listFilters(e, path)
	}
}

func (c *checker) oneInPath(e *Endpoint, path string) {
	if n := len(e.PathParameters()); n != 1 {
		c.add(path, "such as /item/{key}", "the path has %d parameters, and the key's is needed", n)
	}
}

func (c *checker) listFilters(e *Endpoint, path string) {
	filters := e.Filters(nil)
	enums := 0
	for _, p := range filters {
		enums += min(len(p.Enum), 1)
	}
	most := 2
	if e.Join != "" {
		most = 1
	}
	if len(filters) > most || enums > 1 {
		c.add(path, "another endpoint can search the rest", "at most %d of a list's parameters may have columns, and one of them an enum", most)
	}
}

func (c *checker) parameter(e *Endpoint, p *Parameter, t *Table, path string, seen map[string]string) {
	for _, name := range append([]string{p.Name}, p.Aliases...) {
		c.name(path+".name", name, seen)
	}
	if slices.Contains(e.PathParameters(), p.Name) && (len(p.Aliases) > 0 || p.Default != "") {
		c.add(path, "", "a parameter of the path has neither aliases nor a default")
	}
	if p.Min < 0 || p.Max < 0 || p.Max > 0 && p.Min > p.Max || p.Max == 0 && p.Min > 200 {
		c.add(path+".min", "max is 200 when it is not given", "no text has between %d and %d characters", p.Min, p.Max)
	}
	c.regexp(path+".pattern", p.Pattern)
	c.example(p, path+".example")
	c.choices(e, p, t, path)
	if p.Picks != "" {
		c.picks(e, p, path)
		return
	}
	c.searched(e, p, t, path)
}

func (c *checker) choices(e *Endpoint, p *Parameter, t *Table, path string) {
	values := map[string]string{}
	var all []string
	for i, choice := range p.Enum {
		at := fmt.Sprintf("%s.enum[%d]", path, i)
		if c.required(at+".value", choice.Value) {
			c.unique(at+".value", choice.Value, values)
		}
		c.lowest(e, at+".tier", choice.Tier)
		if len(choice.Columns) > 0 && p.Picks != PicksColumn {
			c.add(at+".columns", "say picks: column", "the choice picks no columns")
		}
		all = append(all, choice.Value)
	}
	if p.Default != "" && len(all) > 0 {
		c.known(path+".default", "value", p.Default, all)
	}
}

// lowest checks a tier that is the endpoint's when it is empty and never below it.
func (c *checker) lowest(e *Endpoint, path, tier string) {
	c.optionalTier(path, tier)
	if c.above(e.Tier, tier) {
		c.add(path, "", "tier %q is below the endpoint's, %q", tier, e.Tier)
	}
}

func orElse(tier, otherwise string) string {
	if tier == "" {
		return otherwise
	}
	return tier
}
