package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScore(t *testing.T) {
	labels := mustLabels(t, `bad xss-sink a.js:10 | user text | x
bad xss-sink a.js:12 | user text | x
good xss-sink a.js:14-16 | constant | x
bad docker-root Dockerfile | no USER
either fake-health * | taste
bad gitignore-missing-env * | none`)
	tests := []struct {
		name     string
		findings []finding
		want     map[kind]int
	}{
		{"nothing found", nil, map[kind]int{falseNegative: 4}},
		{"exact", []finding{{Class: "xss-sink", Path: "a.js", Line: 10}}, map[kind]int{truePositive: 1, falseNegative: 3}},
		{"two lines off", []finding{{Class: "xss-sink", Path: "a.js", Line: 8}}, map[kind]int{truePositive: 1, falseNegative: 3}},
		{"three lines off", []finding{{Class: "xss-sink", Path: "a.js", Line: 7}}, map[kind]int{falsePositive: 1, falseNegative: 4}},
		{"range ends near", []finding{{Class: "xss-sink", Path: "a.js", Line: 1, EndLine: 9}}, map[kind]int{truePositive: 1, falseNegative: 3}},
		{"neighbours need a finding each", []finding{{Class: "xss-sink", Path: "a.js", Line: 10}, {Class: "xss-sink", Path: "a.js", Line: 12}},
			map[kind]int{truePositive: 2, falseNegative: 2}},
		{"one finding over both is one", []finding{{Class: "xss-sink", Path: "a.js", Line: 10, EndLine: 12}}, map[kind]int{truePositive: 1, falseNegative: 3}},
		{"the same place twice", []finding{{Class: "xss-sink", Path: "a.js", Line: 10}, {Class: "xss-sink", Path: "a.js", Line: 10}},
			map[kind]int{truePositive: 1, neutral: 0, duplicate: 1, falseNegative: 3}},
		{"on the look-alike, near a bad one", []finding{{Class: "xss-sink", Path: "a.js", Line: 14}}, map[kind]int{falsePositive: 1, falseNegative: 4}},
		{"other class", []finding{{Class: "sql-injection", Path: "a.js", Line: 10}}, map[kind]int{falsePositive: 1, falseNegative: 4}},
		{"other file", []finding{{Class: "xss-sink", Path: "b.js", Line: 10}}, map[kind]int{falsePositive: 1, falseNegative: 4}},
		{"whole file", []finding{{Class: "docker-root", Path: "Dockerfile", Line: 40}}, map[kind]int{truePositive: 1, falseNegative: 3}},
		{"whole file without line", []finding{{Class: "docker-root", Path: "Dockerfile"}}, map[kind]int{truePositive: 1, falseNegative: 3}},
		{"whole app", []finding{{Class: "gitignore-missing-env", Path: ".gitignore"}}, map[kind]int{truePositive: 1, falseNegative: 3}},
		{"taste", []finding{{Class: "fake-health", Path: "x.py", Line: 3}}, map[kind]int{neutral: 1, falseNegative: 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := map[kind]int{}
			for _, o := range score("app", labels, tt.findings) {
				got[o.kind]++
			}
			for k, n := range tt.want {
				if got[k] != n {
					t.Errorf("%d %s, want %d (all: %v)", got[k], k, n, got)
				}
			}
		})
	}
}

func TestParseLabelsRefuses(t *testing.T) {
	for _, line := range []string{
		"", "bad xss-sink a.js", "bad xss-sink a.js:1 | no anchor", "maybe xss-sink a.js:1 | r | x",
		"bad xss-sink a.js:0 | r | x", "bad xss-sink a.js:5-4 | r | x", "bad xss-sink a.js:one | r | x", "bad a.js:1 | r | x",
	} {
		if got, err := parseLabels(line); err == nil {
			t.Errorf("%q was read as %+v", line, got)
		}
	}
}

func TestDecodeFindingsWantsASummary(t *testing.T) {
	const one = `{"rule":"SP1","class":"xss-sink","path":"a.js","line":3,"end_line":4}` + "\n"
	got, err := decodeFindings([]byte(one + `{"summary":{"files":1}}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []finding{{Rule: "SP1", Class: "xss-sink", Path: "a.js", Line: 3, EndLine: 4}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := decodeFindings([]byte(one)); err == nil {
		t.Error("an answer that is cut off was taken for whole")
	}
}

func TestCountAndReport(t *testing.T) {
	labels := mustLabels(t, "bad xss-sink a.js:10 | r | x\ngood xss-sink a.js:20 | r | x")
	outcomes := score("app", labels, []finding{{Class: "xss-sink", Path: "a.js", Line: 10}, {Class: "xss-sink", Path: "a.js", Line: 20}})
	tallies := count([]app{{labels: labels}}, outcomes)
	all := tallies[len(tallies)-1]
	if all.tp != 1 || all.fp != 1 || all.lookAlikes != 1 || all.precision() != 0.5 || all.recall() != 1 {
		t.Errorf("counted %+v", all)
	}
}

func TestReportKeepsFirstRunsAndOtherSets(t *testing.T) {
	report := ""
	for _, run := range []struct{ set, text string }{
		{mainSet, "one"}, {mainSet, "two"}, {blindSet, "blind one"}, {mainSet, "three"}, {blindSet, "blind two"}, {blindSet, "blind three"},
	} {
		report = mergeReport(report, run.set, run.text+"\n")
	}
	_, runs, _ := strings.Cut(report, introduction)
	want := "## First run\n\none\n\n## Last run\n\nthree\n\n" + blindIntroduction +
		"## Blind apps, first run\n\nblind one\n\n## Blind apps, last run\n\nblind three\n"
	if diff := cmp.Diff(want, runs); diff != "" {
		t.Error(diff)
	}
}

func TestFolderOf(t *testing.T) {
	for _, s := range sets() {
		if folder, err := folderOf(s.name); err != nil || folder != s.folder {
			t.Errorf("folder of %s is %q, %v", s.name, folder, err)
		}
	}
	if folder, err := folderOf("all"); err == nil {
		t.Errorf("an unknown set has the folder %q", folder)
	}
}

func mustLabels(t *testing.T, text string) []label {
	t.Helper()
	labels, err := parseLabels(text)
	if err != nil {
		t.Fatal(err)
	}
	return labels
}
