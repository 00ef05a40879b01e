package serve

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// ranks compiles what each tier gets. Tiers below the endpoint's get nothing.
func (c *compiler) ranks(ctx context.Context, e *endpoint) error {
	e.ranks = make([]*rank, len(c.tiers))
	for i := range c.tiers {
		if i < slices.Index(c.tiers, e.spec.Tier) {
			continue
		}
		v, err := c.rank(e, i)
		if err != nil {
			return err
		}
		e.ranks[i] = v
	}
	if e.spec.Kind == dataset.KindStats {
		return c.totals(ctx, e)
	}
	return nil
}

func (c *compiler) rank(e *endpoint, i int) (*rank, error) {
	tier := c.tiers[i]
	v := &rank{index: i, tier: tier, columns: e.table.Visible(c.tiers, tier), rows: e.spec.Rows[tier], pages: e.spec.Pages[tier]}
	if len(v.columns) == 0 {
		return nil, fmt.Errorf("tier %q sees no column", tier)
	}
	if v.rows == 0 {
		v.rows = c.desc.Rows[tier]
	}
	if e.paged() && v.rows < 1 {
		return nil, fmt.Errorf("tier %q has no page size", tier)
	}
	for _, name := range v.columns {
		v.members = append(v.members, string(append(appendString(nil, name), ':')))
	}
	v.empty = c.shape.empties(e.table, v.columns)
	v.key = slices.Index(v.columns, e.table.Key)
	if e.table.Column(e.table.Key).List {
		v.key = -1 // a list is no map key
	}
	if err := c.allow(e, v); err != nil {
		return nil, err
	}
	c.meta(e, v)
	return v, nil
}

// allow gathers the values that filter rows when the parameter is absent.
func (c *compiler) allow(e *endpoint, v *rank) error {
	v.allowed = make([][]string, len(e.inputs))
	for _, i := range e.filters {
		in := &e.inputs[i]
		for _, ch := range in.choices {
			if ch.rank <= v.index {
				v.allowed[i] = append(v.allowed[i], ch.text)
			}
		}
		if in.choices != nil && v.allowed[i] == nil {
			return fmt.Errorf("tier %q may ask for no value of parameter %s", v.tier, in.name)
		}
	}
	return nil
}

// meta encodes the parts of meta that every answer to the tier has.
func (c *compiler) meta(e *endpoint, v *rank) {
	v.head = string(appendString([]byte(c.shape.meta+`"tier":`), v.tier))
	if next := c.deeper(e, v); next != "" {
		v.deeper = problem.New(http.StatusForbidden, "more pages require tier "+next+" or above")
		v.more = string(appendString([]byte(`,"more_rows_in":`), next))
	} else {
		v.deeper = problem.New(http.StatusForbidden, "there are no more pages for any tier")
	}
	var b []byte
	if next := c.wider(e, v); next != "" {
		b = appendString(append(b, `,"more_fields_in":`...), next)
	}
	v.tail = string(append(appendInfo(b, c.desc.Dataset, e.spec.Kind == dataset.KindStats), "}}\n"...))
}

// wider returns the next tier whose rows have more members, or "". Counts have the same for every tier.
func (c *compiler) wider(e *endpoint, v *rank) string {
	if e.spec.Kind == dataset.KindValues || e.spec.Kind == dataset.KindStats {
		return ""
	}
	for _, tier := range c.tiers[v.index+1:] {
		if len(e.table.Visible(c.tiers, tier)) > len(v.columns) {
			return tier
		}
	}
	return ""
}

// deeper returns the next tier that has more pages, or "".
func (c *compiler) deeper(e *endpoint, v *rank) string {
	if v.pages == 0 {
		return ""
	}
	for _, tier := range c.tiers[v.index+1:] {
		if pages := e.spec.Pages[tier]; pages == 0 || pages > v.pages {
			return tier
		}
	}
	return ""
}

// appendInfo appends what the dataset is, and in full who made it and what it may be used for.
func appendInfo(b []byte, info dataset.Info, full bool) []byte {
	members := []struct{ name, value string }{{"name", info.Name}, {"version", info.Version}, {"date", info.Date}}
	if full {
		members = append(members, []struct{ name, value string }{
			{"licence", info.Licence}, {"attribution", info.Attribution}, {"disclaimer", info.Disclaimer}}...)
	}
	b = append(b, `,"dataset":{`...)
	first := true
	for _, m := range members {
		if m.value == "" {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendString(b, m.name), ':')
		b = appendString(b, m.value)
	}
	return append(b, '}')
}
