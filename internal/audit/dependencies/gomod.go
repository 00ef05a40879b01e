package dependencies

import (
	"fmt"
	"strings"

	"golang.org/x/mod/modfile"
)

// readGoMod reads what the module is built with: go.mod names every version, replacements included.
func (m *manifest) readGoMod() error {
	parsed, err := modfile.Parse(m.file.Path, m.file.Content, nil)
	if err != nil { // a directive of a later Go: what replaces others is then unknown
		parsed, err = modfile.ParseLax(m.file.Path, m.file.Content, nil)
	}
	if err != nil {
		return fmt.Errorf("parsing go.mod: %w", err)
	}
	for _, r := range parsed.Require {
		at := r.Mod
		for _, replace := range parsed.Replace {
			if replace.Old.Path == at.Path && (replace.Old.Version == "" || replace.Old.Version == at.Version) {
				at = replace.New
			}
		}
		if at.Version != "" {
			version := strings.TrimSuffix(strings.TrimPrefix(at.Version, "v"), "+incompatible")
			m.add(dependency{ecosystem: golang, name: at.Path, version: version, line: r.Syntax.Start.Line})
		}
	}
	return nil
}
