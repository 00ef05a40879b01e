// Package ingredients carries a small dataset of common cosmetic ingredients and the description that
// publishes it. The same description builds the full official inventory and annexes.
package ingredients

import (
	"embed"
	"fmt"
	"io/fs"
	"os"

	"sallyport/internal/dataset"
)

// DescriptionFile is the name of the description within [FS]; its sources lie beside it.
const DescriptionFile = "ingredients.yaml"

//go:embed ingredients.yaml data/*.csv data/PROVENANCE.md
var files embed.FS

// FS returns the description, the files that it names and their provenance. It is read-only and safe for
// concurrent use.
func FS() fs.FS { return files }

// Description returns the bundled description, a new one at each call. Paths of its sources are relative to
// [FS], or to the folder that [WriteTo] wrote.
func Description() (*dataset.Description, error) {
	text, err := files.ReadFile(DescriptionFile)
	if err != nil {
		return nil, fmt.Errorf("reading the bundled description: %w", err)
	}
	return dataset.Parse(text, DescriptionFile)
}

// WriteTo copies [FS] into dir, for a build that reads its sources by path. It overwrites nothing: a file
// that exists is an error. When it fails, what it wrote stays, so dir is best a temporary one.
func WriteTo(dir string) error {
	if err := os.CopyFS(dir, files); err != nil {
		return fmt.Errorf("writing the bundled dataset: %w", err)
	}
	return nil
}
