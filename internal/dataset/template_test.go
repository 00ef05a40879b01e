package dataset_test

import (
	"testing"

	"sallyport/internal/dataset"
)

func TestCompose(t *testing.T) {
	row := map[string]string{"annex": "II", "number": "416", "odd": "{annex}", "empty": ""}
	value := func(name string) (string, bool) { v, ok := row[name]; return v, ok }
	tests := []struct {
		template, want string
		ok             bool
	}{
		{"{annex}/{number}", "II/416", true},
		{"{odd} {number}", "{annex} 416", true}, // a value is not a template
		{"{empty}.", ".", true},
		{"{Annex} {}", "{Annex} {}", true}, // no names of columns
		{"{annex}/{missing}", "", false},
		{"", "", true},
	}
	for _, tt := range tests {
		c := dataset.Column{Template: tt.template}
		if got, ok := c.Compose(value); got != tt.want || ok != tt.ok {
			t.Errorf("%q: got %q, %v; want %q, %v", tt.template, got, ok, tt.want, tt.ok)
		}
	}
}

func TestTemplateMistakes(t *testing.T) {
	tests := []struct{ name, columns, want string }{
		{"later column", `[{name: k, template: "{v}", tier: A}, {name: v, tier: A}]`, `{v} is no column before "k"`},
		{"itself", `[{name: k, template: "{k}", tier: A}]`, `{k} is no column before "k"`},
		{"a list", `[{name: v, list: true, tier: A}, {name: k, template: "{v}", tier: A}]`, `column "v" is a list`},
		{"no column", `[{name: k, template: "x", tier: A}]`, "the template names no column"},
		{"two origins", `[{name: v, tier: A}, {name: k, from: [x], template: "{v}", tier: A}]`, `column "k" has two origins`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const text = `dataset: {name: n, version: "1"}
sources: [{name: s, csv: {file: s.csv}}]
tables: [{name: t, from: [s], key: k, columns: [{name: k, tier: A}]}]
endpoints: [{path: /v1/t, kind: stats, table: t, tier: A, cost: 1}]
`
			checkMistake(t, text, "[{name: k, tier: A}]", tt.columns, tt.want)
		})
	}
}
