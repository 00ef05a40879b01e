package serve

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sallyport/internal/dataset"
)

var (
	testKey = []byte("0123456789abcdef0123456789abcdef")
	testNow = time.Date(2026, 1, 15, 12, 3, 0, 0, time.UTC)
)

func testSealer(t testing.TB) *sealer {
	t.Helper()
	s, err := newSealer(testKey, "generation")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCursorRoundTrip(t *testing.T) {
	s := testSealer(t)
	rapid.Check(t, func(t *rapid.T) {
		want := place{
			op:     dataset.Op(rapid.StringN(0, 20, 40).Draw(t, "op")),
			number: rapid.IntRange(2, 1<<40).Draw(t, "number"),
			after: dataset.Position{
				Sort: rapid.StringN(0, 100, 2000).Draw(t, "sort"),
				ID:   rapid.Int64().Draw(t, "id"),
			},
		}
		binding := rapid.SliceOf(rapid.Byte()).Draw(t, "binding")
		token, err := s.seal(want, binding, testNow)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.open(token, binding, testNow)
		if err != nil || got != want {
			t.Fatalf("%+v came back as %+v, %v", want, got, err)
		}
		if _, err := s.open(token, append(binding, 0), testNow); !errors.Is(err, errCursor) {
			t.Fatalf("another binding: %v", err)
		}
	})
}

// The bits after the last byte are no place to hide another spelling of a cursor.
func TestCursorHasOneSpelling(t *testing.T) {
	s := testSealer(t)
	for _, sort := range []string{"", "a", "ab", "abc"} {
		token, err := s.seal(place{dataset.OpAll, 2, dataset.Position{Sort: sort, ID: 1}}, nil, testNow)
		if err != nil {
			t.Fatal(err)
		}
		for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=" {
			if other := token[:len(token)-1] + string(last); other != token {
				if _, err := s.open(other, nil, testNow); err == nil {
					t.Errorf("%s was opened as %s", other, token)
				}
			}
		}
		if _, err := s.open(token+"\n", nil, testNow); err == nil {
			t.Error("a line break was ignored")
		}
	}
}

func TestCursorLife(t *testing.T) {
	s := testSealer(t)
	p := place{dataset.OpAll, 2, dataset.Position{ID: 1}}
	token, err := s.seal(p, nil, testNow)
	if err != nil {
		t.Fatal(err)
	}
	same, _ := s.seal(p, nil, testNow.Add(time.Minute))
	other, _ := s.seal(p, nil, testNow.Add(cursorStep))
	if token != same || token == other {
		t.Error("a cursor changes with every step, and not within one")
	}
	for after, want := range map[time.Duration]bool{
		0: true, cursorLife: true, cursorLife + 2*time.Minute - time.Second: true, cursorLife + 2*time.Minute: false, 1000 * time.Hour: false,
	} {
		if _, err := s.open(token, nil, testNow.Add(after)); (err == nil) != want {
			t.Errorf("after %s: %v", after, err)
		}
	}
}

func TestCursorOfAPlaceThatIsTooLong(t *testing.T) {
	s := testSealer(t)
	p := place{dataset.OpAll, 2, dataset.Position{Sort: strings.Repeat("가", 2000), ID: 1}}
	if token, err := s.seal(p, nil, testNow); err != nil || len(token) > maxCursor {
		t.Errorf("a name of 2000 characters: %d characters, %v", len(token), err)
	}
	p.after.Sort = strings.Repeat("x", maxCursor)
	if _, err := s.seal(p, nil, testNow); !errors.Is(err, errLongCursor) {
		t.Errorf("error %v", err)
	}
}

// What was sealed by the right key is still read with care: another version of this program may have sealed it.
func TestPlacesThatCannotBeRead(t *testing.T) {
	good := []byte{cursorVersion, 2, 2, 2, 0, 's'}
	if p, expiry, ok := parsePlace(good); !ok || expiry != 1 || cmp.Diff(p, place{"", 2, dataset.Position{Sort: "s", ID: 1}}, cmp.AllowUnexported(place{})) != "" {
		t.Fatalf("%+v, %d, %v", p, expiry, ok)
	}
	for name, plain := range map[string][]byte{
		"empty": {}, "version alone": {cursorVersion}, "another version": {cursorVersion + 1, 2, 2, 2, 0},
		"cut": good[:3], "operator longer than the rest": {cursorVersion, 2, 2, 2, 9, 'x'},
		"first page": {cursorVersion, 2, 1, 2, 0}, "overlong number": append([]byte{cursorVersion}, []byte(strings.Repeat("\xff", 12))...),
	} {
		if _, _, ok := parsePlace(plain); ok {
			t.Errorf("%s was read", name)
		}
	}
}

func FuzzCursorOpen(f *testing.F) {
	s := testSealer(f)
	token, err := s.seal(place{dataset.OpPrefix, 3, dataset.Position{Sort: "GLYCERIN", ID: 7}}, []byte("binding"), testNow)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(token[:len(token)-4])
	f.Add("")
	f.Add(strings.Repeat("A", 64))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := s.open(text, []byte("binding"), testNow)
		switch {
		case err == nil && text != token:
			t.Errorf("a cursor that nobody made was opened: %+v", p)
		case err != nil && !errors.Is(err, errCursor):
			t.Errorf("error %v", err)
		}
	})
}

func FuzzCursorPlace(f *testing.F) {
	f.Add([]byte{cursorVersion, 2, 2, 2, 0, 's'})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, plain []byte) {
		p, _, ok := parsePlace(plain)
		if ok && (p.number < 2 || len(p.after.Sort)+len(p.op) > len(plain)) {
			t.Errorf("%x became %+v", plain, p)
		}
	})
}

var sinkCursor string

func BenchmarkCursorSeal(b *testing.B) {
	s := testSealer(b)
	b.ReportAllocs()
	for b.Loop() {
		sinkCursor, _ = s.seal(place{dataset.OpPrefix, 3, dataset.Position{Sort: "GLYCERIN", ID: 7}}, []byte("binding"), testNow)
	}
	if _, err := base64.RawURLEncoding.DecodeString(sinkCursor); err != nil {
		b.Fatal(err)
	}
}
