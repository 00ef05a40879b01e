package deploy

import (
	"fmt"
	"path"
	"strings"

	"sallyport/internal/audit"
)

// detectRoot reports images whose last stage runs as root, and services and pods that ask for it.
func detectRoot(pass *audit.Pass) {
	all := read(pass.Project)
	for _, i := range all.images {
		reportRootImage(pass, all, i)
	}
	for _, s := range all.stacks {
		for _, service := range s.services {
			reportRootService(pass, s, service)
		}
	}
	for _, p := range all.pods {
		reportRootPod(pass, p)
	}
}

func reportRootImage(pass *audit.Pass, all *files, i *image) {
	last := i.last()
	if last == nil || forDevelopment(i.file.Path) || isArtifact(last) {
		return
	}
	user, found := last.find("user")
	switch {
	case found && !isRoot(user):
	case dropsPrivileges(pass.Project, i, last), all.runsOtherwise(i):
	case found:
		pass.Report(audit.Report{File: i.file, Line: user.line, Message: "the last USER of the image is root, so the program runs as root"})
	case !hasUser(last.root()):
		pass.Report(audit.Report{File: i.file, Line: last.place(), Message: "no USER stands before the program starts, so it runs as root"})
	}
}

// isArtifact says whether a stage only carries files out of a build: nothing ever runs in it.
func isArtifact(st *stage) bool {
	_, runs := st.find("cmd", "entrypoint", "expose")
	return !runs && (st.root() == "scratch" || st.root() == "")
}

func isRoot(user step) bool {
	if len(user.words) == 0 {
		return true
	}
	name, _, _ := strings.Cut(unquote(user.words[0]), ":")
	return name == "root" || name == "0"
}

// hasUser knows images that switch to another user themselves.
func hasUser(reference string) bool {
	if reference == "" {
		return true // unknown: it is an argument without a default
	}
	for _, mark := range []string{"nonroot", "unprivileged", "rootless", "non-root"} {
		if strings.Contains(reference, mark) {
			return true
		}
	}
	for _, known := range []string{
		"cgr.dev/chainguard/", "bitnami/", "docker.io/bitnami/", "jupyter/", "quay.io/jupyter/", "apache/airflow", "grafana/",
		"prom/", "n8nio/n8n", "ghcr.io/puppeteer/puppeteer", "registry.access.redhat.com/ubi", "selenium/", "browserless/",
		"jenkins/jenkins", "sonarqube", "keycloak/", "quay.io/keycloak/", "hashicorp/terraform-cloud",
	} {
		if strings.HasPrefix(reference, known) {
			return true
		}
	}
	return false
}

// dropsPrivileges looks for programs that change the user, in what starts the image and in the script that
// it names.
func dropsPrivileges(p *audit.Project, i *image, st *stage) bool {
	for _, command := range []string{"entrypoint", "cmd"} {
		s, found := st.find(command)
		if !found {
			continue
		}
		if changesUser(strings.Join(s.words, " ")) {
			return true
		}
		for _, word := range strings.Fields(strings.Join(s.words, " ")) {
			if script := scriptNamed(p, i, word); script != nil && changesUser(string(script.Content)) {
				return true
			}
		}
	}
	return false
}

func scriptNamed(p *audit.Project, i *image, word string) *audit.File {
	base := path.Base(word)
	if !strings.HasSuffix(base, ".sh") && !strings.Contains(base, "entrypoint") {
		return nil
	}
	for _, f := range p.Files {
		if f.Base() == base && strings.HasPrefix(f.Path, strings.TrimPrefix(i.context()+"/", "./")) {
			return f
		}
	}
	return nil
}

func changesUser(command string) bool {
	for word := range strings.FieldsSeq(command) {
		switch path.Base(word) {
		case "gosu", "su-exec", "setpriv", "s6-setuidgid", "runuser", "chpst", "su", "setuidgid":
			return true
		}
	}
	return strings.Contains(command, "uvicorn --uid") || strings.Contains(command, "gunicorn --user")
}

// runsOtherwise says whether every service that is built from the image, or a pod of the project, names another
// user.
func (all *files) runsOtherwise(i *image) bool {
	services := all.ofImage(i)
	for _, s := range services {
		if user := s.get("user").text(); user == "" || isRoot(step{words: []string{user}}) {
			return false
		}
	}
	return len(services) > 0
}

func reportRootService(pass *audit.Pass, s *stack, service service) {
	if forDevelopment(s.file.Base()) {
		return
	}
	for _, e := range service.entries() {
		switch {
		case e.key == "user" && isRoot(step{words: []string{e.value.text()}}) && e.value.text() != "":
			pass.Report(audit.Report{File: s.file, Line: e.line, Message: fmt.Sprintf("service %s runs as root", service.name)})
		case e.key == "privileged" && isYes(e.value.text()):
			pass.Report(audit.Report{File: s.file, Line: e.line, Message: fmt.Sprintf("service %s is privileged: root in it is root on the host", service.name)})
		}
	}
}
