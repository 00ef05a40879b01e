package audit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// everyRule are rules of all classes that the checklist asks for.
func everyRule() []*audit.Rule {
	var list []*audit.Rule
	for _, class := range []string{
		"gitignore-missing-env", "env-file-committed", "env-example-missing", "cond-auth-skip", "missing-auth", "error-leak", "missing-rate-limit",
		"hardcoded-secret", "secret-in-history", "vulnerable-dependency", "security-todo",
	} {
		list = append(list, &audit.Rule{Rule: finding.Rule{ID: "SP-" + class, Class: class}})
	}
	return list
}

func TestChecklist(t *testing.T) {
	found := func(class string) *audit.Result { return &audit.Result{Findings: []finding.Finding{{Class: class}}} }
	missed := func(class string) *audit.Result {
		return &audit.Result{NotAnalysed: []finding.NotAnalysed{{Class: class}}}
	}
	for name, c := range map[string]struct {
		rules   []*audit.Rule
		result  *audit.Result
		partial bool
		want    string // C1 to C8: x done, _ missing, ? not analysed, - left out
	}{
		"nothing found":            {everyRule(), &audit.Result{}, false, "xxxxxxxx"},
		"nothing ran":              {nil, &audit.Result{}, false, "????????"},
		"one of two classes ran":   {everyRule()[:4], &audit.Result{}, false, "xx??????"},
		"auth is skipped":          {everyRule(), found("cond-auth-skip"), false, "xx_xxxxx"},
		"a committed .env":         {everyRule(), found("env-file-committed"), false, "_xxxx_xx"},
		"found by one rule alone":  {everyRule()[3:4], found("cond-auth-skip"), false, "??_?????"},
		"another class":            {everyRule(), found("docker-root"), false, "xxxxxxxx"},
		"known by a baseline":      {everyRule(), &audit.Result{Known: map[string]int{"error-leak": 1}}, false, "xxx_xxxx"},
		"code that is no code":     {everyRule(), missed("unparsable"), false, "x????x?x"},
		"a file nobody may read":   {everyRule(), missed("unreadable"), false, "????????"},
		"a language nobody reads":  {everyRule(), missed(audit.UnsupportedLanguage), false, "x????x??"},
		"a shallow history":        {everyRule(), missed("history"), false, "xxxxx?xx"},
		"no list of known holes":   {everyRule(), missed("network"), false, "xxxxxx?x"},
		"a change alone":           {everyRule(), &audit.Result{}, true, "-----x--"},
		"a change with a mistake":  {everyRule(), found("missing-rate-limit"), true, "----_x--"},
		"a change with a bad file": {everyRule(), missed("too-large"), true, "-----?--"},
	} {
		got := []byte("--------")
		for _, e := range audit.Checklist(c.rules, c.result, c.partial) {
			got[e.ID[1]-'1'] = map[string]byte{audit.Done: 'x', audit.Missing: '_', audit.NotAnalysed: '?'}[e.State]
		}
		if string(got) != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestKnownFindingsStand wants a rotated secret to be settled, and any other known finding to stand.
func TestKnownFindingsStand(t *testing.T) {
	past := func(fingerprint, class string) finding.Finding {
		return finding.Finding{Rule: "SP1", Class: class, Fingerprint: fingerprint, Location: finding.Location{Path: "a", Commit: "c" + fingerprint}}
	}
	baseline := audit.NewBaseline([]audit.BaselineEntry{{Fingerprint: "1"}, {Fingerprint: "2", Resolved: "2026-01-02", Reason: "revoked"}})
	result, err := audit.Scan(t.Context(), audit.NewProject(&source.Tree{}), audit.Options{
		Baseline: baseline, Extra: []finding.Finding{past("1", "error-leak"), past("2", "secret-in-history"), past("3", "secret-in-history")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Baselined != 2 || len(result.Findings) != 1 || result.Findings[0].Fingerprint != "3" {
		t.Errorf("%+v", result)
	}
	if diff := cmp.Diff(map[string]int{"error-leak": 1}, result.Known); diff != "" {
		t.Error(diff)
	}
}
