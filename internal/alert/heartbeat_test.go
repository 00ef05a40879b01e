package alert

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sallyport/internal/servicetest"
	"sallyport/secret"
)

// beacon starts a server that counts beats, and a heartbeat that beats there with a token in its URL.
func beacon(t *testing.T, log *bytes.Buffer, ready func(context.Context) error) (*servicetest.Sink, *Heartbeat) {
	t.Helper()
	sink := servicetest.Webhook(t, "")
	h, err := NewHeartbeat(HeartbeatConfig{
		URL: secret.New(sink.URL + "/T0P-s3cret"), Ready: ready, Client: testClient(t, 300*time.Millisecond), Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return sink, h
}

func TestHeartbeatTellsChangesOnce(t *testing.T) {
	var log bytes.Buffer
	var unready error
	sink, h := beacon(t, &log, func(context.Context) error { return unready })
	ok := servicetest.Reply{Status: 200}
	beats := func(reply servicetest.Reply, err error) {
		unready = err
		sink.Always(reply)
		for range 3 {
			h.beat(t.Context())
		}
	}
	beats(ok, nil)
	beats(servicetest.ServerError(500), nil)
	beats(ok, nil)
	beats(ok, errors.New("no dataset"))
	beats(servicetest.Reply{Body: "o", Cut: true}, nil)
	want := HeartbeatStats{Sent: 6, Failed: 6, Skipped: 3, Err: "the connection was closed before the answer was complete"}
	if diff := cmp.Diff(want, h.Stats(), cmpopts.IgnoreFields(HeartbeatStats{}, "Last")); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
	if h.Stats().Last.IsZero() || sink.Requests() != 12 {
		t.Errorf("%d requests, last %v; want none of the 3 beats that were skipped", sink.Requests(), h.Stats().Last)
	}
	text := log.String()
	if strings.Count(text, "stays away") != 2 || strings.Count(text, "is back") != 1 || !strings.Contains(text, `"status 500"`) || !strings.Contains(text, "no dataset") {
		t.Errorf("log:\n%s", text)
	}
	if strings.Contains(text+shown(h, h.Stats()), "T0P") {
		t.Errorf("the URL is shown in\n%s", text)
	}
}

func TestHeartbeatFailures(t *testing.T) {
	elsewhere := servicetest.Webhook(t, "")
	for name, tt := range map[string]struct {
		reply servicetest.Reply
		want  string
	}{
		"hangs":      {servicetest.Reply{Hang: true}, "in time"},
		"missing":    {servicetest.Page(404), "status 404"},
		"other host": {servicetest.Redirect(302, elsewhere.URL), "hint: redirects to another host"},
		"in a ring":  {servicetest.Redirect(302, "/again"), "status 302"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			sink, h := beacon(t, &log, func(context.Context) error { return nil })
			sink.Always(tt.reply)
			h.beat(t.Context())
			if got := h.Stats(); got.Failed != 1 || !strings.Contains(got.Err, tt.want) || strings.Contains(got.Err, "T0P") {
				t.Errorf("stats %+v, want %q", got, tt.want)
			}
		})
	}
	if elsewhere.Requests() != 0 {
		t.Error("it beats elsewhere")
	}
}

func TestHeartbeatFollowsWithinTheHost(t *testing.T) {
	var log bytes.Buffer
	sink, h := beacon(t, &log, func(context.Context) error { return nil })
	sink.Next(servicetest.Redirect(301, "/other"), servicetest.Reply{Status: 204})
	h.beat(t.Context())
	if got := h.Stats(); got.Sent != 1 {
		t.Errorf("stats %+v", got)
	}
}

func TestHeartbeatAsksNotForEver(t *testing.T) {
	var log bytes.Buffer
	sink, h := beacon(t, &log, func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	})
	h.beat(t.Context())
	if got := h.Stats(); got.Skipped != 1 || sink.Requests() != 0 {
		t.Errorf("stats %+v", got)
	}
}

func TestHeartbeatRuns(t *testing.T) {
	beats := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case beats <- struct{}{}:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	h, err := NewHeartbeat(HeartbeatConfig{URL: secret.New(server.URL), Every: time.Millisecond, Ready: func(context.Context) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		h.Run(ctx)
		close(ended)
	}()
	for range 3 {
		<-beats
	}
	cancel()
	<-ended
	if got := h.Stats(); got.Failed != 0 || got.Sent < 2 {
		t.Errorf("stats %+v: a stop is no failure", got)
	}
}

func TestHeartbeatConfiguration(t *testing.T) {
	ready := func(context.Context) error { return nil }
	for name, c := range map[string]HeartbeatConfig{
		"no question": {URL: secret.New("https://example.org/")},
		"no URL":      {Ready: ready},
		"http":        {Ready: ready, URL: secret.New("http://example.org/T0P")},
	} {
		if _, err := NewHeartbeat(c); err == nil || strings.Contains(err.Error(), "T0P") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if h, err := NewHeartbeat(HeartbeatConfig{URL: secret.New("https://example.org/"), Ready: ready}); err != nil || h.every != DefaultBeat {
		t.Errorf("every %v, error %v", h.every, err)
	}
}
