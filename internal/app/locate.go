package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"sallyport/internal/config"
	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
	"sallyport/internal/ingredients"
)

// describe returns the description that cfg names; in dev without a dataset the bundled one.
func describe(cfg *config.Config) (*dataset.Description, error) {
	if isBundled(cfg) {
		return ingredients.Description()
	}
	text, err := os.ReadFile(cfg.Dataset.Description)
	if err != nil {
		return nil, fmt.Errorf("reading description: %w", err)
	}
	return dataset.Parse(text, cfg.Dataset.Description)
}

func isBundled(cfg *config.Config) bool { return cfg.Dataset.File == "" && cfg.Env == config.Dev }

// example prefers a question of the bundled dataset, and elsewhere a path that needs no parameter.
func example(d *dataset.Description, tier string) string {
	const bundled = "/v1/ingredient/inci"
	for i := range d.Endpoints {
		if d.Endpoints[i].Path == bundled {
			return bundled + "?q=aqua"
		}
	}
	for i := range d.Endpoints {
		e := &d.Endpoints[i]
		needs := slices.ContainsFunc(e.Parameters, func(p dataset.Parameter) bool { return p.Required || len(p.Modes) > 0 })
		if e.Tier == tier && !needs && len(e.PathParameters()) == 0 {
			return e.Path
		}
	}
	return healthPath
}

// locate returns the description and the path of the sealed file that cfg names.
func locate(ctx context.Context, cfg *config.Config, log *slog.Logger) (*dataset.Description, string, error) {
	d, err := describe(cfg)
	if err != nil {
		return nil, "", err
	}
	if isBundled(cfg) {
		file, err := bundled(ctx, d, cfg.StateDir, log)
		return d, file, err
	}
	if _, err := os.Stat(cfg.Dataset.File); errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("opening dataset %s: there is no such file; hint: sallyport build %s -o %s",
			cfg.Dataset.File, cfg.Dataset.Description, cfg.Dataset.File)
	}
	return d, cfg.Dataset.File, nil
}

// bundled builds the bundled ingredients into the state directory. It builds at every start: that takes a
// fraction of a second, and never serves what an older program left.
func bundled(ctx context.Context, d *dataset.Description, stateDir string, log *slog.Logger) (string, error) {
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return "", fmt.Errorf("making state directory: %w", err)
	}
	inputs, err := os.MkdirTemp(stateDir, ".bundle-*")
	if err != nil {
		return "", fmt.Errorf("writing the bundled dataset: %w", err)
	}
	defer os.RemoveAll(inputs)
	if err := ingredients.WriteTo(filepath.Join(inputs, "bundle")); err != nil {
		return "", err
	}
	file := filepath.Join(stateDir, "ingredients.sqlite")
	report, err := build.Run(ctx, d, filepath.Join(inputs, "bundle"), build.Options{}, file)
	if err != nil {
		return "", fmt.Errorf("building the bundled dataset: %w", err)
	}
	log.Debug("bundled dataset built", "file", file, "content", report.Seal.ContentHash)
	return file, nil
}
