package alert

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCleanMakesTextHarmless(t *testing.T) {
	for name, tt := range map[string]struct{ text, line, lines string }{
		"plain":        {"a b", "a b", "a b"},
		"breaks":       {"a\nb\tc", "a b c", "a\nb\tc"},
		"windows":      {"a\r\nb", "a b", "a\nb"},
		"return":       {"a\rb", `a\u000db`, `a\u000db`},
		"terminal":     {"\x1b[31m\x00\x7f", `\u001b[31m\u0000\u007f`, `\u001b[31m\u0000\u007f`},
		"reordering":   {"a\u202egpj.exe\u2066", `a\u202egpj.exe\u2066`, `a\u202egpj.exe\u2066`},
		"separators":   {"a\u2028b\u0085c", `a\u2028b\u0085c`, `a\u2028b\u0085c`},
		"hidden":       {"a\u200b\ufeff\u00adb", `a\u200b\ufeff\u00adb`, `a\u200b\ufeff\u00adb`},
		"tag":          {"a\U000e0041", `a\ue0041`, `a\ue0041`},
		"wide space":   {"a\u00a0b\u3000c", "a b c", "a b c"},
		"invalid":      {"a\xffb\xed\xa0\x80", "a\ufffdb\ufffd\ufffd\ufffd", "a\ufffdb\ufffd\ufffd\ufffd"},
		"emoji joined": {"👩‍👩‍👧", "👩‍👩‍👧", "👩‍👩‍👧"},
		"Persian":      {"می\u200cخواهم", "می\u200cخواهم", "می\u200cخواهم"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]string{tt.line, tt.lines}, []string{clean(tt.text, false), clean(tt.text, true)}); diff != "" {
				t.Errorf("one line and several (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCutKeepsCharactersWhole(t *testing.T) {
	for name, tt := range map[string]struct {
		text  string
		limit int
		want  string
	}{
		"fits":             {"abc", 3, "abc"},
		"too long":         {"abcd", 3, "abc"},
		"nothing fits":     {"abc", 0, ""},
		"negative":         {"abc", -5, ""},
		"surrogates":       {"ab😀", 3, "ab"},
		"accent":           {"abe\u0301", 3, "ab"},
		"accent fits":      {"abe\u0301", 4, "abe\u0301"},
		"variation":        {"ab❤\ufe0f", 3, "ab"},
		"skin":             {"a👍🏽", 3, "a"},
		"family":           {"a👩‍👩‍👧", 8, "a"},
		"flags":            {"🇩🇪🇫🇷", 6, "🇩🇪"},
		"flags and letter": {"🇩🇪a🇫🇷", 7, "🇩🇪a"},
		"Korean":           {"a\u1112\u1161\u11ab", 3, "a"},
		"Hindi":            {"aनि", 2, "a"},
		"endless accents":  {"a" + strings.Repeat("\u0301", 4000), 1000, "a" + strings.Repeat("\u0301", 970)},
	} {
		t.Run(name, func(t *testing.T) {
			got, isCut := cutUnits(tt.text, tt.limit)
			if name == "endless accents" {
				if len(utf16.Encode([]rune(got))) < 900 || !utf8.ValidString(got) {
					t.Errorf("%d units are left", len(utf16.Encode([]rune(got))))
				}
				return
			}
			if got != tt.want || isCut != (got != tt.text) {
				t.Errorf("%q, cut: %t, want %q", got, isCut, tt.want)
			}
		})
	}
}

// hostile draws texts of characters that have to do with lengths, joins and markup.
func hostile() *rapid.Generator[string] {
	parts := []string{"a", "é", "e\u0301", "정", "\u1112\u1161", "😀", "👩‍👩‍👧", "🇩🇪", "👍🏽", "\u0301", "\u200d", "\u202e", "\x00", "\xff", "\xed\xa0",
		"@everyone", "<!channel>", "`", "```", "*_~[](", "</b>", "&", "\\", "/stop", "#x", " ", "\n", "http://example.org", strings.Repeat("long ", 200)}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 60).Draw(t, "parts"), "") + rapid.String().Draw(t, "rest")
	})
}

func hostileAlert() *rapid.Generator[Alert] {
	return rapid.Custom(func(t *rapid.T) Alert {
		text := hostile()
		return Alert{
			Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), Severity: Severity(rapid.IntRange(-1, 5).Draw(t, "severity")),
			Time: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "time"), 0), Title: text.Draw(t, "title"),
			Detail: strings.Repeat(text.Draw(t, "detail"), rapid.IntRange(0, 20).Draw(t, "times")), Next: text.Draw(t, "next"),
			Count: rapid.Int64().Draw(t, "count"), Window: time.Duration(rapid.Int64().Draw(t, "window")),
			RequestID: text.Draw(t, "request"), Deployment: text.Draw(t, "deployment"), ID: text.Draw(t, "id"), Fingerprint: text.Draw(t, "fingerprint"),
		}
	})
}

// TestUnitsAreThoseOfUTF16 compares the own counting and cutting with the encoder of the standard library.
func TestUnitsAreThoseOfUTF16(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, limit := hostile().Draw(t, "text"), rapid.IntRange(0, 300).Draw(t, "limit")
		reference := utf16.Encode([]rune(text))
		if got := units(text); got != len(reference) {
			t.Fatalf("units %d, want %d", got, len(reference))
		}
		head, isCut := cutUnits(text, limit)
		encoded := utf16.Encode([]rune(head))
		switch {
		case !strings.HasPrefix(text, head) || isCut != (head != text):
			t.Fatalf("%q is no beginning of %q, or cut: %t is wrong", head, text, isCut)
		case len(encoded) > limit:
			t.Fatalf("%d units, over %d", len(encoded), limit)
		case !slices.Equal(encoded, reference[:len(encoded)]):
			t.Fatalf("%q splits a character of %q", head, text)
		case isCut && len(encoded)+maxCluster < limit:
			t.Fatalf("%d units of %d are used", len(encoded), limit)
		}
	})
}

func TestWordsOfTime(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"1 s": time.Millisecond, "45 s": 45 * time.Second, "119 s": 119 * time.Second, "5 min": 5 * time.Minute, "119 min": 119 * time.Minute, "26 h": 26 * time.Hour,
	} {
		if got := words(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestSamplesCoverEveryKind(t *testing.T) {
	var kinds []Kind
	for _, s := range Samples("shop-api") {
		kinds = append(kinds, s.Kind)
		if !strings.HasPrefix(s.Title, "TEST ") || s.Next == "" || s.Fingerprint != "trial:"+string(s.Kind) || s.Count < 1 || s.Deployment != "shop-api" || s.Time.IsZero() {
			t.Errorf("sample %+v", s)
		}
	}
	if diff := cmp.Diff(Kinds(), kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}
