package watch

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sallyport"
	"sallyport/internal/telemetry"
)

func TestPrivateListenerIsNotForBrowsers(t *testing.T) {
	w := newWatched(Config{Metrics: telemetry.NewMetrics("", "", "")})
	for name, tt := range map[string]struct {
		host, header, value string
		anyHost             bool
		want                int
	}{
		"by address":        {host: "127.0.0.1:9464", want: 200},
		"by localhost":      {host: "localhost", want: 200},
		"by IPv6":           {host: "[::1]:9464", want: 200},
		"rebound name":      {host: "evil.example:9464", want: 403},
		"name that is used": {host: "metrics.internal:9464", anyHost: true, want: 200},
		"cross-origin page": {host: "localhost:9464", header: "Origin", value: "https://evil.example", want: 403},
		"image in a page":   {host: "127.0.0.1:9464", header: "Sec-Fetch-Site", value: "cross-site", want: 403},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", StatusPath, nil)
			r.Host = tt.host
			if tt.header != "" {
				r.Header.Set(tt.header, tt.value)
			}
			answer := httptest.NewRecorder()
			w.Handler(tt.anyHost).ServeHTTP(answer, r)
			if answer.Code != tt.want {
				t.Errorf("status %d, want %d", answer.Code, tt.want)
			}
		})
	}
}

func TestHandlerAnswers(t *testing.T) {
	w := newWatched(Config{Metrics: telemetry.NewMetrics("", "", "")})
	w.Record(accepted(0))
	get := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "localhost"
		answer := httptest.NewRecorder()
		w.Handler(false).ServeHTTP(answer, r)
		return answer
	}
	if got := get(WhyPath + "ok"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"step":"limits","outcome":"passed"`) {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if got := get(WhyPath + "other"); got.Code != http.StatusNotFound {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if got := get(MetricsPath); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "http_server_request_duration_seconds_count") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	s, err := DecodeStatus(get(StatusPath).Body)
	if err != nil || s.Requests.Total != 1 || s.Requests.Accepted != 1 {
		t.Errorf("%+v %v", s, err)
	}
}

// What a client sent is of no use to why, and could be shown by mistake: it is not even kept.
func TestWhatWasSentIsForgotten(t *testing.T) {
	w := newWatched(Config{})
	r := refused(0, true)
	r.Sent.UserAgent, r.Stack, r.Method = "agent", []byte("stack"), strings.Repeat("M", 5000)
	w.Record(r)
	kept, ok := w.recent.find("no")
	if !ok {
		t.Fatal("the request was not kept")
	}
	if kept.Sent != (sallyport.Sent{Marketplace: true}) || kept.Stack != nil || len(kept.Method) > 24 {
		t.Errorf("kept %+v", kept)
	}
}
