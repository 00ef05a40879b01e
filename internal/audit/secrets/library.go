package secrets

import (
	"path"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// isLibrary says whether a project is a package for other programs: whoever uses it decides about the environment. It is
// one when its folder is itself an installed package of Python, or when it is packed for a registry, and nothing in it starts a program
// or holds an environment.
func isLibrary(p *audit.Project) bool {
	if slices.ContainsFunc(p.Files, func(f *audit.File) bool { return !isTest(f) && (isEnvFile(f) || startsProgram(f)) }) {
		return false
	}
	if f := p.File("__init__.py"); f != nil && !p.Git {
		return true
	}
	if f := p.File("setup.py"); f != nil && strings.Contains(string(f.Content), "setup(") {
		return true
	}
	if f := p.File("pyproject.toml"); f != nil && strings.Contains(string(f.Content), "[build-system]") && strings.Contains(string(f.Content), "classifiers") {
		return true
	}
	f := p.File("package.json")
	return f != nil && !strings.Contains(string(f.Content), `"private": true`) && strings.Contains(string(f.Content), `"files"`) && strings.Contains(string(f.Content), `"license"`)
}

// startsProgram takes the files that say how a program is run.
func startsProgram(f *audit.File) bool {
	base := strings.ToLower(f.Base())
	if slices.Contains([]string{"procfile", "fly.toml", "render.yaml", "vercel.json", "netlify.toml", "railway.json", "app.yaml", "manage.py"}, base) {
		return path.Dir(f.Path) == "."
	}
	return strings.HasPrefix(base, "dockerfile") || strings.HasPrefix(base, "docker-compose") || strings.HasPrefix(base, "compose.y") || strings.HasSuffix(base, ".service")
}
