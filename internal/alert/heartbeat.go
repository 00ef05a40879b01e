package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"sallyport/secret"
)

// DefaultBeat is how often a [Heartbeat] beats.
const DefaultBeat = time.Minute

// HeartbeatConfig says what a heartbeat asks and tells. URL and Ready are needed.
type HeartbeatConfig struct {
	URL    secret.Secret               // https, or http of a loopback address; it may carry a token
	Every  time.Duration               // [DefaultBeat] when 0
	Ready  func(context.Context) error // says why the deployment does not work, nil when it does; heeds its context
	Client *Client                     // one with the defaults when nil
	Log    *slog.Logger                // is told when beats begin to fail, and when they work again; nothing is logged when nil
}

// Heartbeat fetches a URL while the deployment is ready. A service outside expects it, and tells people when
// it stays away: a dead host sends no alert. It is safe for concurrent use.
type Heartbeat struct {
	url    secret.Secret
	every  time.Duration
	ready  func(context.Context) error
	client *Client
	log    *slog.Logger

	mu    sync.Mutex
	stats HeartbeatStats
}

// HeartbeatStats counts what became of the beats. The zero value is that of a heartbeat that never beat.
type HeartbeatStats struct {
	Sent    uint64    // fetched
	Failed  uint64    // not fetched, although the deployment was ready
	Skipped uint64    // not tried, because the deployment was not ready
	Last    time.Time // of the last one that was fetched
	Err     string    // why the last beat was not fetched; empty when it was
}

// NewHeartbeat returns a heartbeat that does not beat before [Heartbeat.Run]. Its errors do not quote the URL.
func NewHeartbeat(c HeartbeatConfig) (*Heartbeat, error) {
	if c.Ready == nil {
		return nil, errors.New("making a heartbeat: nothing says whether the deployment is ready")
	}
	if err := checkURL("its URL", c.URL); err != nil {
		return nil, fmt.Errorf("making a heartbeat: %w", err)
	}
	client, err := c.Client.or()
	if err != nil {
		return nil, fmt.Errorf("making a heartbeat: %w", err)
	}
	h := &Heartbeat{url: c.URL, every: c.Every, ready: c.Ready, client: client.followingWithin(), log: c.Log}
	if h.every <= 0 {
		h.every = DefaultBeat
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	return h, nil
}

// Run beats at once and then regularly, until ctx is done.
func (h *Heartbeat) Run(ctx context.Context) {
	ticker := time.NewTicker(h.every)
	defer ticker.Stop()
	for {
		h.beat(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Stats returns what became of the beats so far.
func (h *Heartbeat) Stats() HeartbeatStats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stats
}

func (h *Heartbeat) beat(ctx context.Context) {
	err, ready := h.isReady(ctx), true
	if err != nil {
		ready = false
	} else {
		err = h.fetch(ctx)
	}
	if ctx.Err() != nil {
		return // the process stops, which is no failure
	}
	h.note(ctx, ready, err)
}

// isReady asks for no longer than a fetch may take, so that a question that hangs is an answer, too.
func (h *Heartbeat) isReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, h.client.http.Timeout)
	defer cancel()
	if err := h.ready(ctx); err != nil {
		return fmt.Errorf("the deployment is not ready: %w", err)
	}
	return ctx.Err()
}

func (h *Heartbeat) fetch(ctx context.Context) error {
	got, err := h.client.do(ctx, http.MethodGet, h.url.Reveal(), http.Header{}, "")
	if err != nil {
		return err
	}
	switch {
	case got.status >= 200 && got.status < 300:
		return nil
	case got.status >= 300 && got.status < 400:
		return refused(fmt.Sprintf("status %d", got.status), "redirects to another host are not followed: configure the address that it points to")
	}
	return fmt.Errorf("status %d", got.status)
}

// note counts a beat, and logs it when it went otherwise than the one before.
func (h *Heartbeat) note(ctx context.Context, ready bool, err error) {
	h.mu.Lock()
	failedBefore := h.stats.Err != ""
	switch {
	case err == nil:
		h.stats.Sent++
		h.stats.Last, h.stats.Err = time.Now(), ""
	case ready:
		h.stats.Failed++
		h.stats.Err = err.Error()
	default:
		h.stats.Skipped++
		h.stats.Err = err.Error()
	}
	h.mu.Unlock()
	if err != nil && !failedBefore {
		h.log.WarnContext(ctx, "the heartbeat stays away", "error", err)
	} else if err == nil && failedBefore {
		h.log.InfoContext(ctx, "the heartbeat is back")
	}
}
