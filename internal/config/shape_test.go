package config

import (
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

func TestLooksSecret(t *testing.T) {
	for _, v := range []string{
		goodSecret, goodKey, "3f1c9a70-2f44-11ee-be56-0242ac120002", "9F86D081884C7D659A2FEAA0C55AD015",
		"ghp_abcdefghijklmnopqrst", "-----BEGIN PRIVATE KEY-----", "https://user:hunter2@example.com",
		"eyJhbGciOiJIUzI1NiJ9.e30.abc", "key=" + goodSecret, "AKIA" + "IOSFODNN7ABCDEFG",
	} {
		if !looksSecret(v) {
			t.Errorf("%q does not look like a secret", v)
		}
	}
	for _, v := range []string{
		"", "prod", ":8080", "127.0.0.1:8080", "api.example.com", "a1b2c3d4e5f6g7h8i9.execute-api.example.com",
		"/var/lib/sallyport/3f1c9a702f4411ee", "data/cosing-2021-12-15.db", "X-RapidAPI-Proxy-Secret",
		"X-My-Company-Api-Gateway-V2-Plan", "https://app.example.com:8443", "2001:db8::/32", "plan2024enterprise1",
		"ULTRA", "1500ms", "365d",
	} {
		if looksSecret(v) {
			t.Errorf("%q looks like a secret", v)
		}
	}
}

func TestEveryGeneratedSecretLooksLikeOne(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		s := Generate()
		if err := s.Validate(); err != nil || seen[s.Reveal()] || len(s.Reveal()) < MinKeyLength {
			t.Fatalf("not usable, or twice: %v", err)
		}
		seen[s.Reveal()] = true
	}
}

func TestValuesAreShownAsTheFileTakesThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := Size(rapid.Int64Range(0, 1<<40).Draw(t, "size"))
		if back, err := parseSize(size.String()); err != nil || back != size {
			t.Fatalf("%s is read as %d, %v", size, back, err)
		}
		d := rapid.Int64Range(0, 1<<50).Draw(t, "duration")
		for _, unit := range []int64{1, 1e9, 60e9, 3600e9, 86400e9} {
			text := formatDuration(time.Duration(d / unit * unit))
			if back, err := parseDuration(text); err != nil || back != time.Duration(d/unit*unit) {
				t.Fatalf("%s is read as %s, %v", text, back, err)
			}
		}
	})
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"listen", "listne", 2}, {"listen", "lisen", 1}, {"kitten", "sitting", 3}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z_]{0,12}`)
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		if d := distance(a, b); d != distance(b, a) || d > max(len(a), len(b)) || (d == 0) != (a == b) {
			t.Fatalf("distance(%q, %q) = %d", a, b, d)
		}
	})
}

// Whatever the file holds, loading ends with a configuration or with mistakes that name lines of the file,
// and no mistake repeats a secret that stands in it.
func FuzzFile(f *testing.F) {
	for _, s := range []string{
		"", "env: prod\n", "a: &x [*x]\n", "tiers: [{name: A, limits: [{name: m, quota: 1, window: 1s}]}]",
		"server: {max_url: 2KiB}\nhosts: [a, b]\n", "? {a: b}\n: c\n", "hosts: !!set {a, b}", "- - - a", "tier_aliases: {? x : y}",
		"%TAG ! tag:a,2000:\n---\nlisten: !x y\n", "log: {level: \"\\u2028\"}", "\"a\\nb\": 1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(text, "SECRET", otherSecret)
		l := newLoader(Options{})
		l.bindFile("f.yaml", []byte(text))
		if l.config.Path != "" {
			l.settleEnv()
			l.setDefaults()
			l.resolvePaths()
			l.validate()
		}
		for _, e := range l.errs {
			if message := e.Error(); strings.Contains(message, otherSecret) || strings.ContainsAny(message, "\n\r\x00") {
				t.Fatalf("message %q", message)
			}
			if lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1; e.Origin.Line > lines+1 && !strings.ContainsAny(text, "\u0085\u2028\u2029") {
				t.Fatalf("line %d of %d", e.Origin.Line, lines)
			}
		}
		var any map[string]any
		if len(l.errs) == 0 && !allPositive(l.config) {
			t.Fatalf("taken without limits: %+v", l.config.Settings)
		}
		if len(l.errs) == 0 && l.config.Path != "" && !emptyDocument([]byte(text)) && yaml.Load([]byte(text), &any) != nil {
			t.Fatalf("taken, although YAML refuses it")
		}
	})
}

// allPositive says whether nothing in a configuration is without limit.
func allPositive(c *Config) bool {
	for _, t := range c.Tiers {
		if len(t.Limits) == 0 || t.InFlight < 1 || t.Limits[0].Quota < 1 || t.Limits[0].Window < time.Second {
			return false
		}
	}
	s := c.Server
	return len(c.Tiers) > 0 && len(c.Hosts) > 0 && s.MaxConnections > 0 && c.FailureBudget.Quota > 0 && c.Query.MaxBytes > 0 &&
		min(s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout, s.DrainTimeout, c.Query.Deadline) > 0
}
