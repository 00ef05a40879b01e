package compare

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// placeKind is the part of an answer that a [Place] is in.
type placeKind int

const (
	inStatus placeKind = iota
	inHeader
	inBody
)

// Place names a field of an answer, or as a pattern several of them: "status", "header NAME", or "body" with a
// JSON pointer. In a pattern the segment * stands for any one segment, and ** at the end for any number; "header
// *" is every header. The zero value is the status.
type Place struct {
	kind    placeKind
	name    string   // of the header
	pointer []string // unescaped segments; nil is the whole body
}

// ParsePlace reads a place. A pointer alone is one of the body, any other word alone the name of a header.
func ParsePlace(text string) (Place, error) {
	words := strings.Fields(text)
	switch {
	case text == "status":
		return Place{kind: inStatus}, nil
	case text == "body":
		return Place{kind: inBody}, nil
	case strings.HasPrefix(text, "/"):
		return Place{kind: inBody, pointer: segments(text)}, nil
	case strings.HasPrefix(text, "body /"):
		return Place{kind: inBody, pointer: segments(strings.TrimPrefix(text, "body "))}, nil
	case len(words) == 2 && words[0] == "header" && isToken(words[1]):
		return Place{kind: inHeader, name: http.CanonicalHeaderKey(words[1])}, nil
	case len(words) == 1 && isToken(words[0]):
		return Place{kind: inHeader, name: http.CanonicalHeaderKey(words[0])}, nil
	}
	return Place{}, fmt.Errorf("%q is neither status, a header nor a pointer into the body", text)
}

func segments(pointer string) []string {
	list := strings.Split(pointer[1:], "/")
	for i, s := range list {
		list[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(s)
	}
	return list
}

// String returns the place as [ParsePlace] reads it.
func (p Place) String() string {
	switch p.kind {
	case inStatus:
		return "status"
	case inHeader:
		return "header " + p.name
	}
	if len(p.pointer) == 0 {
		return "body"
	}
	var b strings.Builder
	b.WriteString("body ")
	for _, s := range p.pointer {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(s))
	}
	return b.String()
}

// covers says whether the pattern p has the place q.
func (p Place) covers(q Place) bool {
	if p.kind != q.kind {
		return false
	}
	if p.kind == inHeader {
		return p.name == q.name || p.name == "*"
	}
	for i, segment := range p.pointer {
		if segment == "**" && i == len(p.pointer)-1 {
			return true
		}
		if i >= len(q.pointer) || segment != "*" && segment != q.pointer[i] {
			return false
		}
	}
	return len(p.pointer) == len(q.pointer)
}

// Allowance is a difference that is justified: where it is, of which requests, and why. What it does not name it
// does not allow.
type Allowance struct {
	Requests  []string `json:"requests,omitempty"`   // method and path, in which * stands for any text; every request when nil
	OldStatus int      `json:"old_status,omitempty"` // only exchanges with this status; any when 0
	NewStatus int      `json:"new_status,omitempty"`
	Where     []string `json:"where"` // places
	Reason    string   `json:"reason"`
}

// ReadAllowances reads one allowance a line, as a JSON object. Empty lines and those that begin with # are
// passed over.
func ReadAllowances(r io.Reader) ([]Allowance, error) {
	var list []Allowance
	err := eachLine(r, func(line string) error {
		var a Allowance
		if err := decodeStrictly(line, &a); err != nil {
			return err
		}
		list = append(list, a)
		_, err := a.compile()
		return err
	})
	return list, err
}

// allowance is an [Allowance], compiled.
type allowance struct {
	Allowance
	places []Place
}

func (a Allowance) compile() (allowance, error) {
	compiled := allowance{Allowance: a}
	if strings.TrimSpace(a.Reason) == "" {
		return compiled, errors.New("an allowance without a reason")
	}
	if len(a.Where) == 0 {
		return compiled, errors.New("an allowance that names no place")
	}
	if a.Requests != nil && len(a.Requests) == 0 {
		return compiled, errors.New("an allowance for no request")
	}
	for _, text := range a.Where {
		place, err := ParsePlace(text)
		if err != nil {
			return compiled, err
		}
		compiled.places = append(compiled.places, place)
	}
	return compiled, nil
}

func (a *allowance) matches(x *Exchange, r Request, at Place) bool {
	named := func(pattern string) bool { return glob(pattern, r.Method+" "+r.Path) }
	return (a.Requests == nil || slices.ContainsFunc(a.Requests, named)) &&
		(a.OldStatus == 0 || a.OldStatus == x.OldStatus) && (a.NewStatus == 0 || a.NewStatus == x.NewStatus) &&
		slices.ContainsFunc(a.places, func(p Place) bool { return p.covers(at) })
}

// glob compares text with a pattern in which * stands for any text.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, last)
}
