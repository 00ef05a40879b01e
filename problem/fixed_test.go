package problem_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/problem"
)

// TestFixedIsNew compares what is encoded beforehand with what is encoded anew, for every way in which one and the
// same error may come to differ.
func TestFixedIsNew(t *testing.T) {
	id := strings.Repeat("b", 24)
	for name, change := range map[string]func(e *problem.Error){
		"as it is":         func(*problem.Error) {},
		"another status":   func(e *problem.Error) { e.Status = 404 },
		"another type":     func(e *problem.Error) { e.Type = "https://example.com/p" },
		"another title":    func(e *problem.Error) { e.Title = "No" },
		"another detail":   func(e *problem.Error) { e.Detail = "go \"away\"" },
		"a member":         func(e *problem.Error) { e.Extensions = map[string]any{"tier": "PRO"} },
		"to be told again": func(e *problem.Error) { e.RetryAfter = time.Second },
		"a header":         func(e *problem.Error) { e.Header = http.Header{"Allow": {"GET"}} },
	} {
		for _, requestID := range []string{id, "short", "", `a"b`, "aaaaaaaaaaaaaaaaaaaaaaa<"} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				for _, form := range []*problem.Form{nil, {Style: problem.StyleDetail}, {Statuses: map[int]int{403: 401}}} {
					encoded, anew := *problem.Fixed(403, "not for you"), *problem.New(403, "not for you")
					change(&encoded)
					change(&anew)
					got, want := sent(method, requestID, form, &encoded), sent(method, requestID, form, &anew)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s, id %q, %s, %+v (-new +fixed):\n%s", name, requestID, method, form, diff)
					}
				}
			}
		}
	}
}

// TestFixedKeepsTheCause looks at what the log keeps.
func TestFixedKeepsTheCause(t *testing.T) {
	e := problem.Fixed(403, "not for you")
	w := &keeper{ResponseRecorder: httptest.NewRecorder()}
	problem.Write(w, httptest.NewRequest(http.MethodGet, "/", nil), e.Because(io.ErrUnexpectedEOF))
	if w.kept == nil || w.kept.Err != io.ErrUnexpectedEOF || e.Err != nil {
		t.Errorf("kept %v, and the error itself has %v", w.kept, e.Err)
	}
}

type keeper struct {
	*httptest.ResponseRecorder
	kept *problem.Error
}

func (k *keeper) RecordError(e *problem.Error) { k.kept = e }

type answer struct {
	Status int
	Header http.Header
	Body   string
}

func sent(method, requestID string, form *problem.Form, e *problem.Error) answer {
	w := httptest.NewRecorder()
	if requestID != "" {
		w.Header().Set(problem.RequestIDHeader, requestID)
	}
	problem.Write(formed{w, form}, httptest.NewRequest(method, "/", nil), e)
	return answer{w.Code, w.Result().Header, w.Body.String()}
}
