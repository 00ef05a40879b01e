package watch

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sallyport"
	"sallyport/internal/alert"
)

// failed says whether the server failed: a client that went away, and a refusal for want of room, are told in
// other ways.
func failed(r *sallyport.Record) bool {
	return r.Status >= 500 && !r.Cancelled && r.Refusal == ""
}

// ErrorGroup is failures of the same cause.
type ErrorGroup struct {
	Route     string    `json:"route"`
	Status    int       `json:"status"`
	Error     string    `json:"error"` // of the last one
	Frame     string    `json:"frame,omitempty"`
	Count     uint64    `json:"count"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	RequestID string    `json:"request_id"` // of the last one
}

// maxGroups bounds the memory of error groups; the one that was quiet the longest makes room.
const maxGroups = 64

// errorGroups remembers failures by their cause. The zero value is empty.
type errorGroups struct {
	mu     sync.Mutex
	groups map[string]*ErrorGroup
}

// maxErrorText is the most that is shown of an error, in bytes.
const maxErrorText = 500

// fail groups a failure by the type of its error, its route and its top frame, and tells of it.
func (w *Watcher) fail(r *sallyport.Record) {
	frame, text := topFrame(r.Stack), errorText(r.Err)
	fingerprint := fmt.Sprintf("%d %s %s %s", r.Status, r.Route, errorType(r.Err), frame)
	w.errors.add(fingerprint, ErrorGroup{Route: r.Route, Status: r.Status, Error: text, Frame: frame,
		First: r.Time, Last: r.Time, RequestID: r.RequestID})
	a := alert.Alert{
		Kind: alert.ErrorGroup, Severity: alert.Error, Time: r.Time, Fingerprint: fingerprint, RequestID: r.RequestID,
		Title:  fmt.Sprintf("%d on %s %s", r.Status, cut(r.Method, 24), r.Route),
		Detail: text, Next: "sallyport why " + r.RequestID,
	}
	if frame != "" {
		a.Detail += "\nin " + frame
	}
	w.raise(a)
}

func (g *errorGroups) add(fingerprint string, fresh ErrorGroup) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.groups[fingerprint]
	if known == nil {
		g.makeRoom()
		known = &ErrorGroup{First: fresh.First}
		g.groups[fingerprint] = known
	}
	fresh.Count, fresh.First = known.Count+1, known.First
	*known = fresh
}

func (g *errorGroups) makeRoom() {
	if g.groups == nil {
		g.groups = map[string]*ErrorGroup{}
	}
	if len(g.groups) < maxGroups {
		return
	}
	oldest := ""
	for fingerprint, one := range g.groups {
		if oldest == "" || one.Last.Before(g.groups[oldest].Last) {
			oldest = fingerprint
		}
	}
	delete(g.groups, oldest)
}

// read returns the groups, the latest first.
func (g *errorGroups) read() []ErrorGroup {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := make([]ErrorGroup, 0, len(g.groups))
	for _, one := range g.groups {
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b ErrorGroup) int { return b.Last.Compare(a.Last) })
	return list
}

func errorText(err error) string {
	if err == nil {
		return "no error was recorded"
	}
	return strings.ToValidUTF8(cut(err.Error(), maxErrorText), "")
}

// errorType names the type of the innermost error: its text may differ each time.
func errorType(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return fmt.Sprintf("%T", err)
		}
		err = inner
	}
}

// topFrame returns the function that panicked, from a stack as runtime/debug prints it.
func topFrame(stack []byte) string {
	_, after, found := bytes.Cut(stack, []byte("\npanic("))
	if !found {
		return ""
	}
	for line := range bytes.Lines(after) {
		name := string(bytes.TrimSpace(line))
		isFrame := line[0] != '\t' && strings.Contains(name, "(") && !strings.HasPrefix(name, "{")
		if isFrame && !strings.HasPrefix(name, "runtime.") && strings.Contains(name, ".") {
			return name[:strings.LastIndex(name, "(")]
		}
	}
	return ""
}
