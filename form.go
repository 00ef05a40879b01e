package sallyport

import (
	"maps"
	"slices"

	"sallyport/problem"
)

// form checks and copies the form of errors; nil stays nil.
func (b *builder) form(f *problem.Form) *problem.Form {
	if f == nil {
		return nil
	}
	if !slices.Contains([]string{"", problem.StyleProblem, problem.StyleDetail, problem.StyleEnvelope}, f.Style) {
		b.failf("Errors", "style %q is not known", f.Style)
	}
	for from, to := range f.Statuses {
		if from < 400 || from > 499 || to < 400 || to > 499 {
			b.failf("Errors", "status %d cannot become %d: a refusal stays one", from, to)
		}
	}
	own := *f
	own.Statuses, own.Texts = maps.Clone(f.Statuses), slices.Clone(f.Texts)
	return &own
}

// ProblemForm gives every problem of the chain, and of the handler behind it, the configured form.
func (w *responseWriter) ProblemForm() *problem.Form { return w.exchange.m.form }
