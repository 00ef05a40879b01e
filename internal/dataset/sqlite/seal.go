package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"sallyport/internal/dataset"
)

// The seal is the SHA-256 of the whole file with its own digits read as zeros. The digits follow a marker on
// the second page, which is the seal table's alone.
const (
	sealFormat = "sallyport 1"
	sealMarker = "sha256:"
	hashDigits = 2 * sha256.Size
	magic      = "SQLite format 3\x00"
)

// stamp computes the hash of a file whose seal holds zeros and writes it there.
func stamp(ctx context.Context, path string) (_ string, err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	at, _, err := findSeal(file)
	if err != nil {
		return "", err
	}
	hash, err := hashAround(ctx, file, at, io.Discard)
	if err != nil {
		return "", err
	}
	_, err = file.WriteAt([]byte(hash), at)
	return hash, err
}

// findSeal returns where the digits of the seal stand, and the digits.
func findSeal(file io.ReaderAt) (int64, string, error) {
	head := make([]byte, 100)
	if _, err := file.ReadAt(head, 0); err != nil || string(head[:len(magic)]) != magic {
		return 0, "", notSealed("the file is no SQLite database")
	}
	size := int64(binary.BigEndian.Uint16(head[16:]))
	if size == 1 {
		size = 65536
	}
	page := make([]byte, size)
	if _, err := file.ReadAt(page, size); err != nil {
		return 0, "", notSealed("it has no seal")
	}
	marker := []byte(sealFormat + sealMarker)
	at := bytes.Index(page, marker)
	if at < 0 || bytes.Count(page, marker) != 1 || at+len(marker)+hashDigits > len(page) {
		return 0, "", notSealed("it has no seal")
	}
	at += len(marker)
	return size + int64(at), string(page[at : at+hashDigits]), nil
}

// HasSeal says whether the file at path is one that a build made, whatever became of it since. The error wraps
// [fs.ErrNotExist] when there is none.
func HasSeal(path string) (_ bool, err error) {
	file, err := openRegular(path)
	if errors.Is(err, dataset.ErrNotSealed) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, _, err = findSeal(file)
	if errors.Is(err, dataset.ErrNotSealed) {
		return false, nil
	}
	return err == nil, err
}

// whole compares the size of the file with the number of pages in its header.
func whole(file *os.File) error {
	head := make([]byte, 100)
	if _, err := file.ReadAt(head, 0); err != nil || string(head[:len(magic)]) != magic {
		return notSealed("the file is no SQLite database")
	}
	size := int64(binary.BigEndian.Uint16(head[16:]))
	if size == 1 {
		size = 65536
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if want := size * int64(binary.BigEndian.Uint32(head[28:])); info.Size() < want {
		return notSealed("it is truncated: %d of %d bytes are there", info.Size(), want)
	}
	return nil
}

// hashAround reads the file once, copying it to out, and hashes it with the digits at the place at as zeros.
func hashAround(ctx context.Context, file io.ReaderAt, at int64, out io.Writer) (string, error) {
	hash := sha256.New()
	zeros := strings.Repeat("0", hashDigits)
	buffer := make([]byte, 1<<18)
	for offset := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := file.ReadAt(buffer, offset)
		if _, err := out.Write(buffer[:n]); err != nil {
			return "", err
		}
		overlay(buffer[:n], offset, at, zeros)
		hash.Write(buffer[:n])
		offset += int64(n)
		if err == io.EOF {
			return hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// overlay writes text, which belongs at the place at of the file, over the part of it that chunk holds.
func overlay(chunk []byte, offset, at int64, text string) {
	from, to := max(at, offset), min(at+int64(len(text)), offset+int64(len(chunk)))
	if from < to {
		copy(chunk[from-offset:to-offset], text[from-at:])
	}
}

func notSealed(format string, args ...any) error {
	return fmt.Errorf("%w: %s; build it again with `sallyport build`", dataset.ErrNotSealed, fmt.Sprintf(format, args...))
}
