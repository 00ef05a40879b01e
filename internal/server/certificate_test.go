package server

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// issue writes a new self-signed certificate for 127.0.0.1 with a serial number, and returns its pool.
func issue(t *testing.T, dir string, serial int64) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"c.pem": {Type: "CERTIFICATE", Bytes: der}, "k.pem": {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(leaf)
	return pool
}

func load(t *testing.T, dir string) *Certificate {
	t.Helper()
	c, err := LoadCertificate(filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTLSSpeaksBothVersionsOfHTTP(t *testing.T) {
	dir := t.TempDir()
	pool := issue(t, dir, 1)
	address, _ := start(t, Config{Certificate: load(t, dir), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Proto)
	})})
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, Protocols: new(http.Protocols)}
		transport.Protocols.SetHTTP1(proto == "HTTP/1.1")
		transport.Protocols.SetHTTP2(proto == "HTTP/2.0")
		response, err := (&http.Client{Transport: transport}).Get("https://" + address)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != proto {
			t.Errorf("body %q, %v, want %s", body, err, proto)
		}
		transport.CloseIdleConnections()
	}
}

func TestHTTP2HasTheHeaderLimit(t *testing.T) {
	dir := t.TempDir()
	pool := issue(t, dir, 1)
	address, _ := start(t, Config{Certificate: load(t, dir), Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the request reached the handler")
	})})
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP2(true)
	defer transport.CloseIdleConnections()
	request, err := http.NewRequest(http.MethodGet, "https://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Big", string(bytes.Repeat([]byte("a"), 100_000)))
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err == nil {
		response.Body.Close()
		if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("status %d", response.StatusCode)
		}
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	dir := t.TempDir()
	pool := issue(t, dir, 1)
	address, _ := start(t, Config{Certificate: load(t, dir)})
	conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	if err == nil {
		conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
}

func TestPlainHTTPToATLSPort(t *testing.T) {
	dir := t.TempDir()
	issue(t, dir, 1)
	address, _ := start(t, Config{Certificate: load(t, dir)})
	want := "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
	if reply := exchange(t, address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); reply != want {
		t.Errorf("reply %q", reply)
	}
}

func TestUnfinishedHandshakeIsCut(t *testing.T) {
	dir := t.TempDir()
	issue(t, dir, 1)
	address, _ := start(t, Config{Certificate: load(t, dir), ReadHeaderTimeout: 50 * time.Millisecond})
	if reply := exchange(t, address, "\x16\x03\x01\x02\x00\x01\x00"); reply != "" {
		t.Errorf("reply %q", reply)
	}
}

// serialAt returns the serial number of the certificate that a server shows.
func serialAt(t *testing.T, address string) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) // only the serial number matters
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestReloadShowsTheNewCertificate(t *testing.T) {
	dir := t.TempDir()
	issue(t, dir, 1)
	certificate := load(t, dir)
	address, _ := start(t, Config{Certificate: certificate})
	issue(t, dir, 2)
	if got := serialAt(t, address); got != 1 {
		t.Errorf("certificate %d before the reload", got)
	}
	if err := certificate.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := serialAt(t, address); got != 2 {
		t.Errorf("certificate %d after the reload", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "c.pem"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := certificate.Reload(); err == nil {
		t.Error("a broken certificate is loaded")
	}
	if got := serialAt(t, address); got != 2 {
		t.Errorf("certificate %d after a reload that failed", got)
	}
}

func TestWatchReadsChangedFiles(t *testing.T) {
	dir := t.TempDir()
	issue(t, dir, 1)
	certificate := load(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		certificate.watch(ctx, time.Millisecond, slog.New(slog.DiscardHandler))
	}()
	first := certificate.current.Load()
	issue(t, dir, 2)
	if err := os.Chtimes(filepath.Join(dir, "c.pem"), time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for certificate.current.Load() == first {
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
}

func TestLoadCertificateThatIsNone(t *testing.T) {
	if c, err := LoadCertificate("none.pem", "none.pem"); err == nil || c != nil {
		t.Errorf("certificate %v, %v", c, err)
	}
}
