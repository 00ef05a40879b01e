package alert

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// maxWait bounds what a receiver may ask to wait.
const maxWait = 24 * time.Hour

// retryAfter reads the Retry-After header of RFC 9110: seconds, or a date. 0 when there is none that makes
// sense.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	if wait := waitSeconds(text); wait > 0 {
		return wait
	}
	date, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return clampWait(date.Sub(now).Seconds())
}

// waitSeconds reads seconds, perhaps with a fraction.
func waitSeconds(text string) time.Duration {
	seconds, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return 0
	}
	return clampWait(seconds)
}

func clampWait(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	return time.Duration(min(seconds, maxWait.Seconds()) * float64(time.Second))
}

// refused says why sending again would not help.
func refused(reason, hint string) error {
	if hint == "" {
		return errors.New(reason)
	}
	return fmt.Errorf("%s; hint: %s", reason, hint)
}

// later says that sending again may help.
func later(after time.Duration, format string, args ...any) error {
	return &RetryError{After: after, Err: fmt.Errorf(format, args...)}
}

// sendingTo says where err happened, and keeps what it asks for.
func sendingTo(what string, err error) error {
	if retry, ok := errors.AsType[*RetryError](err); ok {
		return later(retry.After, "sending to %s: %w", what, retry.Err)
	}
	if err != nil {
		return fmt.Errorf("sending to %s: %w", what, err)
	}
	return nil
}

func systemError(err *net.OpError) (syscall.Errno, bool) { return errors.AsType[syscall.Errno](err) }
