// Command accuracy runs sallyport audit over the labelled corpus and prints precision and recall for each class.
//
//	go run ./test/accuracy [-set main|blind] [-v] [-class CLASS] [-app NAME] [-bin FILE] [-o docs/accuracy.md]
//
// The main set is what rules are developed with, the blind one was written by somebody who had not read them.
// It exits 0 whatever the score, and 1 when it could not be taken.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

type options struct {
	set, binary, output string
	class, app          string
	verbose             bool
}

func main() {
	var o options
	flag.StringVar(&o.set, "set", mainSet, "labelled apps to audit: main or blind")
	flag.StringVar(&o.binary, "bin", "", "sallyport binary to run instead of building one")
	flag.StringVar(&o.output, "o", "", "Markdown file to write; it keeps its first run")
	flag.StringVar(&o.class, "class", "", "count this class only")
	flag.StringVar(&o.app, "app", "", "audit this app only")
	flag.BoolVar(&o.verbose, "v", false, "list every false positive and false negative")
	flag.Parse()
	if err := measure(o); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

func measure(o options) (err error) {
	root, err := folderOf(o.set)
	if err != nil {
		return err
	}
	apps, err := loadApps(root)
	if err != nil {
		return err
	}
	apps = keep(apps, o)
	work, err := os.MkdirTemp("", "sallyport-accuracy-")
	if err != nil {
		return fmt.Errorf("making a folder for the apps: %w", err)
	}
	defer func() {
		if cleanup := os.RemoveAll(work); err == nil {
			err = cleanup
		}
	}()
	outcomes, err := auditAll(apps, root, work, o)
	if err != nil {
		return err
	}
	if o.verbose {
		list(outcomes)
	}
	text := table(count(apps, outcomes))
	fmt.Print(text)
	if o.output != "" {
		return writeReport(o.output, o.set, text)
	}
	return nil
}

func auditAll(apps []app, root, work string, o options) ([]outcome, error) {
	advisories := filepath.Join(work, "advisories")
	if err := packAdvisories(filepath.Join(root, "osv"), advisories); err != nil {
		return nil, err
	}
	auditor, err := newAuditor(o.binary, work, advisories)
	if err != nil {
		return nil, err
	}
	var outcomes []outcome
	for _, a := range apps {
		dir := filepath.Join(work, "apps", a.name)
		if err := a.prepare(dir); err != nil {
			return nil, fmt.Errorf("preparing %s: %w", a.name, err)
		}
		findings, err := auditor.run(dir)
		if err != nil {
			return nil, fmt.Errorf("auditing %s: %w", a.name, err)
		}
		for _, result := range score(a.name, a.labels, findings) {
			if o.class == "" || result.class == o.class {
				outcomes = append(outcomes, result)
			}
		}
	}
	return outcomes, nil
}

// keep drops the apps and labels that were not asked for.
func keep(apps []app, o options) []app {
	var kept []app
	for _, a := range apps {
		if o.app != "" && a.name != o.app {
			continue
		}
		var labels []label
		for _, l := range a.labels {
			if o.class == "" || l.class == o.class {
				labels = append(labels, l)
			}
		}
		a.labels = labels
		kept = append(kept, a)
	}
	return kept
}

func list(outcomes []outcome) {
	for _, o := range outcomes {
		if o.kind == falsePositive || o.kind == falseNegative {
			fmt.Println(o)
		}
	}
}
