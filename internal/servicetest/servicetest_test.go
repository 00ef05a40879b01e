package servicetest_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sallyport/internal/servicetest"
)

// status asks url, whatever name it has, at address.
func status(t *testing.T, address, url string, certificate *servicetest.Certificate) int {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	if certificate != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: certificate.Pool}
	}
	response, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestNginxStartsAndStops(t *testing.T) {
	address := servicetest.FreeAddress(t)
	p := servicetest.Nginx(t, fmt.Sprintf("server { listen %s; return 204; }", address), address)
	if got := status(t, address, "http://nginx.test/", nil); got != http.StatusNoContent {
		t.Errorf("status %d", got)
	}
	stopped(t, p, address)
	if !strings.Contains(p.Output(), " 204 ") {
		t.Errorf("the access log is not part of the output: %s", p.Output())
	}
}

func TestCaddyServesCertificate(t *testing.T) {
	address := servicetest.FreeAddress(t)
	certificate := servicetest.SelfSigned(t, "caddy.test")
	site := fmt.Sprintf("https://caddy.test:%s {\n\ttls %s %s\n\trespond 204\n}\n",
		servicetest.Port(t, address), certificate.Chain, certificate.Key)
	p := servicetest.Caddy(t, site, address)
	if got := status(t, address, "https://caddy.test/", &certificate); got != http.StatusNoContent {
		t.Errorf("status %d", got)
	}
	stopped(t, p, address)
}

func TestStopEndsChildren(t *testing.T) {
	address := servicetest.FreeAddress(t)
	l, err := net.Listen("tcp", address) // the service itself has nothing to answer with
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command("/bin/sh", "-c", "sleep 600 & wait")
	cmd.Stdout = write
	p := servicetest.Start(t, cmd, address)
	write.Close()
	if err := p.Stop(); err == nil {
		t.Error("a process that was stopped by a signal ended well")
	}
	read.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := read.Read(make([]byte, 1)); err != io.EOF { // the end comes when nobody holds the other end
		t.Errorf("a child is still running: %v", err)
	}
}

func stopped(t *testing.T, p *servicetest.Process, address string) {
	t.Helper()
	p.Stop()
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Errorf("%s still answers", address)
	}
}
