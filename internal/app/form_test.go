package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

func TestErrorForm(t *testing.T) {
	for _, c := range []*dataset.Compatibility{nil, {Nulls: dataset.NullsKeep}} {
		if got := errorForm(&dataset.Description{Compatibility: c}); got != nil {
			t.Errorf("without a wish the form is %+v", got)
		}
	}
	got := errorForm(&dataset.Description{Compatibility: &dataset.Compatibility{
		Envelope: &dataset.Envelope{Success: "ok", Data: "data"},
		Errors: &dataset.ErrorForm{
			Style: dataset.StyleDetail, Invalid: dataset.InvalidList, Statuses: map[string]int{"400": 422},
			Texts: []dataset.ErrorText{{Path: "/v1/a", Status: 404, Text: "no a"}},
		},
	}})
	want := &problem.Form{
		Style: problem.StyleDetail, List: true, Success: "ok", Statuses: map[int]int{400: 422},
		Texts: []problem.Text{{Pattern: "/v1/a", Status: 404, Text: "no a"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

// TestStylesAreThoseOfTheWriter: a style that a description may have and no writer knows would be a problem.
func TestStylesAreThoseOfTheWriter(t *testing.T) {
	for own, theirs := range map[dataset.Style]string{
		dataset.StyleProblem: problem.StyleProblem, dataset.StyleDetail: problem.StyleDetail, dataset.StyleEnvelope: problem.StyleEnvelope,
	} {
		if string(own) != theirs {
			t.Errorf("%q is %q to the writer", own, theirs)
		}
	}
}
