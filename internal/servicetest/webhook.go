package servicetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// signatureAge is how old a signature may be.
const signatureAge = 5 * time.Minute

// Sink is a server on loopback that receives webhooks. Its script can make it answer otherwise. It is safe for
// concurrent use.
type Sink struct {
	Script
	URL string // to post to

	mu         sync.Mutex
	deliveries []Delivery
	repeats    int
}

// Delivery is a body that was accepted.
type Delivery struct {
	Header   http.Header
	Body     []byte
	Mentions []string  // whom Slack or Discord would call
	Time     time.Time // of arrival
}

// Webhook starts a [Sink] that wants JSON and, when key is not empty, its signature. What comes again with an
// Idempotency-Key that it has seen is answered like the first and not delivered again.
func Webhook(t testing.TB, key string) *Sink {
	t.Helper()
	s := &Sink{}
	s.URL = s.serve(t, func(w http.ResponseWriter, r *http.Request) { s.receive(w, r, key) }) + "/hook"
	return s
}

// Deliveries returns what was accepted, in the order of arrival.
func (s *Sink) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deliveries)
}

// Repeats returns how often something came that was there already.
func (s *Sink) Repeats() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repeats
}

func (s *Sink) receive(w http.ResponseWriter, r *http.Request, key string) {
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return
	case r.Method != http.MethodPost:
		http.Error(w, "want POST", http.StatusMethodNotAllowed)
	case r.Header.Get("Content-Type") != "application/json" || !json.Valid(body):
		http.Error(w, "want JSON", http.StatusUnsupportedMediaType)
	case key != "" && !isSigned(key, r.Header.Get("Sallyport-Signature"), body, time.Now()):
		http.Error(w, "wrong signature", http.StatusUnauthorized)
	default:
		s.record(r, body, nil)
		io.WriteString(w, "thank you\n")
	}
}

func (s *Sink) record(r *http.Request, body []byte, mentions []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.Header.Get("Idempotency-Key")
	if id != "" && slices.ContainsFunc(s.deliveries, func(d Delivery) bool { return d.Header.Get("Idempotency-Key") == id }) {
		s.repeats++
		return
	}
	s.deliveries = append(s.deliveries, Delivery{r.Header.Clone(), body, mentions, time.Now()})
}

// isSigned checks t=<unix seconds>,v1=<hex of HMAC-SHA256 over "seconds.body">.
func isSigned(key, signature string, body []byte, now time.Time) bool {
	seconds, sum, found := strings.Cut(strings.TrimPrefix(signature, "t="), ",v1=")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if !found || err != nil || now.Sub(time.Unix(at, 0)).Abs() > signatureAge {
		return false
	}
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "%d.%s", at, body)
	got, err := hex.DecodeString(sum)
	return err == nil && hmac.Equal(got, mac.Sum(nil))
}

// BlackHole starts a server on loopback that accepts connections and never answers. It returns its URL.
func BlackHole(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var taken sync.WaitGroup
	done := make(chan struct{})
	taken.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			taken.Go(func() {
				defer conn.Close()
				<-done
			})
		}
	})
	t.Cleanup(func() {
		close(done)
		l.Close()
		taken.Wait()
	})
	return "http://" + l.Addr().String() + "/hook"
}
