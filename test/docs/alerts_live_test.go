package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport/internal/servicetest"
)

// liveDir is the last part of the folder that the program runs in, by which it can be found in texts.
const liveDir = "planets-api"

// live is the program in prod with the small dataset of docs/dataset.md and a webhook.
type live struct {
	dir     string
	address string
	hook    *servicetest.Sink
	process *servicetest.Process
}

func newLive(t *testing.T) *live {
	t.Helper()
	l := &live{dir: filepath.Join(t.TempDir(), liveDir), address: servicetest.FreeAddress(t), hook: servicetest.Webhook(t, hookSecret)}
	if err := os.Mkdir(l.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range load(t, "docs/dataset.md").fences {
		if name := f.file(); strings.HasPrefix(name, "planets.") || name == "names.csv" {
			writeFile(t, filepath.Join(l.dir, name), f.text)
		}
	}
	writeFile(t, filepath.Join(l.dir, ".env"), "RAPIDAPI_PROXY_SECRET="+exampleSecret+"\nSALLYPORT_KEY=Vt3nR8yKq0ZsWx5uJb2mGd7cHf4aLp9e\n"+
		"SALLYPORT_WEBHOOK_SECRET="+hookSecret+"\nSALLYPORT_WEBHOOK_URL="+l.hook.URL+"\n")
	l.configure(t, "")
	l.build(t)
	return l
}

func (l *live) configure(t *testing.T, more string) {
	t.Helper()
	writeFile(t, filepath.Join(l.dir, "sallyport.yaml"), "hosts: [api.example.com]\nlisten: "+l.address+`
trusted_proxies: [127.0.0.1]
state_dir: state
private: {listen: off}
dataset: {file: planets.sqlite, description: planets.yaml, watch: 50ms}
alerts: {deployment: planets-api, targets: [{name: ops, kind: webhook}]}
`+more)
}

func (l *live) build(t *testing.T) {
	t.Helper()
	run(t, l.dir, "build", "planets.yaml", "-o", "planets.sqlite")
}

func (l *live) start(t *testing.T) {
	t.Helper()
	cmd := exec.Command(program(t), "serve")
	cmd.Dir, cmd.Env = l.dir, environment(t, l.dir)
	l.process = servicetest.Start(t, cmd, l.address)
}

func (l *live) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(l.process.Pid(), s); err != nil {
		t.Fatal(err)
	}
}

// wait returns when an alert of that kind has come.
func (l *live) wait(t *testing.T, kind string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for _, d := range l.hook.Deliveries() {
			if strings.Contains(string(d.Body), `"kind":"`+kind+`"`) {
				return
			}
		}
	}
	t.Fatalf("no alert of kind %s\n%s", kind, l.process.Output())
}

// liveDeliveries lets the program meet all that only a whole program can tell of.
func liveDeliveries(t *testing.T) []servicetest.Delivery {
	t.Helper()
	l := newLive(t)
	l.start(t)
	l.wait(t, "started")
	data := filepath.Join(l.dir, "planets.csv")
	writeFile(t, data, strings.Replace(read(t, relative(t, data)), "25362,1781", "25362,1690", 1))
	l.build(t)
	l.wait(t, "dataset-swapped")
	writeFile(t, filepath.Join(l.dir, "planets.sqlite"), "garbage")
	l.wait(t, "dataset-refused")
	if err := os.Remove(filepath.Join(l.dir, "planets.sqlite")); err != nil {
		t.Fatal(err)
	}
	l.build(t)
	l.configure(t, "hots: [api.example.org]\n")
	l.signal(t, syscall.SIGHUP)
	l.wait(t, "reload-refused")
	l.configure(t, "")
	if err := l.process.Stop(); err != nil {
		t.Error(err)
	}
	l.wait(t, "stopped")
	l.start(t)
	l.signal(t, syscall.SIGKILL)
	l.process.Stop() // it has ended by a signal, which is no mistake
	l.start(t)
	l.wait(t, "crashed")
	return l.hook.Deliveries()
}

// relative returns a path as [read] takes it.
func relative(t *testing.T, path string) string {
	t.Helper()
	base, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Rel(base, path)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(found)
}
