package alert

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Variables that make a second process of the test binary a program with alerts.
const (
	childDir    = "SALLYPORT_ALERT_TEST_DIR"
	childURL    = "SALLYPORT_ALERT_TEST_URL"
	childAlerts = "SALLYPORT_ALERT_TEST_ALERTS"
)

// poster sends alerts to a test's server.
type poster struct{ url string }

func (poster) Name() string { return "poster" }

func (p poster) Send(ctx context.Context, a Alert) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return &RetryError{Err: err}
	}
	return answer.Body.Close()
}

// TestChild is the program: it raises alerts, says when they are on disk, and delivers until its input ends.
func TestChild(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		t.Skip("it is a part of TestKilledProcessLosesAndRepeatsNothing")
	}
	n, err := NewNotifier(Config{Targets: []Route{{Target: poster{os.Getenv(childURL)}}}, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, title := range strings.Fields(os.Getenv(childAlerts)) {
		n.Raise(Alert{Kind: Trial, Title: title, Fingerprint: title})
	}
	for !n.Stats().Disk.Current {
		time.Sleep(time.Millisecond)
	}
	fmt.Println("on disk")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	if err := stop(n, 5*time.Second); err != nil {
		t.Error(err)
	}
}

// child is a running program.
type child struct {
	*exec.Cmd
	end func() error // lets it stop by itself
}

func startChild(t *testing.T, dir, url string, alerts ...string) child {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), childDir+"="+dir, childURL+"="+url, childAlerts+"="+strings.Join(alerts, " "))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if said, err := bufio.NewReader(out).ReadString('\n'); said != "on disk\n" {
		t.Fatalf("the program says %q: %v", said, err)
	}
	return child{cmd, func() error { _ = in.Close(); return cmd.Wait() }}
}

func (c child) kill() {
	_ = c.Process.Kill()
	_ = c.Wait()
}

// arrivals counts what a server got, by title.
type arrivals struct {
	mu    sync.Mutex
	times map[string]int
	ids   map[string]string
	total chan struct{} // gets one for each
}

func (a *arrivals) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var got Alert
	if json.NewDecoder(r.Body).Decode(&got) != nil {
		return
	}
	a.mu.Lock()
	a.times[got.Title]++
	if a.ids[got.Title] == "" {
		a.ids[got.Title] = got.ID
	} else if a.ids[got.Title] != got.ID {
		a.times["another ID"]++
	}
	a.mu.Unlock()
	a.total <- struct{}{}
}

// TestKilledProcessLosesAndRepeatsNothing kills a program whose alerts nobody takes, then one amid deliveries. The
// one whose record was cut off may come twice, with the same ID.
func TestKilledProcessLosesAndRepeatsNothing(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{})
	hole := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	}))
	defer hole.Close()
	defer close(hold)
	got := &arrivals{times: map[string]int{}, ids: map[string]string{}, total: make(chan struct{}, 100)}
	server := httptest.NewServer(got)
	defer server.Close()

	names := []string{"a", "b", "c", "d", "e"}
	startChild(t, dir, hole.URL, names...).kill()
	second := startChild(t, dir, server.URL)
	<-got.total
	<-got.total
	second.kill()
	third := startChild(t, dir, server.URL, "f")
	for range 4 {
		<-got.total
	}
	if err := third.end(); err != nil {
		t.Error(err)
	}
	fourth := startChild(t, dir, server.URL)
	if err := fourth.end(); err != nil {
		t.Error(err)
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	repeated := 0
	for _, name := range append(names, "f") {
		if got.times[name] == 0 {
			t.Errorf("%s was lost", name)
		}
		repeated += got.times[name] - 1
	}
	if repeated > 1 || got.times["another ID"] != 0 {
		t.Errorf("repeats: %v", got.times)
	}
}
