package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/openapi"
)

type openapiCommand struct {
	Version string `enum:"3.1,3.0" default:"3.1" help:"Version of the specification: 3.1 for clients of the API itself, or 3.0 for a marketplace to publish, without hosts and the marketplace's own headers."`
	Tier    string `placeholder:"TIER" help:"Show examples of this tier and those below; of the lowest when not given."`
	Output  string `short:"o" placeholder:"FILE" help:"File to write instead of standard output; an existing one is replaced when all went well."`
	configFlags
}

// Help gives examples.
func (openapiCommand) Help() string {
	return `The examples are answers of the dataset, taken through every protection. An example shows rows: --tier says whose.

Examples:
  sallyport openapi --dev
  sallyport openapi --version 3.0 -o marketplace.json
  sallyport openapi --tier PRO -o openapi.json`
}

// Run asks the dataset and prints.
func (c *openapiCommand) Run(io stdio, environ environment) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	cfg, err := config.Load(c.options(environ))
	if err != nil {
		return err
	}
	var names []string
	for _, t := range cfg.Tiers {
		names = append(names, t.Name)
	}
	if c.Tier != "" && !slices.Contains(names, c.Tier) {
		return &usageError{fmt.Errorf("reading --tier: there is no tier %q; hint: the tiers are %s", c.Tier, strings.Join(names, ", "))}
	}
	text, err := app.OpenAPI(ctx, cfg, openapi.Version(c.Version), c.Tier)
	if err != nil {
		return err
	}
	var shown bytes.Buffer
	if err := json.Indent(&shown, text, "", "  "); err != nil {
		return fmt.Errorf("laying out the contract: %w", err)
	}
	if c.Output != "" {
		return replaceFile(c.Output, shown.Bytes())
	}
	_, err = shown.WriteTo(io.out)
	return err
}
