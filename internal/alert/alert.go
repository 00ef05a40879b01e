// Package alert tells people what happened to a deployment, without ever hurting it.
//
// An [Alert] is what happened. A [Notifier] takes alerts from anywhere without blocking, groups those with the
// same fingerprint, holds each [Target] to its budget, keeps what waits in a bounded queue that survives a
// crash, and retries. Nothing is lost without trace: what was held back or dropped is summed up in a later
// message and counted in [Stats].
package alert

import (
	"context"
	"fmt"
	"time"
)

// Kind names what happened. The values are stable: configurations and receivers carry them.
type Kind string

// The kinds of alert.
const (
	Started        Kind = "started"
	Stopped        Kind = "stopped"         // by a signal or an error, which Detail tells
	Crashed        Kind = "crashed"         // found at the next start from the run marker
	ErrorGroup     Kind = "error-group"     // answers of 500 and above, one group for each cause
	Recovered      Kind = "recovered"       // a group that went on is quiet again
	Refusals       Kind = "refusals"        // digest of refused requests
	Rejected       Kind = "all-rejected"    // the marketplace calls, and nobody gets in
	UnknownTier    Kind = "unknown-tier"    // a plan that the configuration does not know
	DatasetSwapped Kind = "dataset-swapped" // another generation is in service
	DatasetRefused Kind = "dataset-refused" // a new dataset was wrong; the one before goes on
	ReloadRefused  Kind = "reload-refused"  // a new configuration was wrong; the one before goes on
	LogDropped     Kind = "log-dropped"     // log lines were lost
	StoreFull      Kind = "store-full"      // the limit store refuses new customers
	StoreFailed    Kind = "store-failed"    // the shared limit store does not answer
	HeldBack       Kind = "held-back"       // sums up what budgets or a full queue kept from a target
	Trial          Kind = "trial"           // sallyport alert test
)

// Kinds returns every kind, in the order of the documentation.
func Kinds() []Kind {
	return []Kind{Started, Stopped, Crashed, ErrorGroup, Recovered, Refusals, Rejected, UnknownTier, DatasetSwapped,
		DatasetRefused, ReloadRefused, LogDropped, StoreFull, StoreFailed, HeldBack, Trial}
}

// Severity ranks alerts. The zero value is Info.
type Severity int

// The severities, least first.
const (
	Info Severity = iota
	Warning
	Error
	Critical
)

// String returns info, warning, error or critical; an unknown severity is critical, so that it is never
// filtered out.
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "critical"
}

// ParseSeverity is the reverse of [Severity.String].
func ParseSeverity(text string) (Severity, error) {
	for s := Info; s <= Critical; s++ {
		if s.String() == text {
			return s, nil
		}
	}
	return Critical, fmt.Errorf("parsing severity %q: want info, warning, error or critical", text)
}

// MarshalText writes what [Severity.String] returns.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what [ParseSeverity] takes.
func (s *Severity) UnmarshalText(text []byte) error {
	parsed, err := ParseSeverity(string(text))
	if err == nil {
		*s = parsed
	}
	return err
}

// Alert is one thing that happened. It holds no credential. Text that clients can shape (routes, plan names,
// error texts) may be hostile: targets send it so that it cannot become markup.
type Alert struct {
	ID          string        `json:"id"` // unique, made by the Notifier when empty; receivers can drop repeats by it
	Kind        Kind          `json:"kind"`
	Severity    Severity      `json:"severity"`
	Time        time.Time     `json:"time"`  // of the first occurrence
	Title       string        `json:"title"` // one line
	Detail      string        `json:"detail,omitempty"`
	Next        string        `json:"next,omitempty"`        // the command to type next
	Fingerprint string        `json:"fingerprint,omitempty"` // occurrences with the same one are one group; the kind when empty
	Count       int64         `json:"count"`                 // occurrences that this message stands for; 1 when 0
	Window      time.Duration `json:"window,omitempty"`      // in which Count occurred
	RequestID   string        `json:"request_id,omitempty"`  // of the first occurrence
	Deployment  string        `json:"deployment,omitempty"`  // set by the Notifier
}

// Target delivers alerts to one receiver. Implementations are safe for concurrent use, but a [Notifier] sends
// one alert at a time to each.
//
// Send returns nil when the receiver has the alert, a [*RetryError] when it should be sent again, and any
// other error when sending again would not help (a wrong token, a chat that is gone). No error holds a
// credential or a URL.
type Target interface {
	Name() string
	Send(ctx context.Context, a Alert) error
}

// RetryError says that a delivery may work later.
type RetryError struct {
	After time.Duration // that the receiver asked to wait; 0: the caller decides
	Err   error
}

// Error tells the cause.
func (e *RetryError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *RetryError) Unwrap() error { return e.Err }
