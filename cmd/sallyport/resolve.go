//go:build !noaudit

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"sallyport/internal/audit"
	"sallyport/internal/audit/rules"
	"sallyport/internal/finding"
)

type resolveCommand struct {
	Fingerprint string `arg:"" help:"Fingerprint of the finding, as the audit prints it."`
	Rotated     string `required:"" placeholder:"DATE" help:"Day on which the secret was rotated, such as 2026-03-01."`
	Reason      string `required:"" placeholder:"TEXT" help:"What was done, for those who read the baseline."`
	Dir         string `default:"." placeholder:"FOLDER" help:"Folder that was audited."`
	Baseline    string `placeholder:"FILE" help:"File to record it in; .sallyport-baseline.json of the folder when not given."`
}

// Help gives examples.
func (resolveCommand) Help() string {
	return `A secret that was committed is stolen: make a new one first, then record it here. The fingerprint must be
that of a secret which the audit of the folder finds.

Examples:
  sallyport audit resolve 3f0a1c… --rotated 2026-03-01 --reason "revoked in the provider's console"`
}

// Run records.
func (c *resolveCommand) Run(io stdio) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := c.validate(time.Now()); err != nil {
		return &usageError{err}
	}
	f, err := c.find(ctx)
	if err != nil {
		return err
	}
	file := c.Baseline
	if file == "" {
		file = filepath.Join(c.Dir, baselineFile)
	}
	entries, err := readEntries(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &usageError{err}
	}
	entries = slices.DeleteFunc(entries, func(e audit.BaselineEntry) bool { return e.Fingerprint == f.Fingerprint })
	entry := audit.Entry(f)
	entry.Resolved, entry.Reason = c.Rotated, c.Reason
	if err := replaceEntries(file, append(entries, entry)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(io.out, "%s %s in %s is recorded as rotated on %s in %s\n", f.Rule, f.Class, f.Path, c.Rotated, file)
	return err
}

// validate wants a day that has come and a reason.
func (c *resolveCommand) validate(now time.Time) error {
	day, err := time.Parse(time.DateOnly, c.Rotated)
	switch {
	case err != nil:
		return fmt.Errorf("reading --rotated: %q is no day such as 2026-03-01", c.Rotated)
	case day.After(now.Add(24 * time.Hour)):
		return fmt.Errorf("reading --rotated: %s is yet to come\nhint: rotate the secret first", c.Rotated)
	case strings.TrimSpace(c.Reason) == "":
		return errors.New("reading --reason: it is empty")
	}
	return nil
}

// find audits for secrets and returns the finding of the fingerprint.
func (c *resolveCommand) find(ctx context.Context) (finding.Finding, error) {
	selected, _ := rules.Select(rules.All(), []string{"hardcoded-secret", "secret-in-history", "env-file-committed", "env-example-missing"}, nil)
	e, err := (&auditCommand{Path: c.Dir}).examine(ctx, projectConfig{}, selected, nil)
	if err != nil {
		return finding.Finding{}, err
	}
	for _, f := range e.result.Findings {
		if f.Fingerprint == c.Fingerprint {
			return f, nil
		}
	}
	return finding.Finding{}, &usageError{fmt.Errorf("no secret in %s has the fingerprint %s\nhint: sallyport audit --only secret-in-history lists them", c.Dir, c.Fingerprint)}
}
