package dataset

import "slices"

// Plan is one shape of [Query] that an endpoint may ask. What is in no plan is [ErrUnplanned].
type Plan struct {
	Endpoint *Endpoint
	Table    string // that is searched; the joined rows' own table is Description.Answers
	Op       Op
	On       []string // nil for OpKey, OpAll and OpJoined
	Allow    string   // column of Query.Allow; none when empty
}

// The words of Mode.Name and Parameter.Picks.
const (
	ModeExact    = "exact"
	ModePrefix   = "prefix"
	ModeContains = "contains"
	PicksColumn  = "column"
	PicksMode    = "mode"
)

// Plans lists every query shape that the endpoints need:
//
//   - get: OpKey
//   - lookup and search: for the parameter with modes, OpExact (and OpSynonym where the column has synonyms),
//     OpPrefix and OpContains over its columns and over those of each choice that picks columns
//   - list: OpExact over each parameter's columns, or OpAll when no parameter is required
//   - list with a join: OpJoined
//
// A further parameter with one column filters by Query.Allow. When it has an Enum the filter is no choice:
// the plan without it does not exist.
func (d *Description) Plans() []Plan {
	var plans []Plan
	for i := range d.Endpoints {
		e := &d.Endpoints[i]
		switch e.Kind {
		case KindGet:
			plans = append(plans, Plan{Endpoint: e, Table: e.Table, Op: OpKey})
		case KindLookup, KindSearch:
			plans = append(plans, d.searchPlans(e)...)
		case KindList:
			plans = append(plans, d.listPlans(e)...)
		}
	}
	return plans
}

func (d *Description) searchPlans(e *Endpoint) []Plan {
	var plans []Plan
	for i := range e.Parameters {
		p := &e.Parameters[i]
		if len(p.Modes) == 0 {
			continue
		}
		for _, on := range e.columnSets(p) {
			for _, op := range d.ops(e, p, on) {
				plans = append(plans, e.filtered(Plan{Endpoint: e, Table: e.Table, Op: op, On: on}, p)...)
			}
		}
	}
	return plans
}

// ops are the operators that the modes of p permit over the columns on.
func (d *Description) ops(e *Endpoint, p *Parameter, on []string) []Op {
	var ops []Op
	for _, m := range p.Modes {
		switch m.Name {
		case ModeExact:
			ops = append(ops, OpExact)
			if e.Kind == KindLookup && d.SynonymColumn(e.Table, on) != "" {
				ops = append(ops, OpSynonym)
			}
		case ModePrefix:
			ops = append(ops, OpPrefix)
		case ModeContains:
			ops = append(ops, OpContains)
		}
	}
	return ops
}

func (d *Description) listPlans(e *Endpoint) []Plan {
	if e.Join != "" {
		return e.filtered(Plan{Endpoint: e, Table: e.Table, Op: OpJoined}, nil)
	}
	var plans []Plan
	required := false
	for i := range e.Parameters {
		if p := &e.Parameters[i]; len(p.Columns) > 0 {
			required = required || p.Required || slices.Contains(e.PathParameters(), p.Name)
			plans = append(plans, e.filtered(Plan{Endpoint: e, Table: e.Table, Op: OpExact, On: p.Columns}, p)...)
		}
	}
	if !required {
		plans = append(plans, e.filtered(Plan{Endpoint: e, Table: e.Table, Op: OpAll}, nil)...)
	}
	return plans
}

// filtered returns base with each filter that parameters other than asked can put on it.
func (e *Endpoint) filtered(base Plan, asked *Parameter) []Plan {
	plans, forced := []Plan{}, false
	for _, p := range e.Filters(asked) {
		one := base
		one.Allow = p.Columns[0]
		plans = append(plans, one)
		forced = forced || len(p.Enum) > 0
	}
	if forced {
		return plans
	}
	return append(plans, base)
}

// Filters returns the parameters other than asked that narrow rows by Query.Allow: those with one column and
// no modes, path parameters of a get or of a join apart.
func (e *Endpoint) Filters(asked *Parameter) []*Parameter {
	var filters []*Parameter
	for i := range e.Parameters {
		p := &e.Parameters[i]
		if p != asked && len(p.Columns) == 1 && (len(p.Modes) == 0 || e.Kind == KindList) && !e.names(p) {
			filters = append(filters, p)
		}
	}
	return filters
}

// names says whether p carries the key of the row that a get or a join starts from.
func (e *Endpoint) names(p *Parameter) bool {
	if e.Kind != KindGet && e.Join == "" {
		return false
	}
	path := e.PathParameters()
	return len(path) > 0 && path[len(path)-1] == p.Name
}

// columnSets returns the columns of p and those of every choice that picks among them.
func (e *Endpoint) columnSets(p *Parameter) [][]string {
	sets := [][]string{p.Columns}
	for _, other := range e.Parameters {
		if other.Picks != PicksColumn {
			continue
		}
		for _, c := range other.Enum {
			sets = append(sets, c.Columns)
		}
	}
	return sets
}

// SynonymColumn returns the one of the columns on that has synonyms in table, or "".
func (d *Description) SynonymColumn(table string, on []string) string {
	for _, s := range d.Synonyms {
		for _, c := range on {
			if s.Table == table && s.Column == c {
				return c
			}
		}
	}
	return ""
}
