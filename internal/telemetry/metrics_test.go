package telemetry

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sallyport"
	"sallyport/limit"
)

func scrape(t testing.TB, m *Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	if answer.Code != 200 {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

func TestMetricsCountWhatARecordTells(t *testing.T) {
	m := NewMetrics("1.2.3", "abc", "go1.26")
	m.Record(sallyport.Record{Method: "GET", Route: "/v1/x", Status: 200, Tier: "PRO", Duration: time.Millisecond,
		Grant: sallyport.Grant{Cost: 3, Cache: "hit"}})
	m.Record(sallyport.Record{Method: "GET", Status: 403, Refusal: sallyport.RefusedSecret})
	m.Record(sallyport.Record{Method: "GET", Route: "/v1/x", Status: 429, Tier: "PRO", Refusal: sallyport.RefusedLimit,
		Limit: limit.State{Policy: "burst"}})
	m.Record(sallyport.Record{Method: "GET", Route: "/v1/x", Status: 503, Tier: "PRO",
		Err: fmt.Errorf("fetching: %w", context.DeadlineExceeded)})
	m.Record(sallyport.Record{Method: "GET", Route: "/v1/x", Tier: "PRO", Cancelled: true, Err: context.DeadlineExceeded})
	m.Record(sallyport.Record{Method: "GET", Route: "/v1/gone", Status: 503, Tier: "PRO", Cancelled: true, Err: context.Canceled})
	m.Event(sallyport.Event{Kind: sallyport.EventPanic})
	text := scrape(t, m)
	for _, want := range []string{
		`http_server_request_duration_seconds_count{http_request_method="GET",http_route="/v1/x",status_class="2xx",tier="PRO"} 1`,
		`http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/v1/x",status_class="2xx",tier="PRO",le="0.001"} 1`,
		`http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/v1/x",status_class="2xx",tier="PRO",le="0.0005"} 0`,
		`http_server_request_duration_seconds_count{http_request_method="GET",http_route="",status_class="4xx",tier=""} 1`,
		`http_server_request_duration_seconds_count{http_request_method="GET",http_route="/v1/x",status_class="none",tier="PRO"} 1`,
		`http_server_request_duration_seconds_count{http_request_method="GET",http_route="/v1/gone",status_class="none",tier="PRO"} 1`,
		`sallyport_refusals_total{reason="secret"} 1`,
		`sallyport_refusals_total{reason="limit"} 1`,
		`sallyport_limit_violations_total{policy="burst",tier="PRO"} 1`,
		`sallyport_limit_units_total{tier="PRO"} 3`,
		`sallyport_cache_lookups_total{result="hit"} 1`,
		`sallyport_query_deadlines_total 1`,
		`sallyport_requests_cancelled_total 2`,
		`sallyport_events_total{kind="panic"} 1`,
		`sallyport_build_info{commit="abc",go_version="go1.26",version="1.2.3"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("no line %s in\n%s", want, text)
		}
	}
}

// What clients choose freely must not become series: a scanner would fill the memory with them.
func TestSeriesDoNotGrowWithClients(t *testing.T) {
	m := NewMetrics("", "", "")
	send := func(n int) {
		for i := range n {
			m.Record(sallyport.Record{Method: fmt.Sprintf("METHOD%d", i), Status: 404, Customer: fmt.Sprint(i), RequestID: fmt.Sprint(i),
				Sent: sallyport.Sent{Query: fmt.Sprint(i), UserAgent: fmt.Sprint(i)}, Refusal: sallyport.RefusedNotFound})
		}
	}
	count := func() int {
		return strings.Count(scrape(t, m), "\nhttp_server") + strings.Count(scrape(t, m), "\nsallyport_")
	}
	send(1)
	before := count()
	send(1000)
	if after := count(); after != before {
		t.Errorf("%d series became %d", before, after)
	}
}

func TestGaugesAreReadWhenAsked(t *testing.T) {
	m := NewMetrics("", "", "")
	rows := 1.0
	gauge := Gauge{Name: "sallyport_rows", Help: "Rows.", Labels: []string{"table"}, Read: func(emit func(float64, ...string)) { emit(rows, "ingredients") }}
	if err := m.Add(gauge); err != nil {
		t.Fatal(err)
	}
	rows = 7
	if text := scrape(t, m); !strings.Contains(text, "\n"+`sallyport_rows{table="ingredients"} 7`) {
		t.Error(text)
	}
	if err := m.Add(gauge); err == nil {
		t.Error("the same name was taken twice")
	}
}

func BenchmarkMetricsRecord(b *testing.B) {
	m := NewMetrics("", "", "")
	r := wholeRecord()
	b.ReportAllocs()
	for b.Loop() {
		m.Record(r)
	}
}
