package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"sallyport/internal/config"
)

// Exit codes, documented in the README.
const (
	exitOK       = 0
	exitFailure  = 1
	exitUsage    = 2 // usage or configuration
	exitFindings = 3 // findings of an audit, differences, or problems of a server
)

// stdio are the three streams; the result of a command goes to out, everything else to err.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// cli are the commands. Their order is that of the help.
type cli struct {
	Serve    serveCommand   `cmd:"" help:"Publish a dataset as a hardened HTTP API."`
	Init     initCommand    `cmd:"" help:"Write the files of a new deployment; never overwrites one."`
	Build    buildCommand   `cmd:"" help:"Build the sealed dataset from CSV files or an SQLite database."`
	Dataset  datasetCommand `cmd:"" help:"Compare, install, put back and list datasets."`
	Config   configCommand  `cmd:"" help:"Check or show the effective configuration."`
	Explain  explainCommand `cmd:"" help:"Tell who may call a path, at what limits, and why."`
	OpenAPI  openapiCommand `cmd:"" name:"openapi" help:"Print the contract of the API as an OpenAPI document."`
	Status   statusCommand  `cmd:"" help:"Tell what works and what does not, of a running server."`
	Why      whyCommand     `cmd:"" help:"Tell every decision about one recent request."`
	Alert    alertCommand   `cmd:"" help:"Try the receivers of alerts."`
	Health   healthCommand  `cmd:"" help:"Ask a running server whether it is healthy; the container's probe."`
	Compare  compareCommand `cmd:"" help:"Send the same requests to two servers and tell how the answers differ."`
	Checking checking       `embed:""`
	Version  versionCommand `cmd:"" help:"Print version, commit, Go version, bundled dataset and features."`
}

// exitError ends the program with a code and without a word: the report says what it means.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError is a mistake of the caller's: exit code 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

const description = `Sallyport publishes read-only data as an HTTP API that fails closed: nothing missing, empty,
unknown or unreachable ever means allow.

Exit codes: 0 done, 1 failure, 2 wrong usage or configuration, 3 findings, differences or problems,
4 an audit found nothing and did not see everything.`

// run parses arguments, runs one command and returns the exit code.
func run(args []string, io stdio, environ []string) int {
	exited := -1
	parser, err := kong.New(&cli{}, kong.Name("sallyport"), kong.Description(description),
		kong.Writers(io.out, io.err), kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}), kong.UsageOnError(),
		kong.Bind(io), kong.Bind(environment(environ)))
	if err != nil {
		fmt.Fprintln(io.err, "sallyport:", err)
		return exitFailure
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(joined(args))
	if exited >= 0 { // --help printed and asked to exit
		return exited
	}
	if err != nil {
		return complain(io.err, &usageError{fmt.Errorf("%w\nhint: sallyport --help lists the commands, sallyport COMMAND --help their flags", err)})
	}
	return complain(io.err, ctx.Run())
}

// joined makes one word of a command whose name has two and begins like another: "audit resolve" is no folder to
// audit, which ./resolve is.
func joined(args []string) []string {
	if len(args) > 1 && args[0] == "audit" && args[1] == "resolve" {
		return append([]string{"audit resolve"}, args[2:]...)
	}
	return args
}

// environment is os.Environ, by a type that kong can bind.
type environment []string

func (e environment) get(name string) string {
	for _, pair := range e {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// complain prints err for a person and returns the exit code.
func complain(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if code, ok := errors.AsType[exitError](err); ok {
		return int(code)
	}
	lines := strings.Split(err.Error(), "\n")
	for _, line := range lines {
		line, hint, found := strings.Cut(line, "; hint: ")
		if !strings.HasPrefix(line, "hint: ") {
			line = "sallyport: " + line
		}
		fmt.Fprintln(w, line)
		if found {
			fmt.Fprintln(w, "  hint:", hint)
		}
	}
	_, usage := errors.AsType[*usageError](err)
	if _, configuration := errors.AsType[config.Errors](err); usage || configuration {
		return exitUsage
	}
	return exitFailure
}

// configFlags are those of every command that reads the configuration.
type configFlags struct {
	Config string `placeholder:"FILE" env:"SALLYPORT_CONFIG" help:"Configuration file; sallyport.yaml in this folder when not given."`
	Env    string `placeholder:"dev|prod" help:"Environment, instead of the configured one."`
	Listen string `placeholder:"ADDRESS" help:"Address to listen on, instead of the configured one."`
	Dev    bool   `help:"Bundled data, loopback only, no configuration needed."`
}

func (f configFlags) options(environ environment) config.Options {
	flags := map[string]string{}
	if f.Env != "" {
		flags["env"] = f.Env
	}
	if f.Listen != "" {
		flags["listen"] = f.Listen
	}
	return config.Options{Path: f.Config, Environ: environ, Flags: flags, Dev: f.Dev}
}

// isTerminal says whether a person reads w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
