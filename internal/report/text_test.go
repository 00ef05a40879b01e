package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"sallyport/internal/finding"
	"sallyport/internal/report"
)

func text(b *bytes.Buffer) finding.Handler { return report.NewText(b, false, words()) }

func TestTextTellsEverything(t *testing.T) {
	got := write(t, text)
	for _, want := range []string{
		"high      web/", ".js:12  SP401 xss-sink\n", "     12 | box.innerHTML", "risk  Who controls the text runs scripts.\n",
		"fix   Escape here.\n", "in commit 0123456789ab  SP202", "gone from the latest commit, still in the history", "id    bb112233445566778899\n",
		"critical     1  secret-in-history\nhigh         2  xss-sink\n3 findings in 3 files and 7 commits of ", "; 1 suppressed, 4 known\n",
		"left out: 2 vendored\n", "\nbefore coding\n  [x] C1 .gitignore\n  [ ] C2 .env.example (missing)\n", "  [?] C7 dependency audit (not analysed)\n",
		"  network  : nobody was asked\n--allow-not-analysed network,unparsable accepts that\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "Who controls"); n != 1 {
		t.Errorf("the risk is told %d times", n)
	}
}

func TestTextTellsTheWorstFirst(t *testing.T) {
	got := write(t, text)
	at := -1
	for _, want := range []string{
		"== critical: 1 finding ==\n\ncritical  a:b/", "== high: 1 finding ==\n\nhigh      web/", "== low: 1 finding ==\n\nlow       web/page.html  SP401 xss-sink (possible)\n",
		"hidden, and by what:\n  comment       high      web/known.js:7  SP401 xss-sink\n", "critical     1  secret-in-history\n",
	} {
		i := strings.Index(got, want)
		if i <= at {
			t.Errorf("%q stands at %d, after %d, in\n%s", want, i, at, got)
		}
		at = max(at, i)
	}
}

func TestTextSortsWithinASeverity(t *testing.T) {
	var b bytes.Buffer
	w := report.NewText(&b, false, nil)
	for _, f := range []finding.Finding{
		{Rule: "4", Confidence: finding.Possible, Location: finding.Location{Path: "a", Line: 1}}, {Rule: "3", Confidence: finding.Sure, Location: finding.Location{Path: "b", Line: 9}},
		{Rule: "2", Confidence: finding.Sure, Location: finding.Location{Path: "b", Line: 1}}, {Rule: "1", Confidence: finding.Sure, Location: finding.Location{Path: "a", Line: 30}},
	} {
		if err := w.Finding(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Summary(finding.Summary{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(regexp.MustCompile(`(?m)^info .*  (\d) `).FindAllString(b.String(), -1), ""); strings.Join(regexp.MustCompile(`  \d `).FindAllString(got, -1), "") != "  1   2   3   4 " {
		t.Errorf("%s", b.String())
	}
}

func TestTextShowsNoControlCharacters(t *testing.T) {
	for _, r := range write(t, text) {
		if r != '\n' && (unicode.IsControl(r) || r == '\u202e') {
			t.Fatalf("%U is shown", r)
		}
	}
	colored := write(t, func(b *bytes.Buffer) finding.Handler { return report.NewText(b, true, words()) })
	if !strings.Contains(colored, "\x1b[31mhigh") || strings.Contains(colored, "\x1b[2J") {
		t.Errorf("colours are not ours alone: %q", colored)
	}
}

func TestTextBoundsWhatWasNotAnalysed(t *testing.T) {
	var b bytes.Buffer
	s := finding.Summary{}
	for i := range 100 {
		s.NotAnalysed = append(s.NotAnalysed, finding.NotAnalysed{Class: "unparsable", Path: fmt.Sprintf("f%d.py", i), Reason: "line 1"})
	}
	if err := report.NewText(&b, false, nil).Summary(s); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "and 80 more") || strings.Count(b.String(), "\n") > 30 {
		t.Errorf("%s", b.String())
	}
}

func TestJSONIsOneObjectALine(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(write(t, func(b *bytes.Buffer) finding.Handler { return report.NewJSON(b) })), "\n")
	if len(lines) != len(findings())+1 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines[:len(findings())] {
		var f finding.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.Fingerprint != findings()[i].Fingerprint || f.Severity != findings()[i].Severity {
			t.Errorf("line %d: %v %+v", i, err, f)
		}
	}
	var last map[string]finding.Summary
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last["summary"].Baselined != 4 {
		t.Errorf("summary: %v %+v", err, last)
	}
}
