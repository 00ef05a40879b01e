package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
	"sallyport/internal/dataset/sqlite"
	"sallyport/internal/ingredients"
)

type buildCommand struct {
	Description string            `arg:"" help:"Description in YAML; the word ingredients is the bundled one."`
	Output      string            `short:"o" required:"" placeholder:"FILE" help:"Sealed dataset to write; an existing one is replaced when all went well."`
	Source      map[string]string `placeholder:"NAME=PATH" mapsep:"none" help:"Read the source NAME from PATH instead of where the description says; may be repeated."`
	Format      string            `enum:"text,json" default:"text" help:"Format of the report: text or json."`
}

// Help gives examples.
func (buildCommand) Help() string {
	return `Examples:
  sallyport build ingredients -o ingredients.sqlite
  sallyport build ingredients -o full.sqlite --source inventory=cosing.csv --source annex_ii=COSING_Annex_II.csv
  sallyport build shop.yaml -o shop.sqlite --source products=shop.db

The same input gives the same file, byte for byte. When anything fails the old file stays as it was.`
}

// Run builds and reports.
func (c *buildCommand) Run(io stdio) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends a read that blocks
	description, dir, cleanup, err := c.description()
	if err != nil {
		return err
	}
	defer cleanup()
	if err := replaceable(c.Output); err != nil {
		return err
	}
	progress := newProgress(io.err)
	report, err := build.Run(ctx, description, dir, build.Options{Sources: c.Source, Progress: progress.show}, c.Output)
	progress.clear()
	if err != nil {
		printRejections(io.err, report)
		return err
	}
	if c.Format == "json" {
		return json.NewEncoder(io.out).Encode(report)
	}
	return printReport(io.out, report, c.Output)
}

// replaceable refuses to replace what no build made: a mistyped name must not cost a source, a description or a
// device.
func replaceable(file string) error {
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return nil // nothing is lost
	}
	ours, err := sqlite.HasSeal(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && ours:
		return nil
	case err != nil:
		return &usageError{fmt.Errorf("looking at what is to be replaced: %w", err)}
	}
	return &usageError{fmt.Errorf("replacing %s: it is no dataset that a build made; hint: choose another name, or remove it first", file)}
}

// description reads the description and the folder that its sources are relative to.
func (c *buildCommand) description() (d *dataset.Description, dir string, cleanup func(), err error) {
	if c.Description == "ingredients" {
		return bundle()
	}
	text, err := os.ReadFile(c.Description)
	if err != nil {
		return nil, "", nil, &usageError{fmt.Errorf("reading description: %w", err)}
	}
	if d, err = dataset.Parse(text, c.Description); err != nil {
		return nil, "", nil, &usageError{err}
	}
	return d, filepath.Dir(c.Description), func() {}, nil
}

// bundle writes the bundled sources where a build can read them.
func bundle() (d *dataset.Description, dir string, cleanup func(), err error) {
	if d, err = ingredients.Description(); err != nil {
		return nil, "", nil, err
	}
	parent, err := os.MkdirTemp("", "sallyport-bundle-*")
	if err != nil {
		return nil, "", nil, fmt.Errorf("writing the bundled dataset: %w", err)
	}
	cleanup = func() { os.RemoveAll(parent) }
	dir = filepath.Join(parent, "bundle")
	if err := ingredients.WriteTo(dir); err != nil {
		cleanup()
		return nil, "", nil, err
	}
	return d, dir, cleanup, nil
}

// progress is one line on a terminal, rewritten while work goes on; nothing elsewhere.
type progress struct {
	w       io.Writer
	started time.Time
	shown   time.Time
}

func newProgress(w io.Writer) *progress {
	if !isTerminal(w) {
		w = nil
	}
	return &progress{w: w, started: time.Now()}
}

func (p *progress) show(at build.Progress) {
	now := time.Now()
	if p.w == nil || now.Sub(p.started) < time.Second || now.Sub(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown = now
	what := "writing the file"
	if at.Source != "" {
		what = fmt.Sprintf("reading %s: %d records", at.Source, at.Read)
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", what)
}

func (p *progress) clear() {
	if p.w != nil && !p.shown.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func printReport(w io.Writer, r *build.Report, file string) error {
	var errs []error
	line := func(format string, args ...any) {
		_, err := fmt.Fprintf(w, format+"\n", args...)
		errs = append(errs, err)
	}
	for _, s := range r.Sources {
		line("%-12s %-28s %7d read %7d kept %5d rejected", s.Name, s.Use, s.Read, s.Kept, s.Rejected)
	}
	errs = append(errs, printRejections(w, r))
	for _, c := range r.Checks {
		line("%s.%s: %d values fail the check %q, such as %q", c.Table, c.Column, c.Failed, c.Check, first(c.Examples))
	}
	for _, j := range r.Joins {
		if j.Dangling > 0 {
			line("join %s: %d linked, %d without a row, such as %q", j.Name, j.Linked, j.Dangling, first(j.Examples))
		}
	}
	for _, table := range slices.Sorted(maps.Keys(r.Seal.Rows)) {
		line("%-12s %d rows", table, r.Seal.Rows[table])
	}
	line("content      %s", r.Seal.ContentHash)
	line("wrote        %s", file)
	return errors.Join(errs...)
}

func printRejections(w io.Writer, r *build.Report) error {
	var errs []error
	for _, s := range r.Sources {
		for _, x := range s.Rejections {
			why := strings.TrimSuffix(x.Reason+": "+x.Detail, ": ")
			_, err := fmt.Fprintf(w, "%s:%d: rejected: %s\n", s.File, x.Line, why)
			errs = append(errs, err)
		}
		if more := s.Rejected - len(s.Rejections); more > 0 {
			_, err := fmt.Fprintf(w, "%s: %d more rejected\n", s.File, more)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
