package alert

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Files in the directory of a queue.
const (
	queueFile   = "queue"
	queueNew    = "queue.new"     // being written
	queueBad    = "queue.damaged" // the last one that was not read whole
	queueLocked = "queue.lock"
)

const (
	diskRetry     = 5 * time.Second  // after a failure, and for the lock
	diskPatience  = 2 * time.Second  // that senders have with the first look at what is there
	countInterval = 10 * time.Second // counts of groups alone are written this often
)

// disk keeps the state of a notifier in a file. The notifier's lock guards what is below the line; the rest is
// of the one goroutine that does the work, which alone waits for the disk.
type disk struct {
	dir  string
	lock *os.File
	wake chan struct{} // the state has changed
	stop chan struct{} // closed for the last save
	done chan struct{} // closed after it

	ready chan struct{} // closed after the first attempt to read what an earlier process left
	tried sync.Once

	// ---
	state    DiskStats
	version  uint64 // of the state in memory
	saved    uint64 // of the state on disk
	counted  int64  // raised at the last save
	countsAt time.Time
}

// DiskStats tells of the queue on disk. The zero value is a notifier in memory alone.
type DiskStats struct {
	Dir     string `json:"dir,omitempty"`
	Open    bool   `json:"open"`              // this process has the directory
	Current bool   `json:"current"`           // all that waits is on disk
	Error   string `json:"error,omitempty"`   // why not
	Skipped int    `json:"skipped,omitempty"` // records that could not be read; their file is kept as queue.damaged
	Orphans int    `json:"orphans,omitempty"` // records of targets that are no longer configured, dropped
	Unsaved int    `json:"unsaved,omitempty"` // records that were left out of a full file
}

func newDisk(dir string) *disk {
	return &disk{
		dir: dir, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}), ready: make(chan struct{}), state: DiskStats{Dir: dir},
		version: 1, // there is something to write, and it is not there yet
	}
}

func (d *disk) stats() DiskStats {
	s := d.state
	s.Current = s.Open && d.saved == d.version
	return s
}

// await waits for what an earlier process left and spent: without it a program that crashes in a loop would have
// a new budget each time. A disk that stalls is not waited for.
func (d *disk) await(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, diskPatience)
	defer cancel()
	await(ctx, d.ready)
}

func (d *disk) stopping() bool {
	select {
	case <-d.stop:
		return true
	default:
		return false
	}
}

// pause waits for a change; after a failure for a while, whatever changes.
func (d *disk) pause(failed bool) {
	if !failed {
		select {
		case <-d.wake:
		case <-d.stop:
		}
		return
	}
	timer := time.NewTimer(diskRetry)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.stop:
	}
}

// open makes the directory, and takes it if no other process has it.
func (d *disk) open() error {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return fmt.Errorf("opening alert queue: %w", err)
	}
	if err := os.Chmod(d.dir, 0o700); err != nil {
		return fmt.Errorf("opening alert queue: %w", err)
	}
	lock, err := lockFile(filepath.Join(d.dir, queueLocked))
	if err != nil {
		return fmt.Errorf("opening alert queue: %w", err)
	}
	d.lock = lock
	return nil
}

// load reads what an earlier process left. A file that cannot be read whole is kept aside.
func (d *disk) load() (records []record, skipped int, err error) {
	name := filepath.Join(d.dir, queueFile)
	f, err := openRegular(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err == nil {
		records, skipped, err = decodeRecords(f)
		_ = f.Close() // only read
	}
	if err != nil || skipped > 0 {
		skipped = max(1, skipped)
		err = errors.Join(err, os.Rename(name, filepath.Join(d.dir, queueBad)))
	}
	return records, skipped, err
}

// openRegular opens a file without waiting for the other end, should it be a pipe.
func openRegular(name string) (*os.File, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("opening %s: not a regular file", filepath.Base(name))
	}
	return os.Open(name)
}

// save replaces the file, so that it is whole at any moment: written beside it, synced, renamed, and the
// directory synced.
func (d *disk) save(records []record) (unsaved int, err error) {
	file, unsaved := encodeRecords(records)
	temporary := filepath.Join(d.dir, queueNew)
	if err := writeSynced(temporary, file); err != nil {
		_ = os.Remove(temporary) // the error before says more
		return unsaved, fmt.Errorf("writing alert queue: %w", err)
	}
	if err := os.Rename(temporary, filepath.Join(d.dir, queueFile)); err != nil {
		return unsaved, fmt.Errorf("writing alert queue: %w", err)
	}
	return unsaved, syncDir(d.dir)
}

func writeSynced(name string, content []byte) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Sync()
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("syncing directory: %w", err)
	}
	err = f.Sync()
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("syncing directory: %w", err)
	}
	return nil
}
