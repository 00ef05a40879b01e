package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ReadStaged reads the files that the next commit changes, as git's index has them, with the changed lines.
func ReadStaged(ctx context.Context, dir string) (*Tree, error) {
	g := git{dir}
	t, err := newGitTree(ctx, g)
	if err != nil {
		return nil, err
	}
	base := "HEAD"
	if _, err := g.output(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err != nil {
		if base, err = g.emptyTree(ctx); err != nil {
			return nil, err
		}
	}
	changed, err := g.changed(ctx, "diff-index", "--cached", "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "-O"+os.DevNull, "--full-index", base, "--")
	if err != nil {
		return nil, err
	}
	return t, t.readEntries(ctx, g, changed, "ls-files", "-z", "--stage")
}

// ReadSince reads the files that commits since rev changed, as HEAD has them, with the changed lines.
func ReadSince(ctx context.Context, dir, rev string) (*Tree, error) {
	g := git{dir}
	t, err := newGitTree(ctx, g)
	if err != nil {
		return nil, err
	}
	commit, err := g.output(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("finding revision %q: git does not know it", rev)
	}
	changed, err := g.changed(ctx, "diff-tree", "-r", "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "-O"+os.DevNull, "--full-index", strings.TrimSpace(commit), "HEAD", "--")
	if err != nil {
		return nil, err
	}
	return t, t.readCommit(ctx, g, "HEAD", changed)
}

func newGitTree(ctx context.Context, g git) (*Tree, error) {
	found, _, err := g.isRepository(ctx)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errors.New("opening repository: the folder belongs to no git repository")
	}
	return &Tree{Dir: g.dir, Git: true, Skipped: map[string]int{}, Tracked: map[string]bool{}}, nil
}

func (g git) emptyTree(ctx context.Context) (string, error) {
	cmd := g.command(ctx, "hash-object", "-t", "tree", "--stdin")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("running git hash-object: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// changed returns the new lines of each path of a diff.
func (g git) changed(ctx context.Context, args ...string) (map[string][]Range, error) {
	changed := map[string][]Range{}
	err := g.stream(ctx, func(r *bufio.Reader) error {
		return parseDiff(r, diffHandler{
			file: func(path string) { changed[path] = append(changed[path], []Range{}...) },
			line: func(path string, n int, _ string) { changed[path] = extend(changed[path], n) },
		})
	}, args...)
	return changed, err
}

func extend(ranges []Range, n int) []Range {
	if last := len(ranges) - 1; last >= 0 && ranges[last].To+1 == n {
		ranges[last].To = n
		return ranges
	}
	return append(ranges, Range{n, n})
}

// readCommit reads the files of a commit, all or the changed ones.
func (t *Tree) readCommit(ctx context.Context, g git, rev string, changed map[string][]Range) error {
	if _, err := g.output(ctx, "rev-parse", "--verify", "--quiet", rev+"^{commit}"); err != nil {
		return nil // a repository without commits has no files
	}
	return t.readEntries(ctx, g, changed, "ls-tree", "-r", "-z", "--full-tree", rev)
}

// readEntries reads what ls-tree or ls-files --stage lists: "mode type? id stage?\tpath".
func (t *Tree) readEntries(ctx context.Context, g git, changed map[string][]Range, list ...string) error {
	entries, err := g.paths(ctx, list...)
	if err != nil {
		return err
	}
	files, ids := map[string][]*File{}, []string{}
	for _, entry := range entries {
		meta, name, ok := strings.Cut(entry, "\t")
		fields := strings.Fields(meta)
		if !ok || len(fields) < 2 {
			continue
		}
		id := fields[1]
		if fields[1] == "blob" || fields[1] == "commit" {
			id = fields[2]
		}
		t.Tracked[name] = true
		lines, isChanged := changed[name]
		if changed != nil && !isChanged {
			continue
		}
		if !strings.HasPrefix(fields[0], "100") { // symbolic links and submodules
			t.Skipped["symlink"]++
			continue
		}
		f := &File{Path: name, Tracked: true}
		if changed != nil {
			f.Changed = append([]Range{}, lines...)
		}
		if files[id] == nil {
			ids = append(ids, id)
		}
		files[id] = append(files[id], f)
	}
	return g.blobs(ctx, ids, func(id string, size int64, r io.Reader) error {
		content, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
		if err != nil {
			return err
		}
		for _, f := range files[id] {
			if size < 0 {
				t.problem("unreadable", f.Path, "its object is missing")
				continue
			}
			f.Content = content
			t.add(f, size)
		}
		return nil
	})
}
