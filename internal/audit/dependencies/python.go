package dependencies

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

func isRequirements(name string) bool {
	base := strings.ToLower(path.Base(name))
	if path.Ext(base) != ".txt" {
		return false
	}
	return strings.HasPrefix(base, "requirements") || strings.HasSuffix(base, "-requirements.txt") || path.Base(path.Dir(name)) == "requirements"
}

func pythonLocks() []string {
	return []string{"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "requirements.lock"}
}

// readRequirements reads pip's format: one requirement a line, which a backslash continues.
func (m *manifest) readRequirements() error {
	m.locks = pythonLocks()
	dev := slices.ContainsFunc([]string{"dev", "test", "doc", "lint"}, func(word string) bool { return strings.Contains(m.file.Base(), word) })
	line, start, pending := 0, 0, ""
	for text := range strings.SplitSeq(string(m.file.Content), "\n") {
		line++
		if pending == "" {
			start = line
		}
		text = strings.TrimRight(text, "\r")
		if head, more := strings.CutSuffix(text, "\\"); more {
			pending += head
			continue
		}
		text, pending = pending+text, ""
		if d, ok := parseRequirement(text); ok {
			d.line, d.dev = start, dev
			m.add(d)
		} else if option, file, _ := strings.Cut(strings.TrimSpace(text), " "); option == "-c" || option == "--constraint" {
			m.locks = append(m.locks, strings.TrimSpace(file))
		}
	}
	return nil
}

const nameRunes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// parseRequirement reads one requirement of PEP 508. Options, addresses and paths are none.
func parseRequirement(text string) (d dependency, ok bool) {
	text, _, _ = strings.Cut(" "+text, " #")
	text, _, _ = strings.Cut(text, ";")
	text, _, _ = strings.Cut(text, " --")
	text = strings.TrimSpace(text)
	rest := strings.TrimLeft(text, nameRunes)
	name := text[:len(text)-len(rest)]
	if name == "" || strings.HasPrefix(name, "-") || strings.HasPrefix(name, ".") || strings.HasPrefix(text, "#") {
		return dependency{}, false
	}
	if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, "[") {
		_, rest, _ = strings.Cut(rest, "]")
		rest = strings.TrimSpace(rest)
	}
	if rest != "" && !strings.ContainsAny(rest[:1], "=<>!~(") {
		return dependency{}, false // an address, which names what is installed, or a path
	}
	return dependency{ecosystem: pypi, name: name, version: exactPython(strings.Trim(rest, "() "))}, true
}

// exactPython returns the version that a specifier pins, or "".
func exactPython(specifier string) string {
	for clause := range strings.SplitSeq(specifier, ",") {
		version, ok := strings.CutPrefix(strings.TrimSpace(clause), "==")
		if version = strings.TrimSpace(strings.TrimPrefix(version, "=")); ok && version != "" && !strings.Contains(version, "*") {
			return version
		}
	}
	return ""
}

// pyproject is what matters of pyproject.toml.
type pyproject struct {
	Project struct {
		Dependencies []string
		Classifiers  []string
		URLs         map[string]string
		Dynamic      []string
	}
	Tool struct {
		Poetry struct {
			Dependencies map[string]any
			Classifiers  []string
			Repository   string
		}
	}
}

func (m *manifest) readPyproject() error {
	var doc pyproject
	if err := toml.Unmarshal(m.file.Content, &doc); err != nil {
		return fmt.Errorf("parsing TOML: %w", err)
	}
	m.locks = append(pythonLocks(), "requirements.txt")
	project, poetry := doc.Project, doc.Tool.Poetry
	m.library = len(project.Classifiers) > 0 || len(project.URLs) > 0 || len(poetry.Classifiers) > 0 || poetry.Repository != "" || slices.Contains(project.Dynamic, "version")
	for _, text := range project.Dependencies {
		if d, ok := parseRequirement(text); ok {
			d.line = m.lineWith(text)
			m.add(d)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(poetry.Dependencies)) {
		if specifier, ok := poetrySpecifier(poetry.Dependencies[name]); ok && name != "python" {
			m.add(dependency{ecosystem: pypi, name: name, version: specifier, line: m.lineStarting(name)})
		}
	}
	slices.SortStableFunc(m.list, func(a, b dependency) int { return a.line - b.line })
	return nil
}

// poetrySpecifier returns the version that Poetry pins: an exact one has no operator. ok is false for what comes
// from elsewhere.
func poetrySpecifier(value any) (version string, ok bool) {
	if table, isTable := value.(map[string]any); isTable {
		value = table["version"]
	}
	text, ok := value.(string)
	text = strings.TrimSpace(strings.TrimPrefix(text, "=="))
	if strings.ContainsAny(text, "^~<>=*,| ") {
		return "", ok
	}
	return text, ok
}

// readPythonLock reads the array of packages that poetry, uv and pdm write.
func (m *manifest) readPythonLock() error {
	var doc struct {
		Package []struct {
			Name, Version, Category string
			Source                  map[string]any
		}
	}
	if err := toml.Unmarshal(m.file.Content, &doc); err != nil {
		return fmt.Errorf("parsing TOML: %w", err)
	}
	lines := m.linesOf("[[package]]")
	if len(lines) != len(doc.Package) {
		return errors.New("parsing lock file: a package does not stand in a table of its own")
	}
	for i, p := range doc.Package {
		if p.Source["virtual"] == nil && p.Source["editable"] == nil && p.Version != "" {
			m.add(dependency{ecosystem: pypi, name: p.Name, version: p.Version, line: lines[i] + 1, dev: p.Category == "dev"})
		}
	}
	return nil
}

func (m *manifest) readPipfile() error {
	var doc struct {
		Packages map[string]any
	}
	if err := toml.Unmarshal(m.file.Content, &doc); err != nil {
		return fmt.Errorf("parsing TOML: %w", err)
	}
	m.locks = []string{"Pipfile.lock"}
	for _, name := range slices.Sorted(maps.Keys(doc.Packages)) {
		value := doc.Packages[name]
		if table, isTable := value.(map[string]any); isTable {
			value = table["version"]
		}
		if specifier, ok := value.(string); ok {
			m.add(dependency{ecosystem: pypi, name: name, version: exactPython(specifier), line: m.lineStarting(name)})
		}
	}
	slices.SortStableFunc(m.list, func(a, b dependency) int { return a.line - b.line })
	return nil
}

func (m *manifest) readPipfileLock() error {
	doc, err := parseJSON(m.file.Content)
	if err != nil {
		return err
	}
	for _, section := range []string{"default", "develop"} {
		for _, entry := range doc.get(section).members {
			version := exactPython(entry.value.get("version").text)
			if version != "" {
				m.add(dependency{ecosystem: pypi, name: entry.name, version: version, line: entry.line, dev: section == "develop"})
			}
		}
	}
	return nil
}

// lineWith returns the first line that contains text, or 1.
func (m *manifest) lineWith(text string) int {
	line := 0
	for at := range strings.SplitSeq(string(m.file.Content), "\n") {
		if line++; strings.Contains(at, text) {
			return line
		}
	}
	return 1
}

// lineStarting returns the first line that assigns to a key, or 1.
func (m *manifest) lineStarting(key string) int {
	line := 0
	for at := range strings.SplitSeq(string(m.file.Content), "\n") {
		line++
		if before, _, found := strings.Cut(at, "="); found && strings.Trim(strings.TrimSpace(before), `"'`) == key {
			return line
		}
	}
	return 1
}

// linesOf returns the lines that are exactly text.
func (m *manifest) linesOf(text string) []int {
	var lines []int
	line := 0
	for at := range strings.SplitSeq(string(m.file.Content), "\n") {
		if line++; strings.TrimSpace(at) == text {
			lines = append(lines, line)
		}
	}
	return lines
}
