package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// git runs git in a repository that is hostile. Nothing of its configuration may start a program: no hooks,
// no external diff or textconv, no file system monitor, no signature check, no fetch. Only commands that
// leave the working tree alone are used, because reading it may run the repository's filters.
type git struct{ dir string }

func (g git) command(ctx context.Context, args ...string) *exec.Cmd {
	safe := []string{
		"--no-pager", "--no-replace-objects", "--literal-pathspecs",
		"-c", "core.hooksPath=" + os.DevNull, "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false",
		"-c", "core.attributesFile=" + os.DevNull, "-c", "core.quotePath=false", "-c", "diff.external=",
		"-c", "diff.suppressBlankEmpty=false", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false", "-c", "diff.srcPrefix=a/", "-c", "diff.dstPrefix=b/",
		"-c", "diff.renames=false", "-c", "log.showSignature=false", "-c", "log.follow=false",
		"-c", "protocol.allow=never", "-c", "submodule.recurse=false", "-c", "diff.ignoreSubmodules=all", "-c", "safe.directory=*",
	}
	cmd := exec.CommandContext(ctx, "git", append(safe, args...)...)
	cmd.Dir = g.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.DevNull, "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none", "GIT_ATTR_NOSYSTEM=1",
		"GIT_CEILING_DIRECTORIES=" + os.Getenv("GIT_CEILING_DIRECTORIES"),
	}
	return cmd
}

// maxOutput bounds what one short command may print, in bytes.
const maxOutput = 256 << 20

// output runs a command whose answer is short.
func (g git) output(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	err := g.stream(ctx, func(r *bufio.Reader) error {
		_, err := io.Copy(&out, io.LimitReader(r, maxOutput))
		return err
	}, args...)
	return out.String(), err
}

// stream hands a command's output to read, and its error text to the error.
func (g git) stream(ctx context.Context, read func(*bufio.Reader) error, args ...string) error {
	cmd := g.command(ctx, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &limited{w: &stderr, n: 4096}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("running git: %w", err)
	}
	readErr := read(bufio.NewReaderSize(out, 256<<10))
	if readErr != nil {
		cmd.Process.Kill()
	}
	io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil && readErr == nil {
		return fmt.Errorf("running git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return readErr
}

// limited keeps the first n bytes.
type limited struct {
	w io.Writer
	n int
}

func (l *limited) Write(p []byte) (int, error) {
	keep := p[:min(len(p), l.n)]
	l.n -= len(keep)
	if _, err := l.w.Write(keep); err != nil {
		return 0, err
	}
	return len(p), nil
}

// paths runs a command that prints paths with NUL behind each.
func (g git) paths(ctx context.Context, args ...string) ([]string, error) {
	out, err := g.output(ctx, args...)
	if err != nil || out == "" {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(out, "\x00"), "\x00"), nil
}

// isRepository says whether dir belongs to a repository with objects that git can read.
func (g git) isRepository(ctx context.Context) (found, bare bool, err error) {
	if _, err := exec.LookPath("git"); err != nil {
		return false, false, errors.New("git is not installed")
	}
	out, err := g.output(ctx, "rev-parse", "--is-bare-repository")
	if err != nil {
		return false, false, nil
	}
	return true, strings.TrimSpace(out) == "true", nil
}

// blobs reads objects by name through one process. Names are read as git's revision syntax, so callers give
// object ids alone.
func (g git) blobs(ctx context.Context, ids []string, read func(id string, size int64, r io.Reader) error) error {
	cmd := g.command(ctx, "cat-file", "--batch")
	cmd.Stdin = strings.NewReader(strings.Join(ids, "\n") + "\n")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("running git: %w", err)
	}
	err = readBlobs(bufio.NewReaderSize(out, 256<<10), ids, read)
	if err != nil {
		cmd.Process.Kill()
	}
	io.Copy(io.Discard, out)
	return errors.Join(err, ignoreKilled(cmd.Wait(), err))
}

func ignoreKilled(waited, cause error) error {
	if cause != nil {
		return nil
	}
	return waited
}

func readBlobs(r *bufio.Reader, ids []string, read func(string, int64, io.Reader) error) error {
	for _, id := range ids {
		header, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("reading object %s: %w", id, err)
		}
		fields := strings.Fields(header)
		if len(fields) != 3 { // "id missing"
			if err := read(id, -1, strings.NewReader("")); err != nil {
				return err
			}
			continue
		}
		size, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			return fmt.Errorf("reading object %s: %w", id, err)
		}
		body := io.LimitReader(r, size)
		if err := read(id, size, body); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, body); err != nil {
			return err
		}
		if _, err := r.Discard(1); err != nil {
			return err
		}
	}
	return nil
}
