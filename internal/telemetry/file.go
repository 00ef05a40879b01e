package telemetry

import (
	"fmt"
	"os"
	"sync"
)

// File is a log file that can be opened anew after it was rotated. It is safe for concurrent use.
type File struct {
	path string
	mu   sync.Mutex
	file *os.File
}

// OpenFile opens or makes the file at path for appending, readable by its owner alone.
func OpenFile(path string) (*File, error) {
	f := &File{path: path}
	return f, f.Reopen()
}

// Reopen opens path anew: after a rotation, what follows goes to the new file. When that fails the one that is
// open stays in use.
func (f *File) Reopen() error {
	fresh, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening log: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		f.file.Close()
	}
	f.file = fresh
	return nil
}

// Write appends p.
func (f *File) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.file.Write(p)
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.file.Close()
}
