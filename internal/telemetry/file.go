package telemetry

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
)

// File is a log file that can be opened anew after it was rotated. It is safe for concurrent use: a write that
// stalls, as to a pipe that nobody reads, holds up neither [File.Reopen] nor [File.Close].
type File struct {
	path string
	file atomic.Pointer[os.File]
}

// OpenFile opens or makes the file at path for appending, readable by its owner alone. A named pipe needs a reader.
func OpenFile(path string) (*File, error) {
	f := &File{path: path}
	return f, f.Reopen()
}

// Reopen opens path anew: after a rotation, what follows goes to the new file. When that fails the one that is
// open stays in use.
func (f *File) Reopen() error {
	// Without O_NONBLOCK a named pipe would keep the caller until somebody reads it.
	fresh, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return fmt.Errorf("opening log: %w", err)
	}
	if before := f.file.Swap(fresh); before != nil {
		before.Close()
	}
	return nil
}

// Write appends p. What a rotation interrupts goes on in the new file.
func (f *File) Write(p []byte) (int, error) {
	written := 0
	for {
		file := f.file.Load()
		n, err := file.Write(p[written:])
		written += n
		if !errors.Is(err, os.ErrClosed) || f.file.Load() == file {
			return written, err
		}
	}
}

// Close closes the file.
func (f *File) Close() error { return f.file.Load().Close() }
