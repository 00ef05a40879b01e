package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// sealed checks the file at path against its seal and returns the path to open, which is a private copy when
// dir is given, and the content hash.
func sealed(ctx context.Context, path, dir string) (_, hash string, err error) {
	if err := beside(path); err != nil {
		return "", "", err
	}
	file, err := os.Open(path)
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

// private copies the file into dir under its hash. What is hashed is what is copied.
func private(ctx context.Context, file *os.File, dir string) (path, hash string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", fmt.Errorf("making folder for private copy: %w", err)
	}
	out, err := os.CreateTemp(dir, "copy-*.tmp")
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

// forget removes the copies of earlier generations. One that is still open stays readable until it is closed.
func forget(dir, keep string) error {
	old, err := filepath.Glob(filepath.Join(dir, "*.sqlite"))
	if err != nil {
		return err
	}
	for _, path := range old {
		name := filepath.Base(path)
		if name != keep && len(name) == hashDigits+len(".sqlite") {
			if err := ignoreMissing(os.Remove(path)); err != nil {
				return fmt.Errorf("removing earlier copy: %w", err)
			}
		}
	}
	return nil
}
