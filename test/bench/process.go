package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server under measurement, on the first processor where that can be arranged; the load runs
// on the others.
type process struct {
	address string
	profile string // where its profiler writes, if it has one
	cmd     *exec.Cmd
}

func startProcess(address, log string, env []string, command ...string) (*process, error) {
	if taskset, err := exec.LookPath("taskset"); err == nil {
		command = append([]string{taskset, "-c", "0"}, command...)
	}
	p := &process{address: address, profile: log + ".profile", cmd: exec.Command(command[0], command[1:]...)}
	p.cmd.Env = append(append(os.Environ(), "BENCH_PROFILE="+p.profile), env...)
	stderr, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer stderr.Close()
	p.cmd.Stderr = stderr
	access, err := os.Create(log + ".access")
	if err != nil {
		return nil, err
	}
	defer access.Close()
	p.cmd.Stdout = access
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, p.wait(log)
}

// wait returns once the server takes connections.
func (p *process) wait(log string) error {
	for range 200 {
		if conn, err := net.Dial("tcp", p.address); err == nil {
			return conn.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(log)
	p.stop()
	return fmt.Errorf("the server on %s did not start: %s", p.address, text)
}

func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.cmd.Wait()
}

// cpu is user and system time so far, from /proc.
func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "stat"))
	if err != nil {
		return 0, fmt.Errorf("reading the server's CPU time: %w", err)
	}
	_, rest, ok := strings.Cut(string(stat), ") ") // the name may hold spaces
	fields := strings.Fields(rest)
	if !ok || len(fields) < 13 {
		return 0, errors.New("reading the server's CPU time: unknown format")
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that Go supports
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// resident is the memory in use, in bytes, and what of it is the process's own and no part of a file; 0 when unknown.
func (p *process) resident() (all, own int64) {
	status, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status"))
	return kilobytes(string(status), "VmRSS:"), kilobytes(string(status), "RssAnon:")
}

func kilobytes(status, name string) int64 {
	for line := range strings.SplitSeq(status, "\n") {
		if value, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
