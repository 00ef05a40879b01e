package source

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
)

// diffHandler receives what a diff adds. Any of its functions may be nil.
type diffHandler struct {
	commit func(header string)
	file   func(path string)
	line   func(path string, n int, text string)
	cut    func(path string) // a line was longer than is looked at
}

// maxLine is how much of one line is looked at, in bytes.
const maxLine = 1 << 20

// commitMark begins the line before the diff of each commit; no line of a diff can begin with NUL.
const commitMark = "\x00"

// parseDiff reads the output of git log, diff-index or diff-tree with -p -U0, also combined diffs of merges,
// of which it takes the lines that no parent has.
func parseDiff(r *bufio.Reader, h diffHandler) error {
	p := diffParser{handler: h}
	for {
		line, cut, err := readLine(r)
		if line != "" || err == nil {
			p.take(line, cut)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

type diffParser struct {
	handler diffHandler
	path    string
	next    int // number of the next new line
	parents int // columns of marks: 1, or more in a combined diff
	left    int // new lines that the hunk still has
	old     int // old lines that the hunk still has, of a plain diff
}

func (p *diffParser) take(line string, cut bool) {
	switch {
	case p.inHunk(line):
		p.hunkLine(line, cut)
	case strings.HasPrefix(line, commitMark):
		p.path = ""
		call(p.handler.commit, line[1:])
	case strings.HasPrefix(line, "+++ "):
		p.path = newPath(line[4:])
		if p.path != "" {
			call(p.handler.file, p.path)
		}
	case strings.HasPrefix(line, "diff --git "), strings.HasPrefix(line, "diff --cc "), strings.HasPrefix(line, "diff --combined "):
		p.path = ""
	case strings.HasPrefix(line, "@@"):
		p.hunk(line)
	}
}

// inHunk says whether line belongs to the hunk: then its text may look like anything. Without context the
// counts of the hunk's header tell when it ends; "\ No newline" may follow.
func (p *diffParser) inHunk(line string) bool {
	if line == "" || strings.HasPrefix(line, commitMark) {
		return false
	}
	return (p.left > 0 || p.old > 0) && strings.IndexByte("+- \\", line[0]) >= 0
}

func (p *diffParser) hunkLine(line string, cut bool) {
	if line[0] == '\\' {
		return
	}
	marks := line[:min(len(line), p.parents)]
	if strings.Contains(marks, "-") {
		p.old--
		return
	}
	if !strings.Contains(marks, " ") && p.path != "" {
		if p.handler.line != nil {
			p.handler.line(p.path, p.next, line[len(marks):])
		}
		if cut {
			call(p.handler.cut, p.path)
		}
	}
	p.next++
	p.left--
}

// hunk reads "@@ -a,b +c,d @@" and "@@@ -a,b -e,f +c,d @@@".
func (p *diffParser) hunk(line string) {
	p.parents = max(1, strings.IndexByte(line, ' ')-1)
	p.left, p.old = 0, 0
	for field := range strings.FieldsSeq(strings.TrimLeft(line, "@")) {
		if strings.HasPrefix(field, "@") {
			return
		}
		start, count := numbers(field[1:])
		switch field[0] {
		case '+':
			p.next, p.left = start, count
		case '-':
			p.old += count
		}
	}
}

func numbers(field string) (start, count int) {
	first, second, ok := strings.Cut(field, ",")
	start, _ = strconv.Atoi(first)
	if !ok {
		return start, 1
	}
	count, _ = strconv.Atoi(second)
	return start, count
}

// newPath reads the path of a "+++" line: "b/path", "/dev/null", or a C-quoted one.
func newPath(text string) string {
	text = strings.TrimSuffix(text, "\t")
	if strings.HasPrefix(text, `"`) {
		if plain, err := strconv.Unquote(text); err == nil {
			text = plain
		}
	}
	path, ok := strings.CutPrefix(text, "b/")
	if !ok {
		return ""
	}
	return path
}

func call(f func(string), s string) {
	if f != nil {
		f(s)
	}
}

// readLine reads one line of any length and keeps its beginning.
func readLine(r *bufio.Reader) (line string, cut bool, err error) {
	var kept []byte
	for {
		part, err := r.ReadSlice('\n')
		if room := maxLine - len(kept); len(part) > room {
			part, cut = part[:room], true
		}
		kept = append(kept, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimSuffix(strings.TrimSuffix(string(kept), "\n"), "\r"), cut, err
		}
	}
}
