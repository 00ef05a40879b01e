package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/config"
)

// TestNamesInProseExist looks at what stands in back quotes and is, by its form, the name of a key, variable,
// command, flag or file, and wants it to exist.
func TestNamesInProseExist(t *testing.T) {
	known := knownNames(t)
	known.flags(t)
	for _, d := range documents(t) {
		for _, text := range codeSpans(d.prose) {
			if kind := known.misses(d, text); kind != "" {
				t.Errorf("%s: %s is no %s", d.path, text, kind)
			}
		}
	}
}

// misses returns what text seems to be and is not, or "".
func (n *names) misses(d *document, text string) string {
	first, _, _ := strings.Cut(text, ".")
	words := strings.Fields(text)
	switch {
	case regexp.MustCompile(`^(SALLYPORT|RAPIDAPI)_[A-Z_]+$`).MatchString(text):
		return unless(slices.Contains(n.variables(), text), "variable")
	case strings.HasPrefix(text, "--"):
		flag, _, _ := strings.Cut(words[0], "=")
		return unless(slices.Contains(n.options, flag), "flag of a command")
	case len(words) > 1 && (words[0] == "sallyport" || words[0] == "make"):
		whole := strings.Join(words, " ")
		return unless(slices.ContainsFunc(n.commands, func(c string) bool { return whole == c || strings.HasPrefix(whole, c+" ") }), "command")
	case regexp.MustCompile(`^[a-z_]+(\[\])?(\.[a-z_]+(\[\])?)+$`).MatchString(text) && slices.ContainsFunc(n.keys, func(k string) bool {
		return strings.HasPrefix(k, first+".")
	}):
		return unless(slices.Contains(n.keys, text) || exists(d, text), "key of the configuration")
	case regexp.MustCompile(`^[\w./-]+/[\w.-]+\.(go|md|yaml|yml|svg|service|txtar)$`).MatchString(text):
		return unless(exists(d, text), "file")
	}
	return ""
}

func unless(ok bool, kind string) string {
	if ok {
		return ""
	}
	return kind
}

// exists looks beside the document and from the root.
func exists(d *document, name string) bool {
	for _, at := range []string{name, path.Join(path.Dir(d.path), name)} {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(at))); err == nil {
			return true
		}
	}
	return false
}

// variables returns the environment variables of keys, secrets and flags, and those of the tests.
func (n *names) variables() []string {
	list := append(slices.Clone(n.keys), "SALLYPORT_TEST_SERVICES", "SALLYPORT_TEST_DATA")
	for _, k := range config.Keys() {
		list = append(list, k.Env())
	}
	for _, s := range config.SecretNames() {
		list = append(list, s.Name, s.Name+"_FILE")
	}
	return list
}

// flags gathers the flags of every command, and the variables that stand for some.
func (n *names) flags(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for _, c := range commands(t) {
		help := run(t, dir, append(strings.Fields(c), "--help")...)
		n.options = append(n.options, regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(help, -1)...)
		for _, m := range regexp.MustCompile(`\$(SALLYPORT_[A-Z_]+)`).FindAllStringSubmatch(help, -1) {
			n.keys = append(n.keys, m[1])
		}
	}
}
