package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"sallyport/internal/alert"
	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/server"
	"sallyport/internal/telemetry"
	"sallyport/internal/watch"
)

// watching is what sees and tells, beside what is served.
type watching struct {
	*watch.Watcher
	log      *slog.Logger
	cfg      *config.Config
	notifier *alert.Notifier
	private  net.Listener  // nil without one
	marker   *alert.Marker // nil without a state directory
	app      *app.App
	end      context.CancelFunc
	left     chan struct{} // closed when the private listener is
}

// newWatching opens what a server of cfg needs to tell what happens. Close it.
func newWatching(ctx context.Context, cfg *config.Config, l *logs) (*watching, error) {
	w := &watching{log: l.log, cfg: cfg}
	var err error
	if cfg.StateDir != "" {
		if err := os.MkdirAll(cfg.StateDir, 0o700); err != nil {
			return nil, &usageError{fmt.Errorf("making state directory: %w", err)}
		}
	}
	if w.notifier, err = openNotifier(cfg, l.log); err != nil {
		return nil, &usageError{err}
	}
	if w.private, err = listenPrivate(ctx, cfg, l.log); err != nil {
		return nil, errors.Join(err, w.notifier.Close(ctx))
	}
	w.Watcher = watch.New(watch.Config{
		Access: l.access.Write, Events: l.events.Write, Metrics: telemetry.NewMetrics(release, buildSetting("vcs.revision"), runtime.Version()),
		Raise: w.notifier.Raise, Alerts: w.notifier.Stats, Customer: l.access.Customer,
		Logs: []watch.Log{
			{Name: "access", Output: cfg.Log.Output, Dropped: l.access.Dropped},
			{Name: "event", Output: cfg.Log.Events, Dropped: l.sink.Dropped},
		},
		State: func(ctx context.Context) watch.State { return w.app.State(ctx) },
		About: watch.About{Deployment: cfg.Alerts.Deployment, Env: string(cfg.Env), Version: release},
	})
	w.mark()
	return w, nil
}

// mark leaves a marker for this run, and tells of runs that crashed.
func (w *watching) mark() {
	if w.cfg.StateDir == "" {
		return
	}
	marker, crashed, err := alert.OpenMarker(filepath.Join(w.cfg.StateDir, "runs"), alert.RunInfo{Started: time.Now(), Version: release, PID: os.Getpid()})
	if err != nil {
		w.log.Error("run marker not written: a crash would go unnoticed", "error", err.Error())
	}
	w.marker = marker
	for _, run := range crashed {
		w.log.Error("the run before this one ended without stopping", "began", run.Started.UTC().Format(time.RFC3339), "version", run.Version)
		w.notifier.Raise(crashAlert(run))
	}
}

func crashAlert(run alert.RunInfo) alert.Alert {
	began := run.Started.UTC().Format(time.RFC3339)
	a := alert.Alert{
		Kind: alert.Crashed, Severity: alert.Critical, Fingerprint: string(alert.Crashed) + " " + run.Started.UTC().Format(time.RFC3339Nano),
		Title:  "the run before this one ended without stopping",
		Detail: fmt.Sprintf("it began %s, version %s", began, run.Version), Next: "journalctl -u sallyport -n 200",
	}
	if run.Started.IsZero() {
		a.Detail = "its marker cannot be read"
	}
	return a
}

// start begins to watch a, and answers on the private listener.
func (w *watching) start(a *app.App) error {
	w.app = a
	if err := w.AddGauges(); err != nil {
		return fmt.Errorf("making metrics: %w", err)
	}
	ctx, end := context.WithCancel(context.Background())
	w.end = end
	go w.Run(ctx)
	w.left = make(chan struct{})
	go w.answerPrivately(ctx)
	return w.beat(ctx)
}

// privateRetry is how often a process looks whether the one before it has left the default socket.
const privateRetry = 5 * time.Second

// answerPrivately serves the private listener until ctx is done. Of two processes with one state directory, as in a
// rolling restart, the later one comes by the socket when the other ends.
func (w *watching) answerPrivately(ctx context.Context) {
	defer close(w.left)
	for w.private == nil && w.cfg.Private.Listen != config.PrivateOff {
		select {
		case <-ctx.Done():
			return
		case <-time.After(privateRetry):
		}
		w.private, _ = server.ListenPrivate(ctx, w.cfg.Private.Listen) // why not was told at the start
	}
	if w.private == nil {
		return
	}
	if err := server.RunPrivate(ctx, w.private, w.Handler(w.cfg.Private.DangerouslyPublic), w.log); err != nil {
		w.log.Error("private listener ended", "error", err.Error())
	}
}

func (w *watching) beat(ctx context.Context) error {
	url := w.cfg.Secrets.Alerts.Heartbeat
	if url.IsZero() {
		return nil
	}
	ready := func(ctx context.Context) error { return w.app.State(ctx).Ready }
	heartbeat, err := alert.NewHeartbeat(alert.HeartbeatConfig{URL: url, Ready: ready, Log: w.log})
	if err != nil {
		return &usageError{err}
	}
	go heartbeat.Run(ctx)
	return nil
}

// started tells that requests are answered.
func (w *watching) started(address string) {
	d := w.app.State(context.Background()).Dataset
	w.notifier.Raise(alert.Alert{
		Kind: alert.Started, Title: fmt.Sprintf("started in %s, version %s", w.cfg.Env, release),
		Detail: fmt.Sprintf("dataset %s %s with %d rows\nlistening on %s", d.Name, d.Version, d.Rows, address), Next: "sallyport status",
	})
}

// closeAlerts is how long receivers of alerts may hold up the end of the program.
const closeAlerts = 5 * time.Second

// close tells that this run ends, and why.
func (w *watching) close(cause error) {
	if w.end != nil {
		w.end()
		<-w.left
	} else if w.private != nil {
		w.private.Close()
	}
	stopped := alert.Alert{Kind: alert.Stopped, Severity: alert.Warning, Title: "stopped", Next: "sallyport status"}
	if cause != nil {
		stopped.Detail = cause.Error()
	}
	w.notifier.Raise(stopped)
	ctx, cancel := context.WithTimeout(context.Background(), closeAlerts)
	defer cancel()
	if err := w.notifier.Close(ctx); err != nil {
		w.log.Warn("alerts still wait", "error", err.Error())
	}
	if err := w.marker.Close(); err != nil {
		w.log.Error("run marker not removed: the next start will report a crash", "error", err.Error())
	}
}

// listenPrivate goes on without the default socket when another server of the same state directory has it.
func listenPrivate(ctx context.Context, cfg *config.Config, log *slog.Logger) (net.Listener, error) {
	address := cfg.Private.Listen
	if address == config.PrivateOff {
		return nil, nil
	}
	listener, err := server.ListenPrivate(ctx, address)
	if err != nil && cfg.OriginOf("private.listen").Source == config.FromDefault {
		log.Warn("no metrics and no status of this process", "error", err.Error())
		return nil, nil
	}
	return listener, err
}

func openNotifier(cfg *config.Config, log *slog.Logger) (*alert.Notifier, error) {
	routes, err := alertRoutes(cfg, log)
	if err != nil {
		return nil, err
	}
	dir := ""
	if cfg.StateDir != "" {
		dir = filepath.Join(cfg.StateDir, "alerts")
	} else if len(routes) > 0 {
		log.Warn("alerts that wait do not survive a crash: there is no state_dir")
	}
	return alert.NewNotifier(alert.Config{Targets: routes, Dir: dir, Deployment: cfg.Alerts.Deployment, Log: log})
}
