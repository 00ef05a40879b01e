//go:build !noaudit

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"sallyport/internal/audit"
	"sallyport/internal/audit/dependencies"
	"sallyport/internal/audit/rules"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
	"sallyport/internal/report"
)

// checking are the commands that a build with -tags noaudit leaves out.
type checking struct {
	Audit auditCommand `cmd:"" help:"Find mistakes in source, history, configuration and dependencies."`
	Rules rulesCommand `cmd:"" help:"List the rules of the audit, or explain one."`
	Hook  hookCommand  `cmd:"" help:"Install the pre-commit hook."`
}

// features are the halves of this build.
func features() []string { return []string{"serve", "build", "audit"} }

type auditCommand struct {
	Path             string   `arg:"" optional:"" default:"." help:"Folder to audit."`
	Staged           bool     `help:"Only what the next commit changes; no history, no network."`
	Since            string   `placeholder:"REV" help:"Only what commits since REV changed, and their history."`
	Format           string   `enum:"text,json" default:"text" help:"text or json."`
	FailOn           string   `enum:"none,info,low,medium,high,critical" default:"low" help:"Least severity that makes exit code 3; none for never."`
	Only             []string `placeholder:"RULE" help:"Only these rules, by id or class."`
	Skip             []string `placeholder:"RULE" help:"Not these rules, by id or class."`
	Baseline         string   `placeholder:"FILE" help:"Findings that are known and not reported."`
	WriteBaseline    string   `placeholder:"FILE" help:"Write what is found now as the baseline, and exit 0."`
	AllowNotAnalysed []string `placeholder:"CLASS" help:"Kinds of input that may stay unread without exit code 4: unreadable, unparsable, too-large, history, network."`
	Fix              bool     `help:"Mend what a machine may mend (.gitignore, .env.example, .dockerignore, file modes), and show the rest."`
	OSVDB            string   `name:"osv-db" placeholder:"DIR" help:"Folder of known vulnerabilities as osv-scanner keeps it: ECOSYSTEM/all.zip."`
	OSVURL           string   `name:"osv-url" placeholder:"URL" help:"Ask this server for known vulnerabilities, such as https://api.osv.dev. It is told names and versions of dependencies."`
	NoHistory        bool     `help:"Leave the history of git out. It is then reported as not analysed."`
}

// Help gives examples.
func (auditCommand) Help() string {
	return `Examples:
  sallyport audit
  sallyport audit --staged
  sallyport audit --since origin/main --fail-on high
  sallyport audit --format json | jq -r 'select(.rule) | [.path, .line, .class] | @tsv'

Exit codes: 0 nothing found, 3 findings, 4 nothing found but something was not analysed, 2 wrong usage.
One place is accepted by a comment: sallyport:ignore SP101 the reason.`
}

const (
	exitFindings   = 3
	exitIncomplete = 4
)

// Run audits and reports.
func (c *auditCommand) Run(io stdio) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	selected, unknown := rules.Select(rules.All(), c.Only, c.Skip)
	if len(unknown) > 0 {
		return &usageError{fmt.Errorf("there is no rule %s\nhint: sallyport rules lists them", strings.Join(unknown, ", "))}
	}
	c.lookUpDependencies(ctx, selected)
	baseline, err := readBaseline(c.Baseline)
	if err != nil {
		return &usageError{err}
	}
	tree, err := c.read(ctx)
	if err != nil {
		return &usageError{err}
	}
	project := audit.NewProject(tree)
	result, err := audit.Scan(ctx, project, audit.Options{Rules: selected, Baseline: baseline})
	if err != nil {
		return err
	}
	if c.WriteBaseline != "" {
		return writeBaseline(c.WriteBaseline, result)
	}
	if c.Fix {
		if c.Staged || c.Since != "" {
			return &usageError{errors.New("--fix mends the working tree, so it goes without --staged and --since")}
		}
		if err := mendAll(io, c.Path, project, result.Findings); err != nil {
			return err
		}
	}
	summary := summarise(tree, result)
	if err := c.report(io, result, summary); err != nil {
		return err
	}
	return c.verdict(result, summary)
}

// lookUpDependencies gives the rules the detectors that ask for known vulnerabilities where the options say. By
// definition --staged asks nobody.
func (c *auditCommand) lookUpDependencies(ctx context.Context, selected []*audit.Rule) {
	checker := dependencies.New(ctx, dependencies.Options{Database: c.OSVDB, API: c.OSVURL, Quiet: c.Staged})
	for class, detect := range checker.Detectors() {
		for _, r := range selected {
			if r.Class == class {
				r.Detectors["manifest"] = detect
			}
		}
	}
}

func (c *auditCommand) read(ctx context.Context) (*source.Tree, error) {
	switch {
	case c.Staged && c.Since != "":
		return nil, errors.New("--staged and --since are two different questions")
	case c.Staged:
		return source.ReadStaged(ctx, c.Path)
	case c.Since != "":
		return source.ReadSince(ctx, c.Path, c.Since)
	}
	return source.ReadTree(ctx, c.Path)
}

func readBaseline(file string) (*audit.Baseline, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading baseline: %w", err)
	}
	baseline, _, err := audit.ParseBaseline(data)
	return baseline, err
}

func writeBaseline(file string, result *audit.Result) error {
	var entries []audit.BaselineEntry
	for _, f := range result.Findings {
		entries = append(entries, audit.Entry(f))
	}
	data, err := audit.FormatBaseline(entries)
	if err != nil {
		return err
	}
	return replaceFile(file, data)
}

func summarise(tree *source.Tree, result *audit.Result) finding.Summary {
	s := finding.Summary{
		Files: len(tree.Files), Skipped: tree.Skipped, Findings: map[string]int{}, Refs: []string{},
		Suppressed: result.Suppressed, Baselined: result.Baselined, NotAnalysed: result.NotAnalysed,
	}
	if s.NotAnalysed == nil {
		s.NotAnalysed = []finding.NotAnalysed{}
	}
	for _, f := range result.Findings {
		s.Findings[f.Class]++
	}
	return s
}

func (c *auditCommand) report(io stdio, result *audit.Result, summary finding.Summary) error {
	var handler finding.Handler = report.NewJSON(io.out)
	if c.Format == "text" {
		handler = report.NewText(io.out, isTerminal(io.out), rules.Words(rules.All()))
	}
	for _, f := range result.Findings {
		if err := handler.Finding(f); err != nil {
			return err
		}
	}
	return handler.Summary(summary)
}

// verdict turns the result into an exit code: findings win over what was not analysed.
func (c *auditCommand) verdict(result *audit.Result, summary finding.Summary) error {
	if c.FailOn != "none" {
		var least finding.Severity
		if err := least.UnmarshalText([]byte(c.FailOn)); err != nil {
			return &usageError{err}
		}
		if slices.ContainsFunc(result.Findings, func(f finding.Finding) bool { return f.Severity >= least }) {
			return exitError(exitFindings)
		}
	}
	for _, n := range summary.NotAnalysed {
		if !slices.Contains(c.AllowNotAnalysed, n.Class) {
			return exitError(exitIncomplete)
		}
	}
	return nil
}
