package dataset_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
)

func parsed(t testing.TB, text string) *dataset.Description {
	t.Helper()
	d, err := dataset.Parse([]byte(text), "elements.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestLayoutHash changes one thing at a time: what decides the built file must change the hash, and nothing
// else may.
func TestLayoutHash(t *testing.T) {
	before := parsed(t, example(t)).LayoutHash()
	if len(before) != 64 || before != parsed(t, example(t)).LayoutHash() {
		t.Fatalf("hash %q", before)
	}
	for _, tt := range []struct {
		old, changed string
		same         bool
	}{
		{"name: elements\n", "name: other\n", true},
		{"Not for the laboratory", "For nobody", true},
		{"cost: 3", "cost: 30", true},
		{"rows: {FREE: 2", "rows: {FREE: 3", true},
		{"pages: {FREE: 1}", "pages: {FREE: 2}", true},
		{"file: elements.csv", "file: /elsewhere.csv.gz", true},
		{"file: families.db", "file: other.db", true},
		{"{name: title, tier: FREE}", "{name: title, hidden: true}", true},
		{"{name: title, tier: FREE}", "{name: title, tier: FREE, summary: A title.}", true},
		{"- path: /v1/stats", "- path: /v2/stats", true},
		{"min: 2\n", "min: 5\n", true},
		{"    licence: CC0-1.0\n", "", true},
		{"{name: title, tier: FREE}", "{name: title, fold: name, tier: FREE}", false},
		{"{name: title, tier: FREE}", "{name: title, from: [t], tier: FREE}", false},
		{"{name: title, tier: FREE}", "{name: title, index: [exact], tier: FREE}", false},
		{"{name: title, tier: FREE}", "{name: title, type: integer, tier: FREE}", false},
		{`null: ["-"]`, `null: ["-", "?"]`, false},
		{`delimiter: ";"`, `delimiter: ","`, false},
		{"constants: {origin: more}", "constants: {origin: less}", false},
		{"table: family}", "table: families}", false},
		{"[elements, more]", "[more, elements]", false},
		{"sort: [state, symbol]", "sort: [symbol, state]", false},
		{"groups: [families, state]", "groups: [families, symbol]", false},
		{"default: unknown", "default: none", false},
		{"canonical: name, member", "canonical: names, member", false},
		{"{name: search, from", "{name: searched, from", false},
	} {
		if strings.Count(example(t), tt.old) == 0 {
			t.Fatalf("the example does not have %q", tt.old)
		}
		after := parsed(t, strings.Replace(example(t), tt.old, tt.changed, 1)).LayoutHash()
		if (after == before) != tt.same {
			t.Errorf("%q to %q: the hash is the same: %v, want %v", tt.old, tt.changed, after == before, tt.same)
		}
	}
}

// TestPlans names every query that the example may ask.
func TestPlans(t *testing.T) {
	d := parsed(t, example(t))
	var got []string
	for _, p := range d.Plans() {
		got = append(got, strings.Join([]string{p.Endpoint.Path, string(p.Op), strings.Join(p.On, "+"), p.Allow}, " "))
	}
	want := []string{
		"/v1/element/{number} key  ",
		"/v1/element/{number}/families joined  level",
		"/v1/element/name exact names ",
		"/v1/element/name synonym names ",
		"/v1/element/name prefix names ",
		"/v1/element/cas exact cas ",
		"/v1/element/cas prefix cas ",
		"/v1/element/search contains names+symbol+note state",
		"/v1/element/search contains names+symbol+note ",
		"/v1/element/search contains names+symbol+note state",
		"/v1/element/search contains names+symbol+note ",
		"/v1/element/search contains names state",
		"/v1/element/search contains names ",
		"/v1/element/search contains note state",
		"/v1/element/search contains note ",
		"/v1/state exact state ",
		"/v1/state all  state",
		"/v1/family/{slug} exact families ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestVisible(t *testing.T) {
	table := &dataset.Table{Columns: []dataset.Column{
		{Name: "a", Tier: "FREE"}, {Name: "b", Tier: "PAID"}, {Name: "c", Hidden: true}, {Name: "d"}, {Name: "e", Tier: "OTHER"},
		{Name: "f", Tier: "FREE", Hidden: true},
	}}
	tiers := []string{"FREE", "PAID"}
	for tier, want := range map[string][]string{
		"FREE": {"a"}, "PAID": {"a", "b"}, "": nil, "free": nil, "GOLD": nil, "OTHER": nil, "FREE ": nil,
	} {
		if diff := cmp.Diff(want, table.Visible(tiers, tier)); diff != "" {
			t.Errorf("%q: %s", tier, diff)
		}
	}
	if got := table.Visible(nil, "FREE"); got != nil {
		t.Errorf("without tiers somebody sees %v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(example(f))
	f.Add("dataset: {name: x, version: 1}\ntables: [{name: t}]")
	f.Add("tables:\n- columns:\n  - {name: a, template: '{a}{'}\nendpoints: [{path: '/{', kind: list, join: x}]")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := dataset.Parse([]byte(text), "f.yaml")
		if (d == nil) == (err == nil) {
			t.Fatalf("description %v and error %v", d, err)
		}
		if d == nil {
			return
		}
		// What is accepted can be planned and hashed, and judged by any tiers.
		_ = d.Validate([]string{"FREE", "PAID", "GOLD"})
		_ = d.Validate([]string{})
		if before, again := d.LayoutHash(), d.LayoutHash(); before != again {
			t.Errorf("the hash changes from %s to %s", before, again)
		}
	})
}
