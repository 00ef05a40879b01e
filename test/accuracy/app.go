package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	labelsFile   = "labels.txt"
	manifestFile = "manifest.txt"
)

// An app is one labelled project of the corpus. Files whose name begins with "dot." are stored so because this
// repository's own git would heed or hide them; files holds their real names.
type app struct {
	name      string
	dir       string
	labels    []label
	files     []string
	untracked []string
	modes     map[string]fs.FileMode
}

// loadApps reads every folder below root that has labels, in the order of their names.
func loadApps(root string) ([]app, error) {
	found, err := filepath.Glob(filepath.Join(root, "*", labelsFile))
	if err != nil {
		return nil, fmt.Errorf("listing apps: %w", err)
	}
	inTestdata, err := filepath.Glob(filepath.Join(root, "testdata", "*", labelsFile))
	if err != nil {
		return nil, fmt.Errorf("listing apps: %w", err)
	}
	var apps []app
	for _, name := range append(found, inTestdata...) {
		a, err := loadApp(filepath.Dir(name))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", filepath.Dir(name), err)
		}
		apps = append(apps, a)
	}
	slices.SortFunc(apps, func(x, y app) int { return strings.Compare(x.name, y.name) })
	return apps, nil
}

func loadApp(dir string) (app, error) {
	a := app{name: filepath.Base(dir), dir: dir, modes: map[string]fs.FileMode{}}
	text, err := os.ReadFile(filepath.Join(dir, labelsFile))
	if err != nil {
		return app{}, err
	}
	if a.labels, err = parseLabels(string(text)); err != nil {
		return app{}, err
	}
	if a.files, err = listFiles(dir); err != nil {
		return app{}, err
	}
	if err := a.readManifest(); err != nil {
		return app{}, err
	}
	return a, a.checkAnchors()
}

func listFiles(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if err == nil && relative != labelsFile && relative != manifestFile {
			files = append(files, realName(filepath.ToSlash(relative)))
		}
		return err
	})
	return files, err
}

func realName(stored string) string {
	return strings.ReplaceAll("/"+stored, "/dot.", "/.")[1:]
}

func storedName(real string) string {
	return strings.ReplaceAll("/"+real, "/.", "/dot.")[1:]
}

// readManifest reads what a checkout does not keep: which files git does not track, and modes.
func (a *app) readManifest() error {
	text, err := os.ReadFile(filepath.Join(a.dir, manifestFile))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "untracked":
			a.untracked = append(a.untracked, words[1])
		case len(words) == 3 && words[0] == "mode":
			mode, err := strconv.ParseUint(words[1], 8, 32)
			if err != nil {
				return err
			}
			a.modes[words[2]] = fs.FileMode(mode)
		default:
			return fmt.Errorf("manifest: %q is neither untracked nor mode", line)
		}
	}
	return nil
}

// checkAnchors fails when a labelled line no longer begins as it did when it was labelled.
func (a *app) checkAnchors() error {
	for _, l := range a.labels {
		if l.first == 0 {
			continue
		}
		text, err := os.ReadFile(filepath.Join(a.dir, storedName(l.path)))
		if err != nil {
			return err
		}
		lines := strings.Split(string(text), "\n")
		if l.last > len(lines) || !strings.HasPrefix(strings.TrimSpace(lines[l.first-1]), l.anchor) {
			return fmt.Errorf("%s: the label for %s does not stand at %q any more", l, l.class, l.anchor)
		}
	}
	return nil
}

// prepare lays the app out in dir, with the real names, as a git repository.
func (a *app) prepare(dir string) error {
	var tracked []string
	for _, name := range a.files {
		if err := a.copyFile(dir, name); err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
		if !slices.Contains(a.untracked, name) {
			tracked = append(tracked, name)
		}
	}
	if err := git(dir, "init", "--quiet"); err != nil {
		return err
	}
	return git(dir, append([]string{"add", "--force", "--"}, tracked...)...)
}

func (a *app) copyFile(dir, name string) error {
	content, err := os.ReadFile(filepath.Join(a.dir, storedName(name)))
	if err != nil {
		return err
	}
	target := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(target, content, 0o600); err != nil {
		return err
	}
	mode, given := a.modes[name]
	if !given {
		mode = 0o644
	}
	return os.Chmod(target, mode) // WriteFile's mode is cut by the umask
}

func git(dir string, args ...string) error {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running git %s: %w: %s", args[0], err, out)
	}
	return nil
}
