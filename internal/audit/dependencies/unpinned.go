package dependencies

import (
	"fmt"

	"sallyport/internal/audit"
)

// detectUnpinned reports manifests that leave versions open with no lock file to settle them, once for each, and
// images and actions without a version.
func detectUnpinned(pass *audit.Pass) {
	for _, m := range manifests(pass.Project) {
		switch {
		case m.each:
			m.reportEach(pass)
		case len(m.locks) > 0 && !m.library && !m.locked(pass.Project):
			m.reportOnce(pass)
		}
	}
}

func (m *manifest) reportEach(pass *audit.Pass) {
	for _, d := range m.list {
		if d.version == "" {
			pass.Report(audit.Report{File: m.file, Line: d.line, Message: d.why, Key: d.name})
		}
	}
}

func (m *manifest) reportOnce(pass *audit.Pass) {
	first, open, count := dependency{}, 0, 0
	for _, d := range m.list {
		if d.dev {
			continue
		}
		count++
		if d.version == "" {
			if open++; open == 1 {
				first = d
			}
		}
	}
	if open > 0 {
		pass.Report(audit.Report{File: m.file, Line: first.line, Key: m.file.Base(),
			Message: fmt.Sprintf("%d of %d dependencies have no exact version, %s the first, and no lock file settles them", open, count, first.name)})
	}
}
