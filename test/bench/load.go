package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// measure keeps every connection busy for the duration, after a short warm-up.
func measure(v *variant, duration time.Duration, connections int) (sample, error) {
	if _, err := load(v, duration/10, connections); err != nil {
		return sample{}, err
	}
	before, err := v.server.cpu()
	if err != nil {
		return sample{}, err
	}
	started := time.Now()
	answers, err := load(v, duration, connections)
	if err != nil {
		return sample{}, err
	}
	elapsed := time.Since(started)
	after, err := v.server.cpu()
	if err != nil || answers == 0 {
		return sample{}, errors.Join(err, errors.New("no answers"))
	}
	return sample{throughput: float64(answers) / elapsed.Seconds(), cpu: (after - before) / time.Duration(answers)}, nil
}

func load(v *variant, duration time.Duration, connections int) (int, error) {
	deadline := time.Now().Add(duration)
	counts, errs := make([]int, connections), make([]error, connections)
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() { counts[i], errs[i] = client(v, i, deadline) })
	}
	wg.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	return total, errors.Join(errs...)
}

// client sends one request after the other over one connection.
func client(v *variant, first int, deadline time.Time) (int, error) {
	conn, err := net.Dial("tcp", v.server.address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	reader := bufio.NewReaderSize(conn, 16<<10)
	n := 0
	for i := first * 7; time.Now().Before(deadline); i++ {
		if _, err := conn.Write(v.requests[i%len(v.requests)]); err != nil {
			return n, err
		}
		if err := answer(reader, v.status); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// answer reads one response with a Content-Length and wants its status.
func answer(r *bufio.Reader, status string) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < 12 || string(line[9:12]) != status {
		return fmt.Errorf("want status %s, got %q", status, line)
	}
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	_, err = r.Discard(length)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
