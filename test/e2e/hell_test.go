package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sallyport/internal/servicetest"
)

// hellConfig has everything that can go wrong: two receivers, both logs, a dataset that is watched.
const hellConfig = `hosts: [api.example.com]
trusted_proxies: [127.0.0.1]
state_dir: $STATE
dataset: {file: $OWN, description: $DESCRIPTION, watch: 100ms}
tiers:
  - {name: BASIC, in_flight: 1000, limits: [{name: burst, quota: 1000000, window: 1s}]}
  - {name: PRO, in_flight: 1000, limits: [{name: burst, quota: 1000000, window: 1s}]}
  - {name: ULTRA, in_flight: 1000, limits: [{name: burst, quota: 1000000, window: 1s}]}
  - {name: MEGA, in_flight: 1000, limits: [{name: burst, quota: 1000000, window: 1s}]}
private: {listen: "unix:$SOCKET"}
log: {output: stdout, events: $EVENTS}
alerts:
  telegram_api: $TELEGRAM
  targets:
    - {name: phone, kind: telegram, chat: "` + servicetest.BotChat + `"}
    - {name: hole, kind: webhook}
`

// gate is a reader of the program's standard output that can stall.
type gate struct {
	mu    sync.Mutex
	bytes int
}

func (g *gate) read(from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		g.mu.Lock() // held while it is stalled
		g.bytes += n
		g.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// hell is the deployment of the day from hell.
type hell struct {
	*watched
	s      *process
	stdout gate
	events string
	own    string // dataset
}

func newHell(t *testing.T) *hell {
	t.Helper()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here: ", err)
	}
	h := &hell{watched: deployWatched(t, "")}
	h.events, h.own = filepath.Join(h.dir, "events.log"), filepath.Join(h.dir, "own.sqlite")
	h.environ["SALLYPORT_WEBHOOK_URL"] = servicetest.BlackHole(t)
	h.environ["SALLYPORT_WEBHOOK_SECRET"] = "mT7wq2Zx9pLr4VbK"
	h.copyDataset(t)
	h.configure(t, h.text())
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	h.deployment.stdout = writer
	h.s = &process{command: h.command(h.args...), done: make(chan error, 1), logs: newLogs(), access: newLogs()}
	h.s.command.Stdout, h.s.command.Stderr = writer, h.s.logs
	go h.stdout.read(reader)
	if err := h.s.command.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	go func() { h.s.done <- h.s.command.Wait() }()
	t.Cleanup(func() {
		h.s.stop(t)
		if t.Failed() {
			t.Log(h.s.logs)
		}
	})
	waitFor(t, "serving", func() bool { return h.address() != "" })
	h.s.address = h.address()
	return h
}

func (h *hell) text() string {
	return strings.NewReplacer("$OWN", h.own, "$EVENTS", h.events).Replace(h.fill(hellConfig))
}

func (h *hell) address() string {
	text, _ := os.ReadFile(h.events)
	found := regexp.MustCompile(`msg":"serving","address":"([^"]+)"`).FindSubmatch(text)
	if found == nil {
		return ""
	}
	return string(found[1])
}

// copyDataset writes in place, as scp does.
func (h *hell) copyDataset(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(shared().dataset)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.own, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// relink makes the event log's path stand for another file, which the program opens at SIGHUP.
func (h *hell) relink(t *testing.T, target string) {
	t.Helper()
	if err := os.Rename(h.events, h.events+".before"); err != nil {
		t.Fatal(err)
	}
	if target != "" {
		if err := os.Symlink(target, h.events); err != nil {
			t.Fatal(err)
		}
	}
	h.s.signal(t, syscall.SIGHUP)
}

// resident is the memory of the program, in MiB.
func (h *hell) resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.s.command.Process.Pid))
	if err != nil {
		t.Skip("no /proc here: ", err)
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
	kib, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}

func loadPath(i int64) string {
	names := [...]string{"aqua", "glycerin", "panthenol", "niacinamide", "squalane", "allantoin", "tocopherol", "mica"}
	if i%2 == 0 {
		return "/v1/ingredient/inci?q=" + names[i/2%int64(len(names))]
	}
	return fmt.Sprintf("/v1/ingredient/inci?q=ac%d", 1+i%5)
}

// Of each load.
const (
	connections = 64
	loadTime    = 4 * time.Second
)

// maxResident is what the program may take under all of this, in MiB.
const maxResident = 256

// TestDayFromHell lets everything around the server fail at once, under load. Nobody who asks may notice, and
// when it is over everything is told, once.
func TestDayFromHell(t *testing.T) {
	h := newHell(t)
	h.waitTold(t, "started in prod", 1)
	quiet := loadOn(t, h.s, connections, loadPath)
	time.Sleep(loadTime)
	quiet.stop(t, "quiet")
	t.Logf("quiet  %d MiB resident", h.resident(t))

	h.stdout.mu.Lock() // nobody reads any more
	h.api.Always(servicetest.ServerError(http.StatusServiceUnavailable))
	stalled := loadOn(t, h.s, connections, loadPath)
	h.breakAll(t)
	time.Sleep(loadTime)
	stalled.stop(t, "hell")
	h.checkTrouble(t)

	h.stdout.mu.Unlock()
	h.api.Recover()
	h.mend(t)
	told := []string{"a new dataset was refused", "a reload was refused", `no tier has: "GOLD"`}
	for _, text := range append(told, "lines of the access log were lost") {
		h.waitTold(t, text, 1)
	}
	h.s.stop(t)
	for _, text := range told {
		if n := h.told(text); n != 1 {
			t.Errorf("%q was told %d times", text, n)
		}
	}
	if n := h.told("403"); n > 0 {
		t.Errorf("refused probes were told one by one, %d times", n)
	}
}

// breakAll replaces the dataset by garbage, fills the disk under the event log, breaks the configuration, and sends what
// nobody may be told of one by one.
func (h *hell) breakAll(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(h.own, []byte(strings.Repeat("garbage ", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	h.waitStatus(t, "dataset-refused")
	h.configure(t, h.text()+"hots: [x]\n")
	h.relink(t, "/dev/full")
	h.waitStatus(t, "reload-refused")
	h.s.get(t, "/v1/stats", "GOLD") // a plan that nobody knows
	for range 200 {
		h.s.get(t, "/v1/stats", "BASIC", without("X-RapidAPI-Proxy-Secret"))
	}
}

func (h *hell) waitStatus(t *testing.T, text string) {
	t.Helper()
	waitFor(t, text, func() bool { return strings.Contains(h.private(t, "/status"), text) })
}

// checkTrouble wants the trouble to be seen by those who look, memory to be bounded, and nobody to be told yet.
func (h *hell) checkTrouble(t *testing.T) {
	t.Helper()
	waitFor(t, "lines are lost", func() bool {
		return !strings.Contains(h.private(t, "/metrics"), `sallyport_log_dropped_lines_total{log="access"} 0`)
	})
	mib := h.resident(t)
	t.Logf("hell   %d MiB resident", mib)
	if mib > maxResident {
		t.Errorf("%d MiB resident", mib)
	}
	for _, problem := range []string{"alerts do not reach phone", "alerts do not reach hole", "access log lost"} {
		h.waitStatus(t, problem)
	}
	if n := len(h.api.Messages()); n != 1 {
		t.Errorf("%d messages before it heals", n)
	}
}

func (h *hell) mend(t *testing.T) {
	t.Helper()
	h.configure(t, h.text())
	h.copyDataset(t)
	h.relink(t, "")
	waitFor(t, "the event log is written again", func() bool {
		text, _ := os.ReadFile(h.events)
		return strings.Contains(string(text), `"msg":"generation in service"`)
	})
}
