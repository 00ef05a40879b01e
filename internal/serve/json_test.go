package serve

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/internal/dataset"
)

func TestAppendString(t *testing.T) {
	for text, want := range map[string]string{
		"":                     `""`,
		"plain <b> & 'quoted'": `"plain <b> & 'quoted'"`,
		"\"\\/":                `"\"\\/"`,
		"\b\f\n\r\t\x00\x1f":   `"\u0008\u000c\n\r\t\u0000\u001f"`,
		"\x7f":                 `"\u007f"`,
		"a\u2028b\u2029c":      `"a\u2028b\u2029c"`,
		"a\xffb\xe2\x80":       "\"a\uFFFDb\uFFFD\uFFFD\"",
		"\uFFFD\U0001F4A7물":    "\"\uFFFD\U0001F4A7물\"",
	} {
		if got := string(appendString(nil, text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestAppendStringIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		var got string
		if err := json.Unmarshal(appendString(nil, text), &got); err != nil || got != strings.Join(valid(text), "") {
			t.Fatalf("%q came back as %q, %v", text, got, err)
		}
	})
}

// valid replaces each byte that is not UTF-8.
func valid(text string) []string {
	var runes []string
	for _, r := range text {
		runes = append(runes, string(r))
	}
	return runes
}

func TestAppendNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		want, err := json.Marshal(f)
		if err != nil {
			t.Skip("JSON has no such number")
		}
		var a, b float64
		if json.Unmarshal(appendNumber(nil, f), &a) != nil || json.Unmarshal(want, &b) != nil || a != b || a != f {
			t.Fatalf("%v became %s", f, appendNumber(nil, f))
		}
	})
}

func TestAppendRow(t *testing.T) {
	members := []string{`"a":`, `"b":`, `"c":`, `"d":`, `"e":`, `"f":`, `"g":`}
	for name, c := range map[string]struct {
		row  dataset.Row
		want string
	}{
		"every type":      {dataset.Row{"x", int64(-1), 1.5, true, json.RawMessage(`["y"]`), "", int64(0)}, `{"a":"x","b":-1,"c":1.5,"d":true,"e":["y"],"f":"","g":0}`},
		"absent":          {dataset.Row{nil, json.RawMessage("[]"), json.RawMessage(nil), json.RawMessage("null"), "x", nil, false}, `{"e":"x","g":false}`},
		"not in JSON":     {dataset.Row{math.NaN(), math.Inf(1), math.Inf(-1)}, `{}`},
		"unknown types":   {dataset.Row{[]byte("x"), 1, struct{}{}, "y"}, `{"d":"y"}`},
		"shorter":         {dataset.Row{"x"}, `{"a":"x"}`},
		"no value at all": {dataset.Row{nil, nil, nil, nil, nil, nil, nil}, `{}`},
	} {
		if got := string(appendRow(nil, members, c.row)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
