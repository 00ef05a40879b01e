//go:build !noaudit

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/mend"
	"sallyport/internal/finding"
)

// mendAll does what a machine may do about the findings, and shows the rest.
func mendAll(io stdio, dir string, p *audit.Project, found []finding.Finding) error {
	var errs []error
	for _, c := range mend.Plan(p, found) {
		if c.Show != "" {
			_, err := fmt.Fprintf(io.err, "%s: %s, by hand:\n  + %s\n", c.Path, c.What, c.Show)
			errs = append(errs, err)
			continue
		}
		if err := apply(dir, c); err != nil {
			errs = append(errs, fmt.Errorf("mending %s: %w", c.Path, err))
			continue
		}
		_, err := fmt.Fprintf(io.err, "%s: %s, done\n%s", c.Path, c.What, added(c.Append))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func added(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimPrefix(text, "\n")) {
		b.WriteString("  + " + line)
	}
	return b.String()
}

// apply refuses symbolic links: what they point to is not part of the project.
func apply(dir string, c mend.Change) error {
	name := filepath.Join(dir, filepath.FromSlash(c.Path))
	info, err := os.Lstat(name)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return errors.New("it is no regular file")
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return err
	case c.Mode != 0:
		return os.Chmod(name, c.Mode)
	}
	before := []byte{}
	if info != nil {
		if before, err = os.ReadFile(name); err != nil {
			return err
		}
	}
	return replaceFile(name, append(before, c.Append...))
}
