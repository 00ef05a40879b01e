package dependencies

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit"
)

// TestLockFiles wants every package with its version and line.
func TestLockFiles(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          []string
	}{
		{"requirements.txt", "a==1.0\n# c==1\nB.x[extra] == 2.0 \\\n  --hash=sha256:00\nc>=1,==1.5\nd===3\n", []string{"a 1.0 :1", "B.x 2.0 :3", "c 1.5 :5", "d 3 :6"}},
		{"poetry.lock", "[[package]]\nname = \"a\"\nversion = \"1.0\"\n\n[[package]]\nname = \"b\"\nversion = \"2.0\"\n[package.dependencies]\nc = \"*\"\n", []string{"a 1.0 :2", "b 2.0 :6"}},
		{"uv.lock", "[[package]]\nname = \"app\"\nversion = \"0.1\"\nsource = { virtual = \".\" }\n\n[[package]]\nname = \"b\"\nversion = \"2.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n", []string{"b 2.0 :7"}},
		{"Pipfile.lock", "{\n \"_meta\": {},\n \"default\": {\n  \"a\": {\"version\": \"==1.0\"}\n },\n \"develop\": {\"b\": {\"version\": \"==2\"}}\n}", []string{"a 1.0 :4", "b 2 :6 dev"}},
		{"package-lock.json", `{
"packages": {
 "": {"version": "1.0.0"},
 "node_modules/a": {"version": "1.0.0"},
 "node_modules/a/node_modules/@s/b": {
   "version": "2.0.0", "dev": true},
 "node_modules/alias": {"name": "real", "version": "3.0.0"},
 "node_modules/linked": {"resolved": "web", "link": true},
 "web": {"version": "1.0.0"}
}}`, []string{"a 1.0.0 :4", "@s/b 2.0.0 :5 dev", "real 3.0.0 :7"}},
		{"package-lock.json", `{"dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}}, "g": {"version": "git+ssh://x"}}}`, []string{"a 1.0.0 :1", "b 2.0.0 :1"}},
		{"yarn.lock", "# yarn lockfile v1\n\n\"@s/a@^1.0.0\", \"@s/a@^1.1\":\n  version \"1.1.0\"\n  dependencies:\n    version \"9\"\n\nb@~2:\n  version \"2.0.0\"\n", []string{"@s/a 1.1.0 :3", "b 2.0.0 :8"}},
		{"yarn.lock", "__metadata:\n  version: 8\n\n\"a@npm:^1.0.0\":\n  version: 1.2.0\n\n\"alias@npm:real@^3\":\n  version: 3.0.0\n\n\"app@workspace:.\":\n  version: 0.0.0-use.local\n", []string{"a 1.2.0 :4", "real 3.0.0 :7"}},
		{"pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  '@s/a@1.0.0(b@2.0.0)': {}\n  b@2.0.0: {}\n", []string{"@s/a 1.0.0 :3", "b 2.0.0 :4"}},
		{"pnpm-lock.yaml", "packages:\n  /@s/a/1.0.0_b@2.0.0: {}\n  /b/2.0.0: {}\n  /c@3.0.0: {}\n", []string{"@s/a 1.0.0 :2", "b 2.0.0 :3", "c 3.0.0 :4"}},
		{"bun.lock", "{\n \"packages\": {\n  \"a\": [\"a@1.0.0\", \"\", {},],\n  \"@s/b\": [\"@s/b@2.0.0,]\",],\n },\n}", []string{"a 1.0.0 :3", "@s/b 2.0.0,] :4"}},
		{"go.mod", "module m\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b v2.0.0+incompatible // indirect\n\texample.com/c v1.0.0\n\texample.com/d v1.0.0\n)\n\nreplace example.com/c => example.com/fork v1.5.0\n\nreplace example.com/d => ../d\n",
			[]string{"example.com/a 1.0.0 :4", "example.com/b 2.0.0 :5", "example.com/fork 1.5.0 :6"}},
		{"package.json", "{\"dependencies\": {\n\"a\": \"1.0.0\",\n\"b\": \"^1.0.0\",\n\"c\": \"1.x\",\n\"d\": \"github:x/y\",\n\"e\": \"v2.0.0\"}}", []string{"a 1.0.0 :2", "b  :3", "c  :4", "e 2.0.0 :6"}},
	} {
		m := &manifest{file: &audit.File{Path: c.name, Content: []byte(c.content)}}
		if err := parserOf(m.file)(m); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var got []string
		for _, d := range m.list {
			text := fmt.Sprintf("%s %s :%d", d.name, d.version, d.line)
			if d.dev {
				text += " dev"
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func FuzzManifests(f *testing.F) {
	names := []string{"requirements.txt", "pyproject.toml", "poetry.lock", "Pipfile.lock", "package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "go.mod", "Dockerfile", "compose.yaml"}
	for i, content := range []string{"a==1", "[project]\ndependencies=['a']", "[[package]]\nname='a'", `{"default":{}}`, `{"dependencies":{"a":"^1"}}`, `{"packages":{"node_modules/a":{"version":"1"}}}`, "\"a@npm:b@1\":\n  version: 1", "packages: {a@1: {}}", `{"a":[1,],}`, "module m\nrequire a.b/c v1.0.0", "FROM a\nRUN pip install x", "services: {a: {image: b}}"} {
		f.Add(i, content)
	}
	f.Fuzz(func(t *testing.T, kind int, content string) {
		m := &manifest{file: &audit.File{Path: names[uint(kind)%uint(len(names))], Content: []byte(content)}}
		if parserOf(m.file)(m) != nil {
			return
		}
		for _, d := range m.list {
			if d.name == "" && d.why == "" || d.line < 1 {
				t.Errorf("%s: %+v", m.file.Path, d)
			}
		}
	})
}
