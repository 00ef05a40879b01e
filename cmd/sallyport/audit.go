//go:build !noaudit

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"sallyport/internal/audit"
	"sallyport/internal/audit/dependencies"
	"sallyport/internal/audit/rules"
	"sallyport/internal/audit/secrets"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
	"sallyport/internal/report"
)

// checking are the commands that a build with -tags noaudit leaves out.
type checking struct {
	Audit   auditCommand   `cmd:"" help:"Find mistakes in source, history, configuration and dependencies."`
	Resolve resolveCommand `cmd:"" name:"audit resolve" help:"Record that a secret was rotated, so that it is no longer reported."`
	Rules   rulesCommand   `cmd:"" help:"List the rules of the audit, or explain one."`
	Hook    hookCommand    `cmd:"" help:"Install the pre-commit hook."`
}

// features are the halves of this build.
func features() []string { return []string{"serve", "build", "audit"} }

type auditCommand struct {
	Path             string   `arg:"" optional:"" default:"." help:"Folder to audit."`
	Staged           bool     `help:"Only what the next commit changes; no history, no network."`
	Since            string   `placeholder:"REV" help:"Only what commits since REV changed, and their history."`
	Format           string   `enum:"text,json,sarif,html" default:"text" help:"text, json, sarif or html."`
	Output           string   `short:"o" placeholder:"FILE" help:"Write the report to this file instead."`
	FailOn           string   `enum:"none,info,low,medium,high,critical" default:"low" help:"Least severity that makes exit code 3; none for never."`
	Only             []string `placeholder:"RULE" help:"Only these rules, by id or class."`
	Skip             []string `placeholder:"RULE" help:"Not these rules, by id or class."`
	Baseline         string   `placeholder:"FILE" help:"Findings that are known and not reported; .sallyport-baseline.json of the folder when not given."`
	WriteBaseline    string   `placeholder:"FILE" help:"Write what is found now as the baseline, and exit 0."`
	AllowNotAnalysed []string `placeholder:"CLASS" help:"Kinds of input that may stay unread without exit code 4: unreadable, unparsable, too-large, unsupported-language, history, network."`
	Fix              bool     `help:"Mend what a machine may mend (.gitignore, .env.example, .dockerignore, file modes), and show the rest."`
	OSVDB            string   `name:"osv-db" placeholder:"DIR" help:"Folder of known vulnerabilities as osv-scanner keeps it: ECOSYSTEM/all.zip."`
	OSVURL           string   `name:"osv-url" placeholder:"URL" help:"Ask this server for known vulnerabilities, such as https://api.osv.dev. It is told names and versions of dependencies."`
	NoHistory        bool     `help:"Leave the history of git out. It is then reported as not analysed."`
	NoProjectConfig  bool     `help:"Take nothing on the word of the audited project: not .sallyport-audit.yaml, not .sallyport-baseline.json, no comments."`
	ShowSuppressed   bool     `help:"List what comments, the baseline and .sallyport-audit.yaml hide, too. It does not change the exit code."`
}

// Help gives examples.
func (auditCommand) Help() string {
	return `Examples:
  sallyport audit
  sallyport audit --staged
  sallyport audit --since origin/main --fail-on high
  sallyport audit --format html -o audit.html
  sallyport audit fork --no-project-config --baseline trusted.json
  sallyport audit resolve FINGERPRINT --rotated 2026-03-01 --reason "revoked at the provider"
  sallyport audit --format json | jq -r 'select(.rule) | [.path, .line, .class] | @tsv'

Exit codes: 0 nothing found, 3 findings, 4 nothing found but something was not analysed, 2 wrong usage.
One place is accepted by a comment: sallyport:ignore SP101 the reason. What is known stands in
.sallyport-baseline.json, where audit resolve records rotated secrets, too.`
}

// exitIncomplete says that nothing was found, and not everything looked at.
const exitIncomplete = 4

// Run audits and reports.
func (c *auditCommand) Run(io stdio) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	project, err := c.readProject()
	if err != nil {
		return &usageError{err}
	}
	selected, err := c.rules(project)
	if err != nil {
		return &usageError{err}
	}
	baseline, err := c.readBaseline()
	if err != nil {
		return &usageError{err}
	}
	e, err := c.examine(ctx, project, selected, baseline)
	if err != nil {
		return err
	}
	if c.WriteBaseline != "" {
		return writeBaseline(c.WriteBaseline, e.result)
	}
	if c.Fix {
		if c.Staged || c.Since != "" {
			return &usageError{errors.New("--fix mends the working tree, so it goes without --staged and --since")}
		}
		if err := mendAll(io, c.Path, e.project, e.result.Findings); err != nil {
			return err
		}
	}
	summary := summarise(e)
	summary.Checklist = audit.Checklist(selected, e.result, c.Staged || c.Since != "")
	hidden, err := c.hidden(ctx, project, e.result, baseline)
	if err != nil {
		return err
	}
	if err := c.report(io, selected, slices.Concat(e.result.Findings, hidden), summary); err != nil {
		return err
	}
	return c.verdict(e.result, summary, project)
}

// rules are those that the options and the project's file leave.
func (c *auditCommand) rules(project projectConfig) ([]*audit.Rule, error) {
	selected, unknown := rules.Select(rules.All(), c.Only, slices.Concat(c.Skip, project.Skip))
	if len(unknown) > 0 {
		return nil, fmt.Errorf("there is no rule %s\nhint: sallyport rules lists them", strings.Join(unknown, ", "))
	}
	return selected, knownClasses("--allow-not-analysed", c.AllowNotAnalysed)
}

// examination is what an audit looked at and found.
type examination struct {
	project *audit.Project
	history *source.HistorySummary
	result  *audit.Result
}

// examine reads and scans, without a word.
func (c *auditCommand) examine(ctx context.Context, left projectConfig, selected []*audit.Rule, baseline *audit.Baseline) (*examination, error) {
	c.lookUpDependencies(ctx, selected)
	tree, err := c.read(ctx)
	if err != nil {
		return nil, &usageError{err}
	}
	left.leaveOut(tree)
	e := &examination{project: audit.NewProject(tree)}
	past, summary, err := c.readHistory(ctx, e.project, selected)
	if err != nil {
		return nil, err
	}
	e.history = summary
	if e.result, err = audit.Scan(ctx, e.project, audit.Options{
		Rules: selected, Baseline: baseline, Extra: left.keep(past), Redact: secrets.Redactor(e.project), NoComments: c.NoProjectConfig,
	}); err != nil {
		return nil, err
	}
	return e, nil
}

// readHistory looks for secrets in the history, where there is one and it is asked for.
func (c *auditCommand) readHistory(ctx context.Context, p *audit.Project, selected []*audit.Rule) ([]finding.Finding, *source.HistorySummary, error) {
	find := func(class string) *audit.Rule {
		if i := slices.IndexFunc(selected, func(r *audit.Rule) bool { return r.Class == class }); i >= 0 {
			return selected[i]
		}
		return nil
	}
	rule, none := find("secret-in-history"), &source.HistorySummary{}
	if rule == nil || c.Staged || !p.Git {
		return nil, none, nil
	}
	if c.NoHistory {
		p.NotAnalysed(finding.NotAnalysed{Class: "history", Path: ".git", Reason: "--no-history leaves it out"})
		return nil, none, nil
	}
	found, summary, err := secrets.History(ctx, p, secrets.HistoryOptions{Since: c.Since, Rule: rule.Rule, TreeReported: find("hardcoded-secret") != nil})
	for _, problem := range summary.Problems {
		p.NotAnalysed(finding.NotAnalysed(problem))
	}
	return found, summary, err
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

// baselineFile is where an audit looks for its baseline, in the audited folder.
const baselineFile = ".sallyport-baseline.json"

// readBaseline reads the file of the option, or the usual one when it is there. A new baseline begins with none.
func (c *auditCommand) readBaseline() (*audit.Baseline, error) {
	file, optional := c.Baseline, c.Baseline == ""
	if optional {
		file = filepath.Join(c.Path, baselineFile)
	}
	if optional && c.NoProjectConfig {
		return nil, nil
	}
	entries, err := readEntries(file)
	if optional && (c.WriteBaseline != "" || errors.Is(err, fs.ErrNotExist)) {
		return nil, nil
	}
	return audit.NewBaseline(entries), err
}

func readEntries(file string) ([]audit.BaselineEntry, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading baseline: %w", err)
	}
	_, entries, err := audit.ParseBaseline(data)
	return entries, err
}

// writeBaseline writes what was found, and keeps what is recorded in the file about rotated secrets.
func writeBaseline(file string, result *audit.Result) error {
	old, err := readEntries(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &usageError{err}
	}
	entries := slices.DeleteFunc(old, func(e audit.BaselineEntry) bool { return e.Resolved == "" })
	for _, f := range result.Findings {
		entries = append(entries, audit.Entry(f))
	}
	return replaceEntries(file, entries)
}

func replaceEntries(file string, entries []audit.BaselineEntry) error {
	data, err := audit.FormatBaseline(entries)
	if err != nil {
		return err
	}
	return replaceFile(file, data)
}

func summarise(e *examination) finding.Summary {
	s := finding.Summary{
		Files: len(e.project.Files), Skipped: e.project.Skipped, Findings: map[string]int{}, Refs: append([]string{}, e.history.Refs...),
		Commits: e.history.Commits, Suppressed: e.result.Suppressed, Baselined: e.result.Baselined, NotAnalysed: e.result.NotAnalysed,
	}
	if s.NotAnalysed == nil {
		s.NotAnalysed = []finding.NotAnalysed{}
	}
	for _, f := range e.result.Findings {
		s.Findings[f.Class]++
	}
	return s
}

// report writes to the file that was asked for, or to out.
func (c *auditCommand) report(io stdio, selected []*audit.Rule, found []finding.Finding, summary finding.Summary) error {
	if c.Output == "" {
		return deliver(c.writer(io.out, selected), found, summary)
	}
	var whole bytes.Buffer
	if err := deliver(c.writer(&whole, selected), found, summary); err != nil {
		return err
	}
	return replaceFile(c.Output, whole.Bytes())
}

func (c *auditCommand) writer(w io.Writer, selected []*audit.Rule) finding.Handler {
	words := rules.Words(selected)
	if c.ShowSuppressed {
		words = rules.Words(rules.All()) // of rules that the project's file skips, too
	}
	switch c.Format {
	case "json":
		return report.NewJSON(w)
	case "sarif":
		return report.NewSARIF(w, release, words)
	case "html":
		return report.NewHTML(w, folderName(c.Path), words)
	}
	return report.NewText(w, isTerminal(w), words)
}

// folderName is the last element of a folder's path, also of ".".
func folderName(dir string) string {
	whole, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	return filepath.Base(whole)
}

func deliver(handler finding.Handler, found []finding.Finding, summary finding.Summary) error {
	for _, f := range found {
		if err := handler.Finding(f); err != nil {
			return err
		}
	}
	return handler.Summary(summary)
}

// verdict turns the result into an exit code: findings win over what was not analysed.
func (c *auditCommand) verdict(result *audit.Result, summary finding.Summary, project projectConfig) error {
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
		if !slices.Contains(c.AllowNotAnalysed, n.Class) && !slices.Contains(project.AllowNotAnalysed, n.Class) {
			return exitError(exitIncomplete)
		}
	}
	return nil
}
