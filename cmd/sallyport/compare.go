package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"sallyport/internal/compare"
)

type compareCommand struct {
	Old         string        `arg:"" help:"URL of the server that is there, such as http://127.0.0.1:8000."`
	New         string        `arg:"" help:"URL of the server that is to take its place."`
	Requests    string        `required:"" placeholder:"FILE" help:"One request a line: GET /path, or a JSON object with method, path, headers and body; - reads standard input."`
	Allow       string        `placeholder:"FILE" help:"Differences that are justified, one JSON object a line: requests, old_status, new_status, where, reason."`
	Header      []string      `sep:"none" placeholder:"NAME" help:"Response header to compare, besides the usual ones."`
	Ignore      []string      `sep:"none" placeholder:"PLACE" help:"Leave out a header, or a place in the body: Retry-After, /meta/tier, /data/*/id."`
	SendHeader  []string      `sep:"none" placeholder:"'NAME: VALUE'" help:"Header of every request, to both."`
	OldHeader   []string      `sep:"none" placeholder:"'NAME: VALUE'" help:"Header of every request to OLD."`
	NewHeader   []string      `sep:"none" placeholder:"'NAME: VALUE'" help:"Header of every request to NEW."`
	HeaderEnv   []string      `sep:"none" placeholder:"NAME=VARIABLE" help:"Header of every request whose secret value is taken from the environment."`
	Format      string        `enum:"text,json" default:"text" help:"text or json."`
	Concurrency int           `default:"4" help:"Requests under way, at most 64; 1 where their order matters."`
	Timeout     time.Duration `default:"10s" help:"How long to wait for one answer."`
	MaxBody     int64         `default:"8388608" help:"Bytes of a body that are read."`
}

// Help gives examples.
func (compareCommand) Help() string {
	return `Examples:
  sallyport compare http://127.0.0.1:8000 http://127.0.0.1:8080 --requests requests.txt
  sallyport compare http://old:8000 https://new.example.com --requests requests.jsonl --allow justified.jsonl
      --header-env X-RapidAPI-Proxy-Secret=RAPIDAPI_PROXY_SECRET --new-header 'Host: api.example.com'
  sallyport compare http://127.0.0.1:8000 http://127.0.0.1:8080 --requests - --ignore /meta/** --format json

Secrets belong into the environment: what --header-env sends stands in no list of processes, and in no output.

Exit codes: 0 the same, 3 different, 1 something could not be compared, 2 wrong usage.`
}

// Run asks both servers and reports.
func (c *compareCommand) Run(io stdio, environ environment) error {
	older, newer, options, err := c.prepare(environ)
	if err != nil {
		return &usageError{err}
	}
	requests, err := c.readRequests(io.in)
	if err != nil {
		return &usageError{fmt.Errorf("reading requests: %w", err)}
	}
	if isTerminal(io.err) {
		options.Progress = func(done int) { fmt.Fprintf(io.err, "\r%d of %d requests", done, len(requests)) }
		defer fmt.Fprint(io.err, "\r\033[K")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	report, err := compare.Run(ctx, older, newer, requests, options)
	switch {
	case errors.Is(err, compare.ErrUnreachable), errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return &usageError{err}
	}
	tellLimits(io.err, report)
	return c.report(io.out, report)
}

// tellLimits says when one of the servers counted the comparison against a customer's limits: what it then refuses
// tells nothing about its answers.
func tellLimits(w io.Writer, report *compare.Report) {
	n := 0
	for _, x := range report.Exchanges {
		if (x.OldStatus == http.StatusTooManyRequests) != (x.NewStatus == http.StatusTooManyRequests) {
			n++
		}
	}
	if n > 0 {
		fmt.Fprintf(w, "sallyport: warning: %d requests got 429 from one of the servers, whose limits were used up\n"+
			"  hint: give its tiers wide limits while you compare\n", n)
	}
}

func (c *compareCommand) report(w io.Writer, report *compare.Report) error {
	var err error
	if c.Format == "json" {
		err = json.NewEncoder(w).Encode(report)
	} else {
		err = report.WriteText(w)
	}
	switch {
	case err != nil:
		return fmt.Errorf("writing the report: %w", err)
	case report.Incomplete():
		return exitError(exitFailure)
	case report.Differ():
		return exitError(exitFindings)
	}
	return nil
}

// prepare reads everything but the requests.
func (c *compareCommand) prepare(environ environment) (older, newer compare.Server, o compare.Options, err error) {
	o = compare.Options{Ignore: c.Ignore, Concurrency: c.Concurrency, Timeout: c.Timeout, MaxBody: c.MaxBody}
	if c.Concurrency < 1 || c.Timeout <= 0 || c.MaxBody < 1 {
		return older, newer, o, errors.New("--concurrency, --timeout and --max-body are above 0")
	}
	o.Headers = append(compare.DefaultHeaders(), c.Header...)
	secrets := http.Header{}
	o.Conceal, err = c.secretHeaders(secrets, environ)
	errs := []error{err}
	older, err = newServer(c.Old, secrets, c.SendHeader, c.OldHeader)
	errs = append(errs, err)
	newer, err = newServer(c.New, secrets, c.SendHeader, c.NewHeader)
	errs = append(errs, err)
	o.Allow, err = c.readAllowances()
	return older, newer, o, errors.Join(append(errs, err)...)
}

// secretHeaders takes values from the environment. One that is not there is a mistake: without it every answer
// could be the same refusal.
func (c *compareCommand) secretHeaders(to http.Header, environ environment) (values []string, err error) {
	for _, pair := range c.HeaderEnv {
		name, variable, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, errors.New("--header-env is of the form NAME=VARIABLE")
		}
		value := environ.get(variable)
		if value == "" {
			return nil, fmt.Errorf("--header-env %s: the variable %s is not set", name, variable)
		}
		if err := compare.ParseHeader(to, name+":"+value); err != nil {
			return nil, fmt.Errorf("--header-env: %w", err)
		}
		values = append(values, value)
	}
	return values, nil
}

func newServer(address string, secrets http.Header, lists ...[]string) (compare.Server, error) {
	at, err := url.Parse(address)
	if err != nil {
		return compare.Server{}, errors.New("reading the URL of a server: it is none; hint: such as http://127.0.0.1:8080")
	}
	s := compare.Server{URL: at, Header: secrets.Clone()}
	for _, list := range lists { // what is said of one server goes before what is said of both
		own := http.Header{}
		for _, text := range list {
			if err := compare.ParseHeader(own, text); err != nil {
				return s, fmt.Errorf("reading a header to send: %w", err)
			}
		}
		maps.Copy(s.Header, own)
	}
	return s, nil
}

func (c *compareCommand) readRequests(in io.Reader) ([]compare.Request, error) {
	if c.Requests == "-" {
		return compare.ReadRequests(in)
	}
	f, err := os.Open(c.Requests)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return compare.ReadRequests(f)
}

func (c *compareCommand) readAllowances() ([]compare.Allowance, error) {
	if c.Allow == "" {
		return nil, nil
	}
	f, err := os.Open(c.Allow)
	if err != nil {
		return nil, fmt.Errorf("reading allowances: %w", err)
	}
	defer f.Close()
	list, err := compare.ReadAllowances(f)
	if err != nil {
		return nil, fmt.Errorf("reading allowances: %w", err)
	}
	return list, nil
}
