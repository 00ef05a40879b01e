// Package source reads what is to be audited: the working tree, git's index, staged changes and history.
//
// Audited repositories are hostile: nothing of theirs runs, symbolic links are not followed, and whatever
// cannot be read is a [Problem], never nothing.
package source

import (
	"io/fs"
	"path"
	"strings"
)

// File is one file under audit. Content is not changed.
type File struct {
	Path    string // slash-separated, relative to the audited folder
	Content []byte
	Mode    fs.FileMode // on disk; 0 for what git gave
	Tracked bool        // by git; false for what git does not know, and outside of git
	Ignored bool        // by .gitignore, though it may be tracked all the same
	Test    bool        // test code, fixtures and examples: rules about running code are quiet there
	// Changed are the lines that are new, when only changes are audited; nil means all of them.
	Changed []Range
}

// Range is a range of lines, from 1, both ends included.
type Range struct{ From, To int }

// Base returns the last element of the path.
func (f *File) Base() string { return path.Base(f.Path) }

// Ext returns the ending with its dot, in lower case. A script without one has that of the language which its first
// line names, if rules read that: ".py" for "#!/usr/bin/env python3".
func (f *File) Ext() string {
	if ext := strings.ToLower(path.Ext(f.Path)); ext != "" {
		return ext
	}
	return endingOf(f.interpreter())
}

// Line returns the text of line n, from 1, without its end; "" when there is none.
func (f *File) Line(n int) string {
	for line := range strings.SplitSeq(string(f.Content), "\n") {
		if n--; n == 0 {
			return strings.TrimSuffix(line, "\r")
		}
	}
	return ""
}

// Touches says whether a place of lines from to to is among the changed ones. A place without lines is the
// whole file, which a change touches.
func (f *File) Touches(from, to int) bool {
	if f.Changed == nil || from == 0 {
		return true
	}
	for _, r := range f.Changed {
		if from <= r.To && max(from, to) >= r.From {
			return true
		}
	}
	return false
}

// Tree is a set of files as they stand together.
type Tree struct {
	Dir      string // the audited folder
	Files    []*File
	Skipped  map[string]int // files left out on purpose, by why: ignored, vendored, minified, generated, binary
	Problems []Problem
	Git      bool            // the folder belongs to a git repository
	Tracked  map[string]bool // all paths in git's index, also of files that were skipped
}

// Problem is something that could not be read.
type Problem struct {
	Class  string // unreadable, too-large, history
	Path   string
	Reason string
}
