package dependencies

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/google/osv-scalibr/semantic"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

func (d dependency) key() [2]string { return [2]string{d.ecosystem, normalName(d.ecosystem, d.name)} }

// detectVulnerable compares every exact version with what is known, and says so when it cannot.
func (c *Checker) detectVulnerable(pass *audit.Pass) {
	all := manifests(pass.Project)
	switch {
	case c.options.Quiet:
		return
	case c.options.Database == "" && c.options.API == "":
		noteUnasked(pass.Project, all)
		return
	}
	noteOpen(pass.Project, all)
	known, unknown := c.lookUp(exact(all))
	for _, ecosystem := range slices.Sorted(maps.Keys(unknown)) {
		pass.Project.NotAnalysed(finding.NotAnalysed{Class: "network", Path: firstOf(all, ecosystem), Reason: unknown[ecosystem]})
	}
	seen := map[string]bool{}
	for _, m := range all {
		for _, d := range m.list {
			place := strings.Join([]string{path.Dir(m.file.Path), d.ecosystem, normalName(d.ecosystem, d.name), d.version}, " ")
			if d.version != "" && d.ecosystem != "" && !seen[place] {
				seen[place] = true
				report(pass, m, d, known[d.key()])
			}
		}
	}
}

// noteUnasked says once that nobody was asked.
func noteUnasked(p *audit.Project, all []*manifest) {
	count := 0
	for _, m := range all {
		for _, d := range m.list {
			if d.ecosystem != "" {
				count++
			}
		}
	}
	if count > 0 {
		p.NotAnalysed(finding.NotAnalysed{Class: "network",
			Reason: fmt.Sprintf("dependencies (%d) were not compared with known vulnerabilities: give --osv-db or --osv-url", count)})
	}
}

// noteOpen says that versions which nobody wrote down cannot be looked up.
func noteOpen(p *audit.Project, all []*manifest) {
	for _, m := range all {
		open := slices.ContainsFunc(m.list, func(d dependency) bool { return d.version == "" && !d.dev })
		if open && !m.each && !m.library && !m.locked(p) {
			p.NotAnalysed(finding.NotAnalysed{Class: "network", Path: m.file.Path, Reason: "dependencies without an exact version cannot be compared with known vulnerabilities"})
		}
	}
}

// exact returns every package with its version, once.
func exact(all []*manifest) []dependency {
	seen := map[[3]string]bool{}
	var list []dependency
	for _, m := range all {
		for _, d := range m.list {
			key := [3]string{d.ecosystem, normalName(d.ecosystem, d.name), d.version}
			if d.version != "" && d.ecosystem != "" && !seen[key] {
				seen[key] = true
				list = append(list, d)
			}
		}
	}
	return list
}

func firstOf(all []*manifest, ecosystem string) string {
	for _, m := range all {
		if slices.ContainsFunc(m.list, func(d dependency) bool { return d.ecosystem == ecosystem }) {
			return m.file.Path
		}
	}
	return ""
}

// lookUp asks the database, then the API for the ecosystems that it lacks. unknown says why nothing is known of an
// ecosystem.
func (c *Checker) lookUp(list []dependency) (known advisories, unknown map[string]string) {
	known, unknown = advisories{}, map[string]string{}
	ctx, cancel := context.WithTimeout(c.ctx, wholeCheck)
	defer cancel()
	byEcosystem := map[string][]dependency{}
	for _, d := range list {
		byEcosystem[d.ecosystem] = append(byEcosystem[d.ecosystem], d)
	}
	for _, ecosystem := range slices.Sorted(maps.Keys(byEcosystem)) {
		found, err := c.about(ctx, ecosystem, byEcosystem[ecosystem])
		if err != nil {
			unknown[ecosystem] = err.Error()
			continue
		}
		maps.Copy(known, found)
	}
	return known, unknown
}

func (c *Checker) about(ctx context.Context, ecosystem string, list []dependency) (advisories, error) {
	var failed error
	if c.options.Database != "" {
		wanted := map[[2]string]bool{}
		for _, d := range list {
			wanted[d.key()] = true
		}
		found, err := readDatabase(c.options.Database, ecosystem, wanted)
		if err == nil || c.options.API == "" {
			return found, err
		}
		failed = err
	}
	found, err := c.ask(ctx, list)
	if err != nil && failed != nil {
		return nil, fmt.Errorf("%v; %w", failed, err)
	}
	return found, err
}

// report notes one package with all that is known about its version.
func report(pass *audit.Pass, m *manifest, d dependency, list []*advisory) {
	var ids []string
	var last string
	unmended := false
	severity := finding.Info
	for _, a := range list {
		covered, fixed, err := a.covers(d)
		if err != nil {
			pass.Project.NotAnalysed(finding.NotAnalysed{Class: "unparsable", Path: m.file.Path, Reason: err.Error()})
			continue
		}
		if !covered {
			continue
		}
		ids = append(ids, a.ID)
		severity = max(severity, severityOf(pass, a))
		unmended = unmended || fixed == ""
		last = later(d.ecosystem, last, fixed)
	}
	if len(ids) == 0 {
		return
	}
	if d.dev {
		severity = min(severity, finding.Low)
	}
	slices.Sort(ids)
	pass.Report(audit.Report{
		File: m.file, Line: d.line, Severity: &severity, Key: d.name + " " + strings.Join(ids, " "),
		Message: fmt.Sprintf("%s %s has known vulnerabilities: %s", d.name, d.version, shorten(ids)), Fix: fix(d, last, unmended),
	})
}

func fix(d dependency, last string, unmended bool) string {
	switch {
	case last == "":
		return fmt.Sprintf("No version mends it: replace %s, or keep what is affected out of reach.", d.name)
	case unmended:
		return fmt.Sprintf("Update %s to %s or later, which mends some; for the rest no version does.", d.name, last)
	}
	return fmt.Sprintf("Update %s to %s or later.", d.name, last)
}

func shorten(ids []string) string {
	const shown = 5
	if len(ids) <= shown {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:shown], ", "), len(ids)-shown)
}

// severityOf takes what the database says, and the rule's for the rest. Malicious packages are critical.
func severityOf(pass *audit.Pass, a *advisory) finding.Severity {
	if strings.HasPrefix(a.ID, "MAL-") {
		return finding.Critical
	}
	switch strings.ToUpper(a.Specific.Severity) {
	case "CRITICAL":
		return finding.Critical
	case "HIGH":
		return finding.High
	case "MODERATE", "MEDIUM":
		return finding.Medium
	case "LOW":
		return finding.Low
	}
	return pass.Rule.Severity
}

// later returns the later of two versions; "" is before all.
func later(ecosystem, a, b string) string {
	if a == "" || b == "" {
		return cmp.Or(a, b)
	}
	version, err := semantic.Parse(a, ecosystem)
	if err != nil {
		return b
	}
	if order, err := version.CompareStr(b); err == nil && order > 0 {
		return a
	}
	return b
}
