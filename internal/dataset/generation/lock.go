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
	lock, err := openOwn(filepath.Join(s.dir, lockFile), os.O_RDWR|os.O_CREATE)
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
	folder, err := os.OpenFile(s.dir, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	return errors.Join(giveToOwner(filepath.Dir(s.dir), folder), folder.Close())
}

// openOwn opens a regular file of the store. What the owner of the folder has linked there is none: he may not be the one
// who runs the command, and what that opens is given to him.
func openOwn(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !isOwn(info) {
		err = fmt.Errorf("%s is a link, or no regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func isOwn(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return info.Mode().IsRegular() && ok && stat.Nlink == 1
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
