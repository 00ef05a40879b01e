package docs

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/servicetest"
)

// The host of the README's examples, and a secret such as a marketplace gives.
const (
	exampleHost   = "api.example.com"
	exampleSecret = "kX2v9QmTz4LrW8sB1nFhY6pD"
)

// replace changes text that must be there exactly once: a snippet that lost what the test puts its own port or
// certificate in would not be tested any more.
func replace(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(text, pairs[i]) != 1 {
			t.Fatalf("%q stands %d times in\n%s", pairs[i], strings.Count(text, pairs[i]), text)
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// snippet returns the one block of the README in a language.
func snippet(t *testing.T, language string) string {
	t.Helper()
	var found []string
	for _, f := range load(t, "README.md").fences {
		if f.is(language, "") && f.file() == "" {
			found = append(found, f.text)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the README has %d blocks of %s", len(found), language)
	}
	return found[0]
}

func TestBehindNginx(t *testing.T) {
	servicetest.Find(t, "nginx")
	behind(t, func(t *testing.T, backend, address string, c servicetest.Certificate) *servicetest.Process {
		site := replace(t, snippet(t, "nginx"), "listen 443 ssl", "listen "+address+" ssl", "127.0.0.1:8080", backend,
			"/etc/ssl/api.example.com.pem", c.Chain, "/etc/ssl/api.example.com.key", c.Key)
		return servicetest.Nginx(t, site, address)
	})
}

func TestBehindCaddy(t *testing.T) {
	servicetest.Find(t, "caddy")
	behind(t, func(t *testing.T, backend, address string, c servicetest.Certificate) *servicetest.Process {
		host := "https://" + exampleHost + ":" + servicetest.Port(t, address)
		site := replace(t, snippet(t, "caddy"), exampleHost+" {", host+" {\n\ttls "+c.Chain+" "+c.Key, "127.0.0.1:8080", backend)
		return servicetest.Caddy(t, site, address)
	})
}

type starter func(t *testing.T, backend, address string, c servicetest.Certificate) *servicetest.Process

// behind starts the program with the README's configuration, and a proxy in front of it, and asks through the
// proxy as a stranger and as the marketplace, both of which lie about who and where they are.
func behind(t *testing.T, start starter) {
	backend := servicetest.FreeAddress(t)
	server, accessLog := serveExample(t, backend)
	address, certificate := servicetest.FreeAddress(t), servicetest.SelfSigned(t, exampleHost)
	proxy := start(t, backend, address, certificate)
	client := clientOf(t, address, certificate)

	for secret, want := range map[string]int{"": http.StatusForbidden, "wrong" + exampleSecret: http.StatusForbidden, exampleSecret: http.StatusOK} {
		header := forged(secret)
		response := ask(t, client, "https://"+exampleHost+"/v1/ingredient/inci?q=aqua", header)
		if response.StatusCode != want {
			t.Errorf("secret %q: status %d, want %d", secret, response.StatusCode, want)
		}
		if got := response.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
			t.Errorf("secret %q: Strict-Transport-Security %q", secret, got)
		}
	}
	direct := ask(t, http.DefaultClient, "http://"+backend+"/health", nil)
	if got := direct.Header.Get("Strict-Transport-Security"); direct.StatusCode != http.StatusOK || got != "" {
		t.Errorf("asked by http: status %d, Strict-Transport-Security %q", direct.StatusCode, got)
	}
	proxy.Stop()
	server.Stop()
	logged := accessLog()
	if strings.Count(logged, `"client":"127.0.0.2"`) != 3 || strings.Contains(logged, "203.0.113.") {
		t.Errorf("the access log believes a forged address:\n%s", logged)
	}
	for what, text := range map[string]string{"access": logged, "event": server.Output(), "proxy's": proxy.Output()} {
		if strings.Contains(text, exampleSecret) {
			t.Errorf("the %s log has the secret:\n%s", what, text)
		}
	}
}

// forged is what a client would send to be somebody else.
func forged(secret string) http.Header {
	header := http.Header{
		"X-Forwarded-For":   {"203.0.113.7, 203.0.113.8"},
		"X-Forwarded-Proto": {"http"},
		"Forwarded":         {"for=203.0.113.9;proto=http"},
		"X-Real-Ip":         {"203.0.113.10"},
	}
	if secret != "" {
		header.Set("X-Rapidapi-Proxy-Secret", secret)
	}
	return header
}

// serveExample starts the program in prod with the README's sallyport.yaml at address. The function that it
// returns reads the access log.
func serveExample(t *testing.T, address string) (*servicetest.Process, func() string) {
	t.Helper()
	dir := t.TempDir()
	for _, f := range load(t, "README.md").fences {
		if f.file() == "sallyport.yaml" {
			writeFile(t, filepath.Join(dir, "sallyport.yaml"), replace(t, f.text, "127.0.0.1:8080", address))
		}
	}
	writeFile(t, filepath.Join(dir, "ingredients.yaml"), read(t, "internal/ingredients/ingredients.yaml"))
	writeFile(t, filepath.Join(dir, ".env"), "RAPIDAPI_PROXY_SECRET="+exampleSecret+"\nSALLYPORT_KEY=Vt3nR8yKq0ZsWx5uJb2mGd7cHf4aLp9e\n")
	run(t, dir, "build", "ingredients", "-o", "ingredients.sqlite")
	log := filepath.Join(dir, "access.log")
	cmd := exec.Command(program(t), "serve")
	cmd.Dir, cmd.Env = dir, append(environment(t, dir), "SALLYPORT_LOG_OUTPUT="+log)
	return servicetest.Start(t, cmd, address), func() string {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// clientOf connects from another loopback address than the proxy does, which is a trusted one.
func clientOf(t *testing.T, address string, c servicetest.Certificate) *http.Client {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: c.Pool},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func ask(t *testing.T, client *http.Client, url string, header http.Header) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return response
}
