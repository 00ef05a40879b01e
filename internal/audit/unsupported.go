package audit

import (
	"fmt"
	"maps"
	"slices"

	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// UnsupportedLanguage is the class of not-analysed source whose language no rule reads.
const UnsupportedLanguage = "unsupported-language"

// noteUnsupported says which source nothing but rules about text has looked at: one entry for each language, with the
// number of its files and the first of them. Tests do not count, nor does what git ignores. Without a rule that reads
// code there is nothing to say.
func noteUnsupported(p *Project, rules []*Rule) {
	if !slices.ContainsFunc(rules, readsCode) {
		return
	}
	languageOf := source.Unsupported()
	count, first := map[string]int{}, map[string]string{}
	for _, f := range p.Files {
		language := languageOf(f)
		if language == "" || f.Test || f.Ignored && !f.Tracked {
			continue
		}
		if count[language]++; count[language] == 1 {
			first[language] = f.Path
		}
	}
	for _, language := range slices.Sorted(maps.Keys(count)) {
		files := "1 file"
		if n := count[language]; n > 1 {
			files = fmt.Sprintf("%d files, of which this is the first", n)
		}
		p.NotAnalysed(finding.NotAnalysed{
			Class: UnsupportedLanguage, Path: first[language], Reason: fmt.Sprintf("%s, %s: read for secrets alone", language, files),
		})
	}
}

// readsCode says whether a rule has a detector for a programming language.
func readsCode(r *Rule) bool {
	for _, language := range []string{"python", "javascript", "go"} {
		if r.Detectors[language] != nil {
			return true
		}
	}
	return false
}
