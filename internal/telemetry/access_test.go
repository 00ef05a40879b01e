package telemetry

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport"
	"sallyport/limit"
)

func hashKey() []byte { return []byte("0123456789abcdef0123456789abcdef") }

func wholeRecord() sallyport.Record {
	return sallyport.Record{
		Time: time.Date(2026, 2, 3, 4, 5, 6, 7_890_000, time.FixedZone("", 3600)), RequestID: "01JABC", Method: "GET",
		Route: "/v1/ingredient/{ref}", Status: 200, Duration: 1234567 * time.Nanosecond, Bytes: 512, Tier: "PRO",
		Customer: "someone", Client: netip.MustParseAddr("2001:db8::1"), HTTPS: true,
		Limit: limit.State{Policy: "minute", Quota: 60, Remaining: 59, Reset: time.Second},
		Sent:  sallyport.Sent{Query: "q=aqua&token=\r\nsecret", UserAgent: "curl/8.0\x1b[31m", Marketplace: true},
		Grant: sallyport.Grant{TierFrom: sallyport.TierFromHeader, Cost: 2, Cache: "hit"},
	}
}

// logged returns what the access log writes of records.
func logged(t testing.TB, records ...sallyport.Record) string {
	t.Helper()
	return shown(t, AccessConfig{Client: ShowFull, Customer: ShowHash}, records...)
}

func shown(t testing.TB, c AccessConfig, records ...sallyport.Record) string {
	t.Helper()
	var out bytes.Buffer
	c.HashKey = hashKey()
	log, err := NewAccessLog(&out, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		log.Write(r)
	}
	if err := log.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFieldsOfALine(t *testing.T) {
	failed := wholeRecord()
	failed.Status, failed.Err, failed.Refusal = 500, errors.New("disk\nfull"), sallyport.RefusedNoSecret
	refused := wholeRecord()
	refused.Status, refused.Err, refused.Refusal = 403, errors.New("not for the log"), sallyport.RefusedSecret
	for name, tt := range map[string]struct {
		record sallyport.Record
		want   string
	}{
		"whole": {wholeRecord(), `{"time":"2026-02-03T03:05:06.007Z","request_id":"01JABC","method":"GET","route":"/v1/ingredient/{ref}",` +
			`"status":200,"duration_ms":1.234,"bytes":512,"tier":"PRO","customer":"cd9c4076b0722200","client":"2001:db8::1",` +
			`"limit":{"policy":"minute","remaining":59},"cost":2,"cache":"hit"}`},
		"zero": {sallyport.Record{}, `{"time":"0001-01-01T00:00:00.000Z","request_id":"","method":"","status":0,"duration_ms":0.000,"bytes":0}`},
		"failed": {failed, `{"time":"2026-02-03T03:05:06.007Z","request_id":"01JABC","method":"GET","route":"/v1/ingredient/{ref}",` +
			`"status":500,"duration_ms":1.234,"bytes":512,"tier":"PRO","customer":"cd9c4076b0722200","client":"2001:db8::1",` +
			`"limit":{"policy":"minute","remaining":59},"cost":2,"cache":"hit","refusal":"no-secret","error":"disk\u000afull"}`},
		"refused": {refused, `{"time":"2026-02-03T03:05:06.007Z","request_id":"01JABC","method":"GET","route":"/v1/ingredient/{ref}",` +
			`"status":403,"duration_ms":1.234,"bytes":512,"tier":"PRO","customer":"cd9c4076b0722200","client":"2001:db8::1",` +
			`"limit":{"policy":"minute","remaining":59},"cost":2,"cache":"hit","refusal":"secret"}`},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want+"\n", logged(t, tt.record)); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQuietRecordsAreNotLogged(t *testing.T) {
	r := wholeRecord()
	r.Quiet = true
	if got := logged(t, r); got != "" {
		t.Errorf("logged %s", got)
	}
}

func TestCustomersAreHashed(t *testing.T) {
	a, b := wholeRecord(), wholeRecord()
	b.Customer = "somebody"
	lines := strings.Split(logged(t, a, b, a), "\n")
	if strings.Contains(lines[0], "someone") || lines[0] == lines[1] || lines[0] != lines[2] {
		t.Errorf("lines:\n%s", strings.Join(lines, "\n"))
	}
	for _, key := range [][]byte{nil, {}, []byte("short")} {
		if _, err := NewAccessLog(io.Discard, AccessConfig{HashKey: key}); err == nil {
			t.Errorf("customers are hashed with the key %q", key)
		}
	}
}

// Each switch shows its value and no other.
func TestSwitchesShowWhatTheySay(t *testing.T) {
	for key, tt := range map[string]struct {
		set  func(*AccessConfig, Show)
		full string
	}{
		"query":      {func(c *AccessConfig, s Show) { c.Query = s }, `q=aqua&token=\u000d\u000asecret`},
		"user_agent": {func(c *AccessConfig, s Show) { c.UserAgent = s }, `curl/8.0\u001b[31m`},
		"client":     {func(c *AccessConfig, s Show) { c.Client = s }, "2001:db8::1"},
		"customer":   {func(c *AccessConfig, s Show) { c.Customer = s }, "someone"},
	} {
		nothing := shown(t, AccessConfig{}, wholeRecord())
		if strings.Contains(nothing, tt.full) || strings.Contains(nothing, `"`+key+`"`) {
			t.Errorf("%s is shown without its switch: %s", key, nothing)
		}
		var c AccessConfig
		tt.set(&c, ShowFull)
		full := shown(t, c, wholeRecord())
		if !strings.Contains(full, `"`+key+`":"`+tt.full+`"`) {
			t.Errorf("%s is not shown in full: %s", key, full)
		}
		tt.set(&c, ShowHash)
		hashed := shown(t, c, wholeRecord())
		if strings.Contains(hashed, tt.full) || !regexp.MustCompile(`"`+key+`":"[0-9a-f]{16}"`).MatchString(hashed) {
			t.Errorf("%s is not shown by its hash: %s", key, hashed)
		}
	}
}

func TestCustomerIsShownAsInTheLines(t *testing.T) {
	for show, want := range map[Show]string{ShowNothing: "", ShowHash: "cd9c4076b0722200", ShowFull: "someone"} {
		log, err := NewAccessLog(io.Discard, AccessConfig{HashKey: hashKey(), Customer: show})
		if err != nil {
			t.Fatal(err)
		}
		if got := log.Customer("someone"); got != want {
			t.Errorf("shown as %q, want %q", got, want)
		}
	}
}

func TestACancelledRequestSaysSo(t *testing.T) {
	r := wholeRecord()
	r.Cancelled = true
	if got := logged(t, r); !strings.Contains(got, `"cancelled":true`) {
		t.Error(got)
	}
}

func TestClientsWordsAreBoundedAndEscaped(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"quote":            {`a"b\c`, `a\"b\\c`},
		"line break":       {"a\r\nb", `a\u000d\u000ab`},
		"control":          {"a\x00\x1b[31m\x7f", `a\u0000\u001b[31m\u007f`},
		"line separator":   {"a\u2028b\u2029", `a\u2028b\u2029`},
		"next line":        {"a\u0085b", `a\u0085b`},
		"reordering":       {"a\u202eb", `a\u202eb`},
		"invalid":          {"a\xffb\xc3", `a\ufffdb\ufffd`},
		"Korean":           {"정", `\uc815`},
		"beyond the plane": {"😀", `\ud83d\ude00`},
		"long":             {strings.Repeat("a", 100), strings.Repeat("a", maxMethod) + "..."},
		"cut in a rune":    {strings.Repeat("a", maxMethod-1) + "정정", strings.Repeat("a", maxMethod-1) + "..."},
		"cut after a rune": {strings.Repeat("a", maxMethod-3) + "정정", strings.Repeat("a", maxMethod-3) + `\uc815...`},
		"just as long":     {strings.Repeat("a", maxMethod), strings.Repeat("a", maxMethod)},
	} {
		t.Run(name, func(t *testing.T) {
			got := string(appendString(nil, tt.text, maxMethod))
			if diff := cmp.Diff(`"`+tt.want+`"`, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestZoneOfAnAddressIsNotLogged(t *testing.T) {
	r := wholeRecord()
	r.Client = netip.MustParseAddr("fe80::1").WithZone("a\"\n")
	if got := logged(t, r); !strings.Contains(got, `"client":"fe80::1"`) {
		t.Errorf("logged %s", got)
	}
}

type decoded struct {
	Time       time.Time `json:"time"`
	RequestID  string    `json:"request_id"`
	Method     string    `json:"method"`
	Route      string    `json:"route"`
	Status     int       `json:"status"`
	DurationMS float64   `json:"duration_ms"`
	Bytes      int64     `json:"bytes"`
	Tier       string    `json:"tier"`
	Customer   string    `json:"customer"`
	Client     string    `json:"client"`
	Query      string    `json:"query"`
	UserAgent  string    `json:"user_agent"`
	Limit      struct {
		Policy    string `json:"policy"`
		Remaining int64  `json:"remaining"`
	} `json:"limit"`
	Refusal string `json:"refusal"`
	Error   string `json:"error"`
}

// Whatever a record holds, its line is one line of printable ASCII, and JSON with the fields of the
// documentation and their values.
func FuzzRecordIsOneLineOfJSON(f *testing.F) {
	f.Add("id", "GET", "/v1/{ref}", "PRO", "someone", "minute", "secret", "disk full", 500, int64(1), int64(2), int64(3))
	f.Add("a\nb", "G\"T", "\u2028", "\xff", "\x00", "}", "\\", "\U0001f600", 0, int64(-1), int64(-1), int64(-1))
	f.Add(strings.Repeat("정", 400), strings.Repeat("x", 25), "", "", "", "", "", strings.Repeat("\x1b", 600), 503, int64(1)<<62, int64(0), int64(1)<<40)
	f.Fuzz(func(t *testing.T, id, method, route, tier, customer, policy, refusal, message string, status int, bytesOut, remaining, nanos int64) {
		r := sallyport.Record{Time: time.UnixMilli(nanos & (1<<47 - 1)).UTC(), RequestID: id, Method: method, Route: route, Status: status,
			Duration: time.Duration(nanos), Bytes: bytesOut, Tier: tier, Customer: customer, Refusal: sallyport.Refusal(refusal),
			Limit: limit.State{Policy: policy, Remaining: remaining}, Sent: sallyport.Sent{Query: message, UserAgent: route}, Err: errors.New(message), Client: netip.AddrFrom4([4]byte{byte(nanos), 0, 0, 1})}
		l := &line{show: &AccessConfig{Query: ShowFull, UserAgent: ShowHash, Client: ShowFull, Customer: ShowHash}, mac: hmac.New(sha256.New, hashKey())}
		text := l.appendRecord(nil, &r)
		body, found := bytes.CutSuffix(text, []byte("\n"))
		if !found || bytes.ContainsFunc(body, func(c rune) bool { return c < ' ' || c > '~' }) {
			t.Fatalf("not one line of printable ASCII: %q", text)
		}
		var got decoded
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&got); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		want := decoded{Time: r.Time, RequestID: plain(got.RequestID, id, maxRequestID), Method: plain(got.Method, method, maxMethod), Route: plain(got.Route, route, maxRoute), Status: status,
			DurationMS: float64(max(r.Duration, 0).Microseconds()) / 1000, Bytes: bytesOut, Tier: plain(got.Tier, tier, maxName),
			Customer: got.Customer, UserAgent: got.UserAgent, Query: plain(got.Query, message, maxQuery), Client: r.Client.String(), Refusal: plain(got.Refusal, refusal, maxName)}
		if (customer == "") != (got.Customer == "") || len(got.Customer)%16 != 0 {
			t.Fatalf("customer %q is logged as %q", customer, got.Customer)
		}
		if policy != "" {
			want.Limit.Policy, want.Limit.Remaining = plain(got.Limit.Policy, policy, maxName), remaining
		}
		if status >= 500 {
			want.Error = plain(got.Error, message, maxError)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%s", diff, body)
		}
	})
}

// plain returns text as a reader of the log gets it back: each invalid byte is U+FFFD. Of a text that is cut,
// the cut may leave out up to three bytes more, the beginning of a character; got is then returned.
func plain(got, text string, limit int) string {
	if len(text) <= limit {
		return string([]rune(text))
	}
	for short := range 4 {
		if want := string([]rune(text[:limit-short])) + "..."; want == got {
			return got
		}
	}
	return string([]rune(text[:limit])) + "..."
}

func BenchmarkWrite(b *testing.B) {
	for _, r := range []struct {
		name   string
		record sallyport.Record
	}{{"answer", wholeRecord()}, {"refusal", sallyport.Record{Time: time.Now(), RequestID: "01JABC", Method: "GET", Status: 403,
		Client: netip.MustParseAddr("192.0.2.1"), Refusal: sallyport.RefusedSecret}}} {
		b.Run(r.name, func(b *testing.B) {
			log, err := NewAccessLog(io.Discard, AccessConfig{HashKey: hashKey(), Query: ShowFull, UserAgent: ShowHash, Client: ShowFull, Customer: ShowHash})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				log.Write(r.record)
			}
			b.ReportMetric(float64(log.Dropped())/float64(b.N), "dropped/op")
			log.Close(context.Background())
		})
	}
}

func ExampleAccessLog() {
	var out bytes.Buffer
	log, err := NewAccessLog(&out, AccessConfig{HashKey: []byte("a key that SALLYPORT_KEY derives")})
	if err != nil {
		fmt.Println(err)
		return
	}
	log.Write(sallyport.Record{Time: time.Unix(0, 0), RequestID: "1", Method: "GET", Route: "/health", Status: 200})
	log.Close(context.Background())
	fmt.Print(out.String())
	// Output: {"time":"1970-01-01T00:00:00.000Z","request_id":"1","method":"GET","route":"/health","status":200,"duration_ms":0.000,"bytes":0}
}
