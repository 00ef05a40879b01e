package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// sealed checks the file at path against its seal and returns the path to open, which is a private copy when
// dir is given, and the content hash.
func sealed(ctx context.Context, path, dir string) (_, hash string, err error) {
	if err := beside(path); err != nil {
		return "", "", err
	}
	file, err := openRegular(path)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if dir == "" {
		hash, err := verify(ctx, file, io.Discard)
		return path, hash, err
	}
	return private(ctx, file, dir)
}

// openRegular opens a file that ends: to open a named pipe would wait for a writer, and a device has no end.
func openRegular(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notSealed("it is not a regular file")
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// verify hashes the file, copying it to out, and compares the hash with the seal.
func verify(ctx context.Context, file *os.File, out io.Writer) (string, error) {
	if err := whole(file); err != nil {
		return "", err
	}
	at, digits, err := findSeal(file)
	if err != nil {
		return "", err
	}
	hash, err := hashAround(ctx, file, at, out)
	if err != nil {
		return "", err
	}
	if hash != digits {
		return "", notSealed("it was changed after it was built: its content hash is %.12s and its seal says %.12s", hash, digits)
	}
	return hash, nil
}

// unfinished names copies that are being made.
const unfinished = "copy-*.tmp"

// private copies the file into dir under its hash. What is hashed is what is copied.
func private(ctx context.Context, file *os.File, dir string) (path, hash string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", fmt.Errorf("making folder for private copy: %w", err)
	}
	out, err := os.CreateTemp(dir, unfinished)
	if err != nil {
		return "", "", fmt.Errorf("making private copy: %w", err)
	}
	hash, err = verify(ctx, file, out)
	path = CopiedFile(dir, hash)
	if err := finish(out, err, 0o400, path); err != nil {
		return "", "", err
	}
	return path, hash, nil
}

// abandoned is the age at which a copy that was begun is nobody's any more: its process was killed.
const abandoned = time.Hour

// Prune removes from dir, the CopyDir of [Options], the copies that have none of the content hashes keep and were made
// long ago, and what killed processes left unfinished. What is younger may be another process's that is about to serve
// it. A copy that is still open stays readable until it is closed.
func Prune(dir string, keep []string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("removing earlier copies: %w", err)
	}
	var errs []error
	for _, e := range entries {
		hash, copied := strings.CutSuffix(e.Name(), copySuffix)
		begun, _ := filepath.Match(unfinished, e.Name())
		if !begun && (!copied || len(hash) != hashDigits || slices.Contains(keep, hash)) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			errs = append(errs, ignoreMissing(os.Remove(filepath.Join(dir, e.Name()))))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing earlier copies: %w", err)
	}
	return nil
}

const copySuffix = ".sqlite"

// CopiedFile is the path of the private copy of the dataset with that content hash in dir.
func CopiedFile(dir, hash string) string { return filepath.Join(dir, hash+copySuffix) }

// Place puts the sealed file at path in the place of the file at target, as a whole or not at all, readable by
// everybody and writable by nobody. What it writes is checked while it is written: where that has not the content hash
// want, the error wraps [dataset.ErrNotSealed] and target stays as it was.
func Place(ctx context.Context, path, want, target string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("placing %s: %w", target, err)
		}
	}()
	file, err := openRegular(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*.tmp")
	if err != nil {
		return err
	}
	hash, err := verify(ctx, file, out)
	if err == nil && hash != want {
		err = notSealed("its content hash is %.12s, and %.12s is wanted", hash, want)
	}
	return finish(out, err, 0o444, target)
}

// finish gives a file that was written its mode and its name durably, or removes it when it failed.
func finish(out *os.File, err error, mode os.FileMode, name string) error {
	if err == nil {
		err = errors.Join(out.Chmod(mode), out.Sync())
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(out.Name(), name)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(out.Name())))
	}
	return SyncFolder(filepath.Dir(name))
}

// SyncFolder makes a rename in the folder dir last through a power cut, where the system can.
func SyncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return nil // a folder that may be written but not read; the file is in place
	}
	err = folder.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}
