package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/config"
)

// generated compares the part of a document between two markers with content, or writes it with -update.
func generated(t *testing.T, path, name, content string) {
	t.Helper()
	begin, end := "<!-- generated: "+name+" -->\n", "<!-- end of "+name+" -->\n"
	text := read(t, path)
	before, rest, ok := strings.Cut(text, begin)
	have, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no part between %q and %q", path, begin, end)
	}
	content = "\n" + content + "\n"
	if have == content {
		return
	}
	if !*update {
		t.Errorf("%s is not what the program says; go test ./test/docs -update writes it\n%s", path, cmp.Diff(have, content))
		return
	}
	file := filepath.Join(root, filepath.FromSlash(path))
	if err := os.WriteFile(file, []byte(before+begin+content+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestConfigurationReference(t *testing.T) {
	var keys strings.Builder
	keys.WriteString("| key | type | default | in the environment | what it is |\n|---|---|---|---|---|\n")
	for _, k := range config.Keys() {
		fallback := span(k.Default)
		if k.DevDefault != "" {
			fallback = strings.TrimPrefix(fallback+"; in dev "+span(k.DevDefault), "; ")
		}
		fmt.Fprintf(&keys, "| `%s` | %s | %s | %s | %s |\n", k.Name, k.Type, fallback, span(k.Env()), cell(k.Doc))
	}
	generated(t, "docs/configuration.md", "keys", keys.String())
	var secrets strings.Builder
	secrets.WriteString("| secret | what it is |\n|---|---|\n")
	for _, s := range config.SecretNames() {
		fmt.Fprintf(&secrets, "| `%s` | %s |\n", s.Name, cell(s.Doc))
	}
	generated(t, "docs/configuration.md", "secrets", secrets.String())
}

func span(code string) string {
	if code == "" {
		return ""
	}
	return "`" + code + "`"
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func TestCommandReference(t *testing.T) {
	var list, all strings.Builder
	list.WriteString("| command | does |\n|---|---|\n")
	dir := t.TempDir()
	for _, c := range commandList(t) {
		help := run(t, dir, append(strings.Fields(c[0]), "--help")...)
		fmt.Fprintf(&list, "| [`%s`](#sallyport-%s) | %s |\n", c[0], strings.ReplaceAll(c[0], " ", "-"), cell(c[1]))
		fmt.Fprintf(&all, "## sallyport %s\n\n```text\n%s```\n\n", c[0], help)
	}
	generated(t, "docs/commands.md", "list", list.String())
	generated(t, "docs/commands.md", "commands", strings.TrimSuffix(all.String(), "\n"))
}

// commandList returns name and purpose of every command, as the program's own help lists them.
func commandList(t *testing.T) [][2]string {
	t.Helper()
	_, text, found := strings.Cut(run(t, t.TempDir(), "--help"), "\nCommands:\n")
	if !found {
		t.Fatal("the help lists no commands")
	}
	text, _, _ = strings.Cut(text, "\n\n")
	text = regexp.MustCompile(`\n {3,}`).ReplaceAllString(text, " ") // purposes that go on in the next line
	var list [][2]string
	for _, m := range regexp.MustCompile(`(?m)^  (\S+(?: \S+)*) {2,}(.+)$`).FindAllStringSubmatch(text, -1) {
		list = append(list, [2]string{m[1], m[2]})
	}
	if len(list) < 5 {
		t.Fatalf("%d commands were found in\n%s", len(list), text)
	}
	return list
}

// commands returns the names of all commands.
func commands(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, c := range commandList(t) {
		names = append(names, c[0])
	}
	return names
}
