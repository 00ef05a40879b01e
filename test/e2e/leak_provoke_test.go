package e2e

import (
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport/internal/servicetest"
)

// sendCredentials asks for everything that there is and is not, with every credential that nobody asked for.
func (l *leaks) sendCredentials(t *testing.T, s *process) {
	t.Helper()
	everything := func(r *http.Request) {
		for name, value := range sentCredentials() {
			r.Header.Set(name, value)
		}
	}
	s.get(t, "/v1/ingredient/inci?q="+queryMarker, "MEGA", header("User-Agent", agentMarker), header("X-Proxy-Secret", current))
	paths := []string{"/v1/stats", "/v1/nothing/" + pathMarker, "//" + pathMarker, "/health", "/v1/ingredient/" + pathMarker,
		"/v1/ingredient/inci?q=" + queryMarker, "/v1/ingredient/inci?unknown=" + queryMarker + "&q=" + current}
	for _, path := range paths {
		s.get(t, path, "MEGA", everything, header("User-Agent", agentMarker))
		for name, value := range sentCredentials() {
			s.get(t, path, "GOLD", header("User-Agent", agentMarker), header(name, value))
		}
	}
	s.get(t, "/v1/stats", "PRO", func(r *http.Request) { r.Header.Add("X-RapidAPI-Proxy-Secret", current) })
	s.get(t, "/v1/stats", "PRO", func(r *http.Request) { r.Host = pathMarker + ".example.com" })
	s.get(t, "/v1/stats", "PRO", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(bodyMarker)) })
	secret := "X-RapidAPI-Proxy-Secret: " + current + "\r\n"
	for _, text := range []string{
		"GET /v1/stats HTTP/1.1\r\n" + secret + "\r\n",                                                  // no host
		current + "\r\n\r\n",                                                                            // no HTTP
		"GET /" + pathMarker + "%zz HTTP/1.1\r\nHost: x\r\n" + secret + "\r\n",                          // no escape
		"GET /" + current + " HTTP/9\r\n\r\n",                                                           // another version
		"GET /v1/stats HTTP/1.1\r\nHost: x\r\n" + secret + strings.Repeat(secret, 3000) + "\r\n",        // too large
		"GET /v1/stats HTTP/1.1\r\nHost: x\r\n" + secret + "Content-Length: x" + current + "\r\n\r\n",   // malformed
		"GET /v1/stats HTTP/1.1\r\nHost: x\r\n" + secret + "Transfer-Encoding: " + current + "\r\n\r\n", // unknown
	} {
		sendRaw(t, s.address, text)
	}
}

// sendRaw sends text as it is, and waits until the server has answered or hung up.
func sendRaw(t *testing.T, address, text string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, text) // the server may hang up before it has everything
	_ = conn.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, conn)
}

// provoke makes everything happen that is told beside answers: refused reloads, a second start.
func (l *leaks) provoke(t *testing.T, s *process) (ids []string) {
	t.Helper()
	sound := l.text(t, "prod")
	for i, broken := range []string{"hots: [x]\n", "# " + current + "\n", "marketplace: {preset: " + previous + "}\n",
		"cors: {origins: [https://" + hookToken + "]}\n", "hosts: \"" + servicetest.BotToken + "\"\n"} {
		l.configure(t, sound+broken)
		s.signal(t, syscall.SIGHUP)
		waitCount(t, s, "reload refused", i+1)
		l.ran(t, "config", "check")
	}
	l.configure(t, sound)
	for _, private := range []string{"", "off"} { // the socket is taken, and then the port
		if private != "" {
			l.environ["SALLYPORT_PRIVATE_LISTEN"] = private
		}
		again := l.run(t, "serve", "--listen", s.address)
		if again.code != 1 {
			t.Errorf("a second start on the same port: exit code %d", again.code)
		}
		l.written["second start"] += again.stdout + again.stderr
	}
	delete(l.environ, "SALLYPORT_PRIVATE_LISTEN")
	for _, edit := range []func(*http.Request){without("X-RapidAPI-Proxy-Secret"), header("X-RapidAPI-User", " ")} {
		resp, _ := s.get(t, "/v1/stats", "BASIC", edit)
		ids = append(ids, resp.Header.Get("X-Request-Id"))
	}
	return ids
}

// fail damages the dataset before any of it is in memory, so that questions fail.
func (l *leaks) fail(t *testing.T, s *process) (ids []string) {
	t.Helper()
	l.breakDataset(t)
	for _, name := range []string{"panthenol", "squalane", queryMarker} {
		resp, body := s.get(t, "/v1/ingredient/inci?q="+name, "PRO", header("Authorization", sentCredentials()["Authorization"]))
		if resp.StatusCode != http.StatusInternalServerError {
			t.Errorf("a damaged dataset: %d %s", resp.StatusCode, body)
		}
		ids = append(ids, resp.Header.Get("X-Request-Id"))
	}
	l.waitTold(t, "500 on GET", 1)
	return ids
}

// crash lets questions fail, then the runtime print every stack, and a new start tell of it.
func (l *leaks) crash(t *testing.T) []*process {
	t.Helper()
	crashed := l.start(t)
	l.ask(t, l.fail(t, crashed))
	crashed.signal(t, syscall.SIGQUIT)
	crashed.done <- <-crashed.done
	last := l.start(t)
	l.waitTold(t, "without stopping", 1)
	last.stop(t)
	return []*process{crashed, last}
}
