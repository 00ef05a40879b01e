package dataset_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"sallyport/internal/dataset"
)

func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/elements.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestParse(t *testing.T) {
	d, err := dataset.Parse([]byte(example(t)), "elements.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Validate([]string{"FREE", "PAID", "GOLD"}); err != nil {
		t.Fatal(err)
	}
	if got := d.Table("element").Column("names").Fold; got != dataset.FoldName {
		t.Errorf("fold of names is %q", got)
	}
}

// TestParseMistakes breaks one thing of a good description at a time. Each must be reported with the line
// that the change is in, by the words given.
func TestParseMistakes(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"unknown key", "    licence:", "    license:", `dataset.license: unknown key "license" (did you mean "licence"?)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkMistake(t, example(t), tt.old, tt.new, tt.want)
		})
	}
}

func checkMistake(t *testing.T, text, old, changed, want string) {
	t.Helper()
	if strings.Count(text, old) == 0 {
		t.Fatalf("the example does not have %q", old)
	}
	d, err := dataset.Parse([]byte(strings.Replace(text, old, changed, 1)), "elements.yaml")
	if err == nil {
		err = d.Validate([]string{"FREE", "PAID", "GOLD"})
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v\nwant %s", err, want)
	}
	var one *dataset.Mistake
	if !errors.As(err, &one) {
		t.Fatalf("%T is no Mistake", err)
	}
}
