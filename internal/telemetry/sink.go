package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// DefaultSinkSize is a size for [NewSink]: room for some thousand lines of an access log.
const DefaultSinkSize = 1 << 20

// gatherTime is how long lines are gathered before they are written, so that one write carries many.
const gatherTime = 20 * time.Millisecond

// ErrClosed says that a [Sink] was closed.
var ErrClosed = errors.New("the log is closed")

// Sink writes lines to a writer that may stall or fail, from a goroutine of its own. [Sink.Write] never
// blocks: lines that find no room, and lines that the writer refuses, are dropped and counted. When the writer
// works again, a line says how many were lost.
//
// A write to a closed pipe that is standard output or standard error ends a Go program by SIGPIPE, unless the
// program has called signal.Ignore or signal.Notify for it; do that in main.
//
// A Sink is safe for concurrent use. The writer is used by one goroutine at a time and is not closed.
type Sink struct {
	w    io.Writer
	size int
	wake chan struct{} // lines are waiting
	full chan struct{} // half of the room is taken: do not gather longer
	quit chan struct{}
	done chan struct{}

	mu       sync.Mutex
	active   []byte // being filled
	lines    uint64 // in active
	writing  uint64 // lines that the writer has now
	dropped  uint64
	reported uint64 // of dropped, by a line that was written
	closed   bool
	gaveUp   bool // Close gave up: what the writer still has is counted as dropped

	// Of the flushing goroutine alone.
	spare []byte
	torn  bool // the last write ended inside a line
}

// NewSink returns a Sink with room for size bytes of waiting lines, and as much again while it writes.
func NewSink(w io.Writer, size int) *Sink {
	s := &Sink{w: w, size: size, wake: make(chan struct{}, 1), full: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}), active: make([]byte, 0, size), spare: make([]byte, 0, size)}
	go s.run()
	return s
}

// Write takes lines, each ending in "\n", without blocking. It fails for a closed Sink alone: a line that is
// dropped is counted instead, because the caller can do nothing about it.
func (s *Sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := countLines(p)
	if s.closed || len(s.active)+len(p) > s.size {
		s.dropped += lines
		if s.closed {
			return 0, ErrClosed
		}
		return len(p), nil
	}
	if len(s.active) == 0 {
		poke(s.wake)
	}
	s.active = append(s.active, p...)
	s.lines += lines
	if len(s.active) > s.size/2 {
		poke(s.full)
	}
	return len(p), nil
}

// Dropped returns how many lines were lost so far.
func (s *Sink) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// Close writes what is waiting and stops. When ctx ends first, because the writer stalls, it returns why; the
// lines that were not written are then counted as dropped.
func (s *Sink) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.quit)
	}
	s.mu.Unlock()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped += s.lines + s.writing
	s.active, s.lines, s.writing, s.gaveUp = s.active[:0], 0, 0, true
	return fmt.Errorf("flushing the log: %w", ctx.Err())
}

// poke wakes whoever waits on c, once.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func countLines(p []byte) uint64 { return uint64(bytes.Count(p, []byte{'\n'})) }

func (s *Sink) run() {
	defer close(s.done)
	timer := time.NewTimer(gatherTime)
	for {
		select {
		case <-s.wake:
		case <-s.quit:
			s.flush()
			return
		}
		timer.Reset(gatherTime)
		select {
		case <-timer.C:
		case <-s.full:
		case <-s.quit:
		}
		s.flush()
	}
}

// flush writes what is waiting, after a line about what was lost.
func (s *Sink) flush() {
	batch, lines, lost, total := s.swap()
	if lost > 0 {
		notice := fmt.Appendf(nil, `{"time":"%s","lost_lines":%d}`+"\n", time.Now().UTC().Format(timeLayout), lost)
		if _, err := s.write(notice); err != nil {
			s.settle(lines)
			return
		}
		s.report(total)
	}
	written, err := s.write(batch)
	if err == nil {
		written = len(batch)
	}
	s.settle(lines - countLines(batch[:written]))
}

// swap takes the waiting lines and leaves room for new ones.
func (s *Sink) swap() (batch []byte, lines, lost, total uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch, lines = s.active, s.lines
	s.active, s.spare, s.lines, s.writing = s.spare[:0], s.active, 0, s.lines
	return batch, lines, s.dropped - s.reported, s.dropped
}

// write ends a torn line first, so that what follows is whole lines again.
func (s *Sink) write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if s.torn {
		if _, err := s.w.Write([]byte{'\n'}); err != nil {
			return 0, err
		}
		s.torn = false
	}
	n, err := s.w.Write(p)
	n = max(0, min(n, len(p)))
	if n > 0 {
		s.torn = p[n-1] != '\n'
	}
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return n, err
}

// settle ends the writing of a batch, of which lines were lost.
func (s *Sink) settle(lines uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = 0
	if !s.gaveUp {
		s.dropped += lines
	}
}

func (s *Sink) report(total uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reported = total
}
