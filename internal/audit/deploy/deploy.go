// Package deploy finds mistakes in what puts a program into operation: Dockerfiles, compose files, systemd
// units, Kubernetes manifests and the files of hosting platforms.
package deploy

import (
	"path"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// Detectors returns the detectors of this package by class. They are safe for concurrent use.
func Detectors() map[string]audit.Detector {
	return map[string]audit.Detector{
		"docker-root":           detectRoot,
		"docker-secret":         detectImageSecrets,
		"docker-no-healthcheck": detectNoHealthCheck,
		"no-restart-policy":     detectNoRestart,
		"secret-default":        detectSecretDefaults,
		"debug-default":         detectDebug,
		"debug-endpoint":        detectDevelopmentServer,
		"cors-wildcard":         detectOrigins,
	}
}

// files are the deployment files of a project, in the order of their paths.
type files struct {
	images    []*image
	stacks    []*stack
	units     []*audit.File
	pods      []pod
	platforms []platform
	settings  []setting
	scripts   []*audit.File
	procfiles []*audit.File
	proxies   []*audit.File // configuration of nginx
}

// read returns the project's deployment files, which are parsed once.
func read(p *audit.Project) *files { return audit.Memo(p, readFiles) }

func readFiles(p *audit.Project) *files {
	all := &files{}
	for _, f := range p.Files {
		if f.Test || f.Ignored && !f.Tracked {
			continue
		}
		if err := all.add(f); err != nil {
			p.NotAnalysed(finding.NotAnalysed{Class: "unparsable", Path: f.Path, Reason: err.Error()})
		}
	}
	for _, i := range all.images {
		all.settings = append(all.settings, i.settings()...)
	}
	for _, s := range all.stacks {
		all.settings = append(all.settings, s.settings()...)
	}
	for _, p := range all.platforms {
		all.settings = append(all.settings, p.settings...)
	}
	return all
}

func (all *files) add(f *audit.File) error {
	base := strings.ToLower(f.Base())
	switch {
	case isDockerfile(base):
		return parsed(f, parseImage, &all.images)
	case isCompose(base):
		return parsed(f, parseStack, &all.stacks)
	case strings.HasSuffix(base, ".service"):
		all.units = append(all.units, f)
	case base == "procfile":
		all.procfiles = append(all.procfiles, f)
	case strings.HasSuffix(base, ".sh"):
		all.scripts = append(all.scripts, f)
	case strings.HasSuffix(base, ".conf") && strings.Contains(f.Path, "nginx"):
		all.proxies = append(all.proxies, f)
	case isPlatform(base):
		return parsed(f, parsePlatform, &all.platforms)
	case f.Ext() == ".yaml" || f.Ext() == ".yml":
		return all.addManifest(f)
	}
	return nil
}

// parsed adds what parse makes of f to list.
func parsed[T any](f *audit.File, parse func(*audit.File) (T, error), list *[]T) error {
	value, err := parse(f)
	if err == nil {
		*list = append(*list, value)
	}
	return err
}

func isDockerfile(base string) bool {
	if strings.HasSuffix(base, ".dockerignore") {
		return false
	}
	return base == "dockerfile" || base == "containerfile" || strings.HasPrefix(base, "dockerfile.") ||
		strings.HasPrefix(base, "containerfile.") || strings.HasSuffix(base, ".dockerfile")
}

func isCompose(base string) bool {
	if ext := path.Ext(base); ext != ".yml" && ext != ".yaml" {
		return false
	}
	return strings.HasPrefix(base, "docker-compose") || strings.HasPrefix(base, "podman-compose") || strings.HasPrefix(base, "compose.") || strings.HasPrefix(base, "compose-") ||
		base == "docker-stack.yml" || base == "stack.yml"
}

// forDevelopment says whether a file is by its name not for production.
func forDevelopment(name string) bool {
	for _, word := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("/.-_", r) }) {
		switch word {
		case "dev", "devel", "development", "local", "test", "tests", "testing", "ci", "override", "devcontainer", "debug", "example", "examples", "e2e":
			return true
		}
	}
	return false
}

// setting is one value of the environment that a deployment file gives.
type setting struct {
	file        *audit.File
	line        int
	name, value string
}

// fallback is a default that stands in for a variable that is missing: ${name:-value}.
type fallback struct{ name, value string }

// fallbacks returns the defaults in a text, those within others included.
func fallbacks(text string) []fallback {
	var list []fallback
	for {
		_, after, found := strings.Cut(text, "${")
		if !found {
			return list
		}
		inner := after[:closing(after)]
		if i := strings.IndexAny(inner, "-=?+"); i > 0 && (inner[i] == '-' || inner[i] == '=') {
			if name := strings.TrimSuffix(inner[:i], ":"); isName(name) {
				list = append(list, fallback{name, unquote(inner[i+1:])})
			}
		}
		text = after
	}
}

// plain returns the value that holds when the environment says nothing: the default, or what is written.
func (s setting) plain() string {
	if list := fallbacks(s.value); len(list) > 0 && strings.HasPrefix(s.value, "${") {
		return list[0].value
	}
	return s.value
}

// closing returns where the brace closes that was opened before text, or its end.
func closing(text string) int {
	depth := 1
	for i, c := range text {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
