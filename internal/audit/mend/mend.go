// Package mend plans what a machine may safely do about findings: ignore files, an example of the environment,
// the mode of a file. What needs judgement is only shown.
package mend

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// Change is one planned change. Applying it never loses what a file holds: text is appended, or a file is made
// that was not there.
type Change struct {
	Path   string      // slash-separated, relative to the audited folder
	What   string      // for people, in a few words
	Append string      // text to append; the file is made when it is missing
	Mode   fs.FileMode // to set; 0 for none
	Show   string      // a suggestion that is only shown, as added lines of a diff
}

// Plan returns the changes that the findings call for, by path.
func Plan(p *audit.Project, found []finding.Finding) []Change {
	planned := map[string]Change{}
	for _, f := range found {
		c, ok := plan(p, f)
		if ok {
			planned[c.Path+"\x00"+f.Class] = c
		}
	}
	var list []Change
	for _, key := range slices.Sorted(maps.Keys(planned)) {
		list = append(list, planned[key])
	}
	return list
}

func plan(p *audit.Project, f finding.Finding) (Change, bool) {
	if f.Commit != "" {
		return Change{}, false
	}
	switch f.Class {
	case "gitignore-missing-env":
		return lines(p, ".gitignore", "ignore environment files", ".env", ".env.*", "!.env.example")
	case "env-file-mode":
		return Change{Path: f.Path, What: "let only the owner read it", Mode: 0o600}, true
	case "env-example-missing":
		return example(p)
	case "docker-secret":
		if p.File(path.Join(path.Dir(f.Path), ".dockerignore")) == nil {
			return lines(p, path.Join(path.Dir(f.Path), ".dockerignore"), "keep secrets out of images", ".env", ".env.*", "!.env.example", "*.pem", "*.key", ".git")
		}
	case "docker-root":
		return Change{Path: f.Path, What: "run as an unprivileged user", Show: "USER 65532:65532"}, true
	case "docker-no-healthcheck":
		return Change{Path: f.Path, What: "tell whether it is healthy", Show: `HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/app", "health"]`}, true
	}
	return Change{}, false
}

// lines plans to append those that a file lacks.
func lines(p *audit.Project, name, what string, want ...string) (Change, bool) {
	present := map[string]bool{}
	text := ""
	if f := p.File(name); f != nil {
		text = string(f.Content)
		for line := range strings.Lines(text) {
			present[strings.TrimSpace(line)] = true
		}
	}
	add := ""
	if text != "" && !strings.HasSuffix(text, "\n") {
		add = "\n"
	}
	lacking := false
	for _, line := range want {
		if !present[line] {
			add, lacking = add+line+"\n", true
		}
	}
	return Change{Path: name, What: what, Append: add}, lacking
}

// example plans a .env.example with the names that the source reads, and no values.
func example(p *audit.Project) (Change, bool) {
	names := EnvironmentNames(p)
	if len(names) == 0 || p.File(".env.example") != nil {
		return Change{}, false
	}
	return Change{Path: ".env.example", What: "name what the program reads", Append: strings.Join(names, "=\n") + "=\n"}, true
}

// readsEnvironment matches how Python, JavaScript and Go read one variable.
func readsEnvironment() *regexp.Regexp {
	return regexp.MustCompile(`(?:os\.environ(?:\.get\(|\[)|getenv\(|env\.get\(|os\.(?:Getenv|LookupEnv)\()\s*["']([A-Z][A-Z0-9_]+)["']|process\.env(?:\.|\[["'])([A-Z][A-Z0-9_]+)`)
}

// EnvironmentNames returns the variables that the project's own source reads, sorted. Those that platforms set
// are left out.
func EnvironmentNames(p *audit.Project) []string {
	names, reads := map[string]bool{}, readsEnvironment()
	for _, f := range p.Files {
		if f.Test || !slices.Contains([]string{".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".go"}, f.Ext()) {
			continue
		}
		for _, m := range reads.FindAllSubmatch(f.Content, -1) {
			if name := string(m[1]) + string(m[2]); !slices.Contains([]string{"PATH", "HOME", "PORT", "NODE_ENV", "CI", "PWD", "USER", "TZ"}, name) {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
