package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/problem"
)

func write(t *testing.T, method string, e *problem.Error) *http.Response {
	t.Helper()
	rec := httptest.NewRecorder()
	rec.Header().Set(problem.RequestIDHeader, "id-1")
	problem.Write(rec, httptest.NewRequest(method, "/", nil), e)
	return rec.Result()
}

func TestWriteShowsOnlyTheClientsSide(t *testing.T) {
	e := &problem.Error{
		Status: http.StatusTooManyRequests, Type: "https://example.com/p", Detail: "slow down",
		Extensions: map[string]any{"violated-policies": []string{"minute"}, "status": "overwritten"},
		Header:     http.Header{"Allow": {"GET"}}, RetryAfter: 1100 * time.Millisecond,
		Err: errors.New("dial tcp 10.0.0.1: /etc/passwd"),
	}
	resp := write(t, http.MethodGet, e)
	var got map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"type": "https://example.com/p", "title": "Too Many Requests", "status": 429.0, "detail": "slow down",
		"request_id": "id-1", "violated-policies": []any{"minute"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"Retry-After": "2", "Allow": "GET", "Cache-Control": "no-store",
		"Content-Type": problem.MediaType} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(e.Error(), "/etc/passwd") {
		t.Error("the log's text lacks the cause")
	}
}

func TestFromHidesUnknownErrors(t *testing.T) {
	if got := problem.From(errors.New("SELECT * FROM x")); got.Status != 500 || got.Detail != "" {
		t.Errorf("From(unknown) = %+v", got)
	}
	known := problem.New(404, "no such ingredient")
	if got := problem.From(fmt.Errorf("fetching: %w", known)); got != known {
		t.Errorf("From(wrapped) = %+v", got)
	}
}

func TestZeroErrorIsInternal(t *testing.T) {
	resp := write(t, http.MethodHead, &problem.Error{})
	if resp.StatusCode != 500 || resp.ContentLength == 0 {
		t.Errorf("status %d, length %d", resp.StatusCode, resp.ContentLength)
	}
}

func TestWriteSurvivesExtensionsThatAreNoJSON(t *testing.T) {
	resp := write(t, http.MethodGet, &problem.Error{Status: 400, Extensions: map[string]any{"f": func() {}}})
	var got map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got["status"] != 400.0 {
		t.Errorf("body %v, error %v", got, err)
	}
}
