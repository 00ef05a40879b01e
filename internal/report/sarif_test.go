package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/finding"
	"sallyport/internal/report"
)

func sarif(b *bytes.Buffer) finding.Handler { return report.NewSARIF(b, "0.1.0", words()) }

// object says what an object of the standard must and may have. A value is one of: "text", "number", "bool",
// "uri", "bag" (of anything), "level", the name of an object, or "[]" before one of these.
type object struct{ required, optional map[string]string }

// standard are the objects of SARIF 2.1.0 (OASIS, sections 3.13 to 3.58) as far as they are written here. The
// standard allows nothing else in them but what it names.
func standard() map[string]object {
	type m = map[string]string
	return map[string]object{
		"log":           {m{"version": "text", "runs": "[]run"}, m{"$schema": "uri"}},
		"run":           {m{"tool": "tool"}, m{"results": "[]result", "invocations": "[]invocation", "properties": "bag"}},
		"tool":          {m{"driver": "component"}, nil},
		"component":     {m{"name": "text"}, m{"version": "text", "rules": "[]descriptor", "notifications": "[]descriptor"}},
		"descriptor":    {m{"id": "text"}, m{"name": "text", "shortDescription": "multiformat", "fullDescription": "multiformat", "help": "multiformat", "defaultConfiguration": "configuration", "properties": "bag"}},
		"multiformat":   {m{"text": "text"}, m{"markdown": "text"}},
		"configuration": {nil, m{"level": "level"}},
		"invocation":    {m{"executionSuccessful": "bool"}, m{"toolExecutionNotifications": "[]notification"}},
		"notification":  {m{"message": "message"}, m{"level": "level", "descriptor": "reference", "locations": "[]location"}},
		"reference":     {m{"id": "text"}, nil},
		"message":       {m{"text": "text"}, nil},
		"result":        {m{"message": "message"}, m{"ruleId": "text", "ruleIndex": "number", "level": "level", "locations": "[]location", "partialFingerprints": "bag", "properties": "bag", "suppressions": "[]suppression"}},
		"suppression":   {m{"kind": "kind"}, m{"justification": "text"}},
		"location":      {nil, m{"physicalLocation": "physical"}},
		"physical":      {m{"artifactLocation": "artifact"}, m{"region": "region"}},
		"artifact":      {nil, m{"uri": "uri", "uriBaseId": "text"}},
		"region":        {m{"startLine": "number"}, m{"endLine": "number", "snippet": "content"}},
		"content":       {m{"text": "text"}, nil},
	}
}

// conforms returns what is wrong with a value of a kind.
func conforms(kind string, value any, at string) (wrong []string) {
	if item, ok := strings.CutPrefix(kind, "[]"); ok {
		list, ok := value.([]any)
		if !ok {
			return []string{at + " is no array"}
		}
		for i, v := range list {
			wrong = append(wrong, conforms(item, v, fmt.Sprintf("%s[%d]", at, i))...)
		}
		return wrong
	}
	if !standsFor(kind, value) {
		return []string{fmt.Sprintf("%s: %v is no %s", at, value, kind)}
	}
	o, known := standard()[kind]
	if !known {
		return nil
	}
	members, _ := value.(map[string]any)
	for name := range o.required {
		if _, there := members[name]; !there {
			wrong = append(wrong, at+" has no "+name)
		}
	}
	for name, v := range members {
		of := o.required[name] + o.optional[name]
		if of == "" {
			wrong = append(wrong, at+" has "+name+", which the standard does not know there")
			continue
		}
		wrong = append(wrong, conforms(of, v, at+"."+name)...)
	}
	return wrong
}

func standsFor(kind string, value any) bool {
	switch v := value.(type) {
	case string:
		_, err := url.Parse(v)
		return kind == "text" || kind == "uri" && err == nil && !strings.ContainsAny(v, " <>\"{}\x1b") ||
			kind == "kind" && slices.Contains([]string{"inSource", "external"}, v) ||
			kind == "level" && slices.Contains([]string{"none", "note", "warning", "error"}, v)
	case float64:
		return kind == "number" && v >= 0 && v == float64(int(v))
	case bool:
		return kind == "bool"
	case map[string]any:
		_, known := standard()[kind]
		return known || kind == "bag"
	}
	return false
}

func TestSARIFConforms(t *testing.T) {
	for name, text := range map[string]string{"full": write(t, sarif), "empty": empty(t)} {
		var log any
		if err := json.Unmarshal([]byte(text), &log); err != nil {
			t.Fatal(err)
		}
		if wrong := conforms("log", log, name); len(wrong) > 0 {
			t.Errorf("%s\n%s", strings.Join(wrong, "\n"), text)
		}
	}
}

func empty(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.NewSARIF(&b, "0.1.0", nil).Summary(finding.Summary{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSARIFCheckFindsMistakes keeps the check above from saying yes to everything.
func TestSARIFCheckFindsMistakes(t *testing.T) {
	good := write(t, sarif)
	for _, change := range [][2]string{
		{`"version": "2.1.0"`, `"version": 2`}, {`"level": "error"`, `"level": "high"`}, {`"startLine": 12`, `"startLine": "12"`},
		{`"executionSuccessful": false`, `"successful": false`}, {`"driver"`, `"program"`},
	} {
		var log any
		if err := json.Unmarshal([]byte(strings.ReplaceAll(good, change[0], change[1])), &log); err != nil {
			t.Fatal(err)
		}
		if len(conforms("log", log, "log")) == 0 {
			t.Errorf("%s passes", change[1])
		}
	}
}

func TestSARIFHasEverything(t *testing.T) {
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Rules []struct {
						ID         string
						Help       struct{ Text, Markdown string }
						Properties struct {
							Tags []string
							Rank string `json:"security-severity"`
						}
					}
				}
			}
			Invocations []struct {
				ExecutionSuccessful        bool
				ToolExecutionNotifications []struct {
					Descriptor struct{ ID string }
				}
			}
			Results []struct {
				RuleID              string
				RuleIndex           int
				Level               string
				Message             struct{ Text string }
				PartialFingerprints map[string]string
				Suppressions        []struct{ Kind, Justification string }
				Locations           []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, EndLine int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(write(t, sarif)), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if run.Invocations[0].ExecutionSuccessful || run.Invocations[0].ToolExecutionNotifications[0].Descriptor.ID != "unparsable" {
		t.Errorf("what was not analysed is not told: %+v", run.Invocations)
	}
	rule := run.Tool.Driver.Rules[0]
	wantTags := []string{"security", "external/cwe/cwe-79", "OWASP-A03:2021", "OWASP-A05:2025", "ASVS-v5.0.0-1.2.1"}
	if diff := cmp.Diff(wantTags, rule.Properties.Tags); diff != "" || rule.Properties.Rank != "8.0" || !strings.Contains(rule.Help.Markdown, "textContent") {
		t.Errorf("rule %+v\n%s", rule, diff)
	}
	var got []string
	for i, r := range run.Results {
		place := r.Locations[0].PhysicalLocation
		path, err := url.PathUnescape(strings.TrimPrefix(place.ArtifactLocation.URI, "./"))
		if err != nil || path != findings()[i].Path || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("result %d: %q %q %v", i, path, r.RuleID, err)
		}
		got = append(got, fmt.Sprint(r.Level, place.Region, r.PartialFingerprints, r.Suppressions))
	}
	want := []string{
		"error{12 14} map[sallyport/v2:00112233445566778899] []", "note{1 1} map[sallyport/v2:aa112233445566778899] []",
		"error{3 3} map[sallyport/v2:bb112233445566778899] []", "error{7 7} map[sallyport/v2:cc112233445566778899] [{inSource comment}]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(run.Results[2].Message.Text, "commit 0123456789ab") {
		t.Errorf("no commit in %q", run.Results[2].Message.Text)
	}
}

func TestSARIFRefusesUnknownRules(t *testing.T) {
	if err := report.NewSARIF(new(bytes.Buffer), "", nil).Finding(findings()[0]); err == nil {
		t.Error("a finding of a rule that is not listed is written")
	}
}
