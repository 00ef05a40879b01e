package e2e

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sallyport/test/corpus"
)

// Secrets of the tests' deployments.
const (
	current   = "q7Zr2mXw9LkT4vBn"
	previous  = "Hn3yPq8sVt6uJw1d"
	signing   = "c3Fh8Zr1vQk5Wm9Lx2Bt7Ny4Pj6Ud0Ge8Ra3Ks"
	patience  = 30 * time.Second
	apiHost   = "api.example.com"
	configDir = "../corpus/testdata/configs"
)

// deployment is a folder with a configuration, and the environment that the command gets.
type deployment struct {
	dir     string
	environ map[string]string
	args    []string
	stdout  io.Writer // where the access log goes; kept in memory when nil
}

// deploy writes the configuration of that name, or none.
func deploy(t testing.TB, name string) *deployment {
	t.Helper()
	d := &deployment{dir: t.TempDir(), environ: map[string]string{
		"RAPIDAPI_PROXY_SECRET": current, "SALLYPORT_MARKETPLACE_SECRET": current, "SALLYPORT_KEY": signing,
	}}
	d.environ["HOME"] = d.dir
	d.args = []string{"serve", "--listen", "127.0.0.1:0"}
	if name == "" {
		return d
	}
	text, err := os.ReadFile(filepath.Join(configDir, name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d.configure(t, string(text))
	return d
}

// configure writes sallyport.yaml, with what stands in it for paths of this test.
func (d *deployment) configure(t testing.TB, text string) {
	t.Helper()
	text = strings.NewReplacer("$STATE", filepath.Join(d.dir, "state"), "$DATASET", shared().dataset,
		"$DESCRIPTION", shared().description).Replace(text)
	d.write(t, "sallyport.yaml", text, 0o644)
}

func (d *deployment) write(t testing.TB, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
}

// command is the program with the deployment's folder, arguments and environment, and no other.
func (d *deployment) command(args ...string) *exec.Cmd {
	c := exec.Command(shared().program, args...)
	c.Dir = d.dir
	c.Env = []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range d.environ {
		c.Env = append(c.Env, name+"="+value)
	}
	return c
}

// outcome is how the program ended.
type outcome struct {
	code           int
	stdout, stderr string
}

// run waits for the program to end by itself.
func (d *deployment) run(t testing.TB, args ...string) outcome {
	t.Helper()
	c := d.command(args...)
	var stdout, stderr strings.Builder
	c.Stdout, c.Stderr = &stdout, &stderr
	timer := time.AfterFunc(patience, func() { c.Process.Kill() })
	defer timer.Stop()
	err := c.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return outcome{c.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// process is a running program.
type process struct {
	command *exec.Cmd
	address string
	done    chan error
	logs    *logs // standard error
	access  *logs // standard output, unless the deployment has another
}

// start runs `serve` until it says where it listens. The test stops it at its end.
func (d *deployment) start(t testing.TB) *process {
	t.Helper()
	s := &process{command: d.command(d.args...), done: make(chan error, 1), logs: newLogs(), access: newLogs()}
	s.command.Stdout, s.command.Stderr = s.access, s.logs
	if d.stdout != nil {
		s.command.Stdout = d.stdout
	}
	s.launch(t)
	return s
}

func (s *process) launch(t testing.TB) {
	t.Helper()
	s.command.WaitDelay = patience
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.command.Wait() }()
	t.Cleanup(func() { s.stop(t) })
	line := s.logs.wait(t, s.done, `msg"?[:=]"?serving\b`)
	found := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(line)
	if found == "" {
		t.Fatalf("no address in %s", line)
	}
	s.address = found
}

func (s *process) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := s.command.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
}

// stop ends the program by SIGTERM and returns its exit code.
func (s *process) stop(t testing.TB) int {
	t.Helper()
	s.signal(t, syscall.SIGTERM)
	select {
	case err := <-s.done:
		s.done <- err
	case <-time.After(patience):
		s.signal(t, syscall.SIGKILL)
		t.Errorf("the program did not stop:\n%s", s.logs)
		<-s.done
	}
	return s.command.ProcessState.ExitCode()
}

// target is the server as the corpus sees it.
func (s *process) target() corpus.Target {
	return corpus.Target{Address: s.address, Host: apiHost, Secret: current, Previous: previous, Proxied: true}
}

// get asks for a path as a proven customer of a tier; edits change the request.
func (s *process) get(t testing.TB, path, tier string, edits ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+s.address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = apiHost
	r.Header.Set("X-RapidAPI-Proxy-Secret", current)
	r.Header.Set("X-RapidAPI-User", t.Name())
	r.Header.Set("X-RapidAPI-Subscription", tier)
	for _, edit := range edits {
		edit(r)
	}
	return do(t, r)
}

func do(t testing.TB, r *http.Request) (*http.Response, string) {
	t.Helper()
	client := &http.Client{
		Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func without(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Del(name) }
}

// logs keeps the lines that a program writes. It is safe for concurrent use.
type logs struct {
	mu    sync.Mutex
	text  strings.Builder
	wrote chan struct{} // closed and made anew at each write
}

func newLogs() *logs { return &logs{wrote: make(chan struct{})} }

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.wrote)
	l.wrote = make(chan struct{})
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// find returns the first whole line that matches.
func (l *logs) find(pattern string) (line string, more chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := bufio.NewScanner(strings.NewReader(l.text.String()))
	lines.Buffer(nil, 1<<20)
	matching := regexp.MustCompile(pattern)
	for lines.Scan() {
		if matching.MatchString(lines.Text()) {
			return lines.Text(), nil
		}
	}
	return "", l.wrote
}

// wait returns the first line that matches, or fails when the program ends before.
func (l *logs) wait(t testing.TB, done chan error, pattern string) string {
	t.Helper()
	deadline := time.After(patience)
	for {
		line, more := l.find(pattern)
		if line != "" {
			return line
		}
		select {
		case <-more:
		case err := <-done:
			done <- err
			t.Fatalf("the program ended, %v, before it wrote %s:\n%s", err, pattern, l)
		case <-deadline:
			t.Fatalf("the program did not write %s:\n%s", pattern, l)
		}
	}
}

func mustContain(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

func mustNotContain(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q is in:\n%s", part, text)
		}
	}
}
