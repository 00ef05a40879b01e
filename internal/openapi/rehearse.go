package openapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sallyport/internal/dataset"
)

// Bounds of a rehearsal: so often all paths are tried with what was learnt, and so many values of one parameter.
const (
	maxRounds = 4
	maxTries  = 12
)

// Rehearse asks for examples: of every path for every tier, and of every refusal. What to ask with comes from the
// description and from the rows that the very tier was answered before, so that no example tells a tier of a
// value that it does not see. Of c only Description, Plans and Paths are read.
func Rehearse(ctx context.Context, c Config, ask Ask) (*Examples, error) {
	r := &rehearsal{Config: c, shape: shapeOf(c.Description), ask: ask, examples: &Examples{of: map[string]Exchanges{}}}
	for i := range c.Plans {
		t := &tour{rehearsal: r, plan: &c.Plans[i], known: map[string][]string{}}
		if err := t.run(ctx); err != nil {
			return nil, fmt.Errorf("asking for examples as tier %s: %w", t.plan.Name, err)
		}
		if i == 0 {
			if err := r.refusals(ctx, t); err != nil {
				return nil, fmt.Errorf("asking for examples of refusals: %w", err)
			}
		}
	}
	return r.examples, nil
}

type rehearsal struct {
	Config
	shape    shape
	ask      Ask
	examples *Examples
}

// note asks, and keeps the answer for path when it has the status.
func (r *rehearsal) note(ctx context.Context, path string, status int, request Request) (Answer, error) {
	answer, err := r.ask(ctx, request)
	if err != nil {
		return Answer{}, fmt.Errorf("asking %s: %w", request.Target, err)
	}
	if answer.Status == r.shape.sent(status) {
		r.examples.of[path] = append(r.examples.of[path], Exchange{request, answer})
	}
	return answer, nil
}

// refusals asks for one of each. The path of the plans needs no data.
func (r *rehearsal) refusals(ctx context.Context, lowest *tour) error {
	tier, path := lowest.plan.Name, r.Paths.Plans
	for _, one := range []struct {
		status int
		Request
	}{
		{400, Request{http.MethodGet, path + "?unknown=1", tier, Plain}},
		{403, Request{http.MethodGet, path, "", Plain}},
		{404, Request{http.MethodGet, path + "/nothing", tier, Plain}},
		{405, Request{http.MethodDelete, path, tier, Plain}},
		{406, Request{http.MethodGet, lowest.some, tier, NoCoding}},
		{413, Request{http.MethodGet, path, tier, WithBody}},
		{414, Request{http.MethodGet, path, tier, LongURL}},
		{421, Request{http.MethodGet, path, tier, OtherHost}},
		{429, Request{http.MethodGet, path, tier, UsedUp}},
		{431, Request{http.MethodGet, path, tier, LargeHeader}},
		{500, Request{http.MethodGet, path, tier, NoSecret}},
		{503, Request{http.MethodGet, path, tier, NoRoom}},
	} {
		if one.Target == "" { // no path of the lowest tier has data
			continue
		}
		answer, err := r.note(ctx, "", one.status, one.Request)
		if err != nil {
			return err
		}
		if want := r.shape.sent(one.status); answer.Status != want {
			return fmt.Errorf("%s %s %s: status %d, want %d", one.Method, one.Target, one.Circumstance, answer.Status, want)
		}
	}
	return nil
}

// tour asks all paths as one tier.
type tour struct {
	*rehearsal
	plan  *Plan
	known map[string][]string // values that the tier was answered, by table and column
	some  string              // a target with data
}

func (t *tour) run(ctx context.Context) error {
	open := make([]*dataset.Endpoint, len(t.Description.Endpoints))
	for i := range open {
		open[i] = &t.Description.Endpoints[i]
	}
	for range maxRounds {
		var left []*dataset.Endpoint
		for _, e := range open {
			done, err := t.visit(ctx, e, false)
			if err != nil {
				return err
			}
			if !done {
				left = append(left, e)
			}
		}
		if len(left) == len(open) || len(left) == 0 {
			break
		}
		open = left
	}
	return t.finish(ctx)
}

// finish asks the paths of the program itself, and for what rows cannot be found: an empty answer is one, too.
func (t *tour) finish(ctx context.Context) error {
	var errs []error
	for i := range t.Description.Endpoints {
		e := &t.Description.Endpoints[i]
		if !slices.ContainsFunc(t.examples.of[e.Path], func(x Exchange) bool { return x.Request.Tier == t.plan.Name }) {
			_, err := t.visit(ctx, e, true)
			errs = append(errs, err)
		}
		if e.Tier == t.plan.Name { // the lowest that may call it
			errs = append(errs, t.mistakes(ctx, e))
		}
	}
	for _, path := range []string{t.Paths.Plans, t.Paths.Usage} {
		_, err := t.note(ctx, path, http.StatusOK, Request{http.MethodGet, path, t.plan.Name, Plain})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// visit asks e until an answer has rows. In the end an answer without will do.
func (t *tour) visit(ctx context.Context, e *dataset.Endpoint, last bool) (done bool, err error) {
	if !t.plan.grant(e.Path).Allowed {
		_, err := t.note(ctx, e.Path, http.StatusForbidden, Request{http.MethodGet, t.placeholder(e), t.plan.Name, Plain})
		return true, err
	}
	for _, target := range t.targets(e) {
		request := Request{http.MethodGet, target, t.plan.Name, Plain}
		answer, err := t.ask(ctx, request)
		if err != nil {
			return false, fmt.Errorf("asking %s: %w", target, err)
		}
		rows := t.learn(e, answer)
		switch {
		case rows > 2 && paged(e):
			request.Target = withQuery(target, "limit=2")
			answer, err := t.note(ctx, e.Path, http.StatusOK, request)
			t.remember(request, answer)
			return true, err
		case rows > 0 || last && answer.Status == http.StatusOK:
			t.examples.of[e.Path] = append(t.examples.of[e.Path], Exchange{request, answer})
			t.remember(request, answer)
			return true, nil
		}
	}
	return false, nil
}

func (t *tour) remember(request Request, answer Answer) {
	if t.some == "" && answer.Status == http.StatusOK {
		t.some = request.Target
	}
}

// mistakes asks with a parameter that is not there, and for a row that is not.
func (t *tour) mistakes(ctx context.Context, e *dataset.Endpoint) error {
	if !t.shape.ignore {
		_, err := t.note(ctx, e.Path, http.StatusBadRequest, Request{http.MethodGet, withQuery(t.placeholder(e), "unknown=1"), t.plan.Name, Plain})
		if err != nil {
			return err
		}
	}
	if e.Kind != dataset.KindGet && e.Join == "" || t.shape.keyless {
		return nil
	}
	for _, key := range []string{"999999999", "0", "1", "nothing-has-this-key", "ZZZZZZ"} {
		p := e.Parameter(e.PathParameters()[0])
		if !takes(p, key) {
			continue
		}
		target := strings.Replace(e.Path, "{"+p.Name+"}", key, 1)
		answer, err := t.note(ctx, e.Path, http.StatusNotFound, Request{http.MethodGet, target, t.plan.Name, Plain})
		if err != nil || answer.Status == t.shape.sent(http.StatusNotFound) {
			return err
		}
	}
	return nil
}

// placeholder is a target that asks for nothing in particular: the refusal comes before any value is looked at.
func (t *tour) placeholder(e *dataset.Endpoint) string {
	target := e.Path
	for _, name := range e.PathParameters() {
		target = strings.Replace(target, "{"+name+"}", "1", 1)
	}
	return target
}

func withQuery(target, pair string) string {
	if strings.Contains(target, "?") {
		return target + "&" + pair
	}
	return target + "?" + pair
}

// targets returns what e can be asked with: each parameter that is needed has the first of its values, but for
// the one that varies.
func (t *tour) targets(e *dataset.Endpoint) []string {
	path := e.PathParameters()
	var needed []*dataset.Parameter
	var values [][]string
	for i := range e.Parameters {
		p := &e.Parameters[i]
		inPath := slices.Contains(path, p.Name)
		if !inPath && !p.Required && (len(p.Modes) == 0 || e.Kind == dataset.KindList) && p.Example == "" {
			continue
		}
		found := t.values(e, p, inPath)
		if len(found) == 0 {
			if !inPath && !p.Required && len(p.Modes) == 0 {
				continue
			}
			return nil
		}
		needed, values = append(needed, p), append(values, found[:min(len(found), maxTries)])
	}
	targets := []string{compose(e, needed, values, 0, 0)}
	for i := range needed {
		for j := 1; j < len(values[i]); j++ {
			targets = append(targets, compose(e, needed, values, i, j))
		}
	}
	return targets
}

// compose builds the target in which parameter i has its value j, and all others their first.
func compose(e *dataset.Endpoint, needed []*dataset.Parameter, values [][]string, i, j int) string {
	target, query := e.Path, []string{}
	for k, p := range needed {
		value := values[k][0]
		if k == i {
			value = values[k][j]
		}
		if slot := "{" + p.Name + "}"; strings.Contains(target, slot) {
			target = strings.Replace(target, slot, url.PathEscape(value), 1)
		} else {
			query = append(query, p.Name+"="+url.QueryEscape(value))
		}
	}
	if len(query) > 0 {
		target += "?" + strings.Join(query, "&")
	}
	return target
}
