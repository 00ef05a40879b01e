package watch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport"
	"sallyport/internal/alert"
	"sallyport/internal/telemetry"
	"sallyport/limit"
)

// watched is a Watcher and the alerts that it raised.
type watched struct {
	*Watcher
	alerts []alert.Alert
}

func newWatched(c Config) *watched {
	w := &watched{}
	c.Raise = func(a alert.Alert) { w.alerts = append(w.alerts, a) }
	w.Watcher = New(c)
	return w
}

func (w *watched) kinds() []alert.Kind {
	var kinds []alert.Kind
	for _, a := range w.alerts {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

func at(minutes int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

func accepted(minutes int) sallyport.Record {
	return sallyport.Record{Time: at(minutes), RequestID: "ok", Method: "GET", Route: "/v1/x", Status: 200, Tier: "BASIC", Customer: "alice"}
}

func refused(minutes int, marketplace bool) sallyport.Record {
	return sallyport.Record{Time: at(minutes), RequestID: "no", Method: "GET", Status: 403, Refusal: sallyport.RefusedSecret,
		Sent: sallyport.Sent{Marketplace: marketplace, Query: "q=secret"}}
}

func TestProbesRaiseNoAlertOfTheirOwn(t *testing.T) {
	w := newWatched(Config{})
	for range 1000 {
		w.Record(refused(0, false))
	}
	w.tick(at(30))
	if len(w.alerts) > 0 {
		t.Errorf("alerts %v", w.kinds())
	}
	w.tick(at(61))
	if diff := cmp.Diff([]alert.Kind{alert.Refusals}, w.kinds()); diff != "" {
		t.Fatal(diff)
	}
	if a := w.alerts[0]; a.Count != 1000 || a.Detail != "secret 1000" {
		t.Errorf("digest %+v", a)
	}
	w.tick(at(122))
	if len(w.alerts) != 1 {
		t.Error("the same refusals are told twice")
	}
}

func TestMarketplaceThatIsLockedOutIsTold(t *testing.T) {
	for name, tt := range map[string]struct {
		records []sallyport.Record
		tick    int
		want    []alert.Kind
	}{
		"rotated secret":                {[]sallyport.Record{accepted(0), refused(1, true), refused(2, true), refused(6, true)}, 7, []alert.Kind{alert.Rejected}},
		"not for long enough":           {[]sallyport.Record{refused(1, true), refused(2, true), refused(3, true)}, 4, nil},
		"too few":                       {[]sallyport.Record{refused(1, true), refused(6, true)}, 7, nil},
		"somebody gets in":              {[]sallyport.Record{refused(1, true), refused(2, true), accepted(3), refused(6, true)}, 7, nil},
		"no headers of the marketplace": {[]sallyport.Record{refused(1, false), refused(2, false), refused(6, false)}, 7, nil},
		"long ago":                      {[]sallyport.Record{refused(1, true), refused(2, true), refused(30, true)}, 31, nil},
		"over and in again":             {[]sallyport.Record{refused(1, true), refused(2, true), refused(6, true), accepted(8)}, 9, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatched(Config{})
			for _, r := range tt.records {
				w.Record(r)
			}
			w.tick(at(tt.tick))
			if diff := cmp.Diff(tt.want, w.kinds()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMarketplaceThatGetsInAgainIsTold(t *testing.T) {
	w := newWatched(Config{})
	for _, minute := range []int{1, 2, 6} {
		w.Record(refused(minute, true))
	}
	w.tick(at(7))
	w.Record(accepted(8))
	w.Record(accepted(9))
	if diff := cmp.Diff([]alert.Kind{alert.Rejected, alert.Recovered}, w.kinds()); diff != "" {
		t.Error(diff)
	}
	if w.alerts[0].Fingerprint != w.alerts[1].Fingerprint {
		t.Error("the recovery is not that of the alert")
	}
}

func TestFailuresAreGroupedByCause(t *testing.T) {
	w := newWatched(Config{})
	fail := func(route string, err error) {
		w.Record(sallyport.Record{Time: at(0), RequestID: "id", Method: "GET", Route: route, Status: 500, Tier: "PRO", Err: err})
	}
	fail("/v1/x", fmt.Errorf("reading row 1: %w", context.DeadlineExceeded))
	fail("/v1/x", fmt.Errorf("reading row 2: %w", context.DeadlineExceeded))
	fail("/v1/y", fmt.Errorf("reading row 2: %w", context.DeadlineExceeded))
	fail("/v1/x", errors.New("disk"))
	gone := sallyport.Record{Status: 503, Cancelled: true, Tier: "PRO"}
	full := sallyport.Record{Status: 503, Refusal: sallyport.RefusedLimitFull, Tier: "PRO"}
	w.Record(gone)
	w.Record(full)
	fingerprints := map[string]int{}
	for _, a := range w.alerts {
		fingerprints[a.Fingerprint]++
		if a.Kind != alert.ErrorGroup || a.Next != "sallyport why id" {
			t.Errorf("alert %+v", a)
		}
	}
	if len(w.alerts) != 4 || len(fingerprints) != 3 {
		t.Errorf("%d alerts of %d causes", len(w.alerts), len(fingerprints))
	}
	groups := w.Status(t.Context()).Errors
	if len(groups) != 3 {
		t.Fatalf("groups %+v", groups)
	}
	for _, g := range groups {
		if g.Route == "/v1/x" && strings.Contains(g.Error, "row") && (g.Count != 2 || g.Error != "reading row 2: context deadline exceeded") {
			t.Errorf("group %+v", g)
		}
	}
}

func TestErrorGroupsAreBounded(t *testing.T) {
	w := newWatched(Config{})
	for i := range 10 * maxGroups {
		w.Record(sallyport.Record{Time: at(i), Status: 500, Route: fmt.Sprint(i), Err: errors.New("x")})
	}
	groups := w.Status(t.Context()).Errors
	if len(groups) != maxGroups || groups[0].Route != fmt.Sprint(10*maxGroups-1) {
		t.Errorf("%d groups, the latest of %s", len(groups), groups[0].Route)
	}
}

func panicking() (stack []byte) {
	defer func() {
		recover()
		stack = debug.Stack()
	}()
	var list []int
	return []byte{byte(list[len(list)])}
}

func TestTopFrameIsWhatPanicked(t *testing.T) {
	if got := topFrame(panicking()); got != "sallyport/internal/watch.panicking" {
		t.Errorf("top frame %q", got)
	}
	for _, text := range []string{"", "goroutine 1 [running]:", "\npanic(", "\npanic(0x1)\n", "\npanic(\n\n\n"} {
		topFrame([]byte(text))
	}
}

func TestEventsThatPeopleAreToldOf(t *testing.T) {
	for kind, want := range map[sallyport.EventKind][]alert.Kind{
		sallyport.EventNoSecret:    {alert.Rejected},
		sallyport.EventUnknownTier: {alert.UnknownTier},
		sallyport.EventStoreFull:   {alert.StoreFull},
		sallyport.EventStoreFailed: {alert.StoreFailed},
		sallyport.EventStoreHealed: {alert.Recovered},
		sallyport.EventPanic:       nil,
	} {
		w := newWatched(Config{})
		w.Event(sallyport.Event{Kind: kind, Value: `"GOLD"`})
		if diff := cmp.Diff(want, w.kinds()); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
		if len(w.alerts) > 0 && w.alerts[0].Next == "" && want[0] != alert.Recovered {
			t.Errorf("%s names no command", kind)
		}
	}
}

func TestLostLinesAreTold(t *testing.T) {
	dropped := uint64(0)
	w := newWatched(Config{Logs: []Log{{"access", "stdout", func() uint64 { return dropped }}}})
	w.tick(at(0))
	dropped = 7
	w.tick(at(1))
	w.tick(at(2))
	dropped = 9
	w.tick(at(3))
	if diff := cmp.Diff([]alert.Kind{alert.LogDropped, alert.LogDropped}, w.kinds()); diff != "" {
		t.Fatal(diff)
	}
	if w.alerts[0].Count != 7 || w.alerts[1].Count != 2 {
		t.Errorf("counts %d and %d", w.alerts[0].Count, w.alerts[1].Count)
	}
}

func TestWhyTellsEveryDecision(t *testing.T) {
	limited := accepted(0)
	limited.Status, limited.Refusal = 429, sallyport.RefusedLimit
	limited.Grant = sallyport.Grant{TierFrom: sallyport.TierUnknown}
	limited.Limit = limit.State{Policy: "burst", Quota: 10, Remaining: 0, Reset: time.Second}
	for name, tt := range map[string]struct {
		record sallyport.Record
		ends   string // the step that refused
		why    string
	}{
		"probe":            {refused(0, false), "authentication", "the request carried none of the marketplace's headers"},
		"wrong secret":     {refused(0, true), "authentication", "the marketplace's headers were there, and the secret was missing or wrong"},
		"over the limit":   {limited, "limits", "policy burst of tier BASIC is used up; 0 of 10 units are left, all are back in 1s"},
		"answered":         {accepted(0), "", ""},
		"host":             {sallyport.Record{Status: 421, Refusal: sallyport.RefusedHost}, "host", "host"},
		"public and cheap": {sallyport.Record{Status: 200, Route: "/health"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatched(Config{Customer: func(string) string { return "hash" }})
			tt.record.RequestID = "wanted"
			w.Record(tt.record)
			trace, ok := w.Why("wanted")
			if !ok {
				t.Fatal("forgotten")
			}
			ended := false
			for _, d := range trace.Decisions {
				want := Passed
				switch {
				case ended:
					want = NotReached
				case d.Step == tt.ends:
					want, ended = Refused, true
					if d.Why != tt.why {
						t.Errorf("why %q, want %q", d.Why, tt.why)
					}
				}
				if d.Outcome != want {
					t.Errorf("%s: %s, want %s", d.Step, d.Outcome, want)
				}
			}
			if ended != (tt.ends != "") || strings.Contains(trace.Text(), "alice") || strings.Contains(trace.Text(), "secret 1") {
				t.Error(trace.Text())
			}
		})
	}
}

// Every refusal that the chain has must end one step, or why would call the request passed.
func TestEveryRefusalHasItsStep(t *testing.T) {
	for _, r := range []sallyport.Refusal{sallyport.RefusedURL, sallyport.RefusedHeaders, sallyport.RefusedHost, sallyport.RefusedPath,
		sallyport.RefusedSecret, sallyport.RefusedNoSecret, sallyport.RefusedRepeated, sallyport.RefusedBudget, sallyport.RefusedNotFound,
		sallyport.RefusedMethod, sallyport.RefusedIdentity, sallyport.RefusedTier, sallyport.RefusedBody, sallyport.RefusedInFlight,
		sallyport.RefusedLimit, sallyport.RefusedLimitFull} {
		n := 0
		for _, d := range decisions(&sallyport.Record{Refusal: r}) {
			if d.Outcome == Refused {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s ends %d steps", r, n)
		}
	}
}

func TestOnlyRecentRequestsAreRemembered(t *testing.T) {
	w := newWatched(Config{})
	for i := range 3 * ringSize {
		r := accepted(0)
		r.RequestID = fmt.Sprint(i)
		w.Record(r)
	}
	if _, ok := w.Why("0"); ok {
		t.Error("the first request is still there")
	}
	if _, ok := w.Why(fmt.Sprint(3*ringSize - ringSize)); !ok {
		t.Error("a recent request is forgotten")
	}
	if _, ok := w.Why(""); ok {
		t.Error("a request without id was found")
	}
}

func TestStatusTellsWhatDoesNotWork(t *testing.T) {
	w := newWatched(Config{
		About: About{Deployment: "api.example.com", Version: "1"},
		Logs:  []Log{{"access", "stdout", func() uint64 { return 3 }}},
		Alerts: func() alert.Stats {
			return alert.Stats{Targets: []alert.TargetStats{{Name: "phone", Failures: 1, Counters: alert.Counters{LastError: "chat not found"}}}}
		},
		State: func(context.Context) State {
			return State{Ready: errors.New("no such file"), Limits: Limits{Counters: 5, Capacity: 5}}
		},
	})
	now := accepted(0)
	now.Time, now.Status, now.Err = time.Now(), 500, errors.New("broken")
	w.Record(now)
	w.Notice(Notice{Kind: alert.DatasetRefused, Title: "new dataset refused", Detail: "torn"})
	s := w.Status(t.Context())
	var text strings.Builder
	if err := s.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"the dataset does not answer: no such file", "the access log lost 3 lines", "alerts do not reach phone: chat not found",
		"there is no room to count another customer", "500 on /v1/x, 1 times", "new dataset refused at"} {
		if !strings.Contains(text.String(), "problem: "+want) {
			t.Errorf("no problem %q in\n%s", want, text.String())
		}
	}
	w.Notice(Notice{Kind: alert.DatasetSwapped, Title: "dataset swapped"})
	if s := w.Status(t.Context()); strings.Contains(strings.Join(s.Problems, "\n"), "dataset refused") {
		t.Errorf("a refusal that is over is a problem: %v", s.Problems)
	}
}

func TestRefusedReloadIsOverWithTheNextGeneration(t *testing.T) {
	var since time.Time
	w := newWatched(Config{State: func(context.Context) State { return State{Dataset: Dataset{Since: since}} }})
	w.Notice(Notice{Kind: alert.ReloadRefused, Title: "a reload was refused", Detail: "unknown key"})
	if s := w.Status(t.Context()); len(s.Problems) != 1 {
		t.Errorf("problems %v", s.Problems)
	}
	since = time.Now().Add(time.Second)
	if s := w.Status(t.Context()); len(s.Problems) != 0 || len(s.Notices) != 1 {
		t.Errorf("a sound configuration was taken, and there are problems %v and notices %v", s.Problems, s.Notices)
	}
}

func BenchmarkRecord(b *testing.B) {
	w := New(Config{Metrics: telemetry.NewMetrics("", "", "")})
	r := accepted(0)
	b.ReportAllocs()
	for b.Loop() {
		w.Record(r)
	}
}
