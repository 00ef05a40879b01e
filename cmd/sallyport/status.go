package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"sallyport/internal/config"
	"sallyport/internal/server"
	"sallyport/internal/watch"
)

// privateFlags say which running server to ask.
type privateFlags struct {
	configFlags
	Address string `placeholder:"ADDRESS" help:"Private listener of the server: unix:PATH or address:port; that of the configuration when not given."`
	Format  string `enum:"text,json" default:"text" help:"text or json."`
}

type statusCommand struct{ privateFlags }

// Help gives examples.
func (statusCommand) Help() string {
	return `Examples:
  sallyport status
  sallyport status --format json
  sallyport status --address unix:/var/lib/sallyport/private.sock

Exit code 0 when all is well, 3 when something is not, 1 when the server does not answer.`
}

// Run prints what works and what does not.
func (c *statusCommand) Run(streams stdio, environ environment) error {
	body, err := c.ask(environ, watch.StatusPath)
	if err != nil {
		return err
	}
	defer body.Close()
	status, err := watch.DecodeStatus(body)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		err = printJSON(streams.out, status)
	} else {
		err = status.WriteText(streams.out)
	}
	if err == nil && len(status.Problems) > 0 {
		return exitError(exitFindings)
	}
	return err
}

type whyCommand struct {
	privateFlags
	RequestID string `arg:"" name:"request-id" help:"The X-Request-Id of the answer, or request_id of the log."`
}

// Help gives examples.
func (whyCommand) Help() string {
	return `Examples:
  sallyport why qgde474acgrnoak3j5ex7erk

The server remembers its last thousand requests, without their queries and credentials.`
}

// Run prints every decision about one request.
func (c *whyCommand) Run(streams stdio, environ environment) error {
	body, err := c.ask(environ, watch.WhyPath+url.PathEscape(c.RequestID))
	if err != nil {
		return err
	}
	defer body.Close()
	var trace watch.Trace
	if err := json.NewDecoder(body).Decode(&trace); err != nil {
		return fmt.Errorf("reading the decisions: %w", err)
	}
	if c.Format == "json" {
		return printJSON(streams.out, trace)
	}
	_, err = io.WriteString(streams.out, trace.Text())
	return err
}

// ask gets a path of the private listener. Only where it listens is needed of the configuration: a person may
// not be allowed to read its secrets.
func (c *privateFlags) ask(environ environment, path string) (io.ReadCloser, error) {
	address := c.Address
	if address == "" {
		cfg, err := config.Load(c.options(environ))
		if cfg == nil {
			return nil, err
		}
		address = cmp.Or(cfg.Private.Listen, config.PrivateOff)
	}
	if address == config.PrivateOff {
		return nil, &usageError{errors.New("asking the server: it has no private listener; hint: set state_dir or private.listen, or give --address; --dev asks a server that was started with it")}
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return nil, &usageError{fmt.Errorf("asking the server: %w", err)}
	}
	answer, err := server.PrivateClient(address).Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking the server at %s: %w; hint: is it running? --address says where it listens", address, errors.Unwrap(err))
	}
	switch answer.StatusCode {
	case http.StatusOK:
		return answer.Body, nil
	case http.StatusNotFound:
		err = errors.New("asking the server: no recent request has this id; hint: the last 1,024 are remembered, until a restart")
	default:
		err = errors.New("asking the server: it answered " + answer.Status)
	}
	return nil, errors.Join(err, answer.Body.Close())
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
