// Package build makes sealed dataset files of CSV files and SQLite databases.
package build

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/sqlite"
)

// Options change where a build reads and who hears of it. The zero value reads what the description names.
type Options struct {
	Sources  map[string]string // paths of files by source name, instead of the description's
	Progress func(Progress)    // called from the goroutine of Run, now and then; may be nil
}

// Progress says how far a build is.
type Progress struct {
	Source string // being read; empty while the file is written
	Read   int    // records read of it
}

// Run builds the file out from the sources of d, whose relative paths start at dir. The report is there on
// an error, too, as far as the build came. The file appears whole or not at all: when anything fails, or ctx
// is cancelled, what was at out is still there. Records that are not sound are left out and reported; a
// source without a sound record, a file that is no CSV and a column that is missing end the build.
func Run(ctx context.Context, d *dataset.Description, dir string, o Options, out string) (*Report, error) {
	b := &builder{d: d, dir: dir, options: o, report: &Report{}}
	if err := b.run(ctx, out); err != nil {
		return b.report, fmt.Errorf("building %s: %w", out, err)
	}
	return b.report, nil
}

type builder struct {
	d       *dataset.Description
	dir     string
	options Options
	report  *Report
}

// sourceNames are those of the description, for people.
func (b *builder) sourceNames() string {
	var names []string
	for _, s := range b.d.Sources {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

func (b *builder) run(ctx context.Context, out string) error {
	for _, name := range slices.Sorted(maps.Keys(b.options.Sources)) {
		if b.d.Source(name) == nil {
			return fmt.Errorf("the description has no source %q; hint: it has %s", name, b.sourceNames())
		}
	}
	content := dataset.Content{Tables: map[string][]dataset.Record{}}
	for i := range b.d.Tables {
		t := &b.d.Tables[i]
		records, err := b.table(ctx, t)
		if err != nil {
			return err
		}
		content.Tables[t.Name] = records
	}
	for _, s := range b.d.Synonyms {
		groups, err := b.groups(ctx, s)
		if err != nil {
			return err
		}
		content.Synonyms = append(content.Synonyms, groups)
	}
	for _, s := range b.report.Sources {
		if s.Kept == 0 {
			return fmt.Errorf("source %s: %s has no sound record (%d read)", s.Name, s.File, s.Read)
		}
	}
	b.dangling(content)
	return b.write(ctx, content, out)
}

// write makes the file beside out and renames it.
func (b *builder) write(ctx context.Context, content dataset.Content, out string) error {
	b.tell(Progress{})
	temporary := filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+"."+strings.ToLower(rand.Text())+".tmp")
	seal, err := sqlite.Write(ctx, temporary, b.d, content)
	if err != nil {
		return err
	}
	if err := place(ctx, temporary, out); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	b.report.Seal = seal
	return nil
}

// place takes away the right to write and gives the file its name, durably.
func place(ctx context.Context, temporary, out string) error {
	info, err := os.Stat(temporary)
	if err != nil {
		return err
	}
	if err := os.Chmod(temporary, info.Mode()&^0o222); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Rename(temporary, out); err != nil {
		return err
	}
	return sqlite.SyncFolder(filepath.Dir(out))
}

func (b *builder) path(in *dataset.InputFile) string {
	path := b.options.Sources[in.Name]
	if path != "" {
		return path
	}
	if in.CSV != nil {
		path = in.CSV.File
	} else {
		path = in.SQLite.File
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(b.dir, path)
}

func (b *builder) progress(s *SourceReport) { b.tell(Progress{s.Name, s.Read}) }

func (b *builder) tell(p Progress) {
	if b.options.Progress != nil {
		b.options.Progress(p)
	}
}
