package dataset_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
)

// TestParseWrongKind tells of each value of a wrong kind once, and how it is written.
func TestParseWrongKind(t *testing.T) {
	for _, c := range []struct{ name, old, changed, want string }{
		{"text for a list", `split: ["|"], fold`, `split: "|", fold`, `a list expected (a list of one is ["|"])`},
		{"words for choices", `enum: [{value: gas},`, `enum: [gas,`, `keys and values expected (the keys are value, tier, columns)`},
		{"a word for a number", `cost: 3`, `cost: many`, "a whole number expected, and not `many`"},
		{"a word for yes or no", `list: true`, `list: maybe`, "true or false expected, and not `maybe`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := example(t)
			if !strings.Contains(text, c.old) {
				t.Fatalf("the example does not have %q", c.old)
			}
			_, err := dataset.Parse([]byte(strings.Replace(text, c.old, c.changed, 1)), "elements.yaml")
			if err == nil {
				t.Fatal("it is a description")
			}
			got := err.Error()[strings.LastIndex(err.Error(), ": ")+2:]
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
