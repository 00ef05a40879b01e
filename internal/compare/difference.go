package compare

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// absent stands for a field that one of the answers has not.
const absent = "absent"

// maxShown bounds a value in a report, in bytes.
const maxShown = 160

// difference is one field, before anything is concealed or judged.
type difference struct {
	place        Place
	older, newer string
}

// differences compares two answers: status, headers by name, then the body in the order of its members.
func (r *runner) differences(older, newer *answer) []difference {
	var found []difference
	add := func(place Place, a, b string) {
		if !slices.ContainsFunc(r.ignore, func(p Place) bool { return p.covers(place) }) {
			found = append(found, difference{place, a, b})
		}
	}
	if older.status != newer.status {
		add(Place{kind: inStatus}, strconv.Itoa(older.status), strconv.Itoa(newer.status))
	}
	for _, name := range r.headers {
		if a, b := headerText(older, name), headerText(newer, name); a != b {
			add(Place{kind: inHeader, name: name}, a, b)
		}
	}
	compareBodies(add, older.body, newer.body)
	return found
}

func headerText(a *answer, name string) string {
	values := a.header.Values(name)
	if len(values) == 0 {
		return absent
	}
	text := strings.Join(values, ", ")
	switch name {
	case "Content-Type": // spelling that no reader heeds
		text = strings.ToLower(strings.ReplaceAll(text, "; ", ";"))
	case "Location": // a server may name itself, or leave that out
		if at, err := url.Parse(text); err == nil && at.Host == a.host {
			at.Scheme, at.Host = "", ""
			text = at.String()
		}
	}
	return strconv.Quote(text)
}

type addFunc func(place Place, older, newer string)

func compareBodies(add addFunc, older, newer []byte) {
	if string(older) == string(newer) {
		return
	}
	a, errA := decode(older)
	b, errB := decode(newer)
	if errA == nil && errB == nil {
		compareValues(add, nil, a, b)
		return
	}
	add(Place{kind: inBody}, bodyText(older, a, errA), bodyText(newer, b, errB))
}

func bodyText(body []byte, value any, err error) string {
	switch {
	case len(body) == 0:
		return absent
	case err == nil:
		return valueText(value)
	case utf8.Valid(body):
		return strconv.Quote(string(body))
	}
	return fmt.Sprintf("%d bytes", len(body))
}

// compareValues descends where both sides are objects, or both lists.
func compareValues(add addFunc, at []string, a, b any) {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			compareObjects(add, at, x, y)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			compareLists(add, at, x, y)
			return
		}
	case json.Number:
		if y, ok := b.(json.Number); ok && sameNumber(x, y) {
			return
		}
	default:
		if isScalar(b) && a == b {
			return
		}
	}
	add(Place{kind: inBody, pointer: at}, valueText(a), valueText(b))
}

func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

func compareObjects(add addFunc, at []string, a, b map[string]any) {
	names := slices.Collect(maps.Keys(a))
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		below := append(slices.Clip(at), name)
		x, inA := a[name]
		y, inB := b[name]
		switch {
		case !inA:
			add(Place{kind: inBody, pointer: below}, absent, valueText(y))
		case !inB:
			add(Place{kind: inBody, pointer: below}, valueText(x), absent)
		default:
			compareValues(add, below, x, y)
		}
	}
}

// compareLists compares what both have, by index.
func compareLists(add addFunc, at []string, a, b []any) {
	if len(a) != len(b) {
		add(Place{kind: inBody, pointer: at}, fmt.Sprintf("length %d", len(a)), fmt.Sprintf("length %d", len(b)))
	}
	for i := range min(len(a), len(b)) {
		compareValues(add, append(slices.Clip(at), strconv.Itoa(i)), a[i], b[i])
	}
}

func valueText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return absent
	}
	return string(text)
}

// shorten cuts what is too long to read, after secrets were taken out.
func shorten(text string) string {
	if len(text) <= maxShown {
		return text
	}
	cut := maxShown
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… (%d bytes)", text[:cut], len(text))
}
