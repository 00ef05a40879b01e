package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/sourcetest"
	"sallyport/internal/dataset/sqlite"
)

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t testing.TB, d *dataset.Description, content dataset.Content) dataset.Source {
		path := filepath.Join(t.TempDir(), "data.sqlite")
		if _, err := sqlite.Write(context.Background(), path, d, content); err != nil {
			t.Fatal(err)
		}
		s, err := sqlite.Open(context.Background(), path, d, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
