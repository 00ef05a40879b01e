package config

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

func (l *loader) checkListen() {
	c := l.config
	if c.Env == Dev && c.origins["listen"].Name == "PORT" {
		c.Listen = "127.0.0.1" + c.Listen
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	address, notIP := netip.ParseAddr(host)
	switch {
	case err != nil || host != "" && host != "localhost" && notIP != nil:
		l.invalid("listen", c.Listen, "is not address:port", "such as 127.0.0.1:8080 or :8080")
	case c.Env == Dev && host != "localhost" && !address.IsLoopback():
		l.prohibited("listen", c.Listen, "is not a loopback address, and env dev listens on no other", "127.0.0.1:"+port)
	}
}

// checkHosts keeps loopback names, by which probes come, apart from the names of the deployment. Dev answers
// to loopback names alone, so that no other site's script reaches it by rebinding its name.
func (l *loader) checkHosts() {
	c := l.config
	if c.Env == Prod && len(c.Hosts) == 0 {
		l.missing("hosts", "", "list the host names that clients, or the marketplace, send requests to")
	}
	var loopback []string
	seen := map[string]bool{}
	for i, host := range c.Hosts {
		key := index("hosts", i)
		if !isHost(host) {
			l.invalid(key, host, "is not a lower-case host name or address without port", "list each name; there are no wildcards")
		} else if c.Env == Prod && isLoopbackName(host) {
			l.prohibited(key, host, "is a loopback name, and those are for probes", "remove it: probes work without")
		} else if seen[host] {
			l.invalid(key, host, "is listed twice", "")
		}
		seen[host] = true
		if isLoopbackName(host) {
			loopback = append(loopback, host)
		}
	}
	if c.Env == Dev && len(loopback) < len(c.Hosts) {
		l.warn("env dev answers to localhost, 127.0.0.1 and ::1 alone, not to the hosts of the configuration")
		c.Hosts = []string{"localhost", "127.0.0.1", "::1"}
	}
}

func isLoopbackName(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Unmap().IsLoopback() || address.IsUnspecified()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// isHost takes addresses and host names of RFC 1123 in lower case.
func isHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return !strings.Contains(host, "%")
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || !isLabel(label) {
			return false
		}
	}
	return len(host) <= 253
}

func isLabel(label string) bool {
	for _, r := range label {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-') {
			return false
		}
	}
	return true
}

func (l *loader) checkProxies() {
	for i, text := range l.config.TrustedProxies {
		key := index("trusted_proxies", i)
		prefix, err := parsePrefix(text)
		switch {
		case err != nil:
			l.invalid(key, text, "is neither an address nor a network such as 10.0.0.0/8", "")
		case isEverybody(prefix):
			l.prohibited(key, text, "trusts so many addresses that clients are among them", "name the proxies' own network")
		case prefix != prefix.Masked():
			l.invalid(key, text, "has bits behind the mask", "write "+prefix.Masked().String())
		default:
			l.config.Proxies = append(l.config.Proxies, prefix)
		}
	}
}

func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	address = address.Unmap().WithZone("")
	return netip.PrefixFrom(address, address.BitLen()), nil
}

// isEverybody refuses what is wider than the private networks 10.0.0.0/8 and fc00::/7, and the IPv6 forms of
// all of IPv4.
func isEverybody(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() < 8
	}
	mapped := netip.MustParsePrefix("::ffff:0:0/96")
	return p.Bits() < 7 || p.Overlaps(mapped) || p.Addr().Is4In6()
}

func (l *loader) checkCORS() {
	for i, origin := range l.config.CORS.Origins {
		key := index("cors.origins", i)
		switch {
		case origin == "*" || origin == "null" || strings.Contains(origin, "*"):
			l.prohibited(key, origin, "stands for more than one site", "list each origin exactly")
		case !isOrigin(origin):
			l.invalid(key, origin, "is not an origin such as https://app.example.com", "lower case, without path or default port")
		case strings.HasPrefix(origin, "http://") && (l.config.Env == Prod || !isLoopbackOrigin(origin)):
			l.prohibited(key, origin, "is not https: anyone on the way can be it", "use https; in dev, http://localhost is taken too")
		}
	}
}

// isOrigin takes what a browser sends in Origin, RFC 6454 section 6.2.
func isOrigin(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Scheme+"://"+u.Host != origin {
		return false
	}
	port := u.Port()
	isDefault := u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80"
	return isHost(u.Hostname()) && !isDefault && !strings.HasSuffix(u.Host, ":")
}

func isLoopbackOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && isLoopbackName(u.Hostname())
}

func index(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }
