package deploy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is a running program. Its event log is read until it ends.
type server struct {
	command *exec.Cmd
	address string
	root    string
	first   map[string]any // the event that tells the address
	rest    chan string    // the event log after it, once the program has ended
}

// start runs what the image runs, and waits until it says where it listens.
func start(t *testing.T, root string, environment []string) *server {
	t.Helper()
	stage := image(read(t, repository, "Dockerfile"))
	args := slices.Concat(last(stage, "ENTRYPOINT").list(), last(stage, "CMD").list())
	s := &server{command: inside(t, root, user, last(stage, "WORKDIR").args, environment, args...), root: root, rest: make(chan string, 1)}
	s.command.Stdout = io.Discard
	events, err := s.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.command.Process.Kill() })
	var said bytes.Buffer
	lines := bufio.NewReader(events)
	for s.address == "" {
		line, err := lines.ReadString('\n')
		said.WriteString(line)
		if err != nil {
			t.Fatalf("it ended before it served: %v\n%s", s.command.Wait(), said.String())
		}
		var event map[string]any
		if json.Unmarshal([]byte(line), &event) == nil && event["msg"] == "serving" {
			s.first, s.address = event, event["address"].(string)
		}
	}
	go func() {
		rest, _ := io.ReadAll(lines)
		s.rest <- string(rest)
	}()
	return s
}

// stop ends it as Docker and systemd do; it must drain and leave by itself.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	log := <-s.rest
	if err := s.command.Wait(); err != nil {
		t.Errorf("it ended with %v\n%s", err, log)
	}
	if strings.Contains(log, deploymentSecret) || strings.Contains(log, deploymentKey) {
		t.Errorf("a secret stands in the log:\n%s", log)
	}
}

// wantStatus asks as the proxy in front does.
func (s *server) wantStatus(t *testing.T, path, secret string, want int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "api.example.com"
	request.Header.Set("X-Forwarded-For", "192.0.2.7")
	request.Header.Set("X-Forwarded-Proto", "https")
	if secret != "" {
		request.Header.Set("X-RapidAPI-Proxy-Secret", secret)
		request.Header.Set("X-RapidAPI-User", "customer")
		request.Header.Set("X-RapidAPI-Subscription", "MEGA")
	}
	client := &http.Client{Timeout: 30 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != want {
		t.Errorf("%s: status %d, want %d\n%s", path, response.StatusCode, want, body)
	}
	if response.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s: no Strict-Transport-Security over proven https", path)
	}
}

// probe is the image's HEALTHCHECK, run as the engine does: in the root, as the user.
func (s *server) probe(t *testing.T) *exec.Cmd {
	t.Helper()
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	return inside(t, s.root, user, "/srv", []string{"PORT=" + port}, probe(read(t, repository, "Dockerfile"))...)
}

func (s *server) wantHealthy(t *testing.T) {
	t.Helper()
	if out, err := s.probe(t).CombinedOutput(); err != nil {
		t.Errorf("the probe: %v\n%s", err, out)
	}
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatal(err)
	}
	return exit.ExitCode()
}
