package markup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		expression, separator string
		want                  []string
	}{
		{"a|b|c", "|", []string{"a", "b", "c"}},
		{"f('|', \"|\")|g(a|b)", "|", []string{"f('|', \"|\")", "g(a|b)"}},
		{`'it\'s|x' | safe`, "|", []string{`'it\'s|x'`, "safe"}},
		{"'' }, b|c", "|", []string{"''"}},
		{"", "|", []string{""}},
	} {
		if diff := cmp.Diff(c.want, cut(c.expression, c.separator)); diff != "" {
			t.Errorf("%s\n%s", c.expression, diff)
		}
	}
}

func TestConstant(t *testing.T) {
	for expression, want := range map[string]bool{
		"'a'": true, `"a" + 'b'`: true, "`a`": true, "`${a}`": false, "on ? 'a' : ''": true, "on ? a : ''": false, "'a' if x else 'b'": true,
		"'a' if x else y": false, "42": true, "a": false, "'a' + b": false, "'a' 'b'": false, "a?.b": false, "a ?? 'b'": false, "": true,
	} {
		if got := constant(expression); got != want {
			t.Errorf("%s: %v", expression, got)
		}
	}
}

func TestCleans(t *testing.T) {
	for expression, want := range map[string]bool{
		"escape": true, "unescape": false, "DOMPurify.sanitize": true, "html.unescape": false, "bleach.clean": true, "unsafeHtml": false, "render": false,
	} {
		if got := cleans(expression); got != want {
			t.Errorf("%s: %v", expression, got)
		}
	}
}

// FuzzTemplate wants every detector to end, whatever a file holds, and to report lines that exist.
func FuzzTemplate(f *testing.F) {
	f.Add("{{ a|safe }}<p v-html='b'>{% autoescape off %}{{ c }}<%- d %>{{{ e }}}{@html f}", uint8(0))
	f.Add("<script>const b = x(() => { return y }\n</script><p v-html=b x-html='c?d:e'><!-- TODO auth -->", uint8(3))
	names := []string{"a.html", "a.ejs", "a.hbs", "a.vue", "a.svelte", "a.twig"}
	f.Fuzz(func(t *testing.T, text string, kind uint8) {
		tree := &source.Tree{Files: []*source.File{{Path: names[int(kind)%len(names)], Content: []byte(text)}, {Path: "b.py", Content: []byte(text)}}}
		for class, d := range Detectors() {
			rule := &audit.Rule{Rule: finding.Rule{ID: "SP1", Class: class}, Detectors: map[string]audit.Detector{"html": d}}
			result, err := audit.Scan(t.Context(), audit.NewProject(tree), audit.Options{Rules: []*audit.Rule{rule}})
			if err != nil || len(result.NotAnalysed) > 0 {
				t.Fatalf("%v %v", err, result.NotAnalysed)
			}
			for _, found := range result.Findings {
				if found.Line < 1 || found.Line > strings.Count(text, "\n")+1 {
					t.Fatalf("line %d", found.Line)
				}
			}
		}
	})
}
