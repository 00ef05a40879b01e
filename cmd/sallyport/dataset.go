package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/dataset/generation"
	"sallyport/internal/dataset/sqlite"
)

type datasetCommand struct {
	Diff     datasetDiffCommand     `cmd:"" help:"Compare the rows of two sealed datasets by their keys."`
	Install  datasetInstallCommand  `cmd:"" help:"Check a dataset and put it in the place of the configured one."`
	Rollback datasetRollbackCommand `cmd:"" help:"Put the dataset that was served before in place again."`
	List     datasetListCommand     `cmd:"" help:"List the datasets that were served last and can be put back."`
}

// interruptible ends work at the first signal.
func interruptible() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
}

// load reads the configuration of a deployment that is not to be served from here: that its secrets are elsewhere is no
// mistake, nor that there is no dataset yet.
func (f configFlags) load(environ environment) (*config.Config, error) {
	cfg, err := config.Load(f.options(environ))
	mistakes, ok := errors.AsType[config.Errors](err)
	if !ok || cfg == nil {
		return cfg, err
	}
	_, missing := os.Stat(cfg.Dataset.File)
	rest := slices.DeleteFunc(slices.Clone(mistakes), func(e *config.Error) bool {
		if e.Key == "dataset.file" {
			return cfg.Dataset.File != "" && errors.Is(missing, fs.ErrNotExist)
		}
		named := func(s config.SecretName) bool { return s.Name == e.Key }
		return e.Kind == config.Missing && slices.ContainsFunc(config.SecretNames(), named)
	})
	if len(rest) > 0 {
		return nil, rest
	}
	return cfg, nil
}

type datasetDiffCommand struct {
	Old    string `arg:"" help:"Sealed dataset."`
	New    string `arg:"" help:"Sealed dataset."`
	Rows   int    `placeholder:"N" help:"Show the first N rows that were added, removed or changed, of each table."`
	Format string `enum:"text,json" default:"text" help:"text, or json: one object a line, a row each and the counts last."`
}

// Help gives examples.
func (datasetDiffCommand) Help() string {
	return `Rows are those of the same key. The files are read once; however large they are, two rows are kept in memory.

Exit codes: 0 the files are the same, 3 they differ. Files whose rows are the same can differ in version, date,
synonyms or indexes.

Examples:
  sallyport dataset diff served.sqlite next.sqlite
  sallyport dataset diff served.sqlite next.sqlite --rows 20`
}

// Run compares.
func (c *datasetDiffCommand) Run(io stdio) (err error) {
	ctx, stop := interruptible()
	defer stop()
	before, err := sqlite.ReadContents(ctx, c.Old)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, before.Close()) }()
	after, err := sqlite.ReadContents(ctx, c.New)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, after.Close()) }()
	shown := map[string]int{}
	diff, err := sqlite.Compare(ctx, before, after, func(change sqlite.Change) error {
		if shown[change.Table]++; shown[change.Table] > c.Rows {
			return nil
		}
		return c.row(io.out, change)
	})
	if err != nil {
		return err
	}
	one, two := app.EditionOf(before.Seal()), app.EditionOf(after.Seal())
	if err := c.counts(io.out, one, two, diff); err != nil || one.Hash == two.Hash {
		return err
	}
	return exitError(exitFindings)
}

func (c *datasetDiffCommand) row(w io.Writer, change sqlite.Change) error {
	if c.Format == "json" {
		return json.NewEncoder(w).Encode(change)
	}
	_, err := fmt.Fprintf(w, "%-8s %s %q%s\n", change.Kind, change.Table, change.Key, fields(change.Fields))
	return err
}

// fields shows what changed in a row, quoted so that no value can break the line.
func fields(list []sqlite.Field) string {
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "\n         %s: %s -> %s", f.Name, cell(f.Old), cell(f.New))
	}
	return b.String()
}

func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return "none"
	case string:
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(value)
}

func (c *datasetDiffCommand) counts(w io.Writer, before, after app.Edition, diff []sqlite.TableDiff) error {
	if c.Format == "json" {
		return json.NewEncoder(w).Encode(struct {
			Same   bool               `json:"same"`
			Old    app.Edition        `json:"old"`
			New    app.Edition        `json:"new"`
			Tables []sqlite.TableDiff `json:"tables"`
		}{before.Hash == after.Hash, before, after, diff})
	}
	if before.Hash == after.Hash {
		_, err := fmt.Fprintf(w, "the same: version %s, content %.12s\n", before.Version, before.Hash)
		return err
	}
	_, err := fmt.Fprintf(w, "%sversion %s, content %.12s -> version %s, content %.12s\n",
		tables(diff), before.Version, before.Hash, after.Version, after.Hash)
	return err
}

// tables shows one line for each table.
func tables(diff []sqlite.TableDiff) string {
	var b strings.Builder
	for _, t := range diff {
		fmt.Fprintf(&b, "%-16s %d -> %d rows: %d added, %d removed, %d changed\n", t.Table, t.Before, t.After, t.Added, t.Removed, t.Changed)
	}
	return b.String()
}

type datasetInstallCommand struct {
	File      string `arg:"" help:"Sealed dataset that sallyport build made."`
	AllowDrop bool   `help:"Install it even when more rows are missing than dataset.max_drop allows."`
	configFlags
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// Help gives examples.
func (datasetInstallCommand) Help() string {
	return `The dataset is checked against the description, compared with the one in service, and asked one question at
every endpoint. Then it takes the place of dataset.file, as a whole, where a running server notices it and checks
it once more. When anything is wrong nothing changes.

Examples:
  sallyport build shop.yaml -o next.sqlite && sallyport dataset install next.sqlite
  sallyport dataset install small.sqlite --allow-drop`
}

// Run installs.
func (c *datasetInstallCommand) Run(io stdio, environ environment) error {
	ctx, stop := interruptible()
	defer stop()
	cfg, err := c.load(environ)
	if err != nil {
		return err
	}
	done, err := app.Install(ctx, cfg, c.File, c.AllowDrop)
	if err != nil {
		return err
	}
	return printInstalled(io.out, c.Format, done)
}

type datasetRollbackCommand struct {
	Generation int64 `arg:"" optional:"" help:"Number of the generation; the one before that in service when not given."`
	configFlags
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// Help gives examples.
func (datasetRollbackCommand) Help() string {
	return `The generation takes the place of dataset.file, where a running server notices it: nothing that looks at the file
later undoes it. Its copy is checked by its hash before. The description must be one that it fits.

Examples:
  sallyport dataset rollback          the one before that in service
  sallyport dataset rollback 7        generation 7, as sallyport dataset list numbers them`
}

// Run rolls back.
func (c *datasetRollbackCommand) Run(io stdio, environ environment) error {
	ctx, stop := interruptible()
	defer stop()
	cfg, err := c.load(environ)
	if err != nil {
		return err
	}
	if c.Generation < 0 {
		return &usageError{fmt.Errorf("rolling back: there is no generation %d", c.Generation)}
	}
	done, err := app.Rollback(ctx, cfg, c.Generation)
	if err != nil {
		return err
	}
	return printInstalled(io.out, c.Format, done)
}

func printInstalled(w io.Writer, format string, done *app.Installed) error {
	if format == "json" {
		return json.NewEncoder(w).Encode(done)
	}
	what := "installed"
	if done.Generation > 0 {
		what = fmt.Sprintf("generation %d put back in the place of generation %d:", done.Generation, done.Replaces)
	}
	changes := tables(done.Changes)
	switch {
	case done.Same:
		changes = "the same as the dataset in service\n"
	case done.Changes == nil:
		changes = "there was no dataset to compare it with\n"
	}
	_, err := fmt.Fprintf(w, "%s version %s, content %.12s\n%swrote %s; a running server takes it within %v\n",
		what, done.Seal.Version, done.Seal.Hash, changes, done.File, done.Notice)
	return err
}

type datasetListCommand struct {
	configFlags
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// Help gives examples.
func (datasetListCommand) Help() string {
	return `The generation with * is in service, as the server has noted last. One in parentheses was left by a rollback: it is
put back by its number alone.

Examples:
  sallyport dataset list
  sallyport dataset list --format json`
}

// Run lists.
func (c *datasetListCommand) Run(io stdio, environ environment) error {
	cfg, err := c.load(environ)
	if err != nil {
		return err
	}
	list, err := app.Generations(cfg)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return json.NewEncoder(io.out).Encode(append([]generation.Generation{}, list...))
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(io.out, "none was served yet")
		return err
	}
	return printGenerations(io.out, list)
}

func printGenerations(w io.Writer, list []generation.Generation) error {
	errs := make([]error, 1, len(list)+1)
	_, errs[0] = fmt.Fprintf(w, "%10s  %-12s  %-12s  %-10s  %9s  %s\n", "generation", "content", "version", "date", "rows", "first served")
	for _, g := range list {
		number, rows := fmt.Sprint(g.Number), int64(0)
		switch {
		case g.InService:
			number = "* " + number
		case g.Withdrawn:
			number = "(" + number + ")"
		}
		for _, n := range g.Rows {
			rows += n
		}
		_, err := fmt.Fprintf(w, "%10s  %.12s  %-12s  %-10s  %9d  %s\n", number, g.Hash, g.Version, g.Date, rows, g.Served.Format(time.RFC3339))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
