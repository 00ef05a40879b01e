package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"text/tabwriter"

	"sallyport/internal/app"
	"sallyport/internal/config"
)

type configCommand struct {
	Check configCheckCommand `cmd:"" help:"Validate the configuration and everything that it names."`
	Show  configShowCommand  `cmd:"" help:"Print each effective value and where it came from; secrets redacted."`
}

type configCheckCommand struct {
	configFlags
}

// Help gives examples.
func (configCheckCommand) Help() string {
	return `Examples:
  sallyport config check
  sallyport config check --config /etc/sallyport/sallyport.yaml

Exit code 0 when serve would start with it, 2 otherwise.`
}

// Run reports every mistake at once.
func (c *configCheckCommand) Run(io stdio, environ environment) error {
	cfg, err := config.Load(c.options(environ))
	if err != nil {
		return errors.Join(err, app.CheckDataset(context.Background(), cfg))
	}
	for _, warning := range cfg.Warnings {
		fmt.Fprintln(io.err, "sallyport: warning:", warning)
	}
	if err := app.Check(context.Background(), cfg); err != nil {
		return &usageError{err}
	}
	if err := checkWatching(cfg); err != nil {
		return &usageError{err}
	}
	_, err = fmt.Fprintln(io.out, "the configuration is sound")
	return err
}

// checkWatching tries what tells of a server, and opens nothing.
func checkWatching(cfg *config.Config) error {
	_, err := alertRoutes(cfg, slog.New(slog.DiscardHandler))
	return errors.Join(checkLogFolder("log.output", cfg.Log.Output), checkLogFolder("log.events", cfg.Log.Events), err)
}

func checkLogFolder(key, output string) error {
	if output == config.Stdout || output == config.Stderr {
		return nil
	}
	folder := filepath.Dir(output)
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no folder %s; hint: mkdir -m 700 %s", key, folder, folder)
	case err != nil:
		return fmt.Errorf("%s: %w", key, err)
	case !info.IsDir():
		return fmt.Errorf("%s: %s is no folder", key, folder)
	}
	return nil
}

type configShowCommand struct {
	configFlags
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// Help gives examples.
func (configShowCommand) Help() string {
	return `Examples:
  sallyport config show --dev
  sallyport config show --format json`
}

// Run prints the effective configuration.
func (c *configShowCommand) Run(io stdio, environ environment) error {
	cfg, err := config.Load(c.options(environ))
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return json.NewEncoder(io.out).Encode(cfg.Entries())
	}
	table := tabwriter.NewWriter(io.out, 0, 0, 2, ' ', 0)
	var errs []error
	for _, e := range cfg.Entries() {
		_, err := fmt.Fprintf(table, "%s\t%s\t%s\n", e.Key, e.Value, e.Origin)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, table.Flush())...)
}
