package dependencies

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

func (m *manifest) readPackageJSON() error {
	doc, err := parseJSON(m.file.Content)
	if err != nil {
		return err
	}
	m.locks = []string{"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"}
	m.library = doc.get("private").text != "true" && (len(doc.get("files").items) > 0 || doc.get("exports").line > 0 || doc.get("publishConfig").line > 0)
	for _, section := range []string{"dependencies", "devDependencies"} {
		for _, entry := range doc.get(section).members {
			if version, ok := exactNode(entry.value.text); ok {
				m.add(dependency{ecosystem: npm, name: entry.name, version: version, line: entry.line, dev: section != "dependencies"})
			}
		}
	}
	return nil
}

// exactNode returns the version that a range pins, or "". ok is false for what comes from elsewhere: addresses,
// folders, workspaces.
func exactNode(text string) (version string, ok bool) {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, ":/") {
		return "", false
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text, "="), "v")
	if isVersion(text) && strings.Count(text, ".") >= 2 && !strings.ContainsAny(text, "xX*| ") {
		return text, true
	}
	return "", true
}

func isVersion(text string) bool { return text != "" && text[0] >= '0' && text[0] <= '9' }

// readPackageLock reads npm's lock files, of version 1 (nested dependencies) and later (paths of packages).
func (m *manifest) readPackageLock() error {
	doc, err := parseJSON(m.file.Content)
	if err != nil {
		return err
	}
	for _, entry := range doc.get("packages").members {
		_, name, found := cutLast(entry.name, "node_modules/")
		if own := entry.value.get("name").text; own != "" {
			name = own
		}
		m.addLocked(name, entry, found)
	}
	if len(m.list) == 0 {
		m.addNested(doc.get("dependencies"))
	}
	return nil
}

func (m *manifest) addNested(dependencies value) {
	for _, entry := range dependencies.members {
		m.addLocked(entry.name, entry, true)
		m.addNested(entry.value.get("dependencies"))
	}
}

func (m *manifest) addLocked(name string, entry member, found bool) {
	version := entry.value.get("version").text
	if found && isVersion(version) && entry.value.get("link").text != "true" {
		m.add(dependency{ecosystem: npm, name: name, version: version, line: entry.line, dev: entry.value.get("dev").text == "true"})
	}
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

// readYarnLock reads both of yarn's formats: a line of descriptors that ends in a colon, and an indented version.
func (m *manifest) readYarnLock() error {
	line, name, start := 0, "", 0
	for text := range strings.SplitSeq(string(m.file.Content), "\n") {
		line++
		text = strings.TrimRight(text, "\r")
		switch {
		case text == "" || text[0] == '#':
		case text[0] != ' ':
			name, start = yarnName(text), line
		case strings.HasPrefix(text, "  version") && name != "":
			version := strings.Trim(strings.TrimLeft(strings.TrimPrefix(text, "  version"), ": "), `"`)
			if isVersion(version) {
				m.add(dependency{ecosystem: npm, name: name, version: version, line: start})
			}
			name = ""
		}
	}
	return nil
}

// yarnName takes the name from a descriptor such as "@scope/name@npm:^1.0.0"; "" for what is no package of a
// registry.
func yarnName(text string) string {
	text = strings.Trim(strings.TrimSuffix(text, ":"), `"`)
	text, _, _ = strings.Cut(text, ",")
	text = strings.Trim(strings.TrimSpace(text), `"`)
	at := strings.Index(text[min(1, len(text)):], "@") + 1
	if at < 1 || strings.HasPrefix(text[at:], "@workspace:") || strings.HasPrefix(text[at:], "@file:") || strings.HasPrefix(text[at:], "@link:") {
		return ""
	}
	if alias, ok := strings.CutPrefix(text[at:], "@npm:"); ok {
		if name, _, found := cutLast(alias, "@"); found && name != "" {
			return name
		}
	}
	return text[:at]
}

// readPNPMLock reads the keys of packages: /name/1.0.0, /name@1.0.0(peer) or name@1.0.0 by age.
func (m *manifest) readPNPMLock() error {
	var doc struct{ Packages yaml.Node }
	if err := yaml.Load(m.file.Content, &doc); err != nil {
		return fmt.Errorf("parsing YAML: %w", err)
	}
	for i := 0; i+1 < len(doc.Packages.Content); i += 2 {
		key := doc.Packages.Content[i]
		text, _, _ := strings.Cut(strings.TrimPrefix(key.Value, "/"), "(")
		scope := 0
		if strings.HasPrefix(text, "@") {
			scope = strings.Index(text, "/") + 1
		}
		end := strings.IndexAny(text[scope:], "@/")
		if end < 0 {
			continue
		}
		name := text[:scope+end]
		version, _, _ := strings.Cut(text[scope+end+1:], "_")
		if isVersion(version) {
			m.add(dependency{ecosystem: npm, name: name, version: version, line: key.Line})
		}
	}
	return nil
}

// readBunLock reads the text format of bun: name -> ["name@version", ...].
func (m *manifest) readBunLock() error {
	doc, err := parseJSON(withoutTrailingCommas(m.file.Content))
	if err != nil {
		return err
	}
	for _, entry := range doc.get("packages").members {
		if len(entry.value.items) == 0 {
			continue
		}
		if name, version, found := cutLast(entry.value.items[0].text, "@"); found && isVersion(version) {
			m.add(dependency{ecosystem: npm, name: name, version: version, line: entry.line})
		}
	}
	return nil
}
