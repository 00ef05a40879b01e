package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"sallyport/internal/ingredients"
)

// release is the version of this program; CHANGELOG.md tells what it brings.
const release = "0.1.0"

type versionCommand struct {
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// Help gives examples.
func (versionCommand) Help() string {
	return `Examples:
  sallyport version
  sallyport version --format json`
}

// Run prints what this program is.
func (c *versionCommand) Run(io stdio) error {
	description, err := ingredients.Description()
	if err != nil {
		return err
	}
	facts := [][2]string{
		{"version", release},
		{"commit", buildSetting("vcs.revision")},
		{"go", runtime.Version()},
		{"platform", runtime.GOOS + "/" + runtime.GOARCH},
		{"dataset", description.Dataset.Name + " " + description.Dataset.Version},
		{"features", strings.Join(features(), " ")},
	}
	if c.Format == "json" {
		object := map[string]string{}
		for _, f := range facts {
			object[f[0]] = f[1]
		}
		return json.NewEncoder(io.out).Encode(object)
	}
	for _, f := range facts {
		if _, err := fmt.Fprintf(io.out, "%-9s %s\n", f[0], f[1]); err != nil {
			return err
		}
	}
	return nil
}

// buildSetting reads what the Go command recorded, "unknown" without.
func buildSetting(key string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == key && s.Value != "" {
				return s.Value
			}
		}
	}
	return "unknown"
}
