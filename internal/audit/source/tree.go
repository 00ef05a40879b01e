package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// MaxFile is the largest file that is looked at, in bytes. Larger text is a [Problem].
const MaxFile = 2 << 20

// maxFiles bounds a tree.
const maxFiles = 200_000

// ReadTree reads the working tree below dir. In a git repository it honours .gitignore; ignored environment
// files are read all the same, because their mode matters. A bare repository gives the files of its HEAD.
func ReadTree(ctx context.Context, dir string) (*Tree, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("opening folder: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("opening folder: %s is not one", dir)
	}
	t := &Tree{Dir: dir, Skipped: map[string]int{}, Tracked: map[string]bool{}}
	g := git{dir}
	found, bare, err := g.isRepository(ctx)
	if err != nil {
		t.problem("history", ".", err.Error())
	}
	if bare {
		t.Git = true
		return t, t.readCommit(ctx, g, "HEAD", nil)
	}
	ignored := map[string]bool{}
	if found {
		t.Git = true
		ignored = t.readIndex(ctx, g)
	}
	return t, t.walk(ctx, ignored)
}

func (t *Tree) problem(class, path, reason string) {
	t.Problems = append(t.Problems, Problem{Class: class, Path: path, Reason: reason})
}

// readIndex asks git what it tracks and what it ignores. A repository that git cannot read is a problem, and
// its files are then looked at as plain ones.
func (t *Tree) readIndex(ctx context.Context, g git) (ignored map[string]bool) {
	ignored = map[string]bool{}
	tracked, err := g.paths(ctx, "ls-files", "-z")
	if err != nil {
		t.problem("unreadable", ".git/index", err.Error())
		return ignored
	}
	for _, name := range tracked {
		t.Tracked[name] = true
	}
	list, err := g.paths(ctx, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
	if err != nil {
		t.problem("unreadable", ".gitignore", err.Error())
	}
	for _, name := range list {
		ignored[strings.TrimSuffix(name, "/")] = true
	}
	return ignored
}

// walk never follows symbolic links and never opens what is no regular file.
func (t *Tree) walk(ctx context.Context, ignored map[string]bool) error {
	root, err := os.OpenRoot(t.Dir)
	if err != nil {
		return fmt.Errorf("opening folder: %w", err)
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			t.problem("unreadable", name, reason(err))
			return nil
		case entry.IsDir():
			return t.folder(name, ignored[name])
		case !entry.Type().IsRegular():
			t.Skipped[kindOf(entry.Type())]++
			return nil
		case len(t.Files) >= maxFiles:
			t.problem("too-large", name, fmt.Sprintf("more than %d files", maxFiles))
			return fs.SkipAll
		}
		t.file(root, name, entry, ignored[name])
		return nil
	})
}

// folder says whether to go into a folder.
func (t *Tree) folder(name string, ignored bool) error {
	base := filepath.Base(name)
	switch {
	case base == ".git" && name != ".":
		return fs.SkipDir
	case ignored && !t.tracksBelow(name):
		t.Skipped["ignored"]++
		return fs.SkipDir
	case isVendored(base) && name != ".":
		t.Skipped["vendored"]++
		return fs.SkipDir
	}
	return nil
}

func (t *Tree) tracksBelow(dir string) bool {
	for name := range t.Tracked {
		if strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return false
}

func kindOf(mode fs.FileMode) string {
	if mode&fs.ModeSymlink != 0 {
		return "symlink"
	}
	return "irregular"
}

func (t *Tree) file(root *os.Root, name string, entry fs.DirEntry, ignored bool) {
	tracked := t.Tracked[name]
	if ignored && !tracked && !IsEnvFile(filepath.Base(name)) {
		t.Skipped["ignored"]++
		return
	}
	info, err := entry.Info()
	if err != nil {
		t.problem("unreadable", name, reason(err))
		return
	}
	content, err := readFile(root, name)
	if err != nil {
		t.problem("unreadable", name, reason(err))
		return
	}
	t.add(&File{Path: name, Content: content, Mode: info.Mode(), Tracked: tracked, Ignored: ignored}, info.Size())
}

// readFile reads at most one byte more than is looked at.
func readFile(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, errors.New("it is no regular file"))
	}
	return io.ReadAll(io.LimitReader(f, MaxFile+1))
}

// add takes a file in, or counts why it is left out.
func (t *Tree) add(f *File, size int64) {
	switch why := skip(f, size); {
	case why == "too-large":
		t.problem(why, f.Path, fmt.Sprintf("%d bytes, and %d are looked at", size, MaxFile))
	case why != "":
		t.Skipped[why]++
	default:
		f.Test = isTest(f.Path)
		t.Files = append(t.Files, f)
	}
}

// reason is an error's text without the path, which stands beside it.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
