package servicetest

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// How long a service may take to answer, which for one that is compiled first is long, and to stop before it is
// killed.
const (
	startTime = 5 * time.Minute
	stopTime  = 15 * time.Second
)

// Process is a running service.
type Process struct {
	cmd    *exec.Cmd
	output *output
	done   chan struct{} // closed when the process has ended
	err    error         // how it ended; read after done
}

// Start starts cmd in a process group of its own and waits until something accepts connections at address.
// When the test ends the group gets SIGTERM, and SIGKILL if that was not enough. A service that ends before
// it answers fails the test with what it printed.
func Start(t testing.TB, cmd *exec.Cmd, address string) *Process {
	t.Helper()
	p := &Process{cmd: cmd, output: &output{}, done: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = p.output
	}
	if cmd.Stderr == nil {
		cmd.Stderr = p.output
	}
	cmd.WaitDelay = stopTime                              // output that a child of its own still holds open
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // children, such as those of "go run", stop with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() { p.Stop() })
	p.await(t, address)
	return p
}

func (p *Process) await(t testing.TB, address string) {
	t.Helper()
	for deadline := time.Now().Add(startTime); time.Now().Before(deadline); {
		select {
		case <-p.done:
			t.Fatalf("%s ended before it answered: %v\n%s", p.cmd.Path, p.err, p.Output())
		default:
		}
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			conn.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s does not answer at %s\n%s", p.cmd.Path, address, p.Output())
}

// Output returns what the process has printed so far to the streams that the caller did not take.
func (p *Process) Output() string { return p.output.String() }

// Pid returns the id of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Stop ends the process and returns how it ended. It may be called again.
func (p *Process) Stop() error {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopTime):
		p.signal(syscall.SIGKILL)
		<-p.done
	}
	return p.err
}

// signal reaches the whole group, and nobody once the process is gone: its id may be another's by then.
func (p *Process) signal(s syscall.Signal) {
	select {
	case <-p.done:
		return
	default:
	}
	if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.cmd.Process.Signal(s)
	}
}

// output gathers what a process prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
