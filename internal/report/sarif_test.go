package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/finding"
	"sallyport/internal/report"
)

func sarif(b *bytes.Buffer) finding.Handler { return report.NewSARIF(b, "0.1.0", words()) }

func empty(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.NewSARIF(&b, "0.1.0", nil).Summary(finding.Summary{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
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
