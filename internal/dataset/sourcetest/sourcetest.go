// Package sourcetest is the conformance suite of every [dataset.Source].
package sourcetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sallyport/internal/dataset"
)

// Open makes a source of content, as d describes it. The suite closes it.
type Open func(t testing.TB, d *dataset.Description, content dataset.Content) dataset.Source

// Run tests that a source answers every planned query as the plain reading of the description has it, page
// by page, and refuses every other.
func Run(t *testing.T, open Open) {
	s := &suite{model: model{parsed(t), content()}}
	s.texts = append(s.questions(), "")
	s.Source = open(t, s.d, s.content)
	t.Cleanup(func() { _ = s.Close() })
	t.Run("every plan finds something", s.found)
	t.Run("answers are those of the model", s.random)
	t.Run("hostile text is text", s.hostile)
	t.Run("unplanned queries are refused", s.unplanned)
	t.Run("a cancelled context is an error", s.cancelled)
	t.Run("many at once", s.concurrent)
	t.Run("values", s.values)
	t.Run("exists", s.exists)
	t.Run("ready and seal", s.ready)
	t.Run("closed", s.closed)
}

type suite struct {
	dataset.Source
	model
	texts []string // questions that have answers, and the empty one
}

// all walks the pages of q and returns their rows.
func (s *suite) all(q dataset.Query) ([]dataset.Row, error) {
	var rows []dataset.Row
	for {
		r, err := s.Fetch(context.Background(), q)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r.Rows...)
		if !r.More {
			return rows, nil
		}
		if len(r.Rows) != q.Limit {
			return nil, errors.New("a page that others follow is not full")
		}
		q.After = r.Last
	}
}

// query completes a plan.
func query(p dataset.Plan, columns []string, value string, allow []string, limit int) dataset.Query {
	q := dataset.Query{Endpoint: p.Endpoint, Op: p.Op, On: p.On, Columns: columns, Value: value, Limit: limit}
	if p.Allow != "" {
		q.Allow = &dataset.Allow{Column: p.Allow, Values: allow}
	}
	return q
}

func (s *suite) visible(p dataset.Plan) []string {
	return s.d.Answers(p.Endpoint).Visible([]string{"FREE", "PAID"}, "PAID")
}

// questions are all texts of the content.
func (s *suite) questions() []string {
	seen := map[string]bool{}
	for _, records := range s.content.Tables {
		for _, r := range records {
			for _, values := range r {
				for _, v := range values {
					seen[v] = true
				}
			}
		}
	}
	for _, group := range s.content.Synonyms[0] {
		for _, name := range group {
			seen[name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// found keeps the other tests from comparing nothing with nothing.
func (s *suite) found(t *testing.T) {
	for _, p := range s.d.Plans() {
		found := slices.ContainsFunc(s.texts, func(text string) bool {
			rows, err := s.all(query(p, s.visible(p), text, []string{"1", "2", "true", "round", "group 1"}, 7))
			if err != nil {
				t.Fatal(err)
			}
			return len(rows) > 0
		})
		if !found {
			t.Errorf("%s %s on %v, allowing %q: nothing is ever found", p.Endpoint.Path, p.Op, p.On, p.Allow)
		}
	}
}

func (s *suite) compare(t interface {
	Helper()
	Fatalf(string, ...any)
}, q dataset.Query) {
	t.Helper()
	got, err := s.all(q)
	if err != nil {
		t.Fatalf("%s %s %q: %v", q.Endpoint.Path, q.Op, q.Value, err)
	}
	if diff := cmp.Diff(s.answer(q), got); diff != "" {
		t.Fatalf("%s %s %q on %v, allowing %v, by %d: (-want +got)\n%s", q.Endpoint.Path, q.Op, q.Value, q.On, q.Allow, q.Limit, diff)
	}
}

func (s *suite) random(t *testing.T) {
	plans, texts := s.d.Plans(), slices.Concat(s.texts, hostile())
	rapid.Check(t, func(t *rapid.T) {
		for range 8 {
			s.draw(t, rapid.SampledFrom(plans).Draw(t, "plan"), texts)
		}
	})
}

// draw compares one random question of a plan.
func (s *suite) draw(t *rapid.T, p dataset.Plan, texts []string) {
	text := rapid.SampledFrom(texts).Draw(t, "text")
	if rapid.Bool().Draw(t, "cut") {
		runes := []rune(text)
		text = string(runes[:rapid.IntRange(0, min(len(runes), 8)).Draw(t, "length")])
	}
	columns := rapid.Permutation(s.visible(p)).Draw(t, "columns")
	columns = columns[:rapid.IntRange(1, len(columns)).Draw(t, "some")]
	allow := rapid.SliceOfN(rapid.SampledFrom(texts), 0, 5).Draw(t, "allow")
	s.compare(t, query(p, columns, text, allow, rapid.IntRange(1, 70).Draw(t, "limit")))
}

func (s *suite) hostile(t *testing.T) {
	for _, p := range s.d.Plans() {
		for _, text := range hostile() {
			s.compare(t, query(p, s.visible(p)[:1], text, []string{text, "1", "true"}, 50))
		}
	}
}

func (s *suite) unplanned(t *testing.T) {
	list := &s.d.Endpoints[slices.IndexFunc(s.d.Endpoints, func(e dataset.Endpoint) bool { return e.Path == "/names" })]
	word := &s.d.Endpoints[slices.IndexFunc(s.d.Endpoints, func(e dataset.Endpoint) bool { return e.Path == "/word" })]
	good := func() dataset.Query {
		return dataset.Query{Endpoint: list, Op: dataset.OpExact, On: []string{"names"}, Columns: []string{"code"}, Value: "wax", Limit: 5}
	}
	if _, err := s.Fetch(context.Background(), good()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(q *dataset.Query){
		"no endpoint": func(q *dataset.Query) { q.Endpoint = nil },
		"another endpoint": func(q *dataset.Query) {
			q.Endpoint = &dataset.Endpoint{Path: "/other", Kind: dataset.KindLookup, Table: "item"}
		},
		"no operator":          func(q *dataset.Query) { q.Op = "" },
		"another operator":     func(q *dataset.Query) { q.Op = dataset.OpContains },
		"unknown operator":     func(q *dataset.Query) { q.Op = "like" },
		"everything":           func(q *dataset.Query) { q.Op, q.On = dataset.OpAll, nil },
		"another column":       func(q *dataset.Query) { q.On = []string{"title"} },
		"no column searched":   func(q *dataset.Query) { q.On = nil },
		"a column too many":    func(q *dataset.Query) { q.On = []string{"names", "title"} },
		"SQL for a column":     func(q *dataset.Query) { q.On = []string{`names" OR 1=1 --`} },
		"nothing returned":     func(q *dataset.Query) { q.Columns = nil },
		"hidden column":        func(q *dataset.Query) { q.Columns = []string{"code", "secret"} },
		"unknown column":       func(q *dataset.Query) { q.Columns = []string{"code", "_key"} },
		"a column twice":       func(q *dataset.Query) { q.Columns = []string{"code", "code"} },
		"SQL to return":        func(q *dataset.Query) { q.Columns = []string{`code" FROM "sqlite_schema" --`} },
		"no limit":             func(q *dataset.Query) { q.Limit = 0 },
		"a negative limit":     func(q *dataset.Query) { q.Limit = -1 },
		"a vast limit":         func(q *dataset.Query) { q.Limit = 1 << 40 },
		"a filter by nothing":  func(q *dataset.Query) { q.Allow = &dataset.Allow{Values: []string{"1"}} },
		"another filter":       func(q *dataset.Query) { q.Allow = &dataset.Allow{Column: "secret", Values: []string{"s1"}} },
		"without the enum":     func(q *dataset.Query) { q.Endpoint, q.On = word, []string{"word"} },
		"a required parameter": func(q *dataset.Query) { q.Endpoint, q.Op, q.On = s.endpoint("/secret"), dataset.OpAll, nil },
	} {
		q := good()
		change(&q)
		if r, err := s.Fetch(context.Background(), q); !errors.Is(err, dataset.ErrUnplanned) || r.Rows != nil {
			t.Errorf("%s: got %d rows and %v, want ErrUnplanned", name, len(r.Rows), err)
		}
	}
	if _, err := s.Values(context.Background(), "item", "secret"); !errors.Is(err, dataset.ErrUnplanned) {
		t.Errorf("values of a column that no endpoint counts: %v", err)
	}
	if _, err := s.Exists(context.Background(), "sqlite_schema", "1"); !errors.Is(err, dataset.ErrUnplanned) {
		t.Errorf("a table that is not described: %v", err)
	}
}

func (s *suite) endpoint(path string) *dataset.Endpoint {
	for i := range s.d.Endpoints {
		if s.d.Endpoints[i].Path == path {
			return &s.d.Endpoints[i]
		}
	}
	return nil
}

func (s *suite) cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, p := range s.d.Plans() {
		if _, err := s.Fetch(ctx, query(p, s.visible(p), "water", []string{"1"}, 5)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s %s: %v", p.Endpoint.Path, p.Op, err)
		}
	}
	_, valuesErr := s.Values(ctx, "item", "groups")
	_, existsErr := s.Exists(ctx, "item", "K01")
	for _, err := range []error{valuesErr, existsErr, s.Ready(ctx)} {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if err := s.Ready(context.Background()); err != nil {
		t.Errorf("after cancelled queries: %v", err)
	}
}

func (s *suite) concurrent(t *testing.T) {
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j, p := range s.d.Plans() {
				text := s.texts[(i*31+j*17)%len(s.texts)]
				q := query(p, s.visible(p), text, []string{"1", "true"}, 3+i)
				got, err := s.all(q)
				if diff := cmp.Diff(s.answer(q), got); diff != "" || err != nil {
					t.Errorf("%s %s %q: %v %s", p.Endpoint.Path, p.Op, text, err, diff)
				}
			}
		})
	}
	group.Wait()
}

func (s *suite) values(t *testing.T) {
	for _, c := range s.d.Layout().Counts {
		table := s.d.Table(c.Table)
		counts := map[string]int64{}
		for _, r := range s.content.Tables[c.Table] {
			for _, v := range slices.Compact(slices.Sorted(slices.Values(r[place(table, c.Column)]))) {
				counts[v]++
			}
		}
		var want []dataset.ValueCount
		for _, v := range slices.Sorted(maps.Keys(counts)) {
			want = append(want, dataset.ValueCount{Value: v, Slug: dataset.Slug(v), Count: counts[v]})
		}
		got, err := s.Values(context.Background(), c.Table, c.Column)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", c.Column, err, diff)
		}
	}
}

func (s *suite) exists(t *testing.T) {
	for key, want := range map[string]bool{"K01": true, "k 01": true, "K60": false, "": false, "K%": false, "K0_": false, "\x00": false, "\xff": false} {
		if got, err := s.Exists(context.Background(), "item", key); got != want || err != nil {
			t.Errorf("key %q: %v, %v", key, got, err)
		}
	}
}

func (s *suite) ready(t *testing.T) {
	if err := s.Ready(context.Background()); err != nil {
		t.Error(err)
	}
	want := map[string]int64{"item": 60, "part": 6}
	if diff := cmp.Diff(want, s.Seal().Rows); diff != "" {
		t.Error(diff)
	}
	if got := s.Seal().DescriptionHash; got != s.d.LayoutHash() {
		t.Errorf("description hash %s", got)
	}
}

func (s *suite) closed(t *testing.T) {
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Ready(context.Background()); err == nil {
		t.Error("ready after closing")
	}
}
