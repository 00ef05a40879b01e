package report_test

import (
	"cmp"
	"encoding/json"
	"strings"
	"testing"

	schema "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// TestSARIFFitsTheSchema wants logs to fit the JSON schema that OASIS publishes with the standard.
func TestSARIFFitsTheSchema(t *testing.T) {
	for name, text := range map[string]string{"full": write(t, sarif), "empty": empty(t)} {
		if err := validate(text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// TestSARIFSchemaFindsMistakes keeps the check above from saying yes to everything.
func TestSARIFSchemaFindsMistakes(t *testing.T) {
	good := write(t, sarif)
	for _, change := range [][2]string{
		{`"version": "2.1.0"`, `"version": "2.0.0"`}, {`"level": "error"`, `"level": "high"`}, {`"startLine": 12`, `"startLine": 0`},
		{`"ruleIndex": 0`, `"ruleIndex": -2`}, {`"driver"`, `"program"`}, {`"executionSuccessful"`, `"successful"`}, {`"tool"`, `"tools"`}, {`"note"`, `"low"`},
	} {
		broken := strings.ReplaceAll(good, change[0], change[1])
		if broken == good {
			t.Fatalf("no %s in the log", change[0])
		}
		if validate(broken) == nil {
			t.Errorf("%s passes", change[1])
		}
	}
}

// validate wants members that the standard knows, and values that fit its schema. The library checks what it read
// and not the text, so unknown members are looked for while reading.
func validate(text string) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(new(schema.Report)); err != nil {
		return err
	}
	log, err := schema.FromString(text)
	if err != nil {
		return err
	}
	for _, run := range log.Runs {
		withDefaults(run)
	}
	return log.Validate()
}

// withDefaults gives members that may be absent the value that the standard gives them: the library writes them as
// empty text, which the schema refuses.
func withDefaults(run *schema.Run) {
	run.Language = cmp.Or(run.Language, "en-US")
	if len(run.NewlineSequences) == 0 {
		run.NewlineSequences = []string{"\r\n", "\n"}
	}
	if run.Tool != nil && run.Tool.Driver != nil {
		run.Tool.Driver.Language = cmp.Or(run.Tool.Driver.Language, "en-US")
	}
}
