package secrets

import (
	"regexp"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// environment is what the code reads of it.
type environment struct {
	names  []string // in order; without those that every system has
	dotenv bool     // it loads an environment file
	// scripted tells that a language reads it whose programs are mostly started with such a file: not Go.
	scripted bool
}

func environmentOf(p *audit.Project) *environment {
	return audit.Memo(p, func(p *audit.Project) *environment {
		reads := environmentReads()
		e := &environment{}
		for _, f := range p.Files {
			facts := factsOf(f.Path)
			if isTest(f) || facts.nature != code || f.Ignored && !f.Tracked {
				continue
			}
			text := string(f.Content)
			e.dotenv = e.dotenv || strings.Contains(text, "load_dotenv") || strings.Contains(text, "dotenv/config") || strings.Contains(text, "dotenv.config(") ||
				strings.Contains(text, "godotenv") || strings.Contains(text, `env_file=".env"`) || strings.Contains(text, `env_file = ".env"`)
			for _, m := range reads.FindAllStringSubmatch(text, -1) {
				e.scripted = e.scripted || f.Ext() != ".go" && !isAmbient(m[1]+m[2]+m[3])
				e.add(m[1] + m[2] + m[3])
				for name := range strings.SplitSeq(m[4], ",") {
					name, _, _ = strings.Cut(name, "=")
					name, _, _ = strings.Cut(name, ":")
					e.add(strings.TrimSpace(name))
				}
			}
			if facts.python && strings.Contains(text, "BaseSettings") {
				e.fields(text)
			}
		}
		slices.Sort(e.names)
		e.names = slices.Compact(e.names)
		return e
	})
}

// environmentReads are the ways of reading a variable: by a function or a table of the environment, by a function
// of the program whose name says so, by a tag of Go, and by taking the table apart.
func environmentReads() *regexp.Regexp {
	return regexp.MustCompile(`(?:environ(?:\.get|\.pop|\.setdefault)?[\[(]|getenv\(|Getenv\(|LookupEnv\(|process\.env\[|env\.get\(|ENV\[|ENV\.fetch\()\s*["'](\w+)["']` +
		`|(?:process|import\.meta)\.env\.([A-Za-z_]\w*)` +
		`|(?:\b\w*[eE]nv\w*(?:\.\w+)?\(\s*["']|\bconfig\(\s*["']|env(?:config)?:")([A-Z][A-Z0-9_]{2,})\b` +
		`|\{\s*([A-Za-z_][\w\s,:='"]{0,500})\}\s*=\s*process\.env\b`)
}

// fields adds those of settings classes: each is a variable of its name.
func (e *environment) fields(text string) {
	field := regexp.MustCompile(`^\s+([A-Za-z]\w+)\s*:\s*[\w\[]`)
	inside := false
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "class "):
			inside = strings.Contains(line, "BaseSettings")
		case strings.TrimSpace(line) != "" && indent(line) == 0:
			inside = false
		case inside && field.MatchString(line):
			if name := field.FindStringSubmatch(line)[1]; name != "model_config" {
				e.add(strings.ToUpper(name))
			}
		}
	}
}

func (e *environment) add(name string) {
	if !isAmbient(name) {
		e.names = append(e.names, name)
	}
}

// isAmbient names variables that systems and tools set.
func isAmbient(name string) bool {
	return len(name) < 2 || slices.Contains([]string{
		"PATH", "HOME", "USER", "USERNAME", "PWD", "SHELL", "LANG", "TZ", "TERM", "TMPDIR", "TEMP", "TMP", "CI", "NODE_ENV", "PORT", "HOST", "HOSTNAME",
		"DEV", "PROD", "MODE", "SSR", "BASE_URL", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA", "PYTHONPATH", "DISPLAY", "NO_COLOR",
		"PYTHONUNBUFFERED", "DJANGO_SETTINGS_MODULE", "VERCEL", "VERCEL_ENV", "VERCEL_URL", "NEXT_RUNTIME", "DEBUG", "ENV", "LOG_LEVEL",
	}, name)
}

// undocumented returns the names that no document, compose file or manifest of a deployment tells.
func (e *environment) undocumented(p *audit.Project, s *scan) []string {
	var missing []string
	for _, name := range e.names {
		told := slices.ContainsFunc(p.Files, func(f *audit.File) bool {
			n := factsOf(f.Path).nature
			document := n == prose || n == setting || n == data || strings.HasPrefix(f.Base(), "Dockerfile")
			values := isEnvFile(f) && (!f.Tracked || s.holdsSecrets(f))
			return document && !values && strings.Contains(string(f.Content), name)
		})
		if !told {
			missing = append(missing, name)
		}
	}
	return missing
}
