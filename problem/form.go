package problem

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// The styles of a [Form].
const (
	StyleProblem  = "problem"  // RFC 9457; also the empty style, and every style that is not known
	StyleDetail   = "detail"   // {"detail": text}, as FastAPI has it
	StyleEnvelope = "envelope" // {"success": false, "error": text}
)

// Form is how errors are written for callers who know the errors of an older API. It decides the body, its media
// type and which status of the same kind is sent; everything else is as [Write] has it, and nothing of Err is
// ever in it. The zero value writes problems. A Form must not change while it is used; it is then safe for
// concurrent use.
type Form struct {
	Style    string
	List     bool        // StyleDetail: an [Invalid] parameter becomes a list with its place, kind and limits
	Success  string      // StyleEnvelope: name of the member that is false; it is left out when empty
	Statuses map[int]int // status that is sent instead of another; heeded only between 400 and 499
	Texts    []Text      // instead of Detail; the first that fits
}

// Text is the text of errors with Status, of requests whose pattern is Pattern, or of all when that is empty.
type Text struct {
	Pattern string // of http.ServeMux, as in [http.Request.Pattern]
	Status  int    // before Statuses
	Text    string
}

// Former is implemented by response writers whose errors have another form. Writers around them are looked
// through by Unwrap, as [http.ResponseController] does.
type Former interface{ ProblemForm() *Form }

// formOf finds the form for w, or nil.
func formOf(w http.ResponseWriter) *Form {
	for {
		switch t := w.(type) {
		case Former:
			return t.ProblemForm()
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return nil
		}
	}
}

// apply returns what is sent for e: status, media type and body.
func (f *Form) apply(r *http.Request, e *Error, requestID string) (status int, mediaType string, body []byte) {
	if f == nil {
		return e.status(), MediaType, e.body(requestID)
	}
	text, fixed := f.text(r, e)
	status = f.status(e.status())
	switch {
	case f.Style == StyleDetail && f.List && e.Invalid != nil && !fixed:
		return status, "application/json", e.Invalid.list()
	case f.Style == StyleDetail:
		body = append(appendText([]byte(`{"detail":`), text), '}')
		return status, "application/json", body
	case f.Style == StyleEnvelope:
		body = append(body, '{')
		if f.Success != "" {
			body = append(appendText(body, f.Success), ":false,"...)
		}
		body = append(appendText(append(body, `"error":`...), text), '}')
		return status, "application/json", body
	}
	sent := *e
	sent.Status, sent.Detail = status, text
	if !fixed {
		sent.Detail = e.Detail
	}
	return status, MediaType, sent.body(requestID)
}

// text returns what the client is told, and whether it is a text of the form.
func (f *Form) text(r *http.Request, e *Error) (text string, fixed bool) {
	for _, t := range f.Texts {
		if t.Status == e.status() && (t.Pattern == "" || t.Pattern == r.Pattern) {
			return t.Text, true
		}
	}
	if e.Detail != "" {
		return e.Detail, false
	}
	return e.title(), false
}

// status keeps a refusal a refusal, and a failure as it is.
func (f *Form) status(status int) int {
	to, ok := f.Statuses[status]
	if !ok || !isRefusal(status) || !isRefusal(to) {
		return status
	}
	return to
}

func isRefusal(status int) bool { return status >= 400 && status <= 499 }

// Reason says why a parameter is refused.
type Reason string

// The reasons of an [Invalid] parameter.
const (
	Missing  Reason = "missing"
	Short    Reason = "short"    // Limit is the least number of characters
	Long     Reason = "long"     // Limit is the most
	NoMatch  Reason = "no-match" // Pattern is the form
	Integer  Reason = "integer"  // not a whole number
	Number   Reason = "number"   // not a number
	Boolean  Reason = "boolean"
	Small    Reason = "small" // Limit is the least value
	Large    Reason = "large" // Limit is the largest
	Choice   Reason = "choice"
	Repeated Reason = "repeated"
	NoText   Reason = "text" // bytes that are no text
)

// Invalid tells, beside the words of an [Error], which parameter was refused and why. It never holds what was
// sent.
type Invalid struct {
	In      string // "query" or "path"
	Name    string
	Reason  Reason
	Limit   int
	Pattern string
	Values  []string // that are allowed
}

// list is the body that FastAPI has for it with pydantic 1.
func (v *Invalid) list() []byte {
	b := appendText([]byte(`{"detail":[{"loc":[`), v.In)
	b = append(appendText(append(b, ','), v.Name), `],"msg":`...)
	message, kind, limits := v.words()
	b = appendText(append(appendText(b, message), `,"type":`...), kind)
	if limits != nil {
		if text, err := json.Marshal(limits); err == nil {
			b = append(append(b, `,"ctx":`...), text...)
		}
	}
	return append(b, "}]}"...)
}

// words returns the message, the kind and the limits of the reason.
func (v *Invalid) words() (message, kind string, limits map[string]any) {
	limit := strconv.Itoa(v.Limit)
	switch v.Reason {
	case Missing:
		return "field required", "value_error.missing", nil
	case Short:
		return "ensure this value has at least " + limit + " characters", "value_error.any_str.min_length", map[string]any{"limit_value": v.Limit}
	case Long:
		return "ensure this value has at most " + limit + " characters", "value_error.any_str.max_length", map[string]any{"limit_value": v.Limit}
	case NoMatch:
		return `string does not match regex "` + v.Pattern + `"`, "value_error.str.regex", map[string]any{"pattern": v.Pattern}
	case Integer:
		return "value is not a valid integer", "type_error.integer", nil
	case Number:
		return "value is not a valid float", "type_error.float", nil
	case Boolean:
		return "value could not be parsed to a boolean", "type_error.bool", nil
	case Small:
		return "ensure this value is greater than or equal to " + limit, "value_error.number.not_ge", map[string]any{"limit_value": v.Limit}
	case Large:
		return "ensure this value is less than or equal to " + limit, "value_error.number.not_le", map[string]any{"limit_value": v.Limit}
	case Choice:
		return "value is not a valid enumeration member; permitted: " + v.permitted(), "type_error.enum", map[string]any{"enum_values": v.Values}
	case Repeated:
		return "given more than once", "value_error.repeated", nil
	}
	return "str type expected", "type_error.str", nil
}

func (v *Invalid) permitted() string {
	var b []byte
	for i, value := range v.Values {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(append(append(b, '\''), value...), '\'')
	}
	return string(b)
}
