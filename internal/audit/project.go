// Package audit finds mistakes in source, configuration and history: sources give files, detectors look at
// them, findings go to a handler. What cannot be read or parsed is reported as not analysed, never as clean.
package audit

import (
	"io/fs"
	"path"
	"strings"
	"sync"

	"sallyport/internal/finding"
)

// File is one file under audit. Content is not changed.
type File struct {
	Path    string // slash-separated, relative to the audited folder
	Content []byte
	Mode    fs.FileMode
	Tracked bool // by git; false for what git does not know, and outside of git
	Ignored bool // by .gitignore, though it may be tracked all the same
	Test    bool // test code, fixtures and examples: rules about running code are quiet there
}

// Base returns the last element of the path.
func (f *File) Base() string { return path.Base(f.Path) }

// Ext returns the ending with its dot, in lower case.
func (f *File) Ext() string { return strings.ToLower(path.Ext(f.Path)) }

// Line returns the text of line n, from 1, without its end; "" when there is none.
func (f *File) Line(n int) string {
	for line := range strings.SplitSeq(string(f.Content), "\n") {
		if n--; n == 0 {
			return strings.TrimSuffix(line, "\r")
		}
	}
	return ""
}

// Project is everything that a detector may look at. It is read-only but for what [Memo] keeps, and safe for
// concurrent use.
type Project struct {
	Files []*File // sorted by path
	Git   bool    // the folder belongs to a git repository
	// Tracked are all paths in git's index, also of files that were skipped.
	Tracked map[string]bool
	// Dir is the audited folder, for file modes alone: contents come from Files.
	Dir string

	mu    sync.Mutex
	memos map[any]*memo
	not   []finding.NotAnalysed
}

// File returns the file at a path, or nil.
func (p *Project) File(name string) *File {
	for _, f := range p.Files {
		if f.Path == name {
			return f
		}
	}
	return nil
}

// NotAnalysed notes that something could not be looked at.
func (p *Project) NotAnalysed(n finding.NotAnalysed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.not = append(p.not, n)
}

type memo struct {
	once  sync.Once
	value any
}

// memoKey keeps memos of different types apart.
type memoKey[T any] struct{}

// Memo builds a T for p once, such as the parsed files of one language, and hands the same one to every
// detector that asks. T must be read-only afterwards.
func Memo[T any](p *Project, build func(*Project) T) T {
	p.mu.Lock()
	if p.memos == nil {
		p.memos = map[any]*memo{}
	}
	m := p.memos[memoKey[T]{}]
	if m == nil {
		m = new(memo)
		p.memos[memoKey[T]{}] = m
	}
	p.mu.Unlock()
	m.once.Do(func() { m.value = build(p) })
	return m.value.(T)
}
