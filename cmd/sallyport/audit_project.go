//go:build !noaudit

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// projectFile says, in the audited folder, what an audit of it leaves out. What it leaves out is counted in
// every report.
const projectFile = ".sallyport-audit.yaml"

// projectConfig is the form of the file.
type projectConfig struct {
	Exclude []string `yaml:"exclude"` // files and folders, or patterns of path.Match for a path or a name
	Skip    []string `yaml:"skip"`    // rules, by id or class
	// AllowNotAnalysed are kinds of input that may stay unread, as the option of the same name has them.
	AllowNotAnalysed []string `yaml:"allow_not_analysed"`
}

// isEmpty says whether the file, if there is one, leaves nothing out.
func (c projectConfig) isEmpty() bool { return len(c.Exclude)+len(c.Skip) == 0 }

// readProject reads the project's file, unless the project has no say.
func (c *auditCommand) readProject() (projectConfig, error) {
	if c.NoProjectConfig {
		return projectConfig{}, nil
	}
	return readProjectFile(c.Path)
}

func readProjectFile(dir string) (projectConfig, error) {
	var c projectConfig
	data, err := os.ReadFile(filepath.Join(dir, projectFile))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("reading %s: %w", projectFile, err)
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithKnownFields())
	if err != nil {
		return c, fmt.Errorf("reading %s: %w", projectFile, err)
	}
	if err := loader.Load(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("reading %s: %w", projectFile, err)
	}
	for _, pattern := range c.Exclude {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			return c, fmt.Errorf("reading %s: %q is no path and no pattern", projectFile, pattern)
		}
	}
	return c, knownClasses("reading "+projectFile+": allow_not_analysed", c.AllowNotAnalysed)
}

// knownClasses refuses kinds of input that do not exist: a typing error must not look like an allowance.
func knownClasses(where string, classes []string) error {
	for _, class := range classes {
		if !slices.Contains(finding.NotAnalysedClasses(), class) {
			return fmt.Errorf("%s: %q is none of %s", where, class, strings.Join(finding.NotAnalysedClasses(), ", "))
		}
	}
	return nil
}

// hidden returns what the report lists beside its findings when it is asked to: what comments and the baseline accept,
// and what a second audit finds that does not read the project's file.
func (c *auditCommand) hidden(ctx context.Context, project projectConfig, result *audit.Result, baseline *audit.Baseline) ([]finding.Finding, error) {
	switch {
	case !c.ShowSuppressed:
		return nil, nil
	case project.isEmpty():
		return result.Hidden, nil
	}
	all, err := c.rules(projectConfig{})
	if err != nil {
		return nil, err
	}
	whole, err := c.examine(ctx, projectConfig{}, all, baseline)
	if err != nil {
		return nil, err
	}
	told := map[string]bool{}
	for _, f := range slices.Concat(result.Findings, result.Hidden) {
		told[f.Fingerprint] = true
	}
	hidden := slices.Clone(result.Hidden)
	for _, f := range whole.result.Findings {
		if !told[f.Fingerprint] {
			f.HiddenBy = finding.HiddenByProject
			hidden = append(hidden, f)
		}
	}
	return hidden, nil
}

// excludes says whether a path is left out: it is named, lies below a named folder, or fits a pattern.
func (c projectConfig) excludes(name string) bool {
	return slices.ContainsFunc(c.Exclude, func(pattern string) bool {
		whole, _ := path.Match(pattern, name)
		base, _ := path.Match(pattern, path.Base(name))
		folder := strings.TrimSuffix(pattern, "/")
		return whole || base || name == folder || strings.HasPrefix(name, folder+"/")
	})
}

// leaveOut takes excluded files out of a tree and counts them.
func (c projectConfig) leaveOut(t *source.Tree) {
	before := len(t.Files)
	t.Files = slices.DeleteFunc(t.Files, func(f *source.File) bool { return c.excludes(f.Path) })
	if n := before - len(t.Files); n > 0 {
		t.Skipped["excluded"] += n
	}
	t.Problems = slices.DeleteFunc(t.Problems, func(p source.Problem) bool { return p.Class != "history" && c.excludes(p.Path) })
}

// keep takes findings of history in excluded files out.
func (c projectConfig) keep(found []finding.Finding) []finding.Finding {
	return slices.DeleteFunc(found, func(f finding.Finding) bool { return c.excludes(f.Path) })
}
