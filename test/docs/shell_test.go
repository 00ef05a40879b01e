package docs

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sallyport/internal/servicetest"
)

// shell runs the examples of one document, line by line, as a reader would type them: variables and files of
// one block are there in the next. Lines that start a server start it in the background.
//
// The comment at the end of a line says what must come of it:
//
//	# 403 ...       the answer has this status (of curl -i)
//	# exit 2 ...    the exit code; it is 0 in all other cases
//	# prints TEXT   the output has TEXT in it
//
// Any other comment is for the reader alone. The port 8080 stands for a free one.
type shell struct {
	t       *testing.T
	dir     string // where the lines run
	home    string
	address string
	input   io.Writer
	codes   *bufio.Reader
	output  string // file of the last output
	server  *servicetest.Process
}

func newShell(t *testing.T, dir, home string) *shell {
	t.Helper()
	for _, tool := range []string{"sh", "curl"} {
		servicetest.Find(t, tool)
	}
	s := &shell{t: t, dir: dir, home: home, address: servicetest.FreeAddress(t), output: filepath.Join(t.TempDir(), "output")}
	cmd := exec.Command("sh")
	cmd.Dir, cmd.Env, cmd.Stderr = dir, environment(t, home), os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	codes, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.input, s.codes = input, bufio.NewReader(codes)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		cmd.Wait()
	})
	return s
}

// line is one command with its comment.
type line struct {
	number  int
	command string
	comment string
}

// lines joins continued lines and leaves out blank ones and comments.
func lines(f fence) []line {
	var all []line
	continued := false
	for i, text := range strings.Split(f.text, "\n") {
		if continued {
			last := &all[len(all)-1]
			last.command += "\n" + text
		} else if trimmed := strings.TrimSpace(text); trimmed != "" && trimmed[0] != '#' {
			all = append(all, line{number: f.line + 1 + i, command: text})
		}
		continued = strings.HasSuffix(text, `\`)
	}
	for i := range all {
		if at := strings.LastIndex(all[i].command, " # "); at >= 0 {
			all[i].comment = strings.TrimSpace(all[i].command[at+3:])
			all[i].command = strings.TrimRight(all[i].command[:at], " ")
		}
	}
	return all
}

func (s *shell) run(f fence) {
	s.t.Helper()
	for _, l := range lines(f) {
		if starts := regexp.MustCompile(`^(sallyport|go run \./cmd/sallyport) serve\b`); starts.MatchString(l.command) {
			s.serve(l.command)
			continue
		}
		output, code := s.do(l.command)
		if problem := l.compare(output, code); problem != "" {
			s.t.Errorf("line %d: %s\n%s\n%s", l.number, l.command, problem, output)
			if s.server != nil {
				s.t.Logf("the server says: %s", s.server.Output())
			}
		}
	}
}

// local puts the port of this run in the place of the one that the documents name.
func (s *shell) local(text string) string {
	return strings.ReplaceAll(text, "8080", servicetest.Port(s.t, s.address))
}

func (s *shell) do(command string) (output string, code int) {
	s.t.Helper()
	if strings.HasPrefix(command, "sallyport health") { // finds another port by PORT, as it does in a container
		command = "PORT=8080 " + command
	}
	fmt.Fprintf(s.input, "{ %s\n} >'%s' 2>&1 </dev/null\nprintf '%%s\\n' $?\n", s.local(command), s.output)
	text, err := s.codes.ReadString('\n')
	if err != nil {
		s.t.Fatalf("%s: the shell gave up: %v", command, err)
	}
	if code, err = strconv.Atoi(strings.TrimSpace(text)); err != nil {
		s.t.Fatalf("%s: exit code %q", command, text)
	}
	printed, err := os.ReadFile(s.output)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(printed), code
}

// serve starts a server in the place of the one before.
func (s *shell) serve(command string) {
	s.t.Helper()
	if s.server != nil {
		s.server.Stop()
	}
	cmd := exec.Command("sh", "-c", "exec "+s.local(command))
	cmd.Dir, cmd.Env = s.dir, environment(s.t, s.home)
	if strings.Contains(command, "--dev") {
		cmd.Env = append(cmd.Env, "PORT="+servicetest.Port(s.t, s.address))
	}
	s.server = servicetest.Start(s.t, cmd, s.address)
}

func (l line) compare(output string, code int) string {
	words := append(strings.Fields(l.comment), "", "")
	want := 0
	switch first := strings.TrimSuffix(words[0], ":"); {
	case first == "exit":
		want, _ = strconv.Atoi(strings.TrimSuffix(words[1], ":"))
	case regexp.MustCompile(`^[1-5]\d\d$`).MatchString(first) && !regexp.MustCompile(`(?m)^HTTP/\S+ `+first+` `).MatchString(output):
		return "the answer's status is not " + first
	case first == "prints":
		if text := strings.TrimSpace(strings.TrimPrefix(l.comment, "prints")); !strings.Contains(output, text) {
			return "the output lacks " + text
		}
	}
	if code != want {
		return fmt.Sprintf("exit code %d, want %d", code, want)
	}
	return ""
}

// write writes the blocks that are files.
func (s *shell) write(f fence) {
	s.t.Helper()
	path := filepath.Join(s.dir, f.file())
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(s.local(f.text)), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// showRepository lets the examples copy files of the repository.
func showRepository(t *testing.T, dir string) {
	t.Helper()
	internal, err := filepath.Abs(filepath.Join(root, "internal"))
	if err == nil {
		err = os.Symlink(internal, filepath.Join(dir, "internal"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestExamplesRun runs the blocks that say "run" of every document, in a folder that begins with the files of
// the blocks that say "file=".
func TestExamplesRun(t *testing.T) {
	found := 0
	for _, d := range documents(t) {
		isExample := func(f fence) bool { return f.is("sh", "run") }
		if !slices.ContainsFunc(d.fences, isExample) {
			continue
		}
		found++
		t.Run(d.path, func(t *testing.T) {
			dir := t.TempDir()
			showRepository(t, dir)
			s := newShell(t, dir, dir)
			for _, f := range d.fences {
				switch {
				case f.file() != "":
					s.write(f)
				case isExample(f):
					s.run(f)
				}
			}
		})
	}
	if found == 0 {
		t.Error("no document has an example that runs")
	}
}
