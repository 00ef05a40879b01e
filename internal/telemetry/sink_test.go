package telemetry

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// numbered returns the line with a number.
func numbered(n int) []byte { return []byte("line " + strconv.Itoa(n) + "\n") }

func TestSinkWritesEverythingInOrder(t *testing.T) {
	var out, want bytes.Buffer
	s := NewSink(&out, 1<<20)
	for n := range 1000 {
		s.Write(numbered(n))
		want.Write(numbered(n))
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out.String() != want.String() || s.Dropped() != 0 {
		t.Errorf("%d bytes of %d, %d dropped", out.Len(), want.Len(), s.Dropped())
	}
	if _, err := s.Write(numbered(1)); !errors.Is(err, ErrClosed) || s.Dropped() != 1 {
		t.Errorf("a closed sink takes lines: %v, %d dropped", err, s.Dropped())
	}
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// account reads a log and returns how many lines arrived and how many it says were lost. It fails on lines
// that are neither whole nor in order.
func account(t *testing.T, log string) (arrived int, lost uint64) {
	t.Helper()
	last := -1
	for line := range strings.Lines(log) {
		var notice struct {
			Lost uint64 `json:"lost_lines"`
		}
		if json.Unmarshal([]byte(line), &notice) == nil && notice.Lost > 0 {
			lost += notice.Lost
			continue
		}
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(line, "line "), "\n"))
		if err != nil || n <= last || !strings.HasSuffix(line, "\n") {
			t.Fatalf("line %q after line %d", line, last)
		}
		last = n
		arrived++
	}
	return arrived, lost
}

func TestStalledReaderLosesLinesAndNothingElse(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSink(writer, 4096)
	const most = 100_000 // far more than the pipe and the buffers hold; nobody reads
	for n := range most {
		s.Write(numbered(n)) // a Write that blocked would hang the test
	}
	if dropped := s.Dropped(); dropped == 0 || dropped >= most {
		t.Errorf("%d lines dropped of %d", dropped, most)
	}
	read := make(chan string)
	go func() {
		all, _ := io.ReadAll(reader)
		read <- string(all)
	}()
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	arrived, lost := account(t, <-read)
	if uint64(arrived)+lost != most || lost != s.Dropped() {
		t.Errorf("%d arrived and %d are said to be lost of %d, %d counted", arrived, lost, most, s.Dropped())
	}
}

func TestCloseGivesUpOnAStalledReader(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	s := NewSink(writer, 1<<20)
	line := bytes.Repeat([]byte("x"), 1023)
	for range 200 { // more than a pipe holds
		s.Write(append(line, '\n'))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close returned %v", err)
	}
	if s.Dropped() != 200 {
		t.Errorf("%d dropped, want all 200 that nobody has read", s.Dropped())
	}
}

func TestFullDiskLosesLinesAndNothingElse(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer full.Close()
	s := NewSink(full, 1<<16)
	for n := range 100 {
		s.Write(numbered(n))
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.Dropped() != 100 {
		t.Errorf("%d dropped, want 100", s.Dropped())
	}
}

func TestClosedPipeLosesLinesAndNothingElse(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	s := NewSink(writer, 1<<16)
	s.Write(numbered(1))
	if err := s.Close(t.Context()); err != nil || s.Dropped() != 1 {
		t.Errorf("%d dropped, %v", s.Dropped(), err)
	}
}

// The test binary starts itself with its standard output closed at the other end.
func TestClosedStandardOutputDoesNotEndTheProgram(t *testing.T) {
	if os.Getenv("SALLYPORT_TEST_SIGPIPE") != "" {
		signal.Ignore(syscall.SIGPIPE)
		s := NewSink(os.Stdout, 1<<16)
		s.Write(numbered(1))
		s.Close(context.Background())
		os.Stderr.WriteString("dropped " + strconv.FormatUint(s.Dropped(), 10))
		os.Exit(0)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), "SALLYPORT_TEST_SIGPIPE=1")
	var stderr bytes.Buffer
	command.Stdout, command.Stderr = writer, &stderr
	if err := command.Run(); err != nil || stderr.String() != "dropped 1" {
		t.Errorf("%v, %q", err, stderr.String())
	}
}

// faulty is a writer whose behaviour the test changes.
type faulty struct {
	mu    sync.Mutex
	out   bytes.Buffer
	limit int // bytes of each write that are taken before it fails; below 0 all
}

func (f *faulty) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limit < 0 || f.limit >= len(p) {
		return f.out.Write(p)
	}
	n, _ := f.out.Write(p[:f.limit])
	return n, syscall.ENOSPC
}

func (f *faulty) set(limit int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limit = limit
}

func TestLostLinesAreToldWhenTheSinkWorksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &faulty{limit: -1}
		s := NewSink(f, 1<<16)
		write := func(from, to int) {
			for n := from; n < to; n++ {
				s.Write(numbered(n))
			}
			time.Sleep(time.Second) // of the test's own clock: the batch is written
			synctest.Wait()
		}
		write(0, 10)
		f.set(0)
		write(10, 20)
		f.set(-1)
		write(20, 30)
		write(30, 40)
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		arrived, lost := account(t, f.out.String())
		if arrived != 30 || lost != 10 || strings.Count(f.out.String(), "lost_lines") != 1 {
			t.Errorf("%d arrived, %d lost:\n%s", arrived, lost, f.out.String())
		}
	})
}

func TestTornLineIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &faulty{limit: 10} // "line 1\nlin"
		s := NewSink(f, 1<<16)
		s.Write([]byte("line 1\nline 2\nline 3\n"))
		time.Sleep(time.Second)
		synctest.Wait()
		f.set(-1)
		s.Write([]byte("line 4\n"))
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		var lines []string
		scanner := bufio.NewScanner(&f.out)
		for scanner.Scan() {
			lines = append(lines, scanner.Text())
		}
		if len(lines) != 4 || lines[0] != "line 1" || lines[1] != "lin" || !strings.Contains(lines[2], `"lost_lines":2`) || lines[3] != "line 4" {
			t.Errorf("lines %q, %d dropped", lines, s.Dropped())
		}
	})
}

func TestSinkFromManyGoroutines(t *testing.T) {
	var out bytes.Buffer
	s := NewSink(&out, 1<<12)
	var group sync.WaitGroup
	const writers, each = 8, 2000
	for range writers {
		group.Go(func() {
			for range each {
				s.Write([]byte("line\n"))
			}
		})
	}
	group.Wait()
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	arrived := strings.Count(out.String(), "line\n")
	if uint64(arrived)+s.Dropped() != writers*each {
		t.Errorf("%d arrived and %d dropped of %d", arrived, s.Dropped(), writers*each)
	}
}
