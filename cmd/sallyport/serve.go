package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/signal"
	"strings"
	"syscall"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/server"
	"sallyport/secret"
)

type serveCommand struct {
	configFlags
}

// Help gives examples.
func (serveCommand) Help() string {
	return `Examples:
  sallyport serve --dev                        bundled ingredients on 127.0.0.1:8080
  sallyport serve                              what ./sallyport.yaml says
  sallyport serve --config /etc/sallyport/sallyport.yaml --listen :9000

Signals: SIGTERM and SIGINT drain and stop; SIGHUP reads configuration, secret files and dataset again. A dataset
file that is replaced is noticed by itself. Whatever is wrong with the new one, the old one goes on.`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(io stdio, environ environment) error {
	hangups, leave := catchHangups()
	defer leave()
	cfg, err := config.Load(c.options(environ))
	if err != nil {
		return errors.Join(err, app.CheckDataset(context.Background(), cfg))
	}
	created, err := cfg.EnsureDevSecrets()
	if err != nil {
		return &usageError{err}
	}
	for _, warning := range cfg.Warnings {
		fmt.Fprintln(io.err, "sallyport: warning:", warning)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	logs, err := openLogs(cfg, io)
	if err != nil {
		return &usageError{err}
	}
	defer logs.close()
	w, err := newWatching(ctx, cfg, logs)
	if err != nil {
		return err
	}
	f := &follower{logs: logs, load: func() (*config.Config, error) { return config.Load(c.options(environ)) }, cfg: cfg, hangups: hangups}
	err = c.serve(ctx, cfg, io, w, f, created)
	w.close(cmp.Or(err, context.Cause(ctx)))
	logs.log.Info("stopped")
	return err
}

// serve opens the dataset and answers until ctx is done.
func (c *serveCommand) serve(ctx context.Context, cfg *config.Config, io stdio, w *watching, f *follower, created []string) error {
	log := f.logs.log
	listener, err := server.Listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, app.Options{Version: release, Log: log, OnRecord: w.Record, OnEvent: w.Event, OnNotice: w.Notice})
	if err != nil {
		return errors.Join(&usageError{err}, listener.Close())
	}
	defer a.Close()
	certificate, err := loadCertificate(cfg)
	if err != nil {
		return errors.Join(&usageError{err}, listener.Close())
	}
	if err := w.start(a); err != nil {
		return errors.Join(err, listener.Close())
	}
	f.app, f.certificate = a, certificate
	go f.run(ctx)
	return listen(ctx, cfg, a, certificate, log, listener, func(address net.Addr) {
		log.Info("serving", "address", address.String(), "env", string(cfg.Env), "version", release)
		w.started(address.String())
		if cfg.Env == config.Dev {
			greet(io.err, cfg, "http://"+address.String()+a.Example(), created)
		}
	})
}

// loadCertificate returns nil when a proxy ends TLS.
func loadCertificate(cfg *config.Config) (*server.Certificate, error) {
	if cfg.TLS.Certificate == "" {
		return nil, nil
	}
	return server.LoadCertificate(cfg.TLS.Certificate, cfg.TLS.Key)
}

func listen(ctx context.Context, cfg *config.Config, a *app.App, certificate *server.Certificate, log *slog.Logger, l net.Listener, ready func(net.Addr)) error {
	s := cfg.Server
	return server.Run(ctx, server.Config{
		Listener: l, Handler: a, Certificate: certificate, Log: log, OnReady: ready, MaxConnections: s.MaxConnections,
		ReadHeaderTimeout: s.ReadHeaderTimeout, ReadTimeout: s.ReadTimeout, WriteTimeout: s.WriteTimeout,
		IdleTimeout: s.IdleTimeout, DrainTimeout: s.DrainTimeout,
	})
}

// greet shows lines to copy. A secret that the environment gave is never printed.
func greet(w io.Writer, cfg *config.Config, example string, created []string) {
	for _, file := range created {
		fmt.Fprintln(w, "made", file)
	}
	fmt.Fprintf(w, `
Sallyport serves the dataset (Ctrl-C stops it). Try:

  curl -i '%[1]s'
  curl -H "%[2]s: %[3]s" '%[1]s'

`, example, app.Headers(cfg).Secret, presented(cfg))
}

// presented is shell for the marketplace's secret: where it is, not what it is.
func presented(cfg *config.Config) string {
	for _, entry := range cfg.Entries() {
		if entry.Value != secret.Redacted || entry.Key == "SALLYPORT_KEY" {
			continue
		}
		if name, ok := strings.CutPrefix(entry.Origin, "env "); ok {
			return "$" + name
		}
		if path, ok := strings.CutPrefix(entry.Origin, "file "); ok {
			return "$(cat '" + path + "')"
		}
	}
	return "SECRET"
}
