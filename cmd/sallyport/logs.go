package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/telemetry"
)

// logs are where a server writes what happens.
type logs struct {
	log    *slog.Logger
	access *telemetry.AccessLog
	events *telemetry.EventLog
	sink   *telemetry.Sink // of log
	files  []*telemetry.File
}

// openLogs sends accesses and events to the configured outputs, both through bounded buffers that cannot block
// a request.
func openLogs(cfg *config.Config, io stdio) (*logs, error) {
	keys, err := config.NewKeyring(cfg.Secrets.Key)
	if err != nil {
		return nil, err
	}
	key, err := keys.Derive("log")
	if err != nil {
		return nil, err
	}
	l := &logs{}
	events, err := l.output(cfg.Log.Events, io)
	if err != nil {
		return nil, err
	}
	accesses, err := l.output(cfg.Log.Output, io)
	if err != nil {
		return nil, err
	}
	l.sink = telemetry.NewSink(events, telemetry.DefaultSinkSize)
	l.log = slog.New(eventHandler(cfg, l.sink))
	l.events = telemetry.NewEventLog(l.log)
	l.access, err = telemetry.NewAccessLog(accesses, telemetry.AccessConfig{
		HashKey: key, Query: show(cfg.Log.Query), UserAgent: show(cfg.Log.UserAgent),
		Client: show(cfg.Log.Client), Customer: show(cfg.Log.Customer),
	})
	return l, err
}

func (l *logs) output(name string, streams stdio) (io.Writer, error) {
	switch name {
	case config.Stdout:
		return streams.out, nil
	case config.Stderr:
		return streams.err, nil
	}
	file, err := telemetry.OpenFile(name)
	if err == nil {
		l.files = append(l.files, file)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; hint: mkdir -m 700 %s", err, filepath.Dir(name))
	}
	return file, err
}

func show(r config.Reveal) telemetry.Show {
	switch r {
	case config.RevealFull:
		return telemetry.ShowFull
	case config.RevealHash:
		return telemetry.ShowHash
	}
	return telemetry.ShowNothing
}

// reopen follows a rotation of the files.
func (l *logs) reopen() error {
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.Reopen())
	}
	return errors.Join(errs...)
}

func eventHandler(cfg *config.Config, w io.Writer) slog.Handler {
	var level slog.Level
	if level.UnmarshalText([]byte(cfg.Log.Level)) != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.Env == config.Dev {
		return slog.NewTextHandler(w, options)
	}
	return slog.NewJSONHandler(w, options)
}

// closeLogs is how long a stalled reader may hold up the end of the program.
const closeLogs = 2 * time.Second

func (l *logs) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeLogs)
	defer cancel()
	l.access.Close(ctx)
	l.events.Close()
	l.sink.Close(ctx)
	for _, f := range l.files {
		f.Close()
	}
}
