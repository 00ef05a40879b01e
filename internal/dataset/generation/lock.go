package generation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"sallyport/internal/dataset/sqlite"
)

const (
	lockFile = "lock"
	patience = 30 * time.Second // for the work of another process on a large file
	pause    = 20 * time.Millisecond
)

// locked does work while no other process does any here. The lock is the kernel's and ends with the process.
func (s *Store) locked(ctx context.Context, work func() error) (err error) {
	if err := s.makeFolder(); err != nil {
		return fmt.Errorf("making folder for generations: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(s.dir, lockFile), os.O_RDWR|os.O_CREATE|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return fmt.Errorf("locking the generations: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := errors.Join(giveToOwner(s.dir, lock), acquire(ctx, lock)); err != nil {
		return fmt.Errorf("locking the generations: %w", err)
	}
	return work()
}

func (s *Store) makeFolder() error {
	if _, err := os.Stat(s.dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	folder, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(giveToOwner(filepath.Dir(s.dir), folder), folder.Close())
}

func acquire(ctx context.Context, lock *os.File) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("another process has held %s for %v", lock.Name(), patience))
	defer cancel()
	for {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// change edits the journal, and removes the copies of generations that it no longer keeps.
func (s *Store) change(ctx context.Context, edit func(*journal) error) error {
	return s.locked(ctx, func() error {
		j, err := s.read()
		if err != nil {
			return err
		}
		before := j.Generations
		if err := edit(j); err != nil {
			return err
		}
		if err := s.write(j); err != nil {
			return err
		}
		return s.prune(before, j)
	})
}

func (s *Store) prune(before []Generation, j *journal) error {
	var keep []string
	for _, g := range j.Generations {
		keep = append(keep, g.Hash)
	}
	var errs []error
	for _, g := range before {
		if j.find(func(one Generation) bool { return one.Hash == g.Hash }) == nil {
			errs = append(errs, ignoreMissing(os.Remove(s.File(g))))
		}
	}
	return errors.Join(append(errs, sqlite.Prune(s.dir, keep))...)
}

// giveToOwner gives f to whom the folder dir belongs: what a command of root's makes must not lock the server out.
func giveToOwner(dir string, f *os.File) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || owner.Uid == 0 {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}
