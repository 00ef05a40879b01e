package deploy

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectNoHealthCheck reports images of servers that nobody asks whether they are well: not the image, not
// compose, not the platform.
func detectNoHealthCheck(pass *audit.Pass) {
	all := read(pass.Project)
	if all.probedElsewhere() {
		return
	}
	for _, i := range all.images {
		last := i.last()
		if last == nil || forDevelopment(i.file.Path) || !isServer(last) && !all.startsServer(pass.Project, i) {
			continue
		}
		check, found := last.find("healthcheck")
		off := found && len(check.words) > 0 && strings.EqualFold(check.words[0], "none")
		if found && !off || slices.ContainsFunc(all.ofImage(i), hasHealthCheck) {
			continue
		}
		line := last.place()
		if off {
			line = check.line
		}
		pass.Report(audit.Report{File: i.file, Line: line, Message: "the image runs a server and has no HEALTHCHECK, nor does compose give it one"})
	}
}

func (all *files) probedElsewhere() bool {
	return slices.ContainsFunc(all.platforms, func(p platform) bool { return p.probed }) || slices.ContainsFunc(all.pods, pod.probed)
}

func hasHealthCheck(s service) bool {
	check := s.get("healthcheck")
	return check.exists() && check.get("disable").text() != "true"
}

// isServer says whether an image listens: it exposes a port, starts a server by name, or stands on one.
func isServer(st *stage) bool {
	if _, exposes := st.find("expose"); exposes {
		return true
	}
	base := st.root()
	base = base[strings.LastIndex(base, "/")+1:]
	name, _, _ := strings.Cut(base, ":")
	if slices.Contains([]string{"nginx", "httpd", "caddy", "tomcat", "nginx-unprivileged"}, name) {
		return true
	}
	return slices.ContainsFunc(startWords(st), isServerProgram)
}

// startWords returns the words of what starts the image.
func startWords(st *stage) []string {
	var words []string
	for _, command := range []string{"entrypoint", "cmd"} {
		if s, found := st.find(command); found {
			words = append(words, strings.Fields(strings.Join(s.words, " "))...)
		}
	}
	return words
}

// startsServer says whether an image starts a program that was built here, in an earlier stage, from Go that listens.
func (all *files) startsServer(p *audit.Project, i *image) bool {
	last := i.last()
	built := slices.ContainsFunc(last.steps, func(s step) bool {
		return s.command == "copy" && slices.ContainsFunc(s.flags, func(f string) bool { return strings.HasPrefix(f, "--from=") })
	})
	if _, starts := last.find("entrypoint", "cmd"); !built || !starts || len(all.images) > 1 {
		return false
	}
	return slices.ContainsFunc(p.Files, func(f *audit.File) bool {
		return f.Ext() == ".go" && !f.Test && strings.Contains(string(f.Content), "ListenAndServe")
	})
}

func isServerProgram(word string) bool {
	return slices.Contains([]string{
		"uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "waitress-serve", "flask", "fastapi", "streamlit", "runserver",
		"http.server", "uwsgi", "nginx", "caddy", "serve", "http-server", "puma", "rails",
	}, word[strings.LastIndex(word, "/")+1:])
}
