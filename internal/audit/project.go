// Package audit finds mistakes in source, configuration and history: sources give files, detectors look at
// them, findings go to a handler. What cannot be read or parsed is reported as not analysed, never as clean.
package audit

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// File is one file under audit.
type File = source.File

// Project is everything that a detector may look at. It is read-only but for what [Memo] keeps, and safe for
// concurrent use.
type Project struct {
	*source.Tree

	mu    sync.Mutex
	memos map[any]*memo
	not   []finding.NotAnalysed
}

// NewProject returns a project of the tree, whose files it sorts by path.
func NewProject(tree *source.Tree) *Project {
	slices.SortFunc(tree.Files, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	p := &Project{Tree: tree, memos: map[any]*memo{}}
	for _, problem := range tree.Problems {
		p.NotAnalysed(finding.NotAnalysed(problem))
	}
	return p
}

// File returns the file at a path, or nil.
func (p *Project) File(name string) *File {
	i, ok := slices.BinarySearchFunc(p.Files, name, func(f *File, name string) int { return strings.Compare(f.Path, name) })
	if !ok {
		return nil
	}
	return p.Files[i]
}

// NotAnalysed notes that something could not be looked at.
func (p *Project) NotAnalysed(n finding.NotAnalysed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.not = append(p.not, n)
}

// notAnalysed returns what was noted, in order and once.
func (p *Project) notAnalysed() []finding.NotAnalysed {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := slices.Clone(p.not)
	slices.SortFunc(list, func(a, b finding.NotAnalysed) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	return slices.Compact(list)
}

type memo struct {
	once  sync.Once
	value any
}

// memoKey keeps memos of different types apart.
type memoKey[T any] struct{}

// Memo builds a T for p once, such as the parsed files of one language, and hands the same one to every
// detector that asks. T must be a type of the detector's own, and is read-only afterwards.
func Memo[T any](p *Project, build func(*Project) T) T {
	p.mu.Lock()
	m := p.memos[memoKey[T]{}]
	if m == nil {
		m = new(memo)
		p.memos[memoKey[T]{}] = m
	}
	p.mu.Unlock()
	m.once.Do(func() { m.value = build(p) })
	value, _ := m.value.(T)
	return value
}
