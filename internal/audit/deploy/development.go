package deploy

import (
	"path"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectDevelopmentServer reports entry points that start a server made for development: reloading, debugging.
func detectDevelopmentServer(pass *audit.Pass) {
	all := read(pass.Project)
	for _, i := range all.images {
		if last := i.last(); last != nil && !forDevelopment(i.file.Path) {
			for _, command := range []string{"entrypoint", "cmd"} {
				if s, found := last.find(command); found {
					reportCommand(pass, i.file, s.line, strings.Join(s.words, " "))
				}
			}
		}
	}
	for _, s := range all.stacks {
		for _, service := range s.services {
			if command := service.get("command"); command.exists() && !forDevelopment(s.file.Base()) && !service.mountsSource() {
				reportCommand(pass, s.file, command.Line, strings.Join(command.words(), " "))
			}
		}
	}
	for _, f := range all.procfiles {
		reportLines(pass, f, "")
	}
	for _, f := range all.units {
		reportLines(pass, f, "ExecStart=")
	}
}

// mountsSource says whether a service has the source mounted, as one does while developing.
func (s service) mountsSource() bool {
	return slices.ContainsFunc(s.get("volumes").items(), func(v node) bool {
		from, _, _ := strings.Cut(v.text(), ":")
		return strings.HasPrefix(from, ".") && path.Ext(from) == ""
	})
}

func reportLines(pass *audit.Pass, f *audit.File, prefix string) {
	line := 0
	for text := range strings.SplitSeq(string(f.Content), "\n") {
		line++
		if text = strings.TrimSpace(text); strings.HasPrefix(text, prefix) && !strings.HasPrefix(text, "#") {
			reportCommand(pass, f, line, text)
		}
	}
}

func reportCommand(pass *audit.Pass, f *audit.File, line int, command string) {
	words := strings.FieldsFunc(command, func(r rune) bool { return strings.ContainsRune(" \t\"',;&", r) })
	if why := develops(words); why != "" {
		pass.Report(audit.Report{File: f, Line: line, Message: "the program is started " + why + ", which is made for development alone"})
	}
}

func develops(words []string) string {
	has := func(list ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, path.Base(w)) })
	}
	switch {
	case has("--reload") && has("uvicorn", "gunicorn", "hypercorn", "flask", "fastapi", "granian"):
		return "with --reload"
	case has("--debug") && has("flask", "run.py", "app.py", "main.py"):
		return "with --debug"
	case has("nodemon", "ts-node-dev"):
		return "by a program that reloads it"
	case has("next", "vite", "nuxt") && has("dev"), has("npm", "yarn", "pnpm", "bun") && has("dev"):
		return "in its development mode"
	}
	return ""
}
