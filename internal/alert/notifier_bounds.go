package alert

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of the parts of an alert in memory and on disk, in bytes. Targets bound what they send by themselves.
const (
	maxTitleBytes       = 512
	maxDetailBytes      = 4096
	maxFingerprintBytes = 128
)

// complete fills what a producer left out, as far as grouping needs it.
func complete(a Alert, now time.Time) Alert {
	if a.Time.IsZero() {
		a.Time = now
	}
	a.Time = a.Time.UTC()
	a.Count, a.Window = max(1, a.Count), max(0, a.Window)
	if a.Fingerprint == "" {
		a.Fingerprint = string(a.Kind)
	}
	if len(a.Fingerprint) > maxFingerprintBytes || !utf8.ValidString(a.Fingerprint) {
		digest := sha256.Sum256([]byte(a.Fingerprint))
		a.Fingerprint = hex.EncodeToString(digest[:])
	}
	return a
}

// bounded returns a copy of a that holds no more memory than it may.
func bounded(a Alert) Alert {
	a.ID = cut(a.ID, maxFingerprintBytes)
	a.Fingerprint = cut(a.Fingerprint, maxFingerprintBytes)
	a.RequestID = cut(a.RequestID, maxFingerprintBytes)
	a.Title, a.Next = cut(a.Title, maxTitleBytes), cut(a.Next, maxTitleBytes)
	a.Detail = cut(a.Detail, maxDetailBytes)
	return a
}

// fits says whether a needs no cutting: a cut text is a little longer than its bound.
func fits(a Alert) bool {
	const mark = 8
	return len(a.ID) <= maxFingerprintBytes+mark && len(a.Fingerprint) <= maxFingerprintBytes+mark &&
		len(a.RequestID) <= maxFingerprintBytes+mark && len(a.Title) <= maxTitleBytes+mark &&
		len(a.Next) <= maxTitleBytes+mark && len(a.Detail) <= maxDetailBytes+mark
}

// cut returns an own copy of text in valid UTF-8 of about limit bytes at most.
func cut(text string, limit int) string {
	if len(text) > limit {
		return strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return strings.Clone(strings.ToValidUTF8(text, "\ufffd"))
}

// identified gives an alert an ID unless it has one.
func identified(a Alert) Alert {
	if a.ID == "" {
		a.ID = newID()
	}
	return a
}

func newID() string { return strings.ToLower(rand.Text()) }
