//go:build !noaudit

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

type hookCommand struct {
	Install hookInstallCommand `cmd:"" help:"Audit what is staged before each commit."`
}

type hookInstallCommand struct {
	Dir string `arg:"" optional:"" default:"." help:"Folder of the repository."`
}

// Help gives examples.
func (hookInstallCommand) Help() string {
	return `Examples:
  sallyport hook install

It writes the pre-commit hook of this repository, and never overwrites one: then it shows the lines to add, and
exits with 1. A hook that cannot find sallyport refuses the commit.`
}

// preCommit fails closed: a program that is not there audits nothing.
const preCommit = `#!/bin/sh
# Audits what is staged. A place is accepted by a comment: sallyport:ignore RULE reason.
command -v sallyport >/dev/null 2>&1 || {
	echo "sallyport is not in PATH, so the commit was not audited; install it, or remove $0" >&2
	exit 1
}
exec sallyport audit --staged --fail-on medium
`

// Run writes the hook where git looks for it.
func (c *hookInstallCommand) Run(io stdio) error {
	git := exec.Command("git", "rev-parse", "--git-path", "hooks")
	git.Dir = c.Dir
	out, err := git.Output()
	if err != nil {
		return &usageError{errors.New("installing hook: the folder belongs to no git repository")}
	}
	folder := strings.TrimSpace(string(out))
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(c.Dir, folder)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("installing hook: %w", err)
	}
	name := filepath.Join(folder, "pre-commit")
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("installing hook: %s exists; hint: add this line to it: sallyport audit --staged --fail-on medium || exit 1", name)
	}
	if err != nil {
		return fmt.Errorf("installing hook: %w", err)
	}
	_, err = f.WriteString(preCommit)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("installing hook: %w", err), os.Remove(name))
	}
	_, err = fmt.Fprintln(io.out, "wrote", name)
	return err
}
