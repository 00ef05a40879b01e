package openapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sallyport/internal/dataset"
)

// words is a description with one endpoint of each kind that takes a value.
const words = `
dataset: {name: words, version: "1", licence: CC0-1.0, attribution: "A & B <c>"}
sources: [{name: words, csv: {file: words.csv}}]
tables:
  - name: word
    from: [words]
    key: id
    columns:
      - {name: id, type: integer, tier: LOW}
      - {name: text, fold: name, index: [exact, prefix], tier: LOW}
      - {name: origin, fold: slug, index: [exact], tier: HIGH}
rows: {LOW: 5, HIGH: 9}
endpoints:
  - {path: /word, kind: lookup, table: word, tier: LOW, cost: 1, parameters: [{name: q, columns: [text], modes: [{name: exact}], required: true}]}
  - {path: /origin, kind: list, table: word, tier: HIGH, cost: 1, parameters: [{name: o, columns: [origin], required: true}]}
  - {path: "/word/{id}", kind: get, table: word, tier: LOW, cost: 1, parameters: [{name: id}]}
  - {path: /all, kind: list, table: word, tier: LOW, cost: 1}
`

func config(t testing.TB) Config {
	t.Helper()
	d, err := dataset.Parse([]byte(words), "words.yaml")
	if err != nil {
		t.Fatal(err)
	}
	allow := func(high bool) []Grant {
		return []Grant{{Path: "/word", Allowed: true}, {Path: "/origin", Allowed: high}, {Path: "/word/{id}", Allowed: true}, {Path: "/all", Allowed: true}}
	}
	return Config{
		Description: d, Version: V31, Reader: "LOW", Servers: []string{"https://api.example.com"},
		Plans: []Plan{{Name: "LOW", Endpoints: allow(false)}, {Name: "HIGH", Endpoints: allow(true)}},
		Paths: Paths{Plans: "/plans", Usage: "/usage", Contract: "/contract", Health: "/health", Ready: "/ready"},
	}
}

// TestBuildRefusesWhatItCannotKnow: an unknown reader is nobody, not somebody who sees all.
func TestBuildRefusesWhatItCannotKnow(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"reader": func(c *Config) { c.Reader = "MIDDLE" }, "no reader": func(c *Config) { c.Reader = "" },
		"version": func(c *Config) { c.Version = "2.0" }, "no version": func(c *Config) { c.Version = "" },
		"description": func(c *Config) { c.Description = nil }, "tiers": func(c *Config) { c.Plans = nil },
	} {
		c := config(t)
		change(&c)
		if text, err := Build(c); err == nil || text != nil {
			t.Errorf("%s: %s", name, text)
		}
	}
	if text, err := Build(config(t)); err != nil || !strings.Contains(string(text), "A & B <c>") {
		t.Errorf("without examples: %v %.300s", err, text)
	}
}

// memory answers as the API does, from rows by tier, and notes what it was asked.
type memory struct {
	asked []Request
	err   error
}

func (m *memory) ask(_ context.Context, r Request) (Answer, error) {
	m.asked = append(m.asked, r)
	if m.err != nil {
		return Answer{}, m.err
	}
	status := map[Circumstance]int{WithBody: 413, LongURL: 414, OtherHost: 421, UsedUp: 429, LargeHeader: 431, NoSecret: 500, NoRoom: 503, NoCoding: 406}[r.Circumstance]
	row := `{"id":7,"text":"a/b c"}`
	if r.Tier == "HIGH" {
		row = `{"id":7,"text":"a/b c","origin":"old norse"}`
	}
	path, query, _ := strings.Cut(r.Target, "?")
	switch {
	case status != 0:
	case r.Tier == "" || path == "/origin" && r.Tier == "LOW":
		status = 403
	case r.Method != http.MethodGet:
		status = 405
	case strings.Contains(query, "unknown"):
		status = 400
	case path == "/plans/nothing" || strings.HasPrefix(path, "/word/") && path != "/word/7":
		status = 404
	case path == "/word" && query != "q=a%2Fb+c" || path == "/origin" && query != "o=old+norse":
		return Answer{Status: 200, Body: []byte(`{"data":[]}`)}, nil
	default:
		return Answer{Status: 200, Body: []byte(`{"data":[` + row + `]}`)}, nil
	}
	return Answer{Status: status, Body: fmt.Appendf(nil, `{"status":%d}`, status)}, nil
}

// TestRehearseLearnsFromTheTiersOwnRows: what one tier is asked with, it was told before.
func TestRehearseLearnsFromTheTiersOwnRows(t *testing.T) {
	m := &memory{}
	examples, err := Rehearse(t.Context(), config(t), m.ask)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for path, list := range examples.of {
		for _, x := range list {
			if x.Answer.Status == 200 {
				got[path] = append(got[path], x.Request.Tier+" "+x.Request.Target)
			}
		}
	}
	want := map[string][]string{
		"/word": {"LOW /word?q=a%2Fb+c", "HIGH /word?q=a%2Fb+c"}, "/origin": {"HIGH /origin?o=old+norse"}, "/all": {"LOW /all", "HIGH /all"},
		"/word/{id}": {"LOW /word/7", "HIGH /word/7"}, "/plans": {"LOW /plans", "HIGH /plans"}, "/usage": {"LOW /usage", "HIGH /usage"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, r := range m.asked {
		if r.Tier != "HIGH" && strings.Contains(r.Target, "norse") {
			t.Errorf("tier %q is asked with what it does not see: %s", r.Tier, r.Target)
		}
	}
	if len(m.asked) > 100 {
		t.Errorf("%d questions", len(m.asked))
	}
}

func TestRehearseTellsWhatFails(t *testing.T) {
	m := &memory{err: errors.New("gone")}
	if _, err := Rehearse(t.Context(), config(t), m.ask); err == nil || !strings.Contains(err.Error(), "as tier LOW: asking") {
		t.Errorf("error %v", err)
	}
	open := func(ctx context.Context, r Request) (Answer, error) {
		r.Tier = max(r.Tier, "HIGH") // lets everybody in
		return (&memory{}).ask(ctx, r)
	}
	if _, err := Rehearse(t.Context(), config(t), open); err == nil || !strings.Contains(err.Error(), "status 200, want 403") {
		t.Errorf("an open door is documented: %v", err)
	}
}

// TestPortablePatterns: what means the same in ECMA-262 is told as a pattern of the whole value, the rest is not.
func TestPortablePatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		`^\d{1,3}$`: `^\d{1,3}$`, `\d{1,3}`: `^(?:\d{1,3})$`, `^(II|III)$`: `^(II|III)$`, `^a|b$`: `^(?:^a|b$)$`, `^[1-9]\d*$`: `^[1-9]\d*$`,
		`(?i)[a-z]{4}`: "", `\p{L}+`: "", `\Aa\z`: "", `[[:alpha:]]`: "", `\x{10FFFF}`: "", `(?P<x>a)`: "", `a(?:b)?`: `^(?:a(?:b)?)$`, `(`: "",
	} {
		if got, ok := portable(pattern); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", pattern, got, ok, want)
		}
	}
}

// TestPortableMeansTheSame compares on generated text.
func TestPortableMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`\^?(a|b|[ab]\+|\(a\|b\)|a\|b){1,4}\$?`).Draw(t, "pattern")
		text := rapid.StringMatching(`[ab\n]{0,5}`).Draw(t, "text")
		whole, ok := portable(pattern)
		if !ok {
			t.Skip()
		}
		served := regexp.MustCompile(`\A(?:` + pattern + `)\z`).MatchString(text)
		if told := regexp.MustCompile(whole).MatchString(text); told != served {
			t.Errorf("%s as %s takes %q: %v, served %v", pattern, whole, text, told, served)
		}
	})
}

func TestSettledReplacesWhatIsNewEachTime(t *testing.T) {
	body := `{"request_id":"abcdefghijklmnopqrstuvwx","meta":{"next_cursor":"A_b-9"},"text":"\"request_id\":\"abcdefghijklmnopqrstuvwx\"","none":{"next_cursor":null}}`
	want := `{"request_id":"aaaaaaaaaaaaaaaaaaaaaaaa","meta":{"next_cursor":"cursor-of-the-next-page"},"text":"\"request_id\":\"abcdefghijklmnopqrstuvwx\"","none":{"next_cursor":null}}`
	if got := string(Settled([]byte(body))); got != want {
		t.Error(got)
	}
}

// TestObjectKeepsOrderAndText: names and values come back as they went in, in their order.
func TestObjectKeepsOrderAndText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfDistinct(rapid.String(), func(s string) string { return s }).Draw(t, "names")
		var o object
		for _, name := range names {
			o = append(o, member{name, name})
		}
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		decoder, got := json.NewDecoder(strings.NewReader(string(text))), []string{}
		for {
			token, err := decoder.Token()
			if err != nil {
				break
			}
			if s, ok := token.(string); ok {
				got = append(got, s)
			}
		}
		want := []string{}
		for _, name := range names {
			clean := strings.ToValidUTF8(name, "\uFFFD")
			want = append(want, clean, clean)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestOperationIDsAreWords(t *testing.T) {
	for path, want := range map[string]string{"/v1/a/{b}": "get_v1_a_by_b", "/openapi.json": "get_openapi_json", "/v1/x~y": "get_v1_x_y"} {
		if got := wordOf(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	b := builder{Config: Config{Description: &dataset.Description{Endpoints: []dataset.Endpoint{{Path: "/v1/a-b"}, {Path: "/v1/a_b"}, {Path: "/v1/a.b"}}}}}
	for path, want := range map[string]string{"/v1/a-b": "get_v1_a_b", "/v1/a_b": "get_v1_a_b_2", "/v1/a.b": "get_v1_a_b_3"} {
		if got := b.operationID(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
