package deploy

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"sallyport/internal/audit"
)

// detectSecretDefaults reports defaults of secrets in compose files and shell scripts.
func detectSecretDefaults(pass *audit.Pass) {
	all := read(pass.Project)
	for _, s := range all.stacks {
		if forDevelopment(s.file.Base()) {
			continue
		}
		for _, service := range s.services {
			reportScalars(pass, s.file, service.Node, maxAlias)
		}
	}
	for _, f := range all.scripts {
		if forDevelopment(f.Path) {
			continue
		}
		line := 0
		for text := range strings.SplitSeq(string(f.Content), "\n") {
			line++
			if !strings.HasPrefix(strings.TrimSpace(text), "#") {
				reportFallbacks(pass, f, line, text)
			}
		}
	}
}

// reportScalars looks at every scalar as it is written; aliases lead to text that is looked at where it stands.
func reportScalars(pass *audit.Pass, f *audit.File, n *yaml.Node, depth int) {
	if n == nil || depth == 0 {
		return
	}
	if n.Kind == yaml.ScalarNode {
		reportFallbacks(pass, f, n.Line, n.Value)
	}
	for _, child := range n.Content {
		reportScalars(pass, f, child, depth-1)
	}
}

func reportFallbacks(pass *audit.Pass, f *audit.File, line int, text string) {
	for _, d := range fallbacks(text) {
		if isSecretName(d.name) && isLiteral(d.value) || passwordOf(d.value) != "" {
			pass.Report(audit.Report{File: f, Line: line, Key: "default " + d.name, Redact: []string{d.value},
				Message: fmt.Sprintf("%s has a default that is used when the variable is missing", d.name),
				Fix:     fmt.Sprintf("Write ${%s:?set it} so that the start fails when it is missing.", d.name)})
			return
		}
	}
}

// detectDebug reports environments that switch debug on, or do so when nothing is said.
func detectDebug(pass *audit.Pass) {
	for _, s := range read(pass.Project).settings {
		if s.debugs() {
			pass.Report(audit.Report{File: s.file, Line: s.line, Message: fmt.Sprintf("%s runs the program in debug mode here", s.name), Fix: "Set it for production here; let development override it in a file of its own."})
		}
	}
}

func (s setting) debugs() bool {
	value := strings.ToLower(s.plain())
	development := value == "development" || value == "dev" || value == "debug"
	switch name := strings.ToUpper(s.name); {
	case name == "DEBUG" || strings.HasSuffix(name, "_DEBUG"):
		return isYes(value)
	case name == "NODE_ENV" || name == "FLASK_ENV":
		return development
	case name == "GIN_MODE":
		return value == "debug"
	case name == "DJANGO_SETTINGS_MODULE":
		return slices.Contains([]string{"dev", "development", "local"}, value[strings.LastIndex(value, ".")+1:])
	case slices.Contains([]string{"ENV", "APP_ENV", "ENVIRONMENT", "APP_ENVIRONMENT", "DJANGO_ENV", "RAILS_ENV", "RACK_ENV", "GO_ENV"}, name):
		return development && value != strings.ToLower(s.value)
	}
	return false
}

// detectOrigins reports environments and nginx configurations that let every origin read.
func detectOrigins(pass *audit.Pass) {
	all := read(pass.Project)
	for _, s := range all.settings {
		name, value := strings.ToUpper(s.name), strings.Trim(s.plain(), `[]"' `)
		if (strings.Contains(name, "CORS") || strings.Contains(name, "ALLOW") && strings.Contains(name, "ORIGIN")) && value == "*" {
			pass.Report(audit.Report{File: s.file, Line: s.line, Message: fmt.Sprintf("%s lets every origin read the answers", s.name)})
		}
	}
	for _, f := range all.proxies {
		reportProxyOrigins(pass, f)
	}
}

// reportProxyOrigins looks at the headers that nginx adds. Fonts are meant for every origin.
func reportProxyOrigins(pass *audit.Pass, f *audit.File) {
	line, location := 0, ""
	for text := range strings.SplitSeq(string(f.Content), "\n") {
		line++
		words := strings.Fields(strings.TrimSuffix(strings.TrimSpace(text), ";"))
		if len(words) > 0 && words[0] == "location" {
			location = text
		}
		if len(words) < 3 || words[0] != "add_header" || !strings.EqualFold(strings.Trim(words[1], `"'`), "Access-Control-Allow-Origin") {
			continue
		}
		value := strings.Trim(words[2], `"';`)
		if (value == "*" || value == "$http_origin") && !strings.Contains(location, "woff") && !strings.Contains(location, "font") {
			pass.Report(audit.Report{File: f, Line: line, Message: "nginx tells browsers that every origin may read the answers"})
		}
	}
}
