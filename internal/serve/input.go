package serve

import (
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
	var allowed []string
	for _, c := range p.Enum {
		allowed = append(allowed, c.Value)
	}
	refuse := func(reason problem.Reason, limit int, text string) error {
		v := &problem.Invalid{In: in.place(), Name: p.Name, Reason: reason, Limit: limit}
		switch reason {
		case problem.NoMatch:
			v.Pattern = p.Pattern
		case problem.Choice:
			v.Values = allowed
		}
		return &problem.Error{Status: http.StatusBadRequest, Detail: "parameter " + p.Name + ": " + text, Invalid: v}
	}
	form, formText := in.form(p)
	nothing, limit := form, 0
	switch {
	case allowed != nil:
		nothing = problem.Choice
	case form == problem.NoText:
		nothing, limit = problem.Short, in.min
	}
	return inputErrors{
		missing:  refuse(problem.Missing, 0, "required"),
		empty:    refuse(nothing, limit, "empty"),
		repeated: refuse(problem.Repeated, 0, "given more than once"),
		noText:   refuse(problem.NoText, 0, "not UTF-8 text without control characters"),
		short:    refuse(problem.Short, in.min, "at least "+characters(in.min)),
		long:     refuse(problem.Long, in.max, "at most "+characters(in.max)),
		form:     refuse(form, 0, formText),
		choice:   refuse(problem.Choice, 0, "one of "+strings.Join(allowed, ", ")),
	}
}

// form says why a text is not in the form of the input.
func (in *input) form(p *dataset.Parameter) (problem.Reason, string) {
	typed := in.compare.typed
	switch {
	case in.pattern != nil:
		return problem.NoMatch, "must match " + p.Pattern
	case typed == dataset.Integer:
		return problem.Integer, "not of type integer"
	case typed == dataset.Number:
		return problem.Number, "not of type number"
	case typed == dataset.Boolean:
		return problem.Boolean, "not of type boolean"
	}
	return problem.NoText, "not in the form that is looked for"
}

// The places of parameters, in the words of OpenAPI and FastAPI.
const (
	placeQuery = "query"
	placePath  = "path"
)

func (in *input) place() string {
	if in.path {
		return placePath
	}
	return placeQuery
}

// wholeNumber refuses what is none from 1.
func wholeNumber(name string) error {
	return &problem.Error{
		Status: http.StatusBadRequest, Detail: "parameter " + name + ": a whole number from 1",
		Invalid: &problem.Invalid{In: placeQuery, Name: name, Reason: problem.Integer},
	}
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
