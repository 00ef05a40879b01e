package dataset

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
)

// The bounds of pages by number: each page is reached by passing over the rows of those before it.
const (
	MaxPageNumber = 1000
	MaxPassedOver = 50_000 // rows
)

// Compatibility gives answers the shape that callers of an older API know. What it does not name stays as it is
// without it. It shapes and never permits: no row, column, operator or value comes into reach by it, and what is
// malformed, repeated or too long is refused whatever it says.
type Compatibility struct {
	Envelope          *Envelope    `yaml:"envelope"`
	Errors            *ErrorForm   `yaml:"errors"`
	UnknownParameters Unknown      `yaml:"unknown_parameters"` // UnknownReject when empty
	PageNumbers       *PageNumbers `yaml:"page_numbers"`
	Nulls             Nulls        `yaml:"nulls"`      // NullsOmit when empty
	JoinLists         string       `yaml:"join_lists"` // separator: lists become one text
	NotFound          *NotFound    `yaml:"not_found"`
}

// Envelope names the members of the object that an answer is. It has those that are named, and no others.
type Envelope struct {
	Success string `yaml:"success"` // true
	Count   string `yaml:"count"`   // rows of this answer; not with a single object
	Total   string `yaml:"total"`   // rows of all pages; endpoints of KindList without a join
	Page    string `yaml:"page"`    // number of the page; where there are page numbers
	Data    string `yaml:"data"`    // required
	Meta    string `yaml:"meta"`
	Single  Single `yaml:"single"` // SingleList when empty
}

// Single is what data is where there can only be one row: endpoints of KindGet and KindStats.
type Single string

// The words of [Envelope.Single].
const (
	SingleList   Single = "list"   // a list of one
	SingleObject Single = "object" // the row itself; totals without groups are their numbers alone
)

// Style is the shape of an error's body.
type Style string

// The styles of [ErrorForm].
const (
	StyleProblem  Style = "problem"  // RFC 9457
	StyleDetail   Style = "detail"   // {"detail": text}
	StyleEnvelope Style = "envelope" // {"success": false, "error": text}
)

// ErrorForm is how errors are written, those of the layers in front included.
type ErrorForm struct {
	Style    Style          `yaml:"style"`    // StyleProblem when empty
	Invalid  Invalid        `yaml:"invalid"`  // InvalidText when empty
	Statuses map[string]int `yaml:"statuses"` // status that is sent instead of another
	Texts    []ErrorText    `yaml:"texts"`    // the first that fits is taken
}

// Invalid is how StyleDetail tells of a parameter that is refused.
type Invalid string

// The words of [ErrorForm.Invalid].
const (
	InvalidText Invalid = "text" // as any error
	InvalidList Invalid = "list" // a list with place, kind and limits of the parameter, as FastAPI has it with pydantic 1
)

// ErrorText is the text of the errors of one status.
type ErrorText struct {
	Path   string `yaml:"path"` // of an endpoint; everywhere when empty
	Status int    `yaml:"status"`
	Text   string `yaml:"text"`
}

// Unknown is what happens to a request with a parameter that the path does not take.
type Unknown string

// The words of [Compatibility.UnknownParameters].
const (
	UnknownReject Unknown = "reject" // 400
	UnknownIgnore Unknown = "ignore" // answered as if it were not there, and counted
)

// Nulls is what becomes of members without a value.
type Nulls string

// The words of [Compatibility.Nulls].
const (
	NullsOmit Nulls = "omit" // left out
	NullsKeep Nulls = "keep" // null; an empty list that is not joined is []
)

// PageNumbers adds a parameter with the number of a page, from 1, to endpoints of KindList without a join. It goes
// without a cursor.
type PageNumbers struct {
	Parameter string `yaml:"parameter"`
	Most      int    `yaml:"most"` // highest number, at most MaxPageNumber
}

// NotFound is what is answered when there is nothing.
type NotFound struct {
	Key  Nothing `yaml:"key"`  // a key that no row has: NothingRefused when empty
	Rows Nothing `yaml:"rows"` // a question that no row answers: NothingEmpty when empty
}

// Nothing is a way to say that there is nothing.
type Nothing string

// The words of [NotFound].
const (
	NothingRefused Nothing = "refuse" // 404
	NothingEmpty   Nothing = "empty"  // 200 with no rows
)

func (c *checker) compatibility() {
	shape := c.d.Compatibility
	if shape == nil {
		return
	}
	at := "compatibility"
	c.word(at+".unknown_parameters", "word", string(shape.UnknownParameters), string(UnknownReject), string(UnknownIgnore))
	c.word(at+".nulls", "word", string(shape.Nulls), string(NullsOmit), string(NullsKeep))
	if len(shape.JoinLists) > 8 {
		c.add(at+".join_lists", "such as \", \"", "a separator has at most 8 bytes")
	}
	if n := shape.NotFound; n != nil {
		c.word(at+".not_found.key", "word", string(n.Key), string(NothingRefused), string(NothingEmpty))
		c.word(at+".not_found.rows", "word", string(n.Rows), string(NothingRefused), string(NothingEmpty))
	}
	c.envelope(shape.Envelope, at+".envelope")
	c.errorForm(shape.Errors, at+".errors")
	c.pageNumbers(shape.PageNumbers, at+".page_numbers")
}

func (c *checker) envelope(e *Envelope, path string) {
	if e == nil {
		return
	}
	c.required(path+".data", e.Data)
	c.word(path+".single", "word", string(e.Single), string(SingleList), string(SingleObject))
	seen := map[string]string{}
	for _, m := range []struct{ key, name string }{
		{"success", e.Success}, {"count", e.Count}, {"total", e.Total}, {"page", e.Page}, {"data", e.Data}, {"meta", e.Meta},
	} {
		if m.name == "" {
			continue
		}
		if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,62}$`).MatchString(m.name) {
			c.add(path+"."+m.key, "letters, digits, _ and -", "%q is not the name of a member", m.name)
		}
		c.unique(path+"."+m.key, m.name, seen)
	}
}

// fixedStatuses are those that mean more to clients than their text: how to prove who they are, where to ask, and
// that they are to wait.
func fixedStatuses() []int { return []int{401, 407, 421, 429} }

func (c *checker) errorForm(f *ErrorForm, path string) {
	if f == nil {
		return
	}
	c.word(path+".style", "style", string(f.Style), string(StyleProblem), string(StyleDetail), string(StyleEnvelope))
	c.word(path+".invalid", "word", string(f.Invalid), string(InvalidText), string(InvalidList))
	if f.Invalid == InvalidList && f.Style != StyleDetail {
		c.add(path+".invalid", "", "only errors of the style detail have a list")
	}
	for _, key := range slices.Sorted(maps.Keys(f.Statuses)) {
		from, err := strconv.Atoi(key)
		for _, status := range []int{from, f.Statuses[key]} {
			if err != nil || status < 400 || status > 499 || slices.Contains(fixedStatuses(), status) {
				c.add(path+".statuses."+key, "a refusal stays one: 400 to 499, and neither 401, 407, 421 nor 429",
					"status %s cannot become %d", key, f.Statuses[key])
				break
			}
		}
	}
	for i := range f.Texts {
		c.errorText(&f.Texts[i], fmt.Sprintf("%s.texts[%d]", path, i))
	}
}

func (c *checker) errorText(t *ErrorText, path string) {
	if t.Status < 400 || t.Status > 599 {
		c.add(path+".status", "", "%d is not the status of an error", t.Status)
	}
	c.required(path+".text", t.Text)
	if t.Path == "" {
		return
	}
	var paths []string
	for _, e := range c.d.Endpoints {
		paths = append(paths, e.Path)
	}
	c.known(path+".path", "path", t.Path, paths)
}

func (c *checker) pageNumbers(p *PageNumbers, path string) {
	if p == nil {
		return
	}
	c.name(path+".parameter", p.Parameter, map[string]string{"limit": path, "cursor": path})
	if p.Most < 1 || p.Most > MaxPageNumber {
		c.add(path+".most", "", "%d is not between 1 and %d", p.Most, MaxPageNumber)
	}
	for i := range c.d.Endpoints {
		e := &c.d.Endpoints[i]
		if !e.Numbered() {
			continue
		}
		if e.Parameter(p.Parameter) != nil {
			c.add(path+".parameter", "", "%s has a parameter %q of its own", e.Path, p.Parameter)
		}
		for _, tier := range c.tiers {
			if rows := c.rowsOf(e, tier); (p.Most-1)*rows > MaxPassedOver {
				c.add(path+".most", "", "%s: page %d of tier %q is behind %d rows, and %d is the most", e.Path, p.Most, tier,
					(p.Most-1)*rows, MaxPassedOver)
			}
		}
	}
}

func (c *checker) rowsOf(e *Endpoint, tier string) int {
	if rows := e.Rows[tier]; rows > 0 {
		return rows
	}
	return c.d.Rows[tier]
}

// Numbered says whether e is one of the endpoints that [PageNumbers] and [Envelope.Total] are for.
func (e *Endpoint) Numbered() bool { return e.Kind == KindList && e.Join == "" }
