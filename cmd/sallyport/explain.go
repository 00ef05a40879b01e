package main

import (
	"encoding/json"
	"fmt"

	"sallyport/internal/app"
	"sallyport/internal/config"
)

type explainCommand struct {
	Method string `arg:"" help:"HTTP method."`
	Path   string `arg:"" help:"Path, with or without query."`
	Tier   string `placeholder:"TIER" help:"Tier of the caller; every tier when not given."`
	configFlags
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// Help gives examples.
func (explainCommand) Help() string {
	return `Examples:
  sallyport explain --dev GET /v1/ingredient/inci --tier BASIC
  sallyport explain GET /v1/stats --format json`
}

// Run explains without starting anything.
func (c *explainCommand) Run(io stdio, environ environment) error {
	cfg, err := config.Load(c.options(environ))
	if err != nil {
		return err
	}
	explanation, err := app.Explain(cfg, c.Method, c.Path, c.Tier)
	if err != nil {
		return &usageError{err}
	}
	if c.Format == "json" {
		return json.NewEncoder(io.out).Encode(explanation)
	}
	_, err = fmt.Fprint(io.out, explanation.Text())
	return err
}
