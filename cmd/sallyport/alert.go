package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"sallyport/internal/alert"
	"sallyport/internal/config"
)

type alertCommand struct {
	Test alertTestCommand `cmd:"" help:"Send one alert of each kind to every target, and print what happened."`
}

type alertTestCommand struct {
	configFlags
	Target string   `placeholder:"NAME" help:"Only this target."`
	Kind   []string `placeholder:"KIND" help:"Only these kinds, such as started,error-group."`
}

// Help gives examples.
func (alertTestCommand) Help() string {
	return `Examples:
  sallyport alert test                            one of each kind to every target
  sallyport alert test --target phone --kind started

It keeps the budget of one message a second, and waits when a receiver asks for it. Exit code 0 when every message
arrived, 1 otherwise.`
}

// Run sends directly, past kinds, severities and queue: what counts is whether it arrives.
func (c *alertTestCommand) Run(streams stdio, environ environment) error {
	cfg, err := config.Load(c.options(environ))
	if err != nil {
		return err
	}
	routes, err := alertRoutes(cfg, slog.New(slog.NewTextHandler(streams.err, nil)))
	if err != nil {
		return &usageError{err}
	}
	routes, err = c.chosen(routes)
	if err != nil {
		return &usageError{err}
	}
	var errs []error
	for _, r := range routes {
		errs = append(errs, try(streams.out, r.Target, c.samples(cfg)))
	}
	return errors.Join(errs...)
}

// samples have ids of their own for each target: a receiver drops what has an id that it knows.
func (c *alertTestCommand) samples(cfg *config.Config) []alert.Alert {
	samples := slices.DeleteFunc(alert.Samples(cfg.Alerts.Deployment), func(a alert.Alert) bool {
		return len(c.Kind) > 0 && !slices.Contains(c.Kind, string(a.Kind))
	})
	for i := range samples {
		samples[i].ID = strings.ToLower(rand.Text())
	}
	return samples
}

func (c *alertTestCommand) chosen(routes []alert.Route) ([]alert.Route, error) {
	for _, kind := range c.Kind {
		if !slices.Contains(alert.Kinds(), alert.Kind(kind)) {
			return nil, fmt.Errorf("testing alerts: %q is no kind of alert; hint: the kinds are %s", kind, kindNames())
		}
	}
	if len(routes) == 0 {
		return nil, errors.New("testing alerts: no target is configured; hint: alerts.targets in " + config.FileName)
	}
	if c.Target == "" {
		return routes, nil
	}
	i := slices.IndexFunc(routes, func(r alert.Route) bool { return r.Target.Name() == c.Target })
	if i < 0 {
		return nil, fmt.Errorf("testing alerts: no target is named %q; hint: the targets are %s", c.Target, targetNames(routes))
	}
	return routes[i : i+1], nil
}

func kindNames() string {
	var names []string
	for _, k := range alert.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func targetNames(routes []alert.Route) string {
	var names []string
	for _, r := range routes {
		names = append(names, r.Target.Name())
	}
	return strings.Join(names, ", ")
}

// Bounds of a test.
const (
	testPause = time.Second
	testWait  = 15 * time.Second // for one message, with what the receiver asks to wait
)

// try sends one sample after another. A receiver that refuses one for good is not asked again.
func try(out io.Writer, t alert.Target, samples []alert.Alert) error {
	for i, a := range samples {
		if i > 0 {
			time.Sleep(testPause)
		}
		err := sendOnce(t, a)
		if err == nil {
			fmt.Fprintf(out, "%s: %s arrived\n", t.Name(), a.Kind)
			continue
		}
		why, hint, found := strings.Cut(err.Error(), "; hint: ")
		fmt.Fprintf(out, "%s: %s did not arrive: %s\n", t.Name(), a.Kind, why)
		if found {
			fmt.Fprintln(out, "  hint:", hint)
		}
		return fmt.Errorf("testing alerts: %s does not take them", t.Name())
	}
	return nil
}

// sendOnce waits once if the receiver asks for it.
func sendOnce(t alert.Target, a alert.Alert) error {
	ctx, cancel := context.WithTimeout(context.Background(), testWait)
	defer cancel()
	err := t.Send(ctx, a)
	retry, ok := errors.AsType[*alert.RetryError](err)
	if !ok || retry.After == 0 || retry.After > testWait {
		return err
	}
	select {
	case <-time.After(retry.After):
		return t.Send(ctx, a)
	case <-ctx.Done():
		return err
	}
}

// alertRoutes makes the configured targets.
func alertRoutes(cfg *config.Config, log *slog.Logger) ([]alert.Route, error) {
	var routes []alert.Route
	for i, t := range cfg.Alerts.Targets {
		target, err := alertTarget(cfg, t, log)
		if err != nil {
			return nil, fmt.Errorf("alerts.targets[%d]: %w", i, err)
		}
		minimum, err := alert.ParseSeverity(t.Minimum)
		if err != nil {
			return nil, fmt.Errorf("alerts.targets[%d]: %w", i, err)
		}
		route := alert.Route{Target: target, Minimum: minimum, Daily: t.Daily}
		for _, event := range t.Events {
			if !slices.Contains(alert.Kinds(), alert.Kind(event)) {
				return nil, fmt.Errorf("alerts.targets[%d].events: %q is no kind of alert; hint: the kinds are %s", i, event, kindNames())
			}
			route.Kinds = append(route.Kinds, alert.Kind(event))
		}
		routes = append(routes, route)
	}
	return routes, nil
}

func alertTarget(cfg *config.Config, t config.AlertTarget, log *slog.Logger) (alert.Target, error) {
	s := cfg.Secrets.Alerts
	switch t.Kind {
	case config.Telegram:
		return alert.NewTelegram(alert.TelegramConfig{Name: t.Name, API: cfg.Alerts.TelegramAPI, Token: s.Telegram, Chat: t.Chat, Log: log})
	case config.Slack:
		return alert.NewSlack(alert.WebhookConfig{Name: t.Name, URL: s.Slack})
	case config.Discord:
		return alert.NewDiscord(alert.WebhookConfig{Name: t.Name, URL: s.Discord})
	case config.Webhook:
		return alert.NewWebhook(alert.WebhookConfig{Name: t.Name, URL: s.Webhook, Secret: s.WebhookSecret})
	}
	return nil, fmt.Errorf("%q is no kind of target", t.Kind)
}
