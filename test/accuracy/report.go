package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// A tally counts one class, or all of them.
type tally struct {
	class               string
	bad, good           int // labels
	tp, fp, fn          int
	lookAlikes          int // false positives at places labelled good
	duplicates, neutral int
}

func (t tally) precision() float64 { return ratio(t.tp, t.tp+t.fp) }
func (t tally) recall() float64    { return ratio(t.tp, t.tp+t.fn) }

// ratio is -1 when there is nothing to divide.
func ratio(part, whole int) float64 {
	if whole == 0 {
		return -1
	}
	return float64(part) / float64(whole)
}

func percent(r float64) string {
	if r < 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*r)
}

// count sums labels and outcomes by class, in alphabetical order, and over all classes in the last element.
func count(apps []app, outcomes []outcome) []tally {
	byClass := map[string]*tally{}
	at := func(class string) *tally {
		if byClass[class] == nil {
			byClass[class] = &tally{class: class}
		}
		return byClass[class]
	}
	for _, a := range apps {
		for _, l := range a.labels {
			at(l.class).addLabel(l)
		}
	}
	for _, o := range outcomes {
		at(o.class).addOutcome(o)
	}
	var tallies []tally
	for _, t := range byClass {
		tallies = append(tallies, *t)
	}
	slices.SortFunc(tallies, func(x, y tally) int { return strings.Compare(x.class, y.class) })
	return append(tallies, sum(tallies))
}

func (t *tally) addLabel(l label) {
	switch l.verdict {
	case bad:
		t.bad++
	case good:
		t.good++
	}
}

func (t *tally) addOutcome(o outcome) {
	switch o.kind {
	case truePositive:
		t.tp++
	case falsePositive:
		t.fp++
	case falseNegative:
		t.fn++
	case duplicate:
		t.duplicates++
	case neutral:
		t.neutral++
	}
	if o.lookLike {
		t.lookAlikes++
	}
}

func sum(tallies []tally) tally {
	all := tally{class: "all"}
	for _, t := range tallies {
		all.bad += t.bad
		all.good += t.good
		all.tp += t.tp
		all.fp += t.fp
		all.fn += t.fn
		all.lookAlikes += t.lookAlikes
		all.duplicates += t.duplicates
		all.neutral += t.neutral
	}
	return all
}

// table is Markdown that is aligned for a terminal, too. The last of tallies is the sum.
func table(tallies []tally) string {
	var b strings.Builder
	const row = "| %-24s | %4s | %4s | %4s | %4s | %4s | %10s | %9s | %9s |\n"
	fmt.Fprintf(&b, row, "class", "bad", "good", "TP", "FP", "FN", "look-alike", "precision", "recall")
	fmt.Fprintf(&b, row, "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:")
	for _, t := range tallies {
		fmt.Fprintf(&b, row, t.class, fmt.Sprint(t.bad), fmt.Sprint(t.good), fmt.Sprint(t.tp), fmt.Sprint(t.fp),
			fmt.Sprint(t.fn), fmt.Sprint(t.lookAlikes), percent(t.precision()), percent(t.recall()))
	}
	all := tallies[len(tallies)-1]
	fmt.Fprintf(&b, "\n%d more findings at places that are counted already, %d at places where opinions differ.\n", all.duplicates, all.neutral)
	return b.String()
}

// writeReport puts the run of one set into the file. It keeps that set's first run, and everything of the other sets.
func writeReport(file, setName, text string) error {
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the report: %w", err)
	}
	temporary := file + ".new"
	if err := os.WriteFile(temporary, []byte(mergeReport(string(old), setName, text)), 0o644); err != nil {
		return errors.Join(fmt.Errorf("writing the report: %w", err), removeLeftover(temporary))
	}
	if err := os.Rename(temporary, file); err != nil {
		return errors.Join(fmt.Errorf("replacing the report: %w", err), os.Remove(temporary))
	}
	return nil
}

// removeLeftover removes a file that may not be there.
func removeLeftover(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func mergeReport(old, setName, text string) string {
	runs := sections(old)
	var b strings.Builder
	b.WriteString(introduction)
	for _, s := range sets() {
		if s.name == setName {
			runs[s.last] = text
			if runs[s.first] == "" {
				runs[s.first] = text
			}
		}
		if runs[s.first] != "" {
			fmt.Fprintf(&b, "%s%s\n\n%s\n\n%s\n\n%s\n\n", s.introduction, s.first, strings.TrimSpace(runs[s.first]), s.last,
				strings.TrimSpace(runs[s.last]))
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// sections maps each heading of second degree to the text below it.
func sections(markdown string) map[string]string {
	found := map[string]string{}
	for _, part := range strings.Split("\n"+markdown, "\n## ")[1:] {
		heading, body, _ := strings.Cut(part, "\n")
		found["## "+heading] = body
	}
	return found
}

const introduction = `# Accuracy of the audit

Written by ` + "`make accuracy`" + ` over the labelled apps of test/corpus/apps, which were written and labelled from the
descriptions of the classes alone. *bad* and *good* count labelled places: mistakes, and look-alikes that must stay
quiet. A finding of any class at a place that is not labelled bad is a false positive (FP); *look-alike* is how many
of those stood at a place labelled good. A few places are a matter of taste and count neither way.

`
