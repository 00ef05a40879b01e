package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
)

// planted is how many secrets stand in the history: in the first commit, in a middle one, on a branch that was
// merged and deleted, and in a merge alone.
const planted = 4

// makeRepository makes a history of commits to some hundred files by git fast-import.
func makeRepository(dir string, commits int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if out, err := exec.Command("git", "-C", dir, "init", "-q", "-b", "main").CombinedOutput(); err != nil {
		return fmt.Errorf("git init: %w: %s", err, out)
	}
	cmd := exec.Command("git", "-C", dir, "fast-import", "--quiet")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w := &writer{out: bufio.NewWriter(in), random: newRandom(), files: map[string][]string{}}
	w.history(commits)
	if err := w.out.Flush(); err != nil {
		return err
	}
	if err := in.Close(); err != nil {
		return err
	}
	return cmd.Wait()
}

// newRandom is the same in every run.
func newRandom() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// writer writes a stream for git fast-import.
type writer struct {
	out    *bufio.Writer
	random *rand.Rand
	files  map[string][]string // lines of each file
	mark   int
}

func (w *writer) history(commits int) {
	for n := 1; n < commits; n++ {
		parent := w.mark
		switch {
		case n == 1:
			w.commit("main", 0, 0, "first.py", w.secret())
		case n == commits/2:
			w.commit("main", parent, 0, "middle.py", w.secret())
		case n == commits/2+10:
			w.commit("topic", parent, 0, "topic.py", w.secret())
			w.commit("topic", w.mark, 0, "topic.py", "")
			w.commit("main", parent, 0, w.name(), "")
			w.commit("main", w.mark, w.mark-1, "merge.py", w.secret())
			n += 3
		case n%50 == 0:
			for _, name := range []string{"first.py", "middle.py", "merge.py"} {
				w.files[name] = nil
			}
			w.commit("main", parent, 0, "middle.py", "")
		default:
			w.commit("main", parent, 0, w.name(), "")
		}
	}
	fmt.Fprint(w.out, "reset refs/heads/topic\nfrom 0000000000000000000000000000000000000000\n\n")
}

func (w *writer) name() string {
	endings := []string{"py", "js", "go", "html", "md", "json", "yaml"}
	n := w.random.IntN(300)
	return fmt.Sprintf("src/part%d/file%d.%s", n%12, n, endings[n%len(endings)])
}

// commit changes one file: some lines of it, or all of it to text.
func (w *writer) commit(branch string, parent, merged int, name, text string) {
	w.mark++
	fmt.Fprintf(w.out, "commit refs/heads/%s\nmark :%d\nauthor t <t@example.com> %d +0000\ncommitter t <t@example.com> %d +0000\ndata 1\nx\n", branch, w.mark, 1700000000+w.mark, 1700000000+w.mark)
	if parent > 0 {
		fmt.Fprintf(w.out, "from :%d\n", parent)
	}
	if merged > 0 {
		fmt.Fprintf(w.out, "merge :%d\n", merged)
	}
	if text == "" {
		text = w.change(name)
	}
	fmt.Fprintf(w.out, "M 100644 inline %s\ndata %d\n%s\n", name, len(text), text)
}

// change writes some lines of a file anew.
func (w *writer) change(name string) string {
	lines := w.files[name]
	for len(lines) < 200 {
		lines = append(lines, w.line())
	}
	from := w.random.IntN(180)
	for i := range 20 {
		lines[from+i] = w.line()
	}
	w.files[name] = lines
	return strings.Join(lines, "\n") + "\n"
}

// line is one of code: mostly made-up names, and now and then a word that secrets stand beside.
func (w *writer) line() string {
	plain := []string{"return", "request", "value", "=", "(", ")", "if", "else", "self.", "data", "await", "None", "items", "for", "in", "{", "}", ":", "timeout"}
	telling := []string{"password", "os.environ[\"API_KEY\"]", "token", "secret=", "https://example.com/", "api_key"}
	var b strings.Builder
	b.WriteString("    ")
	for range 3 + w.random.IntN(8) {
		switch n := w.random.IntN(40); {
		case n == 0:
			b.WriteString(telling[w.random.IntN(len(telling))])
		case n < 20:
			b.WriteString(plain[w.random.IntN(len(plain))])
		default:
			fmt.Fprintf(&b, "%c%c%c_name%d", 'a'+w.random.IntN(26), 'a'+w.random.IntN(26), 'a'+w.random.IntN(26), w.random.IntN(1000))
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// secret is a line with a made-up key, which no file of this program has.
func (w *writer) secret() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	key := []byte("sk-" + "proj-")
	for range 48 {
		key = append(key, letters[w.random.IntN(len(letters))])
	}
	return fmt.Sprintf("client = OpenAI(api_key=\"%s\")\n", key)
}
