// Package rules lists every rule of the audit: its words here, its detectors from the packages of the
// languages.
package rules

import (
	"maps"
	"slices"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// Languages are the detectors of one language or kind of file: class to detector.
type Languages map[string]map[string]audit.Detector

// All returns every rule in the order of their ids.
func All() []*audit.Rule {
	var list []*audit.Rule
	for _, words := range slices.Concat(authentication(), secretRules(), exposure(), input(), resources(), deployment(), habits()) {
		list = append(list, &audit.Rule{Rule: words, Detectors: detectorsOf(words.Class)})
	}
	return list
}

// detectorsOf gathers the detectors of one class.
func detectorsOf(class string) map[string]audit.Detector {
	found := map[string]audit.Detector{}
	for _, language := range slices.Sorted(maps.Keys(languages())) {
		if d := languages()[language][class]; d != nil {
			found[language] = d
		}
	}
	return found
}

// Select returns the rules whose id or class is in only (all, when it is empty) and not in skip. unknown are
// the names that no rule has.
func Select(all []*audit.Rule, only, skip []string) (selected []*audit.Rule, unknown []string) {
	known := map[string]bool{}
	for _, r := range all {
		known[r.ID], known[r.Class] = true, true
		named := func(list []string) bool { return slices.Contains(list, r.ID) || slices.Contains(list, r.Class) }
		if (len(only) == 0 || named(only)) && !named(skip) {
			selected = append(selected, r)
		}
	}
	for _, name := range slices.Concat(only, skip) {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	return selected, unknown
}

// Words returns the rules' words alone, for reports and documentation.
func Words(all []*audit.Rule) []finding.Rule {
	var list []finding.Rule
	for _, r := range all {
		list = append(list, r.Rule)
	}
	return list
}
