package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const plainConfig = "hosts: [api.example.com]\ntrusted_proxies: [127.0.0.1]\nstate_dir: $STATE\n" +
	"dataset: {file: $DATASET, description: $DESCRIPTION}\n"

func TestReloadWithABrokenConfigurationKeepsServing(t *testing.T) {
	d := deploy(t, "prod")
	s := d.start(t)
	for name, text := range map[string]string{
		"unknown key": plainConfig + "hots: [x]\n",
		"no hosts":    strings.Replace(plainConfig, "hosts: [api.example.com]\n", "", 1),
		"no dataset":  strings.Replace(plainConfig, "$DATASET", "nowhere.sqlite", 1),
		"no YAML":     "{",
		"empty":       "",
	} {
		t.Run(name, func(t *testing.T) {
			refused := strings.Count(s.logs.String(), "reload refused")
			d.configure(t, text)
			s.signal(t, syscall.SIGHUP)
			waitCount(t, s, "reload refused", refused+1)
			if resp, body := s.get(t, "/v1/ingredient/37595", "BASIC"); resp.StatusCode != http.StatusOK {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
		})
	}
	d.configure(t, strings.Replace(plainConfig, "api.example.com", "new.example.com", 1))
	s.signal(t, syscall.SIGHUP)
	waitCount(t, s, "generation in service", 2)
	if resp, _ := s.get(t, "/v1/stats", "BASIC"); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("the old host after a sound configuration: %d", resp.StatusCode)
	}
}

func waitCount(t *testing.T, s *process, text string, n int) {
	t.Helper()
	for deadline := time.Now().Add(patience); strings.Count(s.logs.String(), text) < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q was not logged %d times:\n%s", text, n, s.logs)
		}
	}
}

func TestReloadRotatesTheSecret(t *testing.T) {
	d := deploy(t, "prod")
	delete(d.environ, "RAPIDAPI_PROXY_SECRET")
	d.environ["RAPIDAPI_PROXY_SECRET_FILE"] = filepath.Join(d.dir, "secret")
	d.environ["RAPIDAPI_PROXY_SECRET_PREVIOUS_FILE"] = filepath.Join(d.dir, "previous")
	d.write(t, "secret", current+"\n", 0o600)
	d.write(t, "previous", previous+"\n", 0o600)
	s := d.start(t)
	use := func(value string) int {
		resp, _ := s.get(t, "/v1/stats", "MEGA", header("X-RapidAPI-Proxy-Secret", value))
		return resp.StatusCode
	}
	const next = "Lw5pVx8zBn2cQk7r"
	if use(current) != 200 || use(previous) != 200 || use(next) != 403 {
		t.Error("before the rotation")
	}
	d.write(t, "secret", next+"\n", 0o600)
	d.write(t, "previous", current+"\n", 0o600)
	s.signal(t, syscall.SIGHUP)
	waitCount(t, s, "generation in service", 2)
	if use(current) != 200 || use(previous) != 403 || use(next) != 200 {
		t.Error("after the rotation")
	}
	d.write(t, "secret", "\n", 0o600)
	s.signal(t, syscall.SIGHUP)
	waitCount(t, s, "reload refused", 1)
	if use("") != 403 || use(next) != 200 {
		t.Error("after the secret was emptied")
	}
}

// TestReloadForgetsNoLimit: a reload is no way to a new quota.
func TestReloadForgetsNoLimit(t *testing.T) {
	d := deploy(t, "tight")
	s := d.start(t)
	for range 6 {
		s.get(t, "/v1/stats", "BASIC")
	}
	s.signal(t, syscall.SIGHUP)
	waitCount(t, s, "generation in service", 2)
	if resp, _ := s.get(t, "/v1/stats", "BASIC"); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the seventh call: %d", resp.StatusCode)
	}
}

func TestSecondStartOnThePortSaysSo(t *testing.T) {
	d := deploy(t, "prod")
	s := d.start(t)
	second := deploy(t, "prod")
	got := second.run(t, "serve", "--listen", s.address)
	if got.code != 1 {
		t.Errorf("exit code %d", got.code)
	}
	mustContain(t, got.stderr, s.address, "taken", "--listen")
	if resp, _ := s.get(t, "/health", "BASIC"); resp.StatusCode != http.StatusOK {
		t.Errorf("the first one: %d", resp.StatusCode)
	}
}

func TestStopDrains(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		s := deploy(t, "prod").start(t)
		s.get(t, "/v1/stats", "BASIC")
		s.signal(t, sig)
		if code := s.stop(t); code != 0 {
			t.Errorf("%s: exit code %d\n%s", sig, code, s.logs)
		}
		mustContain(t, s.access.String(), `"route":"/v1/stats"`) // what was waiting is written
	}
}

// TestOwnTLSIsProof: without a proxy the connection itself proves https.
func TestOwnTLSIsProof(t *testing.T) {
	d := deploy(t, "")
	certificate := d.certificate(t)
	d.configure(t, "hosts: [api.example.com]\nstate_dir: $STATE\ndataset: {file: $DATASET, description: $DESCRIPTION}\n"+
		"tls: {certificate: cert.pem, key: key.pem}\n")
	s := d.start(t)
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: apiHost}, ForceAttemptHTTP2: true,
	}}
	for _, value := range []string{current, "wrong"} {
		r, err := http.NewRequest(http.MethodGet, "https://"+s.address+"/v1/stats", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = apiHost
		r.Header.Set("X-RapidAPI-Proxy-Secret", value)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%d without HSTS", resp.StatusCode)
		}
	}
	if resp, err := http.Get("http://" + s.address + "/health"); err == nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("without TLS: %d", resp.StatusCode)
		}
	}
	d.write(t, "key.pem", "no key", 0o644)
	if got := d.run(t, "config", "check"); got.code != 2 || !strings.Contains(got.stderr, "chmod 600") {
		t.Errorf("a key that everybody reads: exit code %d\n%s", got.code, got.stderr)
	}
}

// certificate writes one that signs itself.
func (d *deployment) certificate(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: apiHost}, DNSNames: []string{apiHost}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	d.write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), 0o644)
	d.write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), 0o600)
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestReloadClosesOldGenerations: the files of generations that nobody asks any more are closed.
func TestReloadClosesOldGenerations(t *testing.T) {
	s := deploy(t, "prod").start(t)
	before := openDatasets(t, s)
	for n := range 5 {
		s.get(t, "/v1/stats", "BASIC")
		s.signal(t, syscall.SIGHUP)
		waitCount(t, s, "generation in service", n+2)
	}
	for deadline := time.Now().Add(patience); openDatasets(t, s) > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d files of datasets are open, %d at the start", openDatasets(t, s), before)
		}
	}
}

// openDatasets counts the descriptors of dataset files that the process has.
func openDatasets(t *testing.T, s *process) int {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", s.command.Process.Pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skip("no /proc here: ", err)
	}
	open := 0
	for _, entry := range entries {
		if target, err := os.Readlink(filepath.Join(dir, entry.Name())); err == nil && strings.Contains(target, ".sqlite") {
			open++
		}
	}
	return open
}

// TestReloadSaysWhatNeedsARestart: a person who changed it must not believe that it is in use.
func TestReloadSaysWhatNeedsARestart(t *testing.T) {
	d := deploy(t, "prod")
	s := d.start(t)
	d.configure(t, plainConfig+"server: {max_url: 8KiB}\n")
	s.signal(t, syscall.SIGHUP)
	waitCount(t, s, "generation in service", 2)
	mustNotContain(t, s.logs.String(), "needs a restart")
	d.configure(t, plainConfig+"log: {client: off}\n")
	s.signal(t, syscall.SIGHUP)
	waitCount(t, s, "needs a restart", 1)
}
