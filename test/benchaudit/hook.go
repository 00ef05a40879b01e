package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// An ordinary commit: some lines of a few files, in a project of some size.
const (
	projectFiles = 2000
	changedFiles = 5
	changedLines = 40 // of each file
	fileLines    = 120
)

// project is a repository with the hook of the command, and commits to make in it.
type project struct {
	dir, path string
	round     int
}

// newProject makes the repository, installs the hook, and wants it to refuse a secret: a hook that looks at nothing is
// fast.
func newProject(dir, binary string) (*project, error) {
	p := &project{dir: dir, path: filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH")}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := p.run("git", "init", "-q", "-b", "main"); err != nil {
		return nil, err
	}
	for n := range projectFiles {
		if err := p.write(n); err != nil {
			return nil, err
		}
	}
	for _, command := range [][]string{{"git", "add", "."}, {"git", "commit", "-q", "-m", "all"}, {binary, "hook", "install"}} {
		if err := p.run(command...); err != nil {
			return nil, err
		}
	}
	return p, p.refusesSecret()
}

func (p *project) refusesSecret() error {
	w := &writer{random: newRandom()}
	secret := filepath.Join(p.dir, "secret.py")
	if err := os.WriteFile(secret, []byte(w.secret()), 0o600); err != nil {
		return err
	}
	if err := p.run("git", "add", "secret.py"); err != nil {
		return err
	}
	if p.run("git", "commit", "-q", "-m", "secret") == nil {
		return fmt.Errorf("committing a secret: the hook let it through")
	}
	return p.run("git", "rm", "-q", "-f", "secret.py")
}

// commit changes files, stages them, and measures the commit alone.
func (p *project) commit(options ...string) (time.Duration, error) {
	p.round++
	for i := range changedFiles {
		if err := p.write((p.round*changedFiles + i) * 7 % projectFiles); err != nil {
			return 0, err
		}
	}
	if err := p.run("git", "add", "."); err != nil {
		return 0, err
	}
	start := time.Now()
	err := p.run(append([]string{"git", "commit", "-q", "-m", "change"}, options...)...)
	return time.Since(start), err
}

// write writes a file of plain functions. The first changedLines lines depend on the round.
func (p *project) write(n int) error {
	ending := []string{"py", "js", "go", "ts"}[n%4]
	var b strings.Builder
	if ending == "go" {
		fmt.Fprintf(&b, "package part%d\n\n", n%20)
	}
	for i := range fileLines / 4 {
		seed := n*1000 + i
		if i < changedLines/4 {
			seed += p.round * 100
		}
		switch ending {
		case "py":
			fmt.Fprintf(&b, "def total_%d_%d(items, factor):\n    total = sum(item.price for item in items) * factor\n    return total + %d\n\n", n, i, seed)
		case "go":
			fmt.Fprintf(&b, "func total%d_%d(price, factor int) int {\n\treturn price*factor + %d\n}\n\n", n, i, seed)
		default:
			fmt.Fprintf(&b, "export function total_%d_%d(items, factor) {\n  return items.reduce((sum, item) => sum + item.price, %d) * factor\n}\n\n", n, i, seed)
		}
	}
	name := filepath.Join(p.dir, fmt.Sprintf("part%d", n%20), fmt.Sprintf("file%d.%s", n, ending))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(b.String()), 0o600)
}

func (p *project) run(command ...string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "PATH="+p.path, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com",
		"GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running %s: %w: %s", strings.Join(command, " "), err, out)
	}
	return nil
}

// measureHook commits by turns with the hook and without, and shows both.
func measureHook(dir, binary string, rounds int) error {
	p, err := newProject(filepath.Join(dir, "project"), binary)
	if err != nil {
		return fmt.Errorf("making the project: %w", err)
	}
	var with, without []usage
	for range rounds {
		audited, err := p.commit()
		if err != nil {
			return err
		}
		plain, err := p.commit("--no-verify")
		if err != nil {
			return err
		}
		with, without = append(with, usage{wall: audited}), append(without, usage{wall: plain})
	}
	hooked, plain := median(with).wall, median(without).wall
	_, err = fmt.Printf("\na commit of %d files with %d changed lines each, among %d files; a secret is refused\n%-22s %10s\n%-22s %10.3f\n%-22s %10.3f\n%-22s %10.1f\n",
		changedFiles, changedLines, projectFiles, "", "time s", "git commit with hook", hooked.Seconds(), "git commit without", plain.Seconds(), "ratio", ratio(int64(hooked), int64(plain)))
	return err
}
