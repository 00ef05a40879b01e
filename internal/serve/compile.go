package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// compileTime bounds the reading of what is encoded beforehand.
const compileTime = time.Minute

// matchMember marks rows that were found by a synonym alone, and says in meta how rows were found.
const matchMember = "match"

// compiler turns a description that was validated into endpoints.
type compiler struct {
	desc   *dataset.Description
	source dataset.Source
	tiers  []string
	shape  *shape
}

func (a *API) compile(d *dataset.Description) error {
	ctx, cancel := context.WithTimeout(context.Background(), compileTime)
	defer cancel()
	c := &compiler{d, a.source, a.tiers, a.shape}
	a.mux.HandleFunc("/", notFound)
	var errs []error
	for i := range d.Endpoints {
		e, err := c.endpoint(ctx, &d.Endpoints[i])
		if err == nil {
			err = register(a.mux, e.spec.Path, a.handler(e))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", d.Endpoints[i].Path, err))
			continue
		}
		a.endpoints, a.matched[e.spec.Path] = append(a.endpoints, e), e
	}
	return errors.Join(errs...)
}

// register turns the router's panics about patterns into errors.
func register(mux *http.ServeMux, pattern string, h http.Handler) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("registering path: %v", v)
		}
	}()
	mux.Handle(pattern, h)
	return nil
}

func (c *compiler) endpoint(ctx context.Context, spec *dataset.Endpoint) (*endpoint, error) {
	e := &endpoint{
		spec: spec, table: c.desc.Answers(spec), key: -1, searched: -1, field: -1, mode: -1, limit: -1, cursor: -1, number: -1,
		shape: c.shape, refused: requires(spec.Tier), missing: problem.New(http.StatusNotFound, "no row has this key"),
	}
	if err := c.inputs(e); err != nil {
		return nil, err
	}
	if e.searched >= 0 {
		c.search(e, &spec.Parameters[e.searched])
	}
	if e.synonymous() && e.table.Column(matchMember) != nil {
		return nil, fmt.Errorf("column %q has the name of a member that marks rows found by synonyms", matchMember)
	}
	if spec.Kind == dataset.KindValues {
		if err := c.entries(ctx, e); err != nil {
			return nil, err
		}
	}
	return e, c.ranks(ctx, e)
}

// inputs compiles the parameters, and those that every endpoint with pages has.
func (c *compiler) inputs(e *endpoint) error {
	path := e.spec.PathParameters()
	for i := range e.spec.Parameters {
		p := &e.spec.Parameters[i]
		inPath := slices.Contains(path, p.Name)
		in := newInput(p, inPath, c.columns(e, p, inPath))
		var err error
		if in.choices, err = c.choices(e, p, in.compare); err != nil {
			return err
		}
		e.inputs = append(e.inputs, in)
		if err := e.role(i, p, inPath); err != nil {
			return err
		}
	}
	if e.paged() {
		e.addPageInputs()
	}
	if c.shape.numbers != nil && e.spec.Numbered() {
		e.addNumberInput(c.shape.numbers)
	}
	if len(e.inputs) > maxInputs {
		return fmt.Errorf("%d parameters, and %d with limit and cursor is the most", len(e.inputs), maxInputs)
	}
	e.unknown = problem.New(http.StatusBadRequest, e.takes())
	return errors.Join(e.distinct(), e.heeded())
}

// heeded makes sure that no value can be given and not be heeded: a query has room for one filter, of one
// column, besides what is looked up.
func (e *endpoint) heeded() error {
	if e.searched < 0 && (e.field >= 0 || e.mode >= 0) {
		return errors.New("a parameter picks what is searched, and nothing is")
	}
	most := map[dataset.Kind]int{dataset.KindLookup: 1, dataset.KindSearch: 1, dataset.KindList: 2}[e.spec.Kind]
	if e.spec.Join != "" {
		most = 1
	}
	if len(e.filters) > most {
		return fmt.Errorf("%d parameters narrow the rows, and %d may", len(e.filters), most)
	}
	several := func(i int) bool { return len(e.inputs[i].columns) > 1 && e.inputs[i].choices == nil }
	if most == 2 && len(e.filters) == 2 && several(e.filters[1]) {
		slices.Reverse(e.filters) // several columns can be looked up, and not filter
	}
	for i, at := range e.filters {
		if n := len(e.inputs[at].columns); n != 1 && (i > 0 || most == 1 || !several(at)) {
			return fmt.Errorf("parameter %s filters by %d columns, and one is possible", e.inputs[at].name, n)
		}
	}
	return nil
}

// addPageInputs adds the parameters that every endpoint with pages has.
func (e *endpoint) addPageInputs() {
	limit := newInput(&dataset.Parameter{Name: "limit", Pattern: "[1-9][0-9]{0,8}"}, false, nil)
	limit.errs.form = wholeNumber("limit")
	cursor := newInput(&dataset.Parameter{Name: "cursor", Max: maxCursor}, false, nil)
	e.limit, e.cursor = len(e.inputs), len(e.inputs)+1
	e.inputs = append(e.inputs, limit, cursor)
}

// paged says whether answers come in pages.
func (e *endpoint) paged() bool {
	return e.spec.Kind != dataset.KindGet && e.spec.Kind != dataset.KindStats
}

// role notes what the input i is for.
func (e *endpoint) role(i int, p *dataset.Parameter, inPath bool) error {
	byKey := e.spec.Kind == dataset.KindGet || e.spec.Join != ""
	var place *int
	switch {
	case p.Picks == dataset.PicksColumn:
		place = &e.field
	case p.Picks == dataset.PicksMode:
		place = &e.mode
	case byKey && inPath:
		place = &e.key
	case len(p.Modes) > 0 && e.spec.Kind != dataset.KindList:
		place = &e.searched
		e.inputs[i].required = true
	default:
		e.filters = append(e.filters, i)
		return nil
	}
	if *place >= 0 {
		return fmt.Errorf("parameters %s and %s are for the same", e.inputs[*place].name, p.Name)
	}
	*place = i
	return nil
}

// columns returns what the value of p is compared with.
func (c *compiler) columns(e *endpoint, p *dataset.Parameter, inPath bool) []*dataset.Column {
	names, table := p.Columns, e.table
	if inPath && (e.spec.Kind == dataset.KindGet || e.spec.Join != "") {
		table = c.desc.Table(e.spec.Table)
		names = []string{table.Key}
	}
	var columns []*dataset.Column
	for _, name := range names {
		columns = append(columns, table.Column(name))
	}
	return columns
}

// choices compiles the allowed values. Two that compare as one could have two tiers, and the lower would win.
func (c *compiler) choices(e *endpoint, p *dataset.Parameter, compare comparison) ([]choice, error) {
	var choices []choice
	for _, one := range p.Enum {
		tier := one.Tier
		if tier == "" {
			tier = e.spec.Tier
		}
		text, ok := compare.of(one.Value)
		if !ok || text == "" || slices.ContainsFunc(choices, func(c choice) bool { return c.text == text }) {
			return nil, fmt.Errorf("parameter %s: value %q is none, or compares as another", p.Name, one.Value)
		}
		ch := choice{text: text, rank: slices.Index(c.tiers, tier), above: requires(tier)}
		if p.Picks == dataset.PicksColumn {
			ch.target = c.targetOf(e, one.Columns)
		}
		choices = append(choices, ch)
	}
	return choices, nil
}

func (c *compiler) targetOf(e *endpoint, on []string) target {
	var columns []*dataset.Column
	for _, name := range on {
		columns = append(columns, e.table.Column(name))
	}
	synonyms := e.spec.Kind == dataset.KindLookup && c.desc.SynonymColumn(e.table.Name, on) != ""
	return target{on: on, compare: newComparison(columns), synonyms: synonyms}
}

// synonymous says whether rows may be found by synonyms.
func (e *endpoint) synonymous() bool {
	if e.field >= 0 && slices.ContainsFunc(e.inputs[e.field].choices, func(c choice) bool { return c.target.synonyms }) {
		return true
	}
	return e.target.synonyms
}

// search compiles the operators of the searched parameter.
func (c *compiler) search(e *endpoint, p *dataset.Parameter) {
	e.target = c.targetOf(e, p.Columns)
	for _, m := range p.Modes {
		tier := m.Tier
		if tier == "" {
			tier = e.spec.Tier
		}
		least := max(m.Min, p.Min, 1)
		e.attempts = append(e.attempts, attempt{
			op:   dataset.Op(m.Name), // the modes have the names of their operators
			name: m.Name, min: least, rank: slices.Index(c.tiers, tier), above: requires(tier),
			short: &problem.Error{
				Status: http.StatusBadRequest, Detail: fmt.Sprintf("parameter %s: at least %s for %s", p.Name, characters(least), m.Name),
				Invalid: &problem.Invalid{In: placeQuery, Name: p.Name, Reason: problem.Short, Limit: least},
			},
		})
	}
}

// takes is the detail of a refused parameter; it names those that there are.
func (e *endpoint) takes() string {
	var names []string
	for _, in := range e.inputs {
		if !in.path {
			names = append(names, strings.Join(in.names, " or "))
		}
	}
	if names == nil {
		return "unknown parameter: this path takes none"
	}
	return "unknown parameter: this path takes " + strings.Join(names, ", ")
}

func (e *endpoint) distinct() error {
	var seen []string
	for _, in := range e.inputs {
		for _, name := range in.names {
			if slices.Contains(seen, name) {
				return fmt.Errorf("two parameters are named %q", name)
			}
			seen = append(seen, name)
		}
	}
	return nil
}

// requires is the refusal of what a tier has not.
func requires(tier string) error {
	return problem.New(http.StatusForbidden, "requires tier "+tier+" or above")
}
