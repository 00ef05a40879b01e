package deploy

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// detectImageSecrets reports secrets that a build writes into an image: ENV, ARG, addresses with passwords, and
// files that are copied in.
func detectImageSecrets(pass *audit.Pass) {
	all := read(pass.Project)
	for _, i := range all.images {
		for _, st := range i.stages {
			for _, s := range st.steps {
				switch s.command {
				case "env", "arg":
					reportAssignments(pass, i, st, s)
				case "run":
					reportAddresses(pass, i, s)
				case "copy", "add":
					reportCopy(pass, all, i, st, s)
				}
			}
		}
	}
	for _, s := range all.stacks {
		for _, service := range s.services {
			reportBuildArguments(pass, s, service)
		}
	}
}

func reportAssignments(pass *audit.Pass, i *image, st *stage, s step) {
	for _, a := range st.assignments(s) {
		message, value := "", a.value
		if list := fallbacks(value); len(list) > 0 && strings.HasPrefix(value, "${") {
			value = list[0].value
		}
		switch literal := isLiteral(value) && !(isDummy(value) && st != i.last()); {
		case passwordOf(value) != "":
			message = fmt.Sprintf("%s has an address with its password, which stays in the image", a.name)
		case !isSecretName(a.name):
		case s.command == "arg" && (value == "" || literal):
			message = fmt.Sprintf("the build argument %s stays in the history of the image", a.name)
		case literal:
			message = fmt.Sprintf("%s has a value that stays in the image", a.name)
		}
		if message != "" {
			pass.Report(audit.Report{File: i.file, Line: a.line, Message: message, Redact: []string{value}, Key: s.command + " " + a.name})
		}
	}
}

// isLiteral says whether a value may be a secret: it is there, names no other variable, and is neither a hint nor the
// path of a file.
func isLiteral(value string) bool {
	return value != "" && !isReference(value) && !isTemplate(value) && !(strings.HasPrefix(value, "/") && strings.Contains(value[1:], "/"))
}

// isDummy knows values that builds use where the program wants any at all.
func isDummy(value string) bool {
	v := strings.ToLower(value)
	return slices.ContainsFunc([]string{"dummy", "build", "fake", "test", "temp", "unused", "not", "none", "skip", "x"}, func(mark string) bool { return strings.HasPrefix(v, mark) })
}

// reportAddresses looks for a password written into an address of a command.
func reportAddresses(pass *audit.Pass, i *image, s step) {
	for n := s.line; n <= s.end; n++ {
		for word := range strings.FieldsSeq(i.file.Line(n)) {
			if password := passwordOf(addressIn(strings.Trim(word, `"'`))); password != "" {
				pass.Report(audit.Report{File: i.file, Line: n, Message: "a command has an address with a password, which stays in the history of the image", Redact: []string{password}})
			}
		}
	}
}

// addressIn takes the option off that an address is given to: --registry=https://...
func addressIn(word string) string {
	scheme, _, found := strings.Cut(word, "://")
	if !found {
		return word
	}
	return word[strings.LastIndexAny(scheme, "=\"'")+1:]
}

func reportBuildArguments(pass *audit.Pass, s *stack, service service) {
	for _, a := range settingsOf(s.file, service.get("build", "args")) {
		value := a.plain()
		if isSecretName(a.name) && isLiteral(value) || passwordOf(value) != "" {
			pass.Report(audit.Report{File: s.file, Line: a.line, Key: "args " + a.name, Redact: []string{value},
				Message: fmt.Sprintf("the build argument %s has a value that stays in the history of the image", a.name)})
		}
	}
}

func reportCopy(pass *audit.Pass, all *files, i *image, st *stage, s step) {
	if slices.ContainsFunc(s.flags, func(flag string) bool { return strings.HasPrefix(flag, "--from") }) || len(s.words) < 2 {
		return
	}
	sources, target := s.words[:len(s.words)-1], s.words[len(s.words)-1]
	for _, name := range sources {
		name = unquote(name)
		if isSecretFile(pass.Project, i, name) {
			pass.Report(audit.Report{File: i.file, Line: s.line, Message: fmt.Sprintf("%s is copied into the image", name)})
			return
		}
	}
	if forDevelopment(i.file.Path) {
		return
	}
	kept := i.last().receives(st, s, target)
	for _, name := range sources {
		r, found := all.environmentIn(pass.Project, i, unquote(name))
		if found && !kept && r.Confidence != "" { // no such file is known, and the image would not hold it
			continue
		}
		if found {
			r.File, r.Line = i.file, s.line
			pass.Report(r)
			return
		}
	}
}

// isSecretFile says whether a file that is named holds secrets: environment, keys, credentials.
func isSecretFile(p *audit.Project, i *image, name string) bool {
	base := strings.ToLower(path.Base(name))
	switch {
	case isEnvFile(base), base == ".netrc", base == ".pypirc", base == "id_rsa", base == "id_ed25519", base == ".git-credentials", base == ".htpasswd":
		return true
	case base == ".npmrc":
		f := p.File(path.Join(i.context(), name))
		return f != nil && strings.Contains(string(f.Content), "_authToken") && !strings.Contains(string(f.Content), "${")
	case strings.HasSuffix(base, ".json"):
		return strings.Contains(base, "credential") || strings.Contains(base, "service-account") || strings.Contains(base, "service_account") ||
			strings.Contains(base, "serviceaccount") || strings.Contains(base, "client_secret") || base == "secrets.json"
	}
	switch path.Ext(base) {
	case ".key", ".p12", ".pfx", ".jks":
		return !strings.Contains(base, "pub")
	case ".pem":
		return !slices.ContainsFunc([]string{"cert", "ca", "chain", "pub", "bundle", "root"}, func(mark string) bool { return strings.Contains(base, mark) })
	}
	return base == "secrets" || base == ".aws" || base == ".ssh" || base == "secrets.yaml" || base == "secrets.yml" || base == "secrets.toml"
}

// isEnvFile says whether a name is that of a file with environment variables, and no example.
func isEnvFile(base string) bool {
	if base != ".env" && !strings.HasPrefix(base, ".env.") && !strings.HasSuffix(base, ".env") {
		return false
	}
	return !slices.ContainsFunc([]string{"example", "sample", "template", "dist", "default", "*"}, func(mark string) bool { return strings.Contains(base, mark) })
}

// receives says whether what a step copies ends up in this stage: the step belongs to it or to a parent, or the
// folder is copied over from the other stage.
func (st *stage) receives(other *stage, s step, target string) bool {
	if slices.Contains(st.lineage(), other) {
		return true
	}
	folder := other.absolute(target, s.line)
	for _, at := range st.lineage() {
		for _, c := range at.steps {
			if c.command != "copy" || !slices.Contains(c.flags, "--from="+other.name) || len(c.words) < 2 {
				continue
			}
			for _, name := range c.words[:len(c.words)-1] {
				if from := path.Join("/", unquote(name)); from == "/" || from == folder || strings.HasPrefix(folder, from+"/") {
					return true
				}
			}
		}
	}
	return false
}

// absolute resolves a target of COPY against the working folder at a line.
func (st *stage) absolute(target string, line int) string {
	dir := "/"
	lineage := st.lineage()
	for _, at := range slices.Backward(lineage) {
		for _, s := range at.steps {
			if s.command == "workdir" && len(s.words) > 0 && (at != st || s.line < line) {
				dir = join(dir, unquote(s.words[0]))
			}
		}
	}
	return join(dir, unquote(target))
}

func join(dir, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(dir, name)
}

// environmentIn says whether a folder that is copied may bring an environment file along: one that is there, or
// for the whole context one that will be.
func (all *files) environmentIn(p *audit.Project, i *image, name string) (audit.Report, bool) {
	folder := path.Clean(strings.TrimSuffix(name, "*"))
	for _, context := range all.contexts(i) {
		list := ignores(p, i, context)
		if folder == "." && list.covers(".env") {
			return audit.Report{}, false
		}
		if found := exposed(p, list, context, folder); found != "" {
			return audit.Report{Message: fmt.Sprintf("%s is copied into the image: .dockerignore does not name it", found)}, true
		}
	}
	if folder != "." {
		return audit.Report{}, false
	}
	return audit.Report{Message: "the whole folder is copied and no .dockerignore keeps .env out of the image", Confidence: finding.Likely}, true
}

// exposed returns an environment file of the project that lies in a folder of the context and is not ignored.
func exposed(p *audit.Project, list ignoreFile, context, folder string) string {
	for _, f := range p.Files {
		if f.Test || !isEnvFile(strings.ToLower(f.Base())) {
			continue
		}
		inside, ok := below(path.Join(context, folder), f.Path)
		if name, _ := below(context, f.Path); ok && inside != "" && !list.covers(name) {
			return f.Path
		}
	}
	return ""
}

// below returns the rest of a path below a folder.
func below(folder, name string) (rest string, ok bool) {
	if folder == "." {
		return name, true
	}
	return strings.CutPrefix(name, folder+"/")
}

// contexts are the folders that the image may be built in: what compose says, or the folder of the Dockerfile and
// the top.
func (all *files) contexts(i *image) []string {
	var list []string
	for _, s := range all.stacks {
		for _, service := range s.services {
			if s.builds(service, i) {
				build := service.get("build")
				list = append(list, path.Join(path.Dir(s.file.Path), build.text(), build.get("context").text()))
			}
		}
	}
	if len(list) == 0 {
		list = []string{i.context(), "."}
	}
	return slices.Compact(list)
}
