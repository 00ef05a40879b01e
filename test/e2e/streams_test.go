package e2e

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The access log may be anywhere: whatever becomes of it, requests go on.

// flood makes more requests than a pipe holds lines.
func flood(t *testing.T, s *process, n int) {
	t.Helper()
	client := &http.Client{Timeout: patience}
	for i := range n {
		r, err := http.NewRequest(http.MethodGet, "http://"+s.address+"/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatalf("request %d: %v\n%s", i, err, s.logs)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("request %d: %d", i, resp.StatusCode)
		}
	}
}

func TestFullDiskCostsLinesNotRequests(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here: ", err)
	}
	defer full.Close()
	d := deploy(t, "prod")
	d.stdout = full
	s := d.start(t)
	flood(t, s, 200)
	if code := s.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.logs)
	}
}

func TestClosedPipeCostsLinesNotRequests(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d := deploy(t, "prod")
	d.stdout = writer
	s := d.start(t)
	writer.Close() // the program has its own
	reader.Close() // and now nobody reads
	flood(t, s, 200)
	if code := s.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.logs)
	}
}

func TestStalledReaderCostsLinesNotRequests(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d := deploy(t, "prod")
	d.stdout = writer
	s := d.start(t)
	writer.Close()
	flood(t, s, 20_000) // some megabytes of lines; the pipe and the buffer hold less
	got := newLogs()
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = reader.WriteTo(got)
	}()
	got.wait(t, s.done, `"lost_lines":\d+`)
	s.stop(t)
	<-read
	for line := range strings.Lines(got.String()) {
		if !regexp.MustCompile(`^\{"time":"[^"]+",.*\}\n$`).MatchString(line) {
			t.Fatalf("line %q is cut or mixed", line)
		}
	}
}

func TestClosedErrorStreamStopsNothing(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d := deploy(t, "tight")
	s := &process{command: d.command(d.args...), done: make(chan error, 1), logs: newLogs(), access: newLogs()}
	s.command.Stdout, s.command.Stderr = s.access, writer
	started := make(chan struct{})
	go func() {
		defer close(started)
		lines := bufio.NewReader(reader)
		for line := ""; !strings.Contains(line, "serving"); {
			if line, err = lines.ReadString('\n'); err != nil {
				return
			}
			_, _ = io.WriteString(s.logs, line)
		}
	}()
	s.launch(t)
	<-started
	writer.Close()
	reader.Close()
	for range 5 {
		s.get(t, "/v1/stats", "GOLD", header("X-RapidAPI-Proxy-Secret", "wrong"))
	}
	if resp, body := s.get(t, "/v1/stats", "GOLD"); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if resp, body := s.get(t, "/v1/stats", "GOLD"); resp.StatusCode != http.StatusOK {
		t.Errorf("after an event that nobody reads: %d %s", resp.StatusCode, body)
	}
}
