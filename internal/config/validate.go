package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// validate checks every key by itself and with the others.
func (l *loader) validate() {
	l.checkListen()
	l.checkHosts()
	l.checkProxies()
	l.checkTLS()
	l.checkHSTS()
	l.checkDataset()
	l.checkMarketplace()
	l.checkTiers()
	l.checkTierNames()
	l.checkCORS()
	l.checkNumbers()
	l.checkTimeouts()
	l.checkLog()
	l.checkPrivate()
	l.checkAlerts()
	if l.config.Env == Dev && l.config.StateDir == "" {
		l.missing("state_dir", "", "give one, or set HOME")
	}
}

func (l *loader) checkTLS() {
	c := l.config
	cert, key := c.TLS.Certificate, c.TLS.Key
	switch {
	case cert == "" && key == "":
		if c.Env == Prod && len(c.TrustedProxies) == 0 {
			l.missing("tls", "nothing says how TLS is done",
				"name tls.certificate and tls.key, or in trusted_proxies the proxy in front that ends TLS")
		}
		return
	case cert == "":
		l.missing("tls.certificate", "", "tls.key is of no use without it")
		return
	case key == "":
		l.missing("tls.key", "", "tls.certificate is of no use without it")
		return
	}
	l.checkKeyPair(cert, key)
}

func (l *loader) checkKeyPair(cert, key string) {
	chain, err := readBounded(cert, maxFile)
	if err != nil {
		l.invalid("tls.certificate", cert, reason(err), "")
		return
	}
	private, mode, err := readWithMode(key, maxFile)
	if err != nil {
		l.invalid("tls.key", key, reason(err), "")
		return
	}
	if e := l.checkMode(key, mode); e != nil {
		l.prohibited("tls.key", key, e.Problem, e.Hint)
	}
	if _, err := tls.X509KeyPair(chain, private); err != nil {
		l.invalid("tls.certificate", cert, "does not go with tls.key: "+strings.TrimPrefix(err.Error(), "tls: "), "")
	}
}

// checkHSTS keeps the rule of the browsers' preload list.
func (l *loader) checkHSTS() {
	const year = 365 * 24 * time.Hour
	h := l.config.HSTS
	if h.MaxAge < time.Second || h.MaxAge%time.Second != 0 || h.MaxAge > 3*year {
		l.invalid("hsts.max_age", formatDuration(h.MaxAge), "is not a whole number of seconds between 1s and 1095d", "")
	}
	if h.Preload && (!h.IncludeSubdomains || h.MaxAge < year) {
		l.invalid("hsts.preload", "true", "needs include_subdomains and a max_age of at least 365d", "")
	}
}

func (l *loader) checkDataset() {
	d := l.config.Dataset
	if l.config.Env == Prod || d.File != "" || d.Description != "" {
		l.checkDatasetFile("dataset.file", d.File, "sallyport build makes one")
		l.checkDatasetFile("dataset.description", d.Description, "name the description that the file was built with")
	}
}

func (l *loader) checkDatasetFile(key, path, hint string) {
	if path == "" {
		l.missing(key, "", hint)
		return
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.invalid(key, path, "there is no such file", hint)
	case err != nil:
		l.invalid(key, path, reason(err), "")
	case !info.Mode().IsRegular():
		l.invalid(key, path, errNotRegular.Error(), "")
	}
}

func (l *loader) checkMarketplace() {
	m := l.config.Marketplace
	if m.Preset != RapidAPI && m.Preset != Generic {
		l.invalid("marketplace.preset", m.Preset, "is neither rapidapi nor generic", "")
	}
	seen := map[string]string{}
	for _, h := range []struct{ key, value string }{
		{"marketplace.secret_header", m.SecretHeader},
		{"marketplace.user_header", m.UserHeader},
		{"marketplace.tier_header", m.TierHeader},
	} {
		name := http.CanonicalHeaderKey(h.value)
		switch other, twice := seen[name]; {
		case h.value == "":
		case !isWord(h.value, 64):
			l.invalid(h.key, h.value, "is not the name of a header", "")
		case isOccupied(name):
			l.prohibited(h.key, h.value, "has another meaning in HTTP or is set by proxies", "use a name of your own")
		case twice:
			l.invalid(h.key, h.value, "is the same as "+other, "")
		default:
			seen[name] = h.key
		}
	}
}

// isOccupied finds headers whose values a client or proxy writes for other purposes.
func isOccupied(name string) bool {
	switch name {
	case "Host", "Origin", "Cookie", "Accept", "Accept-Encoding", "Content-Type", "Content-Length", "User-Agent", "Referer",
		"Connection", "Transfer-Encoding", "Upgrade", "Te", "Trailer", "Via", "Forwarded", "If-None-Match", "Range", "Expect":
		return true
	}
	return strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "Sec-") || strings.HasPrefix(name, "Proxy-")
}

func (l *loader) checkNumbers() {
	c := l.config
	l.between("replicas", int64(c.Replicas), 1, 10_000)
	l.between("limits_capacity", int64(c.LimitsCapacity), 1_000, 10_000_000)
	l.between("failure_budget.quota", c.FailureBudget.Quota, 1, 100_000)
	l.window("failure_budget.window", c.FailureBudget.Window)
	if age := c.CORS.MaxAge; age < time.Second || age%time.Second != 0 || age > 24*time.Hour {
		l.invalid("cors.max_age", formatDuration(age), "is not a whole number of seconds between 1s and 1d", "")
	}
	l.between("server.max_connections", int64(c.Server.MaxConnections), 1, 1_000_000)
	l.sizeBetween("server.max_url", c.Server.MaxURL, 256, 32<<10)
	l.sizeBetween("server.max_header", c.Server.MaxHeader, 1<<10, 48<<10)
	l.sizeBetween("query.max_bytes", c.Query.MaxBytes, 1<<10, 256<<20)
	l.sizeBetween("cache.size", c.Cache.Size, 0, 64<<30)
	l.between("dataset.max_drop", int64(c.Dataset.MaxDrop), 0, 100)
}

func (l *loader) between(key string, n, least, most int64) {
	if n < least || n > most {
		l.invalid(key, strconv.FormatInt(n, 10), fmt.Sprintf("is not between %d and %d", least, most), "")
	}
}

func (l *loader) sizeBetween(key string, n, least, most Size) {
	if n < least || n > most {
		l.invalid(key, n.String(), fmt.Sprintf("is not between %s and %s", least, most), "")
	}
}

// window checks the window of a quota.
func (l *loader) window(key string, d time.Duration) {
	if d < time.Second || d%time.Second != 0 || d > 366*24*time.Hour {
		l.invalid(key, formatDuration(d), "is not a whole number of seconds between 1s and 366d", "")
	}
}

// checkTimeouts keeps every timeout finite, and lets an answer be written that the dataset may still give.
func (l *loader) checkTimeouts() {
	s := l.config.Server
	for _, t := range []struct {
		key   string
		value time.Duration
		most  time.Duration
	}{
		{"server.read_header_timeout", s.ReadHeaderTimeout, time.Minute},
		{"server.read_timeout", s.ReadTimeout, 10 * time.Minute},
		{"server.write_timeout", s.WriteTimeout, 10 * time.Minute},
		{"server.idle_timeout", s.IdleTimeout, 10 * time.Minute},
		{"server.drain_timeout", s.DrainTimeout, 10 * time.Minute},
		{"query.deadline", l.config.Query.Deadline, time.Minute},
		{"dataset.watch", l.config.Dataset.Watch, 10 * time.Minute},
	} {
		if t.value < 10*time.Millisecond || t.value > t.most {
			l.invalid(t.key, formatDuration(t.value), "is not between 10ms and "+formatDuration(t.most), "")
		}
	}
	if s.ReadHeaderTimeout > s.ReadTimeout {
		l.invalid("server.read_header_timeout", formatDuration(s.ReadHeaderTimeout), "is longer than server.read_timeout", "")
	}
	if l.config.Query.Deadline >= s.WriteTimeout {
		l.invalid("query.deadline", formatDuration(l.config.Query.Deadline), "is not shorter than server.write_timeout", "")
	}
}
