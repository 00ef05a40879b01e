package problem_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/problem"
)

// formed is a writer whose errors have a form, and wrapped one around it.
type formed struct {
	http.ResponseWriter
	form *problem.Form
}

func (f formed) ProblemForm() *problem.Form { return f.form }

type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// writeIn writes e in a form, for a request of /v1/a.
func writeIn(t *testing.T, form *problem.Form, e *problem.Error) (*http.Response, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	rec.Header().Set(problem.RequestIDHeader, "id-1")
	r := httptest.NewRequest("GET", "/v1/a", nil)
	r.Pattern = "/v1/a"
	problem.Write(wrapped{wrapped{formed{rec, form}}}, r, e)
	return rec.Result(), rec.Body.String()
}

func TestForms(t *testing.T) {
	missing := &problem.Error{Status: 400, Detail: "parameter q: required", Invalid: &problem.Invalid{In: "query", Name: "q", Reason: problem.Missing}}
	texts := []problem.Text{{Pattern: "/v1/b", Status: 403, Text: "not b"}, {Pattern: "/v1/a", Status: 403, Text: "not a"}, {Status: 403, Text: "not at all"}}
	for _, c := range []struct {
		name   string
		form   *problem.Form
		err    *problem.Error
		status int
		kind   string
		body   string
	}{
		{"none", nil, problem.New(403, "no"), 403, problem.MediaType, `{"type":"about:blank","title":"Forbidden","status":403,"detail":"no","request_id":"id-1"}` + "\n"},
		{"zero", &problem.Form{}, problem.New(403, "no"), 403, problem.MediaType, `{"type":"about:blank","title":"Forbidden","status":403,"detail":"no","request_id":"id-1"}` + "\n"},
		{"unknown", &problem.Form{Style: "odd"}, problem.New(403, ""), 403, problem.MediaType, `{"type":"about:blank","title":"Forbidden","status":403,"request_id":"id-1"}` + "\n"},
		{"problem with text", &problem.Form{Texts: texts}, problem.New(403, "no"), 403, problem.MediaType, `{"type":"about:blank","title":"Forbidden","status":403,"detail":"not a","request_id":"id-1"}` + "\n"},
		{"problem with status", &problem.Form{Statuses: map[int]int{400: 422}}, problem.New(400, "no"), 422, problem.MediaType, `{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"no","request_id":"id-1"}` + "\n"},
		{"detail", &problem.Form{Style: "detail"}, problem.New(404, `"no"`), 404, "application/json", `{"detail":"\"no\""}`},
		{"detail of nothing", &problem.Form{Style: "detail"}, problem.Internal(errors.New("secret")), 500, "application/json", `{"detail":"Internal Server Error"}`},
		{"detail of a path", &problem.Form{Style: "detail", Texts: texts}, problem.New(403, "no"), 403, "application/json", `{"detail":"not a"}`},
		{"detail of a parameter", &problem.Form{Style: "detail"}, missing, 400, "application/json", `{"detail":"parameter q: required"}`},
		{"list of a parameter", &problem.Form{Style: "detail", List: true, Statuses: map[int]int{400: 422}}, missing, 422, "application/json",
			`{"detail":[{"loc":["query","q"],"msg":"field required","type":"value_error.missing"}]}`},
		{"envelope", &problem.Form{Style: "envelope", Success: "ok"}, problem.New(404, "no"), 404, "application/json", `{"ok":false,"error":"no"}`},
		{"envelope without success", &problem.Form{Style: "envelope"}, problem.New(404, "no"), 404, "application/json", `{"error":"no"}`},
		{"a refusal never becomes an answer", &problem.Form{Style: "detail", Statuses: map[int]int{403: 200}}, problem.New(403, "no"), 403, "application/json", `{"detail":"no"}`},
		{"nor a failure", &problem.Form{Style: "detail", Statuses: map[int]int{403: 500}}, problem.New(403, "no"), 403, "application/json", `{"detail":"no"}`},
		{"a failure stays one", &problem.Form{Style: "detail", Statuses: map[int]int{500: 404}}, problem.New(500, "no"), 500, "application/json", `{"detail":"no"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, body := writeIn(t, c.form, c.err)
			if resp.StatusCode != c.status || resp.Header.Get("Content-Type") != c.kind {
				t.Errorf("status %d, media type %s; want %d, %s", resp.StatusCode, resp.Header.Get("Content-Type"), c.status, c.kind)
			}
			if diff := cmp.Diff(c.body, body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEveryFormKeepsTheHeaders: a form is about bodies.
func TestEveryFormKeepsTheHeaders(t *testing.T) {
	for _, style := range []string{"", problem.StyleDetail, problem.StyleEnvelope} {
		resp, _ := writeIn(t, &problem.Form{Style: style}, &problem.Error{
			Status: 429, Detail: "slow down", RetryAfter: 1500 * time.Millisecond, Header: http.Header{"Allow": {"GET"}}, Err: errors.New("secret"),
		})
		for name, want := range map[string]string{"Retry-After": "2", "Allow": "GET", "Cache-Control": "no-store", problem.RequestIDHeader: "id-1"} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%q: %s = %q, want %q", style, name, got, want)
			}
		}
	}
}

func TestInvalidParametersAsList(t *testing.T) {
	for _, c := range []struct {
		in   problem.Invalid
		want string
	}{
		{problem.Invalid{Reason: problem.Short, Limit: 2}, `{"msg":"ensure this value has at least 2 characters","type":"value_error.any_str.min_length","ctx":{"limit_value":2}}`},
		{problem.Invalid{Reason: problem.Long, Limit: 9}, `{"msg":"ensure this value has at most 9 characters","type":"value_error.any_str.max_length","ctx":{"limit_value":9}}`},
		{problem.Invalid{Reason: problem.NoMatch, Pattern: "^\\d\"<$"}, `{"msg":"string does not match regex \"^\\d\"<$\"","type":"value_error.str.regex","ctx":{"pattern":"^\\d\"<$"}}`},
		{problem.Invalid{Reason: problem.Integer}, `{"msg":"value is not a valid integer","type":"type_error.integer"}`},
		{problem.Invalid{Reason: problem.Number}, `{"msg":"value is not a valid float","type":"type_error.float"}`},
		{problem.Invalid{Reason: problem.Boolean}, `{"msg":"value could not be parsed to a boolean","type":"type_error.bool"}`},
		{problem.Invalid{Reason: problem.Small, Limit: 1}, `{"msg":"ensure this value is greater than or equal to 1","type":"value_error.number.not_ge","ctx":{"limit_value":1}}`},
		{problem.Invalid{Reason: problem.Large, Limit: 5}, `{"msg":"ensure this value is less than or equal to 5","type":"value_error.number.not_le","ctx":{"limit_value":5}}`},
		{problem.Invalid{Reason: problem.Choice, Values: []string{"a", "b"}}, `{"msg":"value is not a valid enumeration member; permitted: 'a', 'b'","type":"type_error.enum","ctx":{"enum_values":["a","b"]}}`},
		{problem.Invalid{Reason: problem.Repeated}, `{"msg":"given more than once","type":"value_error.repeated"}`},
		{problem.Invalid{Reason: "odd"}, `{"msg":"str type expected","type":"type_error.str"}`},
	} {
		c.in.In, c.in.Name = "path", `"q`
		_, body := writeIn(t, &problem.Form{Style: "detail", List: true}, &problem.Error{Status: 400, Invalid: &c.in})
		var got struct{ Detail []map[string]any }
		var want map[string]any
		if err := errors.Join(json.Unmarshal([]byte(body), &got), json.Unmarshal([]byte(c.want), &want)); err != nil || len(got.Detail) != 1 {
			t.Fatalf("%v: %s", err, body)
		}
		want["loc"] = []any{"path", `"q`}
		if diff := cmp.Diff(want, got.Detail[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.in.Reason, diff)
		}
	}
}
