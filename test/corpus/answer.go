package corpus

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Answer is what a request must get.
type Answer struct {
	Status  int
	App     bool // from the API behind the chain
	Native  bool // from the server, before any handler
	Closed  bool // the connection ends
	Headers []Header
	Body    string // JSON members when it begins with "{", else all of it; empty is anything
}

// Header is a rule about one header of an answer.
type Header struct {
	Name   string
	Absent bool
	Value  string // exact; empty is any, when not Absent
}

// parseAnswer reads a status line, headers and a body.
func parseAnswer(lines []string) (Answer, error) {
	var a Answer
	words := strings.Fields(lines[0])
	if len(words) == 0 {
		return a, fmt.Errorf("an answer begins with a status")
	}
	status, err := strconv.Atoi(words[0])
	if err != nil {
		return a, err
	}
	a.Status = status
	for _, word := range words[1:] {
		switch word {
		case "app":
			a.App = true
		case "native":
			a.Native = true
		case "closed":
			a.Closed = true
		default:
			return a, fmt.Errorf("unknown word %q about an answer", word)
		}
	}
	for i, line := range lines[1:] {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '{' {
			a.Body = strings.TrimSpace(strings.Join(lines[1+i:], "\n"))
			break
		}
		a.Headers = append(a.Headers, parseHeader(line))
	}
	if strings.HasPrefix(a.Body, "{") && !json.Valid([]byte(a.Body)) {
		return a, fmt.Errorf("body %s is not JSON", a.Body)
	}
	return a, nil
}

func parseHeader(line string) Header {
	switch line[0] {
	case '!':
		return Header{Name: line[1:], Absent: true}
	case '?':
		return Header{Name: line[1:]}
	}
	name, value, _ := strings.Cut(line, ": ")
	return Header{Name: name, Value: value}
}

// rule returns the rule about a header, if the answer has one.
func (a *Answer) rule(name string) (Header, bool) {
	i := slices.IndexFunc(a.Headers, func(h Header) bool { return strings.EqualFold(h.Name, name) })
	if i < 0 {
		return Header{}, false
	}
	return a.Headers[i], true
}

// differences says where an answer is not the one that was expected.
func (a *Answer) differences(resp *http.Response, body string) []string {
	var found []string
	if resp.StatusCode != a.Status {
		found = append(found, fmt.Sprintf("status %d, want %d", resp.StatusCode, a.Status))
	}
	for _, h := range a.Headers {
		values := resp.Header.Values(h.Name)
		switch {
		case h.Absent && len(values) > 0:
			found = append(found, fmt.Sprintf("%s: %q, want none", h.Name, values))
		case !h.Absent && len(values) == 0:
			found = append(found, fmt.Sprintf("no %s", h.Name))
		case h.Value != "" && !slices.Equal(values, []string{h.Value}):
			found = append(found, fmt.Sprintf("%s: %q, want %q", h.Name, values, h.Value))
		}
	}
	if strings.HasPrefix(a.Body, "{") {
		return append(found, compareJSON(a.Body, body)...)
	}
	if a.Body != "" && strings.TrimSpace(body) != a.Body {
		found = append(found, fmt.Sprintf("body %q, want %q", body, a.Body))
	}
	return found
}

func compareJSON(want, got string) []string {
	var w, g any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		return []string{err.Error()}
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		return []string{fmt.Sprintf("body %q is not JSON", got)}
	}
	return compare("body", w, g)
}

// absent stands for a member that an object may not have.
const absent = "(absent)"

// compare wants all of want in got; objects of got may have more members.
func compare(at string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %v, want an object", at, got)}
		}
		return compareObject(at, w, g)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s is %v, want a list of %d", at, got, len(w))}
		}
		var found []string
		for i := range w {
			found = append(found, compare(fmt.Sprintf("%s[%d]", at, i), w[i], g[i])...)
		}
		return found
	}
	if !reflect.DeepEqual(want, got) {
		return []string{fmt.Sprintf("%s is %v, want %v", at, got, want)}
	}
	return nil
}

func compareObject(at string, want, got map[string]any) []string {
	var found []string
	for name, w := range want {
		g, ok := got[name]
		switch {
		case w == absent && ok:
			found = append(found, fmt.Sprintf("%s.%s is %v, want none", at, name, g))
		case w == absent:
		case !ok:
			found = append(found, fmt.Sprintf("%s has no %s", at, name))
		default:
			found = append(found, compare(at+"."+name, w, g)...)
		}
	}
	return found
}
