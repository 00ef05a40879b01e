package alert

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRootsAreChosen(t *testing.T) {
	empty, some := x509.NewCertPool(), x509.NewCertPool()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	some.AddCert(server.Certificate())
	bundled, err := bundledRoots()
	if err != nil || bundled.Equal(empty) {
		t.Fatalf("bundled roots: %v", err)
	}
	for name, tt := range map[string]struct {
		system *x509.CertPool
		err    error
		named  bool
		want   *x509.CertPool
	}{
		"system":           {some, nil, false, some},
		"named":            {some, nil, true, some},
		"none":             {empty, nil, false, bundled},
		"unreadable":       {nil, errors.New("denied"), false, bundled},
		"named, none":      {empty, nil, true, nil},
		"named and denied": {nil, errors.New("denied"), true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := chooseRoots(tt.system, tt.err, tt.named)
			if (err == nil) != (tt.want != nil) || tt.want != nil && !constrainedEqual(got, tt.want) {
				t.Errorf("error %v, or other roots", err)
			}
		})
	}
}

// TestThereAreAlwaysRoots wants some whatever the system has.
func TestThereAreAlwaysRoots(t *testing.T) {
	roots, err := trustedRoots()
	if err != nil || roots.Equal(x509.NewCertPool()) {
		t.Errorf("no roots, error %v", err)
	}
}

// constrainedEqual compares the subjects, because roots with a constraint never equal each other.
func constrainedEqual(a, b *x509.CertPool) bool {
	//lint:ignore SA1019 none of these is the system's pool
	return len(a.Subjects()) == len(b.Subjects())
}

func TestTLSIsAtLeast12(t *testing.T) {
	for version, want := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		server.Config.ErrorLog = quietLog()
		server.StartTLS()
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		client, err := NewClient(ClientConfig{Roots: roots})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.do(t.Context(), http.MethodGet, server.URL, http.Header{}, ""); (err == nil) != want {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		server.Close()
	}
}

func TestRetryAfterNeverOverflows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`-?[0-9]{0,30}(\.[0-9]{0,5})?(e[0-9]{1,4})?`), rapid.SampledFrom([]string{"NaN", "Inf", "-Inf", "0x1p1000"}), rapid.String()).Draw(t, "text")
		if wait := retryAfter(http.Header{"Retry-After": {text}}, time.Now()); wait < 0 || wait > maxWait {
			t.Fatalf("%q waits %v", text, wait)
		}
	})
}
