package serve_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/internal/serve"
)

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*serve.Config)
		want   []string
	}{
		{"nothing at all", func(cfg *serve.Config) { *cfg = serve.Config{} }, []string{
			"a way to tell the caller is required", "the cursor key is shorter than 32 bytes",
			"at least one tier is required", "a source is required", "a description is required"}},
		{"no tiers", func(cfg *serve.Config) { cfg.Tiers = nil }, []string{"at least one tier is required"}},
		{"a blank tier", func(cfg *serve.Config) { cfg.Tiers = append([]string{" "}, tiers...) }, []string{"a tier has no name"}},
		{"a tier twice", func(cfg *serve.Config) { cfg.Tiers = append(tiers, "BASIC") }, []string{`tier "BASIC" stands twice`}},
		{"tiers of another order", func(cfg *serve.Config) { cfg.Tiers = []string{"MEGA", "ULTRA", "PRO", "BASIC"} }, []string{"tier"}},
		{"a tier that the order lacks", func(cfg *serve.Config) { cfg.Tiers = tiers[:3] }, []string{`unknown tier "MEGA"`}},
		{"a tier without page size", func(cfg *serve.Config) { cfg.Tiers = append(tiers, "TOP") }, []string{`tier "TOP" has no page size`}},
		{"pages that are too large", func(cfg *serve.Config) { cfg.MaxRows = 20 },
			[]string{`rows: 50 rows a page for tier "MEGA", and 20 is the most`}},
		{"a short key", func(cfg *serve.Config) { cfg.CursorKey = key[:31] }, []string{"shorter than 32 bytes"}},
		{"a source without a hash", func(cfg *serve.Config) { cfg.Source.(*memory).hash = "" }, []string{"no content hash"}},
		{"an endpoint without a tier", func(cfg *serve.Config) { cfg.Description.Endpoints[0].Tier = "" }, []string{"a tier is required"}},
		{"a source of another description", func(cfg *serve.Config) {
			other := *cfg.Description
			other.Joins = nil
			cfg.Source = newMemory(&other, content())
		}, []string{"the source was built by another description"}},
		{"a negative deadline", func(cfg *serve.Config) { cfg.Deadline = -time.Second }, []string{"the deadline is negative"}},
		{"negative pages", func(cfg *serve.Config) { cfg.MaxRows = -1 }, []string{"the largest page is negative"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := description(t)
			cfg := config(d, newMemory(d, content()))
			c.change(&cfg)
			a, err := serve.New(cfg)
			if err == nil || a != nil {
				t.Fatal("it was accepted")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error lacks %q:\n%v", want, err)
				}
			}
		})
	}
}

func TestNewRefusesDescriptions(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, new string
		want     string
	}{
		{"an unknown tier", "tier: ULTRA}", "tier: ULTAR}", `unknown tier "ULTAR"`},
		{"a parameter of the name of one that is there anyway", "{name: slug, columns: [functions]}",
			"{name: slug, columns: [functions]}\n      - {name: limit, columns: [regulation_status]}", `two parameters are named "limit"`},
		{"too many parameters", "{name: ref}", "{name: ref}" + many(12), "13 parameters"},
		{"values that no caller of a tier may ask for", "enum: [{value: not-listed}, {value: preservative}, {value: restricted, tier: PRO}, {value: prohibited, tier: MEGA}]}\n  - path: /v1/stats",
			"enum: [{value: prohibited, tier: MEGA}]}\n  - path: /v1/stats", `tier "BASIC" may ask for no value of parameter s`},
		{"a member that answers use themselves", "{name: regulation_status, fold", "{name: match, tier: BASIC}\n      - {name: regulation_status, fold",
			`column "match"`},
		{"two values that compare as one", "{value: restricted, tier: PRO}, {value: prohibited, tier: MEGA}]}\n  - path: /v1/stats",
			"{value: prohibited}, {value: PROHIBITED, tier: MEGA}]}\n  - path: /v1/stats", `value "PROHIBITED" is none, or compares as another`},
		{"two parameters that pick columns", "{name: mode, picks: mode, enum: [{value: exact}, {value: prefix}, {value: contains}]}",
			"{name: one, picks: column, enum: [{value: x, columns: [aliases]}]}", "parameters one and field are for the same"},
		{"a parameter of a get that nothing heeds", "{name: ref}", "{name: ref}\n      - {name: also, columns: [ref]}", "1 parameters narrow the rows, and 0 may"},
		{"two lists of columns", "{name: slug, columns: [functions]}",
			"{name: slug, columns: [inci_name, aliases]}\n      - {name: other, columns: [inci_name, aliases]}", "filters by 2 columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := description(t, c.old, c.new)
			if _, err := serve.New(config(d, newMemory(d, content()))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\n      - {name: p%d}", i)
	}
	return b.String()
}

func TestRoutes(t *testing.T) {
	d := description(t)
	cfg := config(d, newMemory(d, content()))
	cfg.Deadline = 3 * time.Second
	got := newAPI(t, cfg).Routes()
	if len(got) != len(d.Endpoints) {
		t.Fatalf("%d routes of %d endpoints", len(got), len(d.Endpoints))
	}
	want := serve.Route{Pattern: "/v1/ingredient/{ref}/regulations", Methods: []string{"GET", "HEAD"}, MinTier: "PRO", Cost: 2, Deadline: 3 * time.Second, Conditional: true}
	if diff := cmp.Diff(want, got[7]); diff != "" {
		t.Errorf("route (-want +got):\n%s", diff)
	}
}

// The layers in front match the same pattern on the same request.
func TestBehindAnotherRouter(t *testing.T) {
	a := memoryAPI(t)
	outer := http.NewServeMux()
	var seen string
	for _, route := range a.Routes() {
		outer.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			a.ServeHTTP(w, r)
			seen = r.Pattern
		})
	}
	if got := refs(read(t, get(outer, "BASIC", "/v1/ingredient/34041"))); len(got) != 1 || got[0] != 34041 || seen != "/v1/ingredient/{ref}" {
		t.Errorf("rows %v, pattern %q", got, seen)
	}
}

var _ dataset.Source = (*memory)(nil)
