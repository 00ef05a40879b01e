package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the repository as these tests see it.
const root = "../.."

// document is one Markdown file, taken apart.
type document struct {
	path     string // from the root, with slashes
	text     string
	prose    string // text without fenced blocks
	headings []heading
	fences   []fence
	tables   []table
}

type heading struct {
	level int
	title string
	line  int
}

// fence is one fenced block. Its info string is a language, then words such as "run" or "file=name".
type fence struct {
	line  int // of the opening fence, from 1
	info  []string
	text  string
	under string // title of the heading before it
}

// table is a list of rows of cells; the first row is the header.
type table struct {
	line  int
	under string
	rows  [][]string
}

func (f fence) is(language, word string) bool {
	if len(f.info) == 0 || f.info[0] != language {
		return false
	}
	for _, w := range f.info[1:] {
		if w == word {
			return true
		}
	}
	return word == ""
}

// file returns the name that a "file=" of the info string gives the block.
func (f fence) file() string {
	for _, w := range f.info {
		if name, ok := strings.CutPrefix(w, "file="); ok {
			return name
		}
	}
	return ""
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func load(t *testing.T, path string) *document {
	t.Helper()
	d := &document{path: path, text: read(t, path)}
	d.parse()
	return d
}

// parse reads the few forms of Markdown that these documents use.
func (d *document) parse() {
	var open *fence
	var rows *table
	var under string
	prose := &strings.Builder{}
	for i, line := range strings.Split(d.text, "\n") {
		switch {
		case strings.HasPrefix(line, "```") && open == nil:
			open = &fence{line: i + 1, info: strings.Fields(strings.TrimLeft(line, "`")), under: under}
		case strings.HasPrefix(line, "```"):
			d.fences = append(d.fences, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		default:
			prose.WriteString(line + "\n")
			if title, level := headingOf(line); level > 0 {
				under = title
				d.headings = append(d.headings, heading{level, title, i + 1})
			}
			rows = d.row(rows, line, i+1, under)
			continue
		}
		rows = nil
	}
	d.prose = prose.String()
}

func headingOf(line string) (title string, level int) {
	hashes := len(line) - len(strings.TrimLeft(line, "#"))
	if hashes == 0 || hashes > 6 || !strings.HasPrefix(line[hashes:], " ") {
		return "", 0
	}
	return strings.TrimSpace(line[hashes:]), hashes
}

// row adds line to the table that is open, if it is one of its rows.
func (d *document) row(open *table, line string, number int, under string) *table {
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	if open == nil {
		d.tables = append(d.tables, table{line: number, under: under})
		open = &d.tables[len(d.tables)-1]
	}
	if cells := cellsOf(line); !isRule(cells) {
		open.rows = append(open.rows, cells)
	}
	return open
}

// cellsOf splits at every "|" that no backslash escapes.
func cellsOf(line string) []string {
	line = strings.ReplaceAll(strings.Trim(strings.TrimSpace(line), "|"), `\|`, "\x00")
	var cells []string
	for cell := range strings.SplitSeq(line, "|") {
		cells = append(cells, strings.TrimSpace(strings.ReplaceAll(cell, "\x00", "|")))
	}
	return cells
}

func isRule(cells []string) bool {
	return strings.Trim(strings.Join(cells, ""), "-: ") == "" && strings.Contains(strings.Join(cells, ""), "-")
}

// tableUnder returns the one table under a heading, without its header.
func (d *document) tableUnder(t *testing.T, title string) [][]string {
	t.Helper()
	var found [][][]string
	for _, one := range d.tables {
		if one.under == title {
			found = append(found, one.rows)
		}
	}
	if len(found) != 1 || len(found[0]) < 2 {
		t.Fatalf("%s: %d tables under %q, want one with rows", d.path, len(found), title)
	}
	return found[0][1:]
}

// section returns the prose and blocks under a heading, up to the next of its level.
func (d *document) section(t *testing.T, title string) string {
	t.Helper()
	lines := strings.Split(d.text, "\n")
	for i, h := range d.headings {
		if h.title != title {
			continue
		}
		end := len(lines)
		for _, next := range d.headings[i+1:] {
			if next.level <= h.level {
				end = next.line - 1
				break
			}
		}
		return strings.Join(lines[h.line:end], "\n")
	}
	t.Fatalf("%s has no section %q", d.path, title)
	return ""
}

// codeSpans returns what stands in single back quotes.
func codeSpans(text string) []string {
	var spans []string
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(text, -1) {
		spans = append(spans, m[1])
	}
	return spans
}

// documents returns every Markdown file of the repository.
func documents(t *testing.T) []*document {
	t.Helper()
	var all []*document
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "testdata" || name == "dist" || strings.HasPrefix(name, ".") && name != ".." && name != ".") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(name, ".md") {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			all = append(all, load(t, filepath.ToSlash(relative)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 5 {
		t.Fatalf("%d documents were found: is the test looking in the right place?", len(all))
	}
	return all
}
