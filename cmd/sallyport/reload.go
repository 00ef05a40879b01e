package main

import (
	"context"
	"os"
	"os/signal"
	"reflect"
	"syscall"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/server"
)

// follower brings into service what changes while a server runs.
type follower struct {
	app         *app.App
	certificate *server.Certificate // nil when a proxy ends TLS
	logs        *logs
	load        func() (*config.Config, error)
	cfg         *config.Config // that was read last
	hangups     <-chan os.Signal
}

// catchHangups keeps SIGHUP from ending the program, from its first moment to its last: a log may be rotated while it
// starts or drains. What came before somebody listens is not lost.
func catchHangups() (hangups <-chan os.Signal, stop func()) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	return caught, func() { signal.Stop(caught) }
}

// run reloads on SIGHUP and when the dataset file changes, until ctx is done.
func (f *follower) run(ctx context.Context) {
	go f.app.Watch(ctx, 0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.hangups:
		}
		f.hangup(ctx)
	}
}

// hangup reads everything anew. What is wrong is told, and the one before goes on.
func (f *follower) hangup(ctx context.Context) {
	if err := f.logs.reopen(); err != nil {
		f.logs.log.Error("log file not opened anew, the one before goes on", "error", err.Error())
	}
	if err := f.reload(ctx); err != nil {
		f.app.ReportReload(err)
	}
	if f.certificate == nil {
		return
	}
	if err := f.certificate.Reload(); err != nil {
		f.logs.log.Error("certificate refused, the one before goes on", "error", err.Error())
	}
}

func (f *follower) reload(ctx context.Context) error {
	cfg, err := f.load()
	if err != nil {
		return err
	}
	if _, err := cfg.EnsureDevSecrets(); err != nil {
		return err
	}
	if err := f.app.ReloadConfig(ctx, cfg); err != nil {
		return err
	}
	if f.needsRestart(cfg) {
		f.logs.log.Warn("some of what changed needs a restart: listen, tls, server, log, private, alerts or a secret of theirs")
	}
	f.cfg = cfg
	return nil
}

// needsRestart says whether cfg differs in what is opened once.
func (f *follower) needsRestart(cfg *config.Config) bool {
	old := f.cfg
	before, after := old.Server, cfg.Server
	before.MaxURL, before.MaxHeader = after.MaxURL, after.MaxHeader // which every generation has for itself
	return old.Listen != cfg.Listen || old.TLS != cfg.TLS || before != after ||
		!reflect.DeepEqual(old.Watching, cfg.Watching) || !reflect.DeepEqual(old.Secrets.Alerts, cfg.Secrets.Alerts)
}
