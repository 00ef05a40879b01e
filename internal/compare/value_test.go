package compare

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestNumbersAreComparedByValue holds the comparison to exact arithmetic.
func TestNumbersAreComparedByValue(t *testing.T) {
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,4})(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		a := number.Draw(t, "a")
		b := rapid.OneOf(number, rapid.SampledFrom([]string{a, a + "0", a + "e0", strings.Replace(a, ".", "0.", 1)})).Draw(t, "b")
		if !json.Valid([]byte(a)) || !json.Valid([]byte(b)) {
			t.Skip("no number")
		}
		x, okX := new(big.Rat).SetString(a)
		y, okY := new(big.Rat).SetString(b)
		if !okX || !okY {
			t.Skip("no number")
		}
		if got, want := sameNumber(json.Number(a), json.Number(b)), x.Cmp(y) == 0; got != want {
			t.Errorf("%s and %s are the same: %v, want %v", a, b, got, want)
		}
	})
}

// TestHugeExponentsCostNothing: they are told apart by their spelling.
func TestHugeExponentsCostNothing(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1e999999999999", "1e999999999999", true}, {"1e999999999999", "10e999999999998", false},
		{"1e1000000000", "10e999999999", true}, {"0e999999999999", "0", true}, {"1e-2147483648", "1", false},
	} {
		if got := sameNumber(json.Number(c.a), json.Number(c.b)); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

func TestDeepBodiesAreNotDescended(t *testing.T) {
	for depth, ok := range map[int]bool{maxDepth - 1: true, maxDepth + 1: false, 1 << 20: false} {
		if _, err := decode([]byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))); (err == nil) != ok {
			t.Errorf("depth %d: %v", depth, err)
		}
	}
}

// FuzzDecode: what is read means the same as to encoding/json, and is equal to itself.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`{"a":[1,2.5e3,null,true,"x"]}`, `{"a":1,"a":2}`, `[`, `1 2`, `"\ud800"`, "\xff", `{"":{}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		value, err := decode(body)
		if err != nil {
			return
		}
		if !json.Valid(body) {
			t.Fatalf("%q is read, and is no JSON", body)
		}
		compareValues(func(at Place, a, b string) { t.Errorf("%s: %s is not %s", at, a, b) }, nil, value, value)
	})
}

// FuzzReadRequests: what is accepted is sent as it is written.
func FuzzReadRequests(f *testing.F) {
	for _, text := range []string{"GET /v1/a?q=%zz", `{"path":"/","headers":{"A":"b"},"body":{"x":1}}`, "# x\n\nPOST /a", "GET //x", `{"path":"/a\r\nX: y"}`} {
		f.Add(text)
	}
	to := Server{URL: &url.URL{Scheme: "http", Host: "example.com"}, Header: http.Header{}}
	f.Fuzz(func(t *testing.T, text string) {
		requests, err := ReadRequests(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, request := range requests {
			out, err := newHTTPRequest(t.Context(), to, request)
			if err != nil {
				t.Fatalf("%q cannot be sent: %v", request.Path, err)
			}
			var wire strings.Builder
			if err := out.Write(&wire); err != nil {
				t.Fatalf("%q cannot be sent: %v", request.Path, err)
			}
			if line := fmt.Sprintf("%s %s HTTP/1.1\r\n", request.Method, request.Path); !strings.HasPrefix(wire.String(), line) {
				t.Fatalf("%q is not sent as it is written: %q", line, wire.String())
			}
		}
	})
}

// FuzzPlace: a place that is read is written so that it reads the same, and covers itself.
func FuzzPlace(f *testing.F) {
	for _, text := range []string{"status", "body", "/a/*/b", "body /a~1b/~0", "/**", "header X-A", "location", "/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		place, err := ParsePlace(text)
		if err != nil {
			return
		}
		again, err := ParsePlace(place.String())
		if err != nil || !place.covers(again) || !again.covers(place) {
			t.Errorf("%q reads as %q, and that not the same (%v)", text, place, err)
		}
	})
}
