package scaffold

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

// State is what became of one file.
type State string

// The states of a file.
const (
	Made     State = "made"     // it was not there
	Complete State = "complete" // it was there and has every line, or is the user's own in the place of an example
	Lacking  State = "lacking"  // it was there, lacks lines and was left as it is
	Held     State = "held"     // it was not written, because a .gitignore that was there does not list it
)

// Result tells what became of one file.
type Result struct {
	Name  string
	State State
	Diff  string // for Lacking: the lines that it lacks, in the manner of a unified diff
	lacks []string
	kept  bool // the user's own in the place of an example: the rest of the example is of no use
}

// maxExisting bounds how much of a file that was there is compared, in bytes.
const maxExisting = 1 << 20

// Write puts files into dir, which is made when it is missing. A file that is there stays as it is: its
// Result says which lines it lacks, and the other files are written all the same, except that secrets are
// held back while an existing .gitignore does not list them. Each file appears whole or not at all, also when
// another program makes one of that name meanwhile, and nothing outside of dir is touched, whatever symbolic
// links lie in it. On an error the results are those of the files that could be dealt with.
func Write(dir string, files []File) ([]Result, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening folder: %w", err)
	}
	defer root.Close()
	var results []Result
	var errs []error
	for _, f := range files {
		result, err := next(root, f, results)
		if err != nil {
			errs = append(errs, fmt.Errorf("writing %s: %w", path.Join(dir, f.Name), err))
			continue
		}
		results = append(results, result)
	}
	return results, errors.Join(errs...)
}

// next deals with f after the files before it.
func next(root *os.Root, f File, before []Result) (Result, error) {
	switch {
	case f.kind == secrets && !ignored(before, f.Name):
		return Result{Name: f.Name, State: Held}, nil
	case f.kind == example && slices.ContainsFunc(before, func(r Result) bool { return r.kept }):
		return Result{Name: f.Name, State: Complete, kept: true}, nil
	}
	return place(root, f)
}

// ignored says whether .gitignore is in place and lists the file.
func ignored(results []Result, name string) bool {
	i := slices.IndexFunc(results, func(r Result) bool { return r.Name == gitignore })
	return i >= 0 && !slices.Contains(results[i].lacks, name)
}

// place writes f, or compares it with the file that is there.
func place(root *os.Root, f File) (Result, error) {
	if folder := path.Dir(f.Name); folder != "." {
		if err := root.MkdirAll(folder, 0o755); err != nil {
			return Result{}, err
		}
	}
	err := create(root, f)
	switch {
	case err == nil:
		return Result{Name: f.Name, State: Made}, nil
	case !errors.Is(err, fs.ErrExist):
		return Result{}, err
	case f.kind == example:
		return Result{Name: f.Name, State: Complete, kept: true}, nil
	}
	existing, err := read(root, f.Name)
	if err != nil {
		return Result{}, err
	}
	diff, lacks := compare(f, existing)
	if len(lacks) == 0 {
		return Result{Name: f.Name, State: Complete}, nil
	}
	return Result{Name: f.Name, State: Lacking, Diff: diff, lacks: lacks}, nil
}

// create writes the file under another name and links it to its own, which, unlike a rename, never takes the
// place of a file that is there.
func create(root *os.Root, f File) (err error) {
	temporary := path.Join(path.Dir(f.Name), ".sallyport-"+rand.Text())
	out, err := root.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, f.Mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Remove(temporary)) }()
	_, err = out.Write(f.Content)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return root.Link(temporary, f.Name)
}

// read reads a file that is there. It refuses what is no regular file: a pipe would never end.
func read(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("what is there is not a regular file")
	}
	in, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxExisting+1))
	if len(text) > maxExisting {
		return nil, fmt.Errorf("what is there is larger than %d bytes", maxExisting)
	}
	return text, err
}
