package secrets

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// isEnvFile says whether a file holds values for the environment in clear.
func isEnvFile(f *audit.File) bool {
	if !source.IsEnvFile(f.Base()) {
		return false
	}
	return !slices.Contains([]string{".vault", ".enc", ".encrypted", ".age", ".gpg", ".schema", ".sops", ".keys", ".js", ".ts", ".py"}, f.Ext())
}

// isTest says whether a file belongs to tests or is an example.
func isTest(f *audit.File) bool { return f.Test || factsOf(f.Path).test }

// assigned calls each for the variables of an environment file.
func assigned(content []byte, each func(name, value string)) {
	for line := range strings.Lines(string(content)) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "export ")
		name, value, ok := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); ok && name != "" && !strings.HasPrefix(name, "#") {
			each(name, strings.Trim(strings.TrimSpace(value), `"'`))
		}
	}
}

// holdsSecrets says whether one of the variables has the value of a secret, even a weak one.
func (s *scan) holdsSecrets(f *audit.File) bool {
	if len(s.files[f.Path]) > 0 {
		return true
	}
	if s.matcher == nil {
		return true
	}
	found := false
	assigned(f.Content, func(name, value string) {
		found = found || familyOf(name) != noFamily && !inBrowser(name) && !s.matcher.values.placeholder(value) && !s.matcher.values.harmless(value)
	})
	return found
}

func committedEnv(pass *audit.Pass) {
	s := scanOf(pass.Project)
	for _, f := range pass.Project.Files {
		if !f.Tracked || !isEnvFile(f) || isTest(f) && !slices.ContainsFunc(s.files[f.Path], func(h lineHit) bool { return h.pattern.sure }) {
			continue
		}
		r := audit.Report{File: f, Key: f.Path, Message: f.Path + " is in git, with the values of secrets"}
		if f.Ignored || isIgnored(pass.Project, f.Path) {
			r.Message += "; it is in .gitignore, but git follows it all the same"
		}
		if low := finding.Low; !s.holdsSecrets(f) {
			if base := f.Base(); base != ".env" && base != ".env.local" {
				continue // build tools want their defaults for each mode in git
			}
			r.Severity, r.Message = &low, f.Path+" is in git; it has no secret yet, and the next one goes there"
		}
		pass.Report(r)
	}
}

// othersMayRead are the bits of a mode that give a file to the group or to all.
const othersMayRead = 0o077

// envMode looks at files on disk that git does not have: the mode of the others comes from a checkout.
func envMode(pass *audit.Pass) {
	s := scanOf(pass.Project)
	for _, f := range pass.Project.Files {
		if f.Tracked || !isEnvFile(f) || f.Mode.Perm()&othersMayRead == 0 || !s.holdsSecrets(f) {
			continue
		}
		pass.Report(audit.Report{File: f, Key: f.Path, Message: fmt.Sprintf("%s has the mode %04o: other accounts of the machine read it", f.Path, f.Mode.Perm())})
	}
}

// isPartial says whether only a part of the tree is under audit, so that nothing can be said to be missing.
func isPartial(p *audit.Project) bool {
	return slices.ContainsFunc(p.Files, func(f *audit.File) bool { return f.Changed != nil })
}

// unignoredEnv wants a rule for environment files where the project has or reads one.
func unignoredEnv(pass *audit.Pass) {
	p := pass.Project
	if isPartial(p) {
		return
	}
	for _, name := range envPlaces(p) {
		f := p.File(name)
		if f != nil && (f.Ignored || f.Tracked && name != ".env") || isIgnored(p, name) {
			continue
		}
		r := audit.Report{File: p.File(".gitignore"), Key: "env", Message: fmt.Sprintf("no rule ignores %s: the next git add takes its secrets in", name)}
		if r.File == nil {
			r.File = &audit.File{Path: ".gitignore"}
			r.Message = fmt.Sprintf("there is no .gitignore: the next git add takes the secrets of %s in", name)
		}
		pass.Report(r)
		return
	}
}

// envPlaces are the environment files that the project has, and those that it will have.
func envPlaces(p *audit.Project) []string {
	var places []string
	for _, f := range p.Files {
		switch {
		case isTest(f):
		case isEnvFile(f):
			places = append(places, f.Path)
		case source.IsEnvExample(f.Base()) && f.Ext() != ".js":
			places = append(places, path.Join(path.Dir(f.Path), ".env"))
		}
	}
	repository := p.Git || p.File(".gitignore") != nil
	if e := environmentOf(p); !isLibrary(p) && (e.dotenv || repository && len(e.names) > 0 && (e.scripted || expectsEnv(p))) {
		places = append(places, ".env")
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// expectsEnv says whether the .gitignore of a project speaks of environment files, or there is none at all.
func expectsEnv(p *audit.Project) bool {
	f := p.File(".gitignore")
	if f == nil {
		return true
	}
	for line := range strings.Lines(string(f.Content)) {
		if strings.HasPrefix(strings.TrimLeft(line, "/*! "), ".env") {
			return true
		}
	}
	return false
}

// isMuch says whether so many variables want an example: three, or two of which one is a secret.
func (e *environment) isMuch() bool {
	secret := slices.ContainsFunc(e.names, func(name string) bool { return familyOf(name) != noFamily })
	return len(e.names) > 2 || len(e.names) == 2 && secret
}

// envExample wants the names of the environment written somewhere, and no values with them.
func envExample(pass *audit.Pass) {
	p := pass.Project
	s := scanOf(p)
	exists := false
	for _, f := range p.Files {
		if !source.IsEnvExample(f.Base()) {
			continue
		}
		exists = true
		for _, h := range s.files[f.Path] {
			if h.isReal() {
				pass.Report(audit.Report{
					File: f, Line: h.line, Column: h.start + 1, Severity: &h.severity, Redact: values(s.files[f.Path]), Key: h.pattern.id + " " + h.name,
					Message: fmt.Sprintf("the example has a real value here (%s)", h.pattern.what), Fix: "Rotate it, and leave the value in the example empty.",
				})
			}
		}
	}
	if exists || isPartial(p) {
		return
	}
	e := environmentOf(p)
	if isLibrary(p) {
		return
	}
	if missing := e.undocumented(p, s); e.isMuch() && 2*len(missing) >= len(e.names) {
		pass.Report(audit.Report{
			File: &audit.File{Path: ".env.example"}, Key: "missing",
			Message: fmt.Sprintf("the code reads %d variables, and no example or document names %s", len(e.names), strings.Join(missing[:min(len(missing), 5)], ", ")),
		})
	}
}
