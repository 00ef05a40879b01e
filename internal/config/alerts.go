package config

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// checkLog keeps every switch to what it can be.
func (l *loader) checkLog() {
	c := l.config.Log
	switch c.Level {
	case "debug", "info", "warn", "error":
	default:
		l.invalid("log.level", c.Level, "is none of debug, info, warn, error", "")
	}
	for _, s := range []struct {
		key   string
		value Reveal
	}{{"log.query", c.Query}, {"log.user_agent", c.UserAgent}, {"log.client", c.Client}, {"log.customer", c.Customer}} {
		switch s.value {
		case RevealOff, RevealHash, RevealFull:
		default:
			l.invalid(s.key, string(s.value), "is none of off, hash, full", "put it in quotes: \"off\"")
		}
	}
}

// socketName is the private listener in the state directory.
const socketName = "private.sock"

// maxSocketPath is what every Unix takes in a socket's address, in bytes.
const maxSocketPath = 100

func (l *loader) setWatchingDefaults() {
	for i := range l.config.Alerts.Targets {
		t, key := &l.config.Alerts.Targets[i], index("alerts.targets", i)
		t.Minimum = cmp.Or(t.Minimum, defaultMinimum)
		if t.Daily == 0 && !l.given(key+".daily") {
			t.Daily = defaultDaily
		}
	}
	if c := l.config; c.Alerts.Deployment == "" && len(c.Hosts) > 0 {
		c.Alerts.Deployment = c.Hosts[0]
	}
}

// checkPrivate keeps the private listener private: what it tells asks for no credential.
func (l *loader) checkPrivate() {
	p := &l.config.Private
	path, isSocket := strings.CutPrefix(p.Listen, "unix:")
	switch {
	case p.Listen == "":
		p.Listen = l.defaultPrivate()
	case p.Listen == PrivateOff:
	case isSocket && !filepath.IsAbs(path):
		l.invalid("private.listen", p.Listen, "is not the absolute path of a socket", "such as unix:/run/sallyport/private.sock")
	case isSocket && len(path) > maxSocketPath:
		l.invalid("private.listen", p.Listen, "is longer than the "+strconv.Itoa(maxSocketPath)+" bytes of a socket's path", "")
	case isSocket:
	case !isAddress(p.Listen):
		l.invalid("private.listen", p.Listen, "is not unix:PATH, address:port or off", "such as 127.0.0.1:9464")
	case !isLoopbackAddress(p.Listen) && !p.DangerouslyPublic:
		l.prohibited("private.listen", p.Listen, "can be reached from other machines, and asks for no credential",
			"use 127.0.0.1:9464 or unix:PATH; where a firewall keeps all others out, set private.dangerously_public: true")
	}
}

// defaultPrivate is a socket in the state directory, which is the deployment's own.
func (l *loader) defaultPrivate() string {
	path := filepath.Join(l.config.StateDir, socketName)
	switch {
	case l.config.StateDir == "":
		return PrivateOff
	case len(path) > maxSocketPath:
		l.warn("the path of state_dir is too long for a socket: no metrics and no status until private.listen is set")
		return PrivateOff
	}
	return "unix:" + path
}

func isAddress(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, badPort := strconv.ParseUint(port, 10, 16)
	_, notIP := netip.ParseAddr(host)
	return badPort == nil && (host == "" || host == "localhost" || notIP == nil)
}

func isLoopbackAddress(text string) bool {
	host, _, _ := net.SplitHostPort(text)
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

const maxTargets = 8

func (l *loader) checkAlerts() {
	targets := l.config.Alerts.Targets
	if len(targets) > maxTargets {
		l.invalid("alerts.targets", "", "has more than 8 targets", "")
	}
	seen := map[string]bool{}
	for i, t := range targets {
		key := index("alerts.targets", i)
		switch {
		case t.Name == "":
			l.missing(key+".name", "", "")
		case !isWord(t.Name, 32):
			l.invalid(key+".name", t.Name, "is not 1 to 32 letters, digits, - or _", "")
		case seen[t.Name]:
			l.invalid(key+".name", t.Name, "is the name of another target", "")
		}
		seen[t.Name] = true
		l.checkTarget(key, t)
	}
	if api := l.config.Alerts.TelegramAPI; !isReceiver(api) {
		l.invalid("alerts.telegram_api", api, "is not an https URL", "http is taken for loopback alone: the token travels in it")
	}
}

func (l *loader) checkTarget(key string, t AlertTarget) {
	switch t.Kind {
	case "":
		l.missing(key+".kind", "", "telegram, webhook, slack or discord")
	case Telegram:
		if t.Chat == "" {
			l.missing(key+".chat", "", "the id of the chat: write to the bot, then look at getUpdates")
		} else if !isChat(t.Chat) {
			l.invalid(key+".chat", t.Chat, "is neither the number of a chat nor the @name of a channel", "put the number in quotes")
		}
	case Webhook, Slack, Discord:
		if t.Chat != "" {
			l.invalid(key+".chat", t.Chat, "is for telegram alone", "")
		}
	default:
		l.invalid(key+".kind", t.Kind, "is none of telegram, webhook, slack, discord", "")
	}
	switch t.Minimum {
	case "info", "warning", "error", "critical":
	default:
		l.invalid(key+".minimum", t.Minimum, "is none of info, warning, error, critical", "")
	}
	l.between(key+".daily", int64(t.Daily), 1, 10_000)
}

func isChat(text string) bool {
	if name, ok := strings.CutPrefix(text, "@"); ok {
		return isWord(name, 32)
	}
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

// isReceiver takes https, and http on this machine alone.
func isReceiver(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopbackName(u.Hostname())
}

// readAlertSecrets reads what the configured targets need, and nothing else.
func (l *loader) readAlertSecrets() {
	a, used := &l.config.Secrets.Alerts, map[string]bool{}
	for _, t := range l.config.Alerts.Targets {
		used[t.Kind] = true
	}
	for _, s := range a.list() {
		if !used[s.kind] && s.kind != "" {
			continue
		}
		*s.value = l.readSecret(s.name)
		l.checkSecret(s.name, *s.value, s.kind != "")
		if s.isURL && !s.value.IsZero() && !isReceiver(s.value.Reveal()) && !l.mistaken(s.name) {
			l.fail(&Error{Key: s.name, Kind: Invalid, Problem: "is not an https URL (" + l.config.sources[s.name] + ")"})
		}
	}
}
