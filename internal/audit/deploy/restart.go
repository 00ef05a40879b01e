package deploy

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectNoRestart reports services of compose files and systemd units that stay down after a crash.
func detectNoRestart(pass *audit.Pass) {
	all := read(pass.Project)
	for _, s := range all.stacks {
		if forDevelopment(s.file.Base()) {
			continue
		}
		for _, service := range s.services {
			if !all.restarts(s, service) && !s.ends(service) {
				pass.Report(audit.Report{File: s.file, Line: service.line, Message: fmt.Sprintf("service %s has no restart policy", service.name)})
			}
		}
	}
	for _, f := range all.units {
		reportUnit(pass, f)
	}
}

// restarts says whether a service has a policy here, in another file of the same stack, or in what it extends.
// A policy of "no" is a decision, but not for what listens.
func (all *files) restarts(s *stack, from service) bool {
	for _, definition := range all.sameService(s, from.name) {
		if restart := definition.get("restart"); restart.exists() && (restart.text() != "no" || !from.get("ports").exists()) || definition.get("deploy", "restart_policy").exists() {
			return true
		}
	}
	if !from.get("extends").exists() {
		return false
	}
	parent, known := s.extended(from)
	return !known || parent.get("restart").exists() || parent.get("deploy", "restart_policy").exists()
}

// ends says whether a service is meant to end: a migration, a build, a tool that somebody starts by hand.
func (s *stack) ends(from service) bool {
	if from.get("profiles").exists() || from.get("develop").exists() {
		return true
	}
	for _, other := range s.services {
		if other.get("depends_on", from.name, "condition").text() == "service_completed_successfully" {
			return true
		}
	}
	words := append(strings.FieldsFunc(strings.ToLower(from.name), func(r rune) bool { return strings.ContainsRune("-_.", r) }),
		strings.Fields(strings.ToLower(strings.Join(append(from.get("command").words(), from.get("entrypoint").words()...), " ")))...)
	return slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains([]string{
			"migrate", "migration", "migrations", "migrator", "seed", "seeder", "setup", "init", "initdb", "test", "tests", "pytest", "lint",
			"backup", "restore", "install", "createbucket", "createbuckets", "cli", "shell", "bash", "loader", "import", "job", "alembic", "certonly",
		}, strings.Trim(word, `"';`))
	})
}

// reportUnit looks at one systemd unit: Restart= in [Service], unless it is meant to end.
func reportUnit(pass *audit.Pass, f *audit.File) {
	section, start, restarts := "", 0, false
	line := 0
	for text := range strings.SplitSeq(string(f.Content), "\n") {
		line++
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, "[") {
			if section = text; section == "[Service]" && start == 0 {
				start = line
			}
			continue
		}
		key, value, _ := strings.Cut(text, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if section == "[Service]" && (key == "Restart" && value != "no" && value != "" || key == "Type" && value == "oneshot") {
			restarts = true
		}
	}
	if start > 0 && !restarts {
		pass.Report(audit.Report{File: f, Line: start, Message: fmt.Sprintf("the unit %s has no Restart=, so it stays down after a crash", path.Base(f.Path))})
	}
}
