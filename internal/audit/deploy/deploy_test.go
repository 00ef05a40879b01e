package deploy

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

func TestIgnoreFile(t *testing.T) {
	for _, c := range []struct {
		patterns, name string
		want           bool
	}{
		{".env", ".env", true},
		{".env", "api/.env", false},
		{"**/.env", "api/v1/.env", true},
		{"**/.env", ".env", true},
		{".env*", ".env.prod", true},
		{"/.env", ".env", true},
		{"*", "api/.env", true},
		{"*\n!api", "api/.env", false},
		{"*\n!src", ".env", true},
		{"api/", "api/.env", true},
		{"# .env", ".env", false},
		{".env\n!.env", ".env", false},
		{"!.env\n.env", ".env", true},
		{"[", ".env", false},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b/c", true},
		{"**", "anything", true},
		{"", ".env", false},
	} {
		if got := parseIgnore(c.patterns).covers(c.name); got != c.want {
			t.Errorf("%q covers %q: %v", c.patterns, c.name, got)
		}
	}
}

func TestFallbacks(t *testing.T) {
	for text, want := range map[string][]fallback{
		"${A:-b}":                  {{"A", "b"}},
		"${A-b} and ${C:-${D:-e}}": {{"A", "b"}, {"C", "${D:-e}"}, {"D", "e"}},
		`${A:="b"}`:                {{"A", "b"}},
		"${A:?missing-it}":         nil,
		"${A:+set-it}":             nil,
		"${A}":                     nil,
		"$A ${":                    nil,
		"${A:-":                    {{"A", ""}},
	} {
		if diff := cmp.Diff(want, fallbacks(text), cmp.AllowUnexported(fallback{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestSecretNames(t *testing.T) {
	for name, want := range map[string]bool{
		"JWT_SECRET": true, "OPENAI_API_KEY": true, "DB_PASSWORD": true, "BOT_TOKEN": true, "SMTP_PASS": true, "AWS_SECRET_ACCESS_KEY": true,
		"SECRET_KEY": true, "stripe-key": true, "TOKEN": true,
		"KEY": false, "MAX_TOKENS": false, "TOKEN_TTL": false, "API_KEY_HEADER": false, "NEXT_PUBLIC_API_KEY": false, "PUBLIC_KEY": false,
		"SECRET_KEY_FILE": false, "GPG_KEY": false, "PASS": false, "JWT_ALGORITHM": false, "TOKENIZERS_PARALLELISM": false, "": false,
		"SUPABASE_ANON_KEY": false, "STRIPE_PUBLISHABLE_KEY": false, "ACCESS_TOKEN_EXPIRE_MINUTES": false,
	} {
		if got := isSecretName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// scan runs every detector over files and returns "class path:line".
func scan(t testing.TB, files map[string]string) (found []string, not []finding.NotAnalysed) {
	t.Helper()
	tree := &source.Tree{Skipped: map[string]int{}, Tracked: map[string]bool{}}
	for name, content := range files {
		tree.Files = append(tree.Files, &source.File{Path: name, Content: []byte(content), Tracked: true})
	}
	var rules []*audit.Rule
	for class, detect := range Detectors() {
		rules = append(rules, &audit.Rule{Rule: finding.Rule{ID: class, Class: class}, Detectors: map[string]audit.Detector{"docker": detect}})
	}
	result, err := audit.Scan(context.Background(), audit.NewProject(tree), audit.Options{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		found = append(found, fmt.Sprintf("%s %s:%d", f.Class, f.Path, f.Line))
	}
	return found, result.NotAnalysed
}

func TestNothingUnparsableIsClean(t *testing.T) {
	for name, content := range map[string]string{
		"Dockerfile":          "FROM a\nRUN <<EOF\nnever closed",
		"docker-compose.yml":  "services: [",
		"k8s/deployment.yaml": "apiVersion: v1\nkind: [",
		"fly.toml":            "[env",
		"render.yaml":         "a: b: c",
	} {
		if _, not := scan(t, map[string]string{name: content}); len(not) != 1 || not[0].Class != "unparsable" || not[0].Path != name {
			t.Errorf("%s: %v", name, not)
		}
	}
}

func TestTemplatesAreRead(t *testing.T) {
	found, not := scan(t, map[string]string{"chart/templates/api.yaml": `apiVersion: v1
kind: Pod
{{- if .Values.on }}
spec:
  containers:
    - name: {{ .Values.name }}
      securityContext:
        privileged: true
{{- end }}
`})
	if diff := cmp.Diff([]string{"docker-root chart/templates/api.yaml:8"}, found); diff != "" || len(not) != 0 {
		t.Errorf("not analysed: %v (-want +got):\n%s", not, diff)
	}
}

// TestHostileFilesEnd gives files that would take for ever if aliases, merges or patterns multiplied.
func TestHostileFilesEnd(t *testing.T) {
	var merges strings.Builder
	merges.WriteString("m0: &m0 {restart: always}\n")
	for i := range 40 {
		fmt.Fprintf(&merges, "m%d: &m%d {<<: [*m%d, *m%d, *m%d, *m%d]}\n", i+1, i+1, i, i, i, i)
	}
	merges.WriteString("services:\n  a: {<<: *m40}\n")
	scan(t, map[string]string{
		"docker-compose.yml": merges.String(),
		"compose.yaml":       "services: &s\n  a: *s\n  b: {<<: *s}\n",
		"Dockerfile":         "FROM a AS a\nFROM a AS a\nFROM a\nCOPY . .\n" + strings.Repeat("ENV A=${A:-", 5000),
		".dockerignore":      strings.Repeat("**/a/", 400) + "b",
		".env":               "A=1",
	})
}

func FuzzScan(f *testing.F) {
	f.Add("FROM a\nENV A_TOKEN=\"x\nCOPY .env .\n", "services: {a: {build: ., environment: [A=${B:-c}]}}", "[env]\nA=1", "**/x\n!a")
	f.Fuzz(func(t *testing.T, dockerfile, compose, fly, ignore string) {
		_, not := scan(t, map[string]string{"Dockerfile": dockerfile, "compose.yaml": compose, "fly.toml": fly, ".dockerignore": ignore, "pod.yaml": "apiVersion: v1\nkind: Pod\n" + compose})
		for _, n := range not {
			if n.Class == "internal" {
				t.Error(n.Reason)
			}
		}
	})
}
