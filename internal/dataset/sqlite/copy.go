package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	if err == nil {
		err = errors.Join(out.Chmod(0o400), out.Sync())
	}
	if err = errors.Join(err, out.Close()); err == nil {
		path = filepath.Join(dir, hash+".sqlite")
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		return "", "", errors.Join(err, ignoreMissing(os.Remove(out.Name())))
	}
	return path, hash, nil
}

// abandoned is the age at which a copy that was begun is nobody's any more: its process was killed.
const abandoned = time.Hour

// forget removes the copies of earlier generations, and those that a killed process left unfinished. One that is
// still open stays readable until it is closed.
func forget(dir, keep string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("removing earlier copies: %w", err)
	}
	for _, e := range entries {
		if e.Name() == keep || !isOurs(e) {
			continue
		}
		if err := ignoreMissing(os.Remove(filepath.Join(dir, e.Name()))); err != nil {
			return fmt.Errorf("removing earlier copy: %w", err)
		}
	}
	return nil
}

// isOurs says whether e is a copy, or the abandoned beginning of one.
func isOurs(e os.DirEntry) bool {
	if filepath.Ext(e.Name()) == ".sqlite" {
		return len(e.Name()) == hashDigits+len(".sqlite")
	}
	if begun, _ := filepath.Match(unfinished, e.Name()); !begun {
		return false
	}
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) > abandoned
}
