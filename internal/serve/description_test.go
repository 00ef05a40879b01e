package serve_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/internal/dataset"
	"sallyport/internal/serve"
)

// mutated changes a description in a few places: it drops, repeats or swaps lines, or puts one word in the
// place of another.
func mutated(t *rapid.T, text string) string {
	word := regexp.MustCompile(`[A-Za-z_]+`)
	words := word.FindAllString(text, -1)
	lines := strings.Split(text, "\n")
	for range rapid.IntRange(1, 3).Draw(t, "changes") {
		i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		switch rapid.IntRange(0, 4).Draw(t, "change") {
		case 0:
			lines[i] = ""
		case 1:
			lines[i] += "\n" + lines[i]
		case 2:
			j := rapid.IntRange(0, len(lines)-1).Draw(t, "other")
			lines[i], lines[j] = lines[j], lines[i]
		default:
			places := word.FindAllStringIndex(lines[i], -1)
			if len(places) > 0 {
				at := rapid.SampledFrom(places).Draw(t, "place")
				lines[i] = lines[i][:at[0]] + rapid.SampledFrom(words).Draw(t, "word") + lines[i][at[1]:]
			}
		}
	}
	return strings.Join(lines, "\n")
}

// A description is refused, or every request to it has an answer: what New accepts is whole.
func TestAcceptedDescriptionsAnswer(t *testing.T) {
	text, err := os.ReadFile("testdata/cosmetics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tables, rest, _ := strings.Cut(string(text), "synonyms:\n  - {table")
	rest = "synonyms:\n  - {table" + rest
	rapid.Check(t, func(t *rapid.T) {
		d, err := dataset.Parse([]byte(tables+mutated(t, rest)), "cosmetics.yaml")
		if err != nil {
			return
		}
		a, err := serve.New(config(d, newMemory(d, content())))
		if err != nil {
			return
		}
		for _, e := range d.Endpoints {
			for _, query := range queries(&e) {
				tier := rapid.SampledFrom(tiers).Draw(t, "tier")
				w := get(a, tier, strings.NewReplacer("{ref}", "38579", "{slug}", "solvent").Replace(e.Path)+query)
				whole(t, "GET", w)
			}
		}
	})
}

// queries are some for an endpoint: none, each parameter alone, and all together.
func queries(e *dataset.Endpoint) []string {
	all := []string{""}
	var together []string
	for _, p := range e.Parameters {
		if strings.Contains(e.Path, "{"+p.Name+"}") {
			continue
		}
		value := "gly"
		if len(p.Enum) > 0 {
			value = p.Enum[0].Value
		}
		all = append(all, "?"+p.Name+"="+value)
		together = append(together, p.Name+"="+value)
	}
	return append(all, "?"+strings.Join(together, "&"))
}
