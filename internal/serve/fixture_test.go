package serve_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/sqlite"
	"sallyport/internal/serve"
)

var tiers = []string{"BASIC", "PRO", "ULTRA", "MEGA"}

// description reads testdata/cosmetics.yaml, changed by pairs of old and new text.
func description(t testing.TB, changes ...string) *dataset.Description {
	t.Helper()
	data, err := os.ReadFile("testdata/cosmetics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("the description does not have %q", changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	d, err := dataset.Parse([]byte(text), "cosmetics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// record makes a record of texts, the values of a list separated by "|".
func record(texts ...string) dataset.Record {
	r := make(dataset.Record, len(texts))
	for i, text := range texts {
		if text != "" {
			r[i] = strings.Split(text, "|")
		}
	}
	return r
}

// content is a dozen rows of facts, and some that only a test needs.
func content() dataset.Content {
	return dataset.Content{
		Tables: map[string][]dataset.Record{
			"ingredient": {
				// ref, inci_name, kr_names, aliases, cas, functions, regulation_status, ec, annex, molar_mass, mineral, description, cas_raw, secret
				record("37595", "SALICYLIC ACID", "살리실릭애씨드", "", "69-72-7", "KERATOLYTIC|PRESERVATIVE", "restricted", "200-712-3", "III/98|V/3", "138.12", "false", "2-Hydroxybenzoic acid", "69-72-7 (acid)", "ALPHA"),
				record("31959", "AQUA", "물|정제수", "", "7732-18-5", "SOLVENT", "not-listed", "231-791-2", "", "18.015", "", "Water", "7732-18-5", "BETA"),
				record("92472", "WATER", "워터", "", "7732-18-5", "SOLVENT", "not-listed", "", "", "", "", "", "", "BETA"),
				record("34040", "GLYCERIN", "글리세린", "GLYCEROL", "56-81-5", "HUMECTANT|SOLVENT", "not-listed", "200-289-5", "", "92.094", "", "", "", "GAMMA"),
				record("76343", "GLYCERIN/OXYBUTYLENE COPOLYMER", "", "", "", "", "not-listed", "", "", "", "", "", "", "GAMMA RAY"),
				record("34041", "GLYCERETH-3", "", "", "31694-55-0", "HUMECTANT|SOLVENT", "not-listed", "", "", "", "", "", "", "GLOW"),
				record("34042", "GLYCERETH-5", "", "", "31694-55-0", "HUMECTANT|SOLVENT", "not-listed", "", "", "", "", "", "", "GLOW"),
				record("34043", "GLYCERETH-7", "", "", "31694-55-0", "HUMECTANT|SOLVENT", "not-listed", "", "", "", "", "", "", "GLOW"),
				record("34044", "GLYCERETH-12", "", "", "31694-55-0", "HUMECTANT|SOLVENT", "not-listed", "", "", "", "", "", "", "GLOW"),
				record("35967", "PHENOXYETHANOL", "페녹시에탄올", "ETHYLENE GLYCOL MONOPHENYL ETHER", "122-99-6", "PRESERVATIVE", "preservative", "204-589-7", "V/29", "138.16", "false", "", "", "EPSILON"),
				record("38579", "TITANIUM DIOXIDE", "티타늄디옥사이드", "CI 77891|PIGMENT WHITE 6", "13463-67-7", "OPACIFYING|UV FILTER", "restricted", "236-675-5", "III/321|IV/143|VI/27", "79.866", "true", "", "", "ZETA"),
				record("33804", "FORMALDEHYDE", "", "METHANAL|FORMALIN", "50-00-0", "", "prohibited", "200-001-8", "II/1577", "30.026", "", "", "", "ETA"),
				record("99001", "100% <PURE>_\\'OIL\"", "", "", "", "", "not-listed", "", "", "", "", "line one\nline two\u2028\u0001", "", "THETA"),
			},
			"entry": {
				record("II/1577", "II", "Formaldehyde"),
				record("III/98", "III", "Salicylic acid: 2,0 %"),
				record("III/321", "III", "Titanium dioxide: not in applications that may lead to exposure by inhalation"),
				record("IV/143", "IV", ""),
				record("V/3", "V", "Salicylic acid and its salts: 0,5 %"),
				record("V/29", "V", "2-Phenoxyethanol: 1,0 %"),
			},
		},
		Synonyms: [][][]string{{{"AQUA", "WATER", "EAU"}, {"GLYCERIN", "GLYCEROL"}}},
	}
}

var key = []byte("0123456789abcdef0123456789abcdef")

// callerKey carries the serve.Caller of a test's request.
type callerKey struct{}

func caller(ctx context.Context) (serve.Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(serve.Caller)
	return c, ok
}

// clock stands still unless a test moves it.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func config(d *dataset.Description, source dataset.Source) serve.Config {
	start := &clock{time.Date(2026, 1, 15, 12, 0, 1, 0, time.UTC)}
	return serve.Config{Description: d, Source: source, Tiers: tiers, Caller: caller, CursorKey: key, Now: start.Now}
}

func newAPI(t testing.TB, cfg serve.Config) *serve.API {
	t.Helper()
	a, err := serve.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// eachSource runs test over the same rows in memory and in a sealed SQLite file.
func eachSource(t *testing.T, test func(*testing.T, *dataset.Description, dataset.Source)) {
	t.Run("memory", func(t *testing.T) {
		d := description(t)
		test(t, d, newMemory(d, content()))
	})
	t.Run("sqlite", func(t *testing.T) {
		d := description(t)
		test(t, d, sqliteSource(t, d, content()))
	})
}

func sqliteSource(t testing.TB, d *dataset.Description, c dataset.Content) dataset.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cosmetics.db")
	if _, err := sqlite.Write(t.Context(), path, d, c); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), path, d, sqlite.Options{CopyDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func memoryAPI(t testing.TB) *serve.API {
	t.Helper()
	d := description(t)
	return newAPI(t, config(d, newMemory(d, content())))
}

// as returns a request of a caller of that tier.
func as(tier, method, target string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	for i, name := range tiers {
		if name == tier {
			r = r.WithContext(context.WithValue(r.Context(), callerKey{}, serve.Caller{Tier: tier, Rank: i}))
		}
	}
	return r
}

func get(a http.Handler, tier, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	a.ServeHTTP(w, as(tier, http.MethodGet, target))
	return w
}
