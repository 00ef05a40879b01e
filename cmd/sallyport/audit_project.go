//go:build !noaudit

package main

import (
	"bytes"
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
}

func readProject(dir string) (projectConfig, error) {
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
	return c, nil
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
