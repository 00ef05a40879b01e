package python

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// reference is a running CPython that dumps the trees of files.
type reference struct {
	stdin  io.WriteCloser
	stdout *bufio.Reader
	minor  int // of its version 3.minor
}

// startReference runs the interpreter of SALLYPORT_TEST_PYTHON, else python3.
func startReference(t *testing.T) *reference {
	t.Helper()
	name := os.Getenv("SALLYPORT_TEST_PYTHON")
	if name == "" {
		name = "python3"
	}
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("SALLYPORT_TEST_SERVICES") == "require" {
			t.Fatalf("no Python to compare with: %v", err)
		}
		t.Skipf("no Python to compare with: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), name, "-I", filepath.Join("testdata", "dump.py"))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait()
	})
	r := &reference{stdin: stdin, stdout: bufio.NewReaderSize(stdout, 1<<20)}
	var major int
	if _, err := fmt.Fscanf(r.stdout, "%d %d\n", &major, &r.minor); err != nil || major != 3 || r.minor < 8 {
		t.Skipf("Python %d.%d is too old to compare with (%v)", major, r.minor, err)
	}
	return r
}

// dump returns the lines of CPython's tree of a file.
func (r *reference) dump(t *testing.T, path string) []string {
	t.Helper()
	if _, err := fmt.Fprintln(r.stdin, path); err != nil {
		t.Fatalf("asking Python: %v", err)
	}
	var lines []string
	for {
		line, err := r.stdout.ReadString('\n')
		if err != nil {
			t.Fatalf("reading Python's answer for %s: %v", path, err)
		}
		if line == ".\n" {
			return lines
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
}

// sources returns the folders to compare over: Python's own library, and the packages of the system.
func sources(t *testing.T) []string {
	t.Helper()
	name := os.Getenv("SALLYPORT_TEST_PYTHON")
	if name == "" {
		name = "python3"
	}
	out, err := exec.Command(name, "-I", "-c", "import os; print(os.path.dirname(os.__file__))").Output()
	if err != nil {
		t.Fatalf("finding the standard library: %v", err)
	}
	return []string{strings.TrimSpace(string(out)), "/usr/lib/python3/dist-packages"}
}

func pythonFiles(t *testing.T, folders []string) []string {
	t.Helper()
	var files []string
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() && strings.HasSuffix(path, ".py") {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			t.Logf("%s: %v", folder, err)
		}
	}
	slices.Sort(files)
	return files
}

// TestTreesAreCPythons compares every node of many files. SALLYPORT_TEST_FULL=1 takes all files instead of a
// sample.
func TestTreesAreCPythons(t *testing.T) {
	ref := startReference(t)
	files := pythonFiles(t, sources(t))
	wanted := 300
	switch {
	case os.Getenv("SALLYPORT_TEST_FULL") != "":
		wanted = len(files)
	case testing.Short():
		wanted = 60
	}
	step := max(1, len(files)/wanted)
	known := knownDifferences(t)
	var c comparison
	for i := 0; i < len(files); i += step {
		c.compare(t, ref, files[i], known)
	}
	t.Logf("Python 3.%d: %d files, %d nodes, %d bytes; %d refused by both; %d explained differences",
		ref.minor, c.files, c.nodes, c.bytes, c.refused, c.explained)
}

type comparison struct{ files, nodes, bytes, refused, explained int }

func (c *comparison) compare(t *testing.T, ref *reference, path string, known map[string]string) {
	src, err := os.ReadFile(path)
	if err != nil || bytes.ContainsAny([]byte(path), "\n\r") {
		return
	}
	c.files++
	c.bytes += len(src)
	theirs := ref.dump(t, path)
	module, errs := Parse(src, path)
	problem := c.difference(ref, module, errs, theirs)
	if problem == "" {
		return
	}
	for suffix := range known {
		if strings.HasSuffix(path, suffix) {
			c.explained++
			return
		}
	}
	t.Errorf("%s: %s", path, problem)
}

func (c *comparison) difference(ref *reference, module *Module, errs []Error, theirs []string) string {
	if strings.HasPrefix(theirs[0], "!") {
		if len(errs) == 0 {
			return "CPython refuses it: " + theirs[0]
		}
		c.refused++
		return ""
	}
	if len(errs) > 0 {
		return "refused: " + errs[0].Error()
	}
	var out bytes.Buffer
	if err := Dump(&out, module); err != nil {
		return err.Error()
	}
	ours := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	c.nodes += len(theirs)
	if ref.minor < 12 {
		ours, theirs = forgetFStringPlaces(ours), forgetFStringPlaces(theirs)
	}
	return firstDifference(ours, theirs)
}

func firstDifference(ours, theirs []string) string {
	for i := range min(len(ours), len(theirs)) {
		if ours[i] != theirs[i] && !sameButNamedEscapes(ours[i], theirs[i]) {
			return fmt.Sprintf("line %d\n ours   %s\n theirs %s", i+1, ours[i], theirs[i])
		}
	}
	if len(ours) != len(theirs) {
		return fmt.Sprintf("%d nodes, CPython has %d", len(ours), len(theirs))
	}
	return ""
}

var place12 = regexp.MustCompile(` \d+:\d+-\d+:\d+`)

// forgetFStringPlaces drops the positions inside f-strings, which CPython knows since 3.12 only.
func forgetFStringPlaces(lines []string) []string {
	inside := -1
	result := make([]string, len(lines))
	for i, line := range lines {
		depth := len(line) - len(strings.TrimLeft(line, " "))
		if depth <= inside {
			inside = -1
		}
		result[i] = line
		if inside >= 0 {
			result[i] = place12.ReplaceAllString(line, "")
			continue
		}
		if strings.HasPrefix(line[depth:], "joinedstr ") || strings.Contains(line, ": joinedstr ") {
			inside = depth
		}
	}
	return result
}

var namedEscape = regexp.MustCompile(`\\\\x5cN\\{[^}]*\\}`)

// sameButNamedEscapes tells whether the lines differ only where ours keeps \N{NAME} as it is written.
func sameButNamedEscapes(ours, theirs string) bool {
	pattern := namedEscape.ReplaceAllString(regexp.QuoteMeta(ours), `(?:[^\\]|\\x..)+?`)
	return pattern != regexp.QuoteMeta(ours) && regexp.MustCompile("^"+pattern+"$").MatchString(theirs)
}

// knownDifferences reads the ends of paths, with the reason for each.
func knownDifferences(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "differences.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		path, reason, found := strings.Cut(line, ": ")
		if !found {
			t.Fatalf("differences.txt: %q has no reason", line)
		}
		known[path] = reason
	}
	return known
}
