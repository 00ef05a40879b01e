package secrets

import (
	"path"
	"slices"
	"strings"

	"sallyport/internal/audit/source"
)

// nature is how a file writes its values.
type nature int

const (
	other   nature = iota // nothing is known: only shapes that cannot be anything else count
	code                  // values are in quotes
	setting               // environment, YAML, INI: values may stand without quotes
	data                  // JSON, TOML, XML: values in quotes, names are settings
	prose                 // documentation
	nothing               // lock files and the like: not looked at
)

// facts are what the path of a file tells.
type facts struct {
	path    string
	nature  nature
	test    bool // tests, fixtures, workflows of CI
	sample  bool // examples and documentation: what looks real counts, but not as the secret of a program in use
	example bool // an example of an environment file
	env     bool // an environment file: its values are in use
	locale  bool // texts for people
	image   bool // a Dockerfile: docker-secret tells about it
	python  bool
}

func factsOf(name string) *facts {
	base, low := path.Base(name), strings.ToLower(name)
	f := &facts{
		path: name, nature: natureOf(strings.ToLower(base)), test: source.IsTest(name), example: source.IsEnvExample(base), env: source.IsEnvFile(base),
		image:  strings.HasPrefix(base, "Dockerfile") || strings.HasSuffix(low, ".dockerfile") || base == "Containerfile",
		python: strings.HasSuffix(low, ".py"),
	}
	for _, word := range []string{"fake", "mock", "example", "sample", "dummy"} {
		f.test = f.test || strings.Contains(strings.ToLower(base), word) && !f.example
	}
	for folder := range strings.SplitSeq(path.Dir(low), "/") {
		f.test = f.test || isTestPackage(folder)
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(low, path.Ext(low)), "/") {
		switch part {
		case "locale", "locales", "i18n", "l10n", "lang", "langs", "language", "languages", "translation", "translations", "messages", "intl":
			f.locale = true
		case ".github", ".circleci", ".gitlab-ci", "mocks", "__mocks__", "storybook", "stories", "cassettes":
			f.test = true
		case "examples", "example", "samples", "sample", "_example", "_examples", "demos", "tutorial", "tutorials":
			f.sample = true
		case "docs", "doc", "documentation":
			f.sample = true
			if f.nature == data || f.nature == setting {
				f.nature = prose
			}
		}
	}
	return f
}

// isTestPackage takes folders such as servertest and httptest, but not contest.
func isTestPackage(folder string) bool {
	kind, ok := strings.CutSuffix(folder, "test")
	return ok && len(kind) > 3 && !slices.Contains([]string{"protest", "greatest", "fastest"}, folder) && !strings.HasSuffix(folder, "latest") && !strings.HasSuffix(folder, "contest")
}

func natureOf(base string) nature {
	ext := strings.TrimPrefix(path.Ext(base), ".")
	in := func(list ...string) bool { return slices.Contains(list, ext) }
	switch {
	case isLockFile(base) || in("svg", "snap", "sum", "lock", "csv", "tsv", "po", "pot", "css", "scss", "patch", "diff"):
		return nothing
	case strings.HasPrefix(base, "readme") && ext != "py", base == "pkg-info", base == "metadata", base == "changelog", base == "license",
		strings.Contains(base, "swagger"), strings.Contains(base, "openapi"):
		return prose
	case strings.Contains(base, "cookie") && ext == "txt":
		return other
	case source.IsEnvFile(base) || source.IsEnvExample(base) && ext != "js" && ext != "ts":
		return setting
	case in("py", "pyw", "js", "mjs", "cjs", "jsx", "ts", "tsx", "mts", "cts", "go", "java", "kt", "kts", "scala", "rb", "php", "rs", "cs", "fs", "swift",
		"dart", "lua", "c", "cc", "cpp", "h", "m", "pl", "ex", "exs", "clj", "vue", "svelte", "astro", "html", "htm", "ejs", "hbs", "jinja", "j2", "ipynb", "sql", "tf", "gradle", "groovy"):
		return code
	case in("yml", "yaml", "ini", "cfg", "conf", "config", "properties", "service", "sh", "bash", "zsh", "bat", "ps1", "tfvars", "npmrc", "pypirc", "netrc", "env"),
		base == "credentials", base == "makefile", base == "procfile", base == "secrets.txt", base == "passwords.txt", base == "credentials.txt":
		return setting
	case in("json", "json5", "jsonc", "toml", "xml", "plist"):
		return data
	case in("md", "mdx", "rst", "adoc", "txt", "markdown"):
		return prose
	}
	return other
}

func isLockFile(base string) bool {
	return slices.Contains([]string{
		"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "poetry.lock", "pipfile.lock", "composer.lock", "cargo.lock",
		"bun.lock", "deno.lock", "go.sum", "uv.lock", "gemfile.lock", "flake.lock", "package.json", "tsconfig.json", "composer.json",
	}, base)
}

// place is one line with the lines around it. Lines of a commit are those that it added in one piece.
type place struct {
	*facts
	lines []string
	at    int // only grows

	read int    // lines of which open tells
	open string // the mark of the string of several lines that they leave open, behind what it is given to
}

func (p *place) text() string { return p.lines[p.at] }

// near says whether one of the lines from before to after the place has one of the words, in lower case.
func (p *place) near(before, after int, words ...string) bool {
	for i := max(0, p.at-before); i <= min(len(p.lines)-1, p.at+after); i++ {
		low := strings.ToLower(cut(p.lines[i]))
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(low, w) }) {
			return true
		}
	}
	return false
}

// cut bounds what is looked at of a line around a place.
func cut(line string) string { return line[:min(len(line), 2000)] }

// isComment says whether nothing but a comment stands on the line.
func (p *place) isComment() bool {
	text := strings.TrimSpace(p.text())
	for _, mark := range []string{"#", "//", "/*", "* ", "<!--", "--", ";", "{#", "{/*"} {
		if strings.HasPrefix(text, mark) && !strings.HasPrefix(text, "-----BEGIN") && !strings.HasPrefix(text, "#HttpOnly_") {
			return true
		}
	}
	return false
}

// inDocstring says whether the line is within a documentation string of Python: one that is given to no name.
func (p *place) inDocstring() bool {
	if !p.python {
		return false
	}
	for ; p.read < p.at; p.read++ {
		p.follow(p.lines[p.read])
	}
	return p.open == `"""` || p.open == "'''"
}

// follow opens and closes strings of several lines.
func (p *place) follow(line string) {
	for _, mark := range []string{`"""`, "'''"} {
		n := strings.Count(line, mark)
		switch {
		case n%2 == 0 || p.open != "" && !strings.HasSuffix(p.open, mark):
		case p.open != "":
			p.open = ""
		default:
			p.open = strings.TrimLeft(line[:strings.Index(line, mark)], " \trRuU") + mark
		}
	}
}

// readsEnvironment says whether the text is about a value of the environment: a literal beside it is a default,
// which is another mistake.
func readsEnvironment(text string) bool {
	for _, reader := range []string{"environ", "getenv", "Getenv", "process.env", "import.meta.env", "Deno.env", "LookupEnv", "env(", "config(", "get_env", "getEnv", "env.get", "ENV["} {
		if strings.Contains(text, reader) {
			return true
		}
	}
	return false
}
