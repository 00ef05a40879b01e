package dataset

import (
	"fmt"
	"slices"
)

// picks checks a parameter that narrows what another one searches.
func (c *checker) picks(e *Endpoint, p *Parameter, path string) {
	if !c.known(path+".picks", "word", p.Picks, []string{PicksColumn, PicksMode}) {
		return
	}
	if len(p.Columns) > 0 || len(p.Modes) > 0 {
		c.add(path, "", "a parameter that picks has no columns and modes of its own")
	}
	if len(p.Enum) == 0 {
		c.add(path+".enum", "list what can be picked", "an enum is required")
	}
	asked := e.searched()
	if asked == nil {
		c.add(path+".picks", "", "no parameter is searched for")
		return
	}
	for i, choice := range p.Enum {
		at := fmt.Sprintf("%s.enum[%d]", path, i)
		if p.Picks == PicksMode {
			c.known(at+".value", "mode of "+asked.Name, choice.Value, asked.modeNames())
			continue
		}
		if len(choice.Columns) == 0 {
			c.add(at+".columns", "", "a choice names the columns that it picks")
		}
		for j, name := range choice.Columns {
			c.known(fmt.Sprintf("%s.columns[%d]", at, j), "column of "+asked.Name, name, asked.Columns)
		}
	}
}

// searched returns the parameter that has modes, or nil.
func (e *Endpoint) searched() *Parameter {
	i := slices.IndexFunc(e.Parameters, func(p Parameter) bool { return len(p.Modes) > 0 && p.Picks == "" })
	if i < 0 {
		return nil
	}
	return &e.Parameters[i]
}

func (p *Parameter) modeNames() []string {
	var names []string
	for _, m := range p.Modes {
		names = append(names, m.Name)
	}
	return names
}

// searched checks the columns of a parameter and the operators that may reach them.
func (c *checker) searched(e *Endpoint, p *Parameter, t *Table, path string) {
	switch e.Kind {
	case KindValues, KindStats:
		c.add(path, "leave it out", "an endpoint of kind %s has no parameters", e.Kind)
		return
	case KindGet:
		if len(p.Columns) > 0 && !slices.Equal(p.Columns, []string{t.Key}) {
			c.add(path+".columns", "leave it out", "a get searches the key alone")
		}
		c.reachKey(e, path)
		return
	}
	if e.names(p) {
		c.reachKey(e, path)
		return
	}
	c.modes(e, p, path)
	if len(p.Columns) == 0 {
		c.add(path+".columns", "name what is searched", "a column is required")
	}
	if len(p.Modes) == 0 && len(p.Columns) > 1 && e.Kind != KindList {
		c.add(path+".columns", "keep one", "a filter has one column")
	}
	tier := c.lowestMode(e, p)
	for i, name := range p.Columns {
		at := fmt.Sprintf("%s.columns[%d]", path, i)
		col := c.column(at, t, name)
		if col == nil {
			continue
		}
		c.indexed(p, col, at)
		if !c.pickedAbove(e, name, col.Tier) {
			c.reach(at, col, tier)
		}
		if first := t.Column(p.Columns[0]); first != nil && ranged(p) && !sameFold(first, col) {
			c.add(at, "give them one fold, or search them by parameters of their own",
				"columns %q and %q have different folds, and exact and prefix need one", first.Name, name)
		}
	}
}

// reachKey checks that the tier that may name a row by its key sees the key, unless the key is hidden.
func (c *checker) reachKey(e *Endpoint, path string) {
	if from := c.d.Table(e.Table); from != nil && from.Column(from.Key) != nil {
		c.reach(path, from.Column(from.Key), e.Tier)
	}
}

func (c *checker) modes(e *Endpoint, p *Parameter, path string) {
	seen := map[string]string{}
	for i, m := range p.Modes {
		at := fmt.Sprintf("%s.modes[%d]", path, i)
		if !c.known(at+".name", "mode", m.Name, []string{ModeExact, ModePrefix, ModeContains}) {
			continue
		}
		c.unique(at+".name", m.Name, seen)
		c.lowest(e, at+".tier", m.Tier)
		if m.Min < 0 {
			c.add(at+".min", "", "%d is below 0", m.Min)
		}
		if m.Name == ModeContains && max(m.Min, p.Min) < 3 {
			c.add(at+".min", "give min: 3", "contains needs at least 3 characters")
		}
		if m.Name != ModeExact && e.Kind == KindList {
			c.add(at+".name", "use kind lookup or search", "a list is by exact value")
		}
		if m.Name == ModeContains && e.Kind == KindLookup {
			c.add(at+".name", "use kind search", "a lookup is exact or prefix")
		}
	}
}

// indexed checks that each operator has the index that it needs.
func (c *checker) indexed(p *Parameter, col *Column, path string) {
	names := p.modeNames()
	if len(names) == 0 {
		names = []string{ModeExact}
	}
	needs := map[string]Index{ModeExact: IndexExact, ModePrefix: IndexPrefix, ModeContains: IndexTrigram}
	for _, name := range names {
		if need, ok := needs[name]; ok && !col.Has(need) {
			c.add(path, "add it to the index of the column", "mode %s needs the index %s of column %q", name, need, col.Name)
		}
	}
}

// lowestMode is the lowest tier that can search for p.
func (c *checker) lowestMode(e *Endpoint, p *Parameter) string {
	lowest := ""
	for _, m := range p.Modes {
		if tier := orElse(m.Tier, e.Tier); lowest == "" || c.above(lowest, tier) {
			lowest = tier
		}
	}
	return orElse(lowest, e.Tier)
}

// pickedAbove says whether every way to column goes through a choice that only tiers that see it can make.
func (c *checker) pickedAbove(e *Endpoint, column, tier string) bool {
	for _, p := range e.Parameters {
		if p.Picks != PicksColumn || p.Default == "" && !p.Required {
			continue
		}
		open := slices.ContainsFunc(p.Enum, func(choice Choice) bool {
			return slices.Contains(choice.Columns, column) && c.above(tier, orElse(choice.Tier, e.Tier))
		})
		return !open
	}
	return false
}

func ranged(p *Parameter) bool {
	return slices.ContainsFunc(p.Modes, func(m Mode) bool { return m.Name != ModeContains }) || len(p.Modes) == 0
}

func sameFold(a, b *Column) bool {
	return orElse(string(a.Fold), string(FoldNone)) == orElse(string(b.Fold), string(FoldNone))
}
