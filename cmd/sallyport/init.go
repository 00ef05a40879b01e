package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"sallyport/internal/config"
	"sallyport/internal/scaffold"
)

type initCommand struct {
	Dir string `arg:"" optional:"" default:"." help:"Folder of the deployment; made when it is missing."`
}

// Help gives examples.
func (initCommand) Help() string {
	return `Examples:
  sallyport init
  sallyport init shop

It writes sallyport.yaml, .env with a random SALLYPORT_KEY, a small example of a dataset, Dockerfile, compose.yaml,
a systemd unit, a CI workflow and a pre-commit hook. Two values in sallyport.yaml and the marketplace's secret in
.env are left blank: sallyport refuses to start until you have filled them in.

A file that is there is never overwritten. When it lacks lines they are shown, the other files are written all the
same, and the exit code is 1; run it again when you have added them. Only .env waits until .gitignore lists it.`
}

// Run writes what is not there and tells what to do next.
func (c *initCommand) Run(io stdio) error {
	files, err := scaffold.Files(scaffold.Options{Key: config.Generate().Reveal(), Version: release})
	if err != nil {
		return err
	}
	results, err := scaffold.Write(c.Dir, files)
	if err = errors.Join(err, printResults(io.out, results)); err != nil {
		return err
	}
	if err := incomplete(results); err != nil {
		return err
	}
	_, err = fmt.Fprintf(io.out, nextSteps, changeTo(c.Dir))
	return err
}

const nextSteps = `
Fill in hosts and trusted_proxies in sallyport.yaml and RAPIDAPI_PROXY_SECRET in .env. Then:

  %ssallyport build dataset.yaml -o dataset.sqlite
  sallyport config check
  sallyport serve
`

func printResults(w io.Writer, results []scaffold.Result) error {
	var errs []error
	for _, r := range results {
		what := map[scaffold.State]string{
			scaffold.Made: "made", scaffold.Complete: "kept", scaffold.Lacking: "lacks lines", scaffold.Held: "not written",
		}[r.State]
		_, err := fmt.Fprintf(w, "%-11s  %s\n", what, r.Name)
		errs = append(errs, err)
	}
	for _, r := range results {
		if r.Diff != "" {
			_, err := fmt.Fprint(w, "\n", r.Diff)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// incomplete is the error for files that were there and lack lines.
func incomplete(results []scaffold.Result) error {
	var errs []error
	for _, r := range results {
		switch r.State {
		case scaffold.Lacking:
			errs = append(errs, errors.New(r.Name+" was there and is unchanged; hint: add the lines marked + that you need"))
		case scaffold.Held:
			errs = append(errs, errors.New(r.Name+" is not written while .gitignore does not list it; hint: add it there and run init again"))
		}
	}
	return errors.Join(errs...)
}

// changeTo is shell that goes to the deployment's folder.
func changeTo(dir string) string {
	if dir == "." {
		return ""
	}
	return "cd '" + strings.ReplaceAll(dir, "'", `'\''`) + "' && "
}
