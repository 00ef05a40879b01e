package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"os"
	"os/exec"
	"path/filepath"
)

// keep writes an upload beside its target and renames it.
func (s *server) keep(id string, from io.Reader) (err error) {
	temporary, err := os.CreateTemp(s.config.dir, "upload-*")
	if err != nil {
		return fmt.Errorf("making a file: %w", err)
	}
	defer os.Remove(temporary.Name())
	defer temporary.Close()
	if _, err := io.Copy(temporary, io.LimitReader(from, s.config.maxBytes)); err != nil {
		return fmt.Errorf("copying: %w", err)
	}
	return os.Rename(temporary.Name(), filepath.Join(s.config.dir, id))
}

// unpack looks into an archive and returns the names in it.
func (s *server) unpack(part multipart.File) ([]string, error) {
	dir, err := os.MkdirTemp("", "unpack-")
	if err != nil {
		return nil, err
	}
	name := filepath.Join(dir, "a.zip")
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(file, part); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range archive.File {
		names = append(names, f.Name)
	}
	archive.Close()
	return names, os.RemoveAll(dir)
}

// thumbnail calls the picture tool of the system.
func thumbnail(from string) ([]byte, error) {
	to := filepath.Join(os.TempDir(), "thumb.jpg")
	if out, err := exec.Command("convert", from, "-thumbnail", "200x200", to).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("convert: %w: %s", err, out)
	}
	return os.ReadFile(to)
}

func (s *server) size() (total int64, err error) {
	err = filepath.WalkDir(s.config.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		total += info.Size()
		return err
	})
	return total, err
}
