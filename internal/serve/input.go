package serve

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// defaultMax is the most characters of a value when the description does not say.
const defaultMax = 200

// input is one parameter, compiled.
type input struct {
	name     string
	names    []string // the name and its aliases
	path     bool     // comes from the path, not from the query
	columns  []string
	required bool
	standard string // taken when absent
	min, max int    // characters: after folding, before it
	pattern  *regexp.Regexp
	compare  comparison
	choices  []choice // none: every value
	errs     inputErrors
}

// choice is one allowed value.
type choice struct {
	text   string // as it is compared
	rank   int    // lowest that may ask for it
	target target // what it picks
	above  error  // for ranks below
}

// inputErrors are the refusals of one input. Their texts are fixed, and never repeat what was sent.
type inputErrors struct {
	missing, empty, repeated, noText, short, long, form, choice error
}

func newInput(p *dataset.Parameter, inPath bool, columns []*dataset.Column) input {
	in := input{
		name: p.Name, names: append([]string{p.Name}, p.Aliases...), path: inPath, columns: p.Columns,
		required: p.Required || inPath, standard: p.Default, min: max(p.Min, 1), max: p.Max,
		compare: newComparison(columns),
	}
	if in.max == 0 {
		in.max = defaultMax
	}
	if p.Pattern != "" {
		in.pattern = regexp.MustCompile(`\A(?:` + p.Pattern + `)\z`) // Validate has compiled the inner one
	}
	in.errs = newInputErrors(&in, p)
	return in
}

func newInputErrors(in *input, p *dataset.Parameter) inputErrors {
	refuse := func(format string, args ...any) error {
		text := fmt.Sprintf(format, args...)
		return problem.New(http.StatusBadRequest, "parameter "+p.Name+": "+text)
	}
	errs := inputErrors{
		missing:  refuse("required"),
		empty:    refuse("empty"),
		repeated: refuse("given more than once"),
		noText:   refuse("not UTF-8 text without control characters"),
		short:    refuse("at least %s", characters(in.min)),
		long:     refuse("at most %s", characters(in.max)),
		form:     refuse("not in the form that is looked for"),
	}
	if t := in.compare.typed; t != "" {
		errs.form = refuse("not of type %s", t)
	}
	if in.pattern != nil {
		errs.form = refuse("must match %s", p.Pattern)
	}
	var allowed []string
	for _, c := range p.Enum {
		allowed = append(allowed, c.Value)
	}
	errs.choice = refuse("one of %s", strings.Join(allowed, ", "))
	return errs
}

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return strconv.Itoa(n) + " characters"
}

// comparison makes a question comparable with the values of the columns that are searched for it.
type comparison struct {
	column *dataset.Column // nil: text as it is
	typed  dataset.Type    // empty for text
}

// newComparison takes the first column for all. Columns of different folds can only be searched together for
// a part of their text; the source then folds the question for each.
func newComparison(columns []*dataset.Column) comparison {
	if len(columns) == 0 {
		return comparison{}
	}
	for _, c := range columns[1:] {
		if c.Fold != columns[0].Fold || c.Type != columns[0].Type {
			return comparison{}
		}
	}
	c := comparison{column: columns[0]}
	if t := c.column.Type; t != dataset.Text {
		c.typed = t
	}
	return c
}

// of returns text in the form that is compared. ok is false when it is of another type; a whole number has
// one spelling.
func (c comparison) of(text string) (value string, ok bool) {
	if c.column == nil {
		return dataset.FoldText(dataset.FoldNone, text), true
	}
	value = c.column.Comparable(text)
	switch c.typed {
	case "":
		return value, true
	case dataset.Integer:
		return value, value == text
	}
	return value, value != ""
}

// check returns the value to ask for, as compare has it, and the choice that it is, if there are choices.
func (in *input) check(text string, compare comparison, rank int) (string, *choice, error) {
	if len(text) > in.max && utf8.RuneCountInString(text) > in.max {
		return "", nil, in.errs.long
	}
	if in.pattern != nil && !in.pattern.MatchString(text) {
		return "", nil, in.errs.form
	}
	value, ok := compare.of(text)
	if !ok {
		return "", nil, in.errs.form
	}
	if utf8.RuneCountInString(value) < in.min {
		return "", nil, in.errs.short
	}
	if in.choices == nil {
		return value, nil, nil
	}
	i := slices.IndexFunc(in.choices, func(c choice) bool { return c.text == value })
	if i < 0 {
		return "", nil, in.errs.choice
	}
	if in.choices[i].rank > rank {
		return "", nil, in.choices[i].above
	}
	return value, &in.choices[i], nil
}
