package sallyport

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"sallyport/problem"
)

// errPanic is in the chain of the error that a recovered panic becomes.
var errPanic = errors.New("handler panicked")

// recover turns a panic into a 500. After the first byte nothing can be taken back: the connection is cut,
// so that the client does not take half an answer for a whole one.
func (m *Middleware) recover(x *exchange) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { // the handler's own way to cut the connection
		panic(v)
	}
	x.record.Err, x.record.Stack = fmt.Errorf("%w: %v", errPanic, v), debug.Stack()
	m.onEvent(Event{
		Kind: EventPanic, Time: x.record.Time, RequestID: x.record.RequestID, Err: x.record.Err, Stack: x.record.Stack,
	})
	if x.w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	x.startOver()
	problem.Write(x.w, x.r, problem.Internal(x.record.Err))
}

// startOver takes back the headers that a handler set.
func (x *exchange) startOver() {
	clear(x.w.Header())
	x.m.headers.set(x)
	x.m.allowOrigin(x)
}
