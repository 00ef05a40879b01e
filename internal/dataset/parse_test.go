package dataset_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"sallyport/internal/dataset"
)

func example(t testing.TB) string {
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

// TestParseMistakes breaks one thing of a good description at a time, as testdata/mistakes.txt says: in each
// block of it the text after "-" becomes the text after "+", and the error must say the text after "=". "⏎"
// is a line break.
func TestParseMistakes(t *testing.T) {
	text, err := os.ReadFile("testdata/mistakes.txt")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(strings.TrimSpace(string(text)), "\n\n")
	for _, block := range blocks {
		lines := strings.Split(block, "\n")
		if len(lines) != 4 {
			t.Fatalf("a block of %d lines: %s", len(lines), block)
		}
		for i, mark := range []string{"#", "-", "+", "="} {
			if !strings.HasPrefix(lines[i], mark) {
				t.Fatalf("%q does not begin with %q", lines[i], mark)
			}
			lines[i] = strings.ReplaceAll(strings.TrimPrefix(lines[i][1:], " "), "⏎", "\n")
		}
		t.Run(lines[0], func(t *testing.T) { checkMistake(t, example(t), lines[1], lines[2], lines[3]) })
	}
	if len(blocks) < 100 {
		t.Errorf("only %d mistakes are tried", len(blocks))
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
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatalf("%T joins nothing", err)
	}
	for _, one := range joined.Unwrap() {
		var mistake *dataset.Mistake
		if !errors.As(one, &mistake) || mistake.File != "elements.yaml" || mistake.Line < 1 {
			t.Errorf("%v does not say where", one)
		}
	}
}

// TestParseReportsAll makes several mistakes of different kinds.
func TestParseReportsAll(t *testing.T) {
	text := example(t)
	for old, changed := range map[string]string{
		"    licence:": "    license:", "{name: mass,": "{nam: mass,", "kind: stats": "knd: stats", "cost: 3": "cost: many",
	} {
		text = strings.Replace(text, old, changed, 1)
	}
	_, err := dataset.Parse([]byte(text), "elements.yaml")
	for _, want := range []string{`"license"`, `"nam"`, `"knd"`, "many"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not speak of %s", err, want)
		}
	}
	text = example(t)
	for old, changed := range map[string]string{
		"key: code": "key: cod", "kind: stats": "kind: statistics", "fold: name, index": "fold: nam, index", "cost: 3": "cost: -1",
	} {
		text = strings.Replace(text, old, changed, 1)
	}
	_, err = dataset.Parse([]byte(text), "elements.yaml")
	for _, want := range []string{`"cod"`, `"statistics"`, `"nam"`, "cost -1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not speak of %s", err, want)
		}
	}
}

func TestParseEmpty(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "null\n", "[]\n", "text\n", "{}\n", "a: 1\n---\nb: 2\n", "\xff\xfe"} {
		if d, err := dataset.Parse([]byte(text), "x.yaml"); err == nil || d != nil {
			t.Errorf("%q is a description", text)
		}
	}
}
