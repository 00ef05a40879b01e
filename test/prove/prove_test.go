package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPatchesFit makes each patch in memory: one that no longer fits the program fails here, and not only when
// somebody proves.
func TestPatchesFit(t *testing.T) {
	patches, err := load("patches", regexp.MustCompile(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range patches {
		changed := map[string]string{}
		for _, e := range p.edits {
			text, ok := changed[e.file]
			if !ok {
				data, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(e.file)))
				if err != nil {
					t.Fatal(err)
				}
				text = string(data)
			}
			after, err := e.apply(text)
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
				continue
			}
			changed[e.file] = after
		}
		if !hasTest(t, p) {
			t.Errorf("%s: %s has no test %s", p.name, p.pkg, p.test)
		}
	}
}

func hasTest(t *testing.T, p patch) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", filepath.FromSlash(p.pkg), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+p.test+"(") {
			return true
		}
	}
	return false
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "removes: x\npackage: .\ntest: T\n", "removes: x\npackage: .\n-- before a --\nx\n-- after a --\n",
		"removes: x\npackage: .\ntest: T\n-- before a --\nx\n", "removes: x\npackage: .\ntest: T\n-- before a --\nx\n-- after b --\n",
		"removes: x\npackage: .\ntest: T\n-- before a --\n-- after a --\n", "why: x\n",
	} {
		if p, err := parse("x", []byte(text)); err == nil {
			t.Errorf("%q is taken for %+v", text, p)
		}
	}
}

// TestProve wants a protection that is gone to be missed, and everything else to be told from that.
func TestProve(t *testing.T) {
	m := &module{dir: t.TempDir(), passed: map[string]bool{}}
	for name, text := range map[string]string{
		"go.mod":    "module x\n",
		"x.go":      "package x\n\nfunc allowed() bool {\n\treturn false\n}\n",
		"x_test.go": "package x\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) {\n\tif allowed() {\n\t\tt.Fatal()\n\t}\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(m.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, test, before, after, want string }{
		{"proven", "TestX", "return false", "return true", ""},
		{"hangs", "TestX", "return false", "select {}", ""},
		{"not missed", "TestX", "return false", "return 1 > 2", "passes without"},
		{"does not compile", "TestX", "return false", "return", "does not compile"},
		{"does not fit", "TestX", "return maybe", "return true", "occurs 0 times"},
		{"no test", "TestY", "return false", "return true", "passes without"},
	} {
		err := m.prove(patch{name: tt.name, pkg: ".", test: tt.test, timeout: "2s", edits: []edit{{"x.go", tt.before, tt.after}}})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	text, err := os.ReadFile(filepath.Join(m.dir, "x.go"))
	if err != nil || !strings.Contains(string(text), "return false") {
		t.Errorf("the module was left changed: %s, %v", text, err)
	}
}
