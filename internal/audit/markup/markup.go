// Package markup finds mistakes in pages, components and templates: HTML, Jinja, Django, Nunjucks, Twig, EJS,
// Handlebars, Mustache, Vue, Svelte and Astro.
package markup

import (
	"encoding/json"
	"slices"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/markup"
)

// Detectors returns what is found, by class.
func Detectors() map[string]audit.Detector {
	return map[string]audit.Detector{"xss-sink": xssSink, "security-todo": securityTodo}
}

// unit is one file that is shown to somebody.
type unit struct {
	file  *audit.File
	page  *syntax.Page
	clean map[string]bool // names that its scripts define, and whether every value is harmless
}

// facts are what the detectors ask about a project.
type facts struct {
	units     []*unit
	packages  map[string]bool // dependencies that a package.json names
	sanitised map[string]bool // names that code gives to what a sanitiser returned
}

func factsOf(p *audit.Project) *facts { return audit.Memo(p, build) }

func build(p *audit.Project) *facts {
	f := &facts{packages: map[string]bool{}, sanitised: map[string]bool{}}
	for _, file := range p.Files {
		switch {
		case file.Test || file.Ignored && !file.Tracked:
		case file.Base() == "package.json":
			f.addPackages(file)
		case slices.Contains([]string{".py", ".js", ".mjs", ".cjs", ".ts", ".tsx"}, file.Ext()):
			addSanitised(f.sanitised, string(file.Content))
		case slices.Contains(syntax.Extensions(), file.Ext()):
			page := syntax.Parse(file.Content)
			f.units = append(f.units, &unit{file, page, definitions(page.Scripts)})
		}
	}
	return f
}

func (f *facts) addPackages(file *audit.File) {
	var manifest struct{ Dependencies map[string]any }
	if json.Unmarshal(file.Content, &manifest) != nil {
		return
	}
	for name := range manifest.Dependencies {
		f.packages[name] = true
	}
}

// uses says whether the project depends on one of the packages.
func (f *facts) uses(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return f.packages[name] })
}
