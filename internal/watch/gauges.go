package watch

import (
	"context"
	"errors"
	"time"

	"sallyport/internal/alert"
	"sallyport/internal/telemetry"
)

// emit hands on one value.
type emit = func(value float64, labels ...string)

// AddGauges adds what is read when somebody asks to the metrics. Call it once, when State can be asked.
func (w *Watcher) AddGauges() error {
	if w.config.Metrics == nil {
		return nil
	}
	var errs []error
	for _, list := range [][]telemetry.Gauge{w.stateGauges(), w.logGauges(), w.alertGauges()} {
		for _, g := range list {
			errs = append(errs, w.config.Metrics.Add(g))
		}
	}
	return errors.Join(errs...)
}

// stateTimeout bounds what a reader of the metrics waits for the dataset.
const stateTimeout = time.Second

func (w *Watcher) state() State {
	if w.config.State == nil {
		return State{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), stateTimeout)
	defer cancel()
	return w.config.State(ctx)
}

func (w *Watcher) stateGauges() []telemetry.Gauge {
	one := func(name, help string, value func(State) float64) telemetry.Gauge {
		return telemetry.Gauge{Name: name, Help: help, Read: func(e emit) { e(value(w.state())) }}
	}
	return []telemetry.Gauge{
		one("sallyport_ready", "1 when the dataset answers, else 0.", func(s State) float64 {
			if s.Ready != nil {
				return 0
			}
			return 1
		}),
		one("sallyport_requests_in_flight", "Requests under way.", func(s State) float64 { return float64(s.InFlight) }),
		one("sallyport_dataset_rows", "Rows of the dataset in service.", func(s State) float64 { return float64(s.Dataset.Rows) }),
		one("sallyport_dataset_generation", "Generation in service, as sallyport dataset list numbers it.", func(s State) float64 { return float64(s.Dataset.Generation) }),
		one("sallyport_dataset_since_timestamp_seconds", "When the generation came into service.", func(s State) float64 {
			return float64(s.Dataset.Since.UnixMilli()) / 1000
		}),
		one("sallyport_limit_counters", "Counters in use, one for each customer and policy.", func(s State) float64 { return float64(s.Limits.Counters) }),
		one("sallyport_limit_capacity", "Counters that there is room for.", func(s State) float64 { return float64(s.Limits.Capacity) }),
		{Name: "sallyport_ignored_parameters_total", Help: "Parameters that were passed over, where the description says so.", Counter: true,
			Read: func(e emit) { e(float64(w.state().Ignored)) }},
		{Name: "sallyport_dataset_info", Help: "1; the labels tell the dataset in service.", Labels: []string{"name", "version", "content"},
			Read: func(e emit) {
				d := w.state().Dataset
				e(1, d.Name, d.Version, d.Content)
			}},
	}
}

func (w *Watcher) logGauges() []telemetry.Gauge {
	return []telemetry.Gauge{{
		Name: "sallyport_log_dropped_lines_total", Help: "Lines of a log that were lost.", Counter: true, Labels: []string{"log"},
		Read: func(e emit) {
			for _, l := range w.config.Logs {
				e(float64(l.Dropped()), l.Name)
			}
		},
	}}
}

func (w *Watcher) alertGauges() []telemetry.Gauge {
	if w.config.Alerts == nil {
		return nil
	}
	each := func(name, help string, counter bool, value func(alert.TargetStats) float64) telemetry.Gauge {
		return telemetry.Gauge{Name: name, Help: help, Counter: counter, Labels: []string{"target"}, Read: func(e emit) {
			for _, t := range w.config.Alerts().Targets {
				e(value(t), t.Name)
			}
		}}
	}
	return []telemetry.Gauge{
		each("sallyport_alerts_queued", "Alerts that wait.", false, func(t alert.TargetStats) float64 { return float64(t.Queued) }),
		each("sallyport_alerts_failing", "Deliveries that failed since the last that did not.", false, func(t alert.TargetStats) float64 { return float64(t.Failures) }),
		each("sallyport_alerts_sent_total", "Alerts that were delivered.", true, func(t alert.TargetStats) float64 { return float64(t.Sent) }),
		each("sallyport_alerts_retried_total", "Deliveries that failed and were repeated.", true, func(t alert.TargetStats) float64 { return float64(t.Retried) }),
		each("sallyport_alerts_failed_total", "Alerts that were refused for good, or given up.", true, func(t alert.TargetStats) float64 { return float64(t.Failed) }),
		each("sallyport_alerts_held_back_total", "Alerts held back by a budget, and summed up later.", true, func(t alert.TargetStats) float64 { return float64(t.HeldBack) }),
		each("sallyport_alerts_dropped_total", "Alerts that still waited when the process ended.", true, func(t alert.TargetStats) float64 { return float64(t.Dropped) }),
	}
}
