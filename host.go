package sallyport

import (
	"net"
	"strings"

	"sallyport/problem"
)

// hostRule is the allow-list of Host names, in lower case and without port.
type hostRule map[string]struct{}

func (b *builder) hosts(names []string) hostRule {
	rule := hostRule{}
	if len(names) == 0 {
		b.fail("Hosts", "no host names: say under which names the API is reached")
	}
	for _, name := range names {
		clean := hostName(name)
		if clean == "" || strings.ContainsAny(name, "*/@ ") || clean != strings.ToLower(name) && "["+clean+"]" != name {
			b.failf("Hosts", "%q is not a plain host name without port", name)
			continue
		}
		rule[clean] = struct{}{}
	}
	return rule
}

// hostName drops port, brackets, case and the root dot.
func hostName(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// allows looks the name up as it came first: most clients send it so.
func (h hostRule) allows(hostport string) bool {
	if _, ok := h[hostport]; ok && hostport != "" {
		return true
	}
	_, ok := h[hostName(hostport)]
	return ok
}

func isLoopbackName(hostport string) bool {
	name := hostName(hostport)
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// checkHost refuses names that are not ours, which also defeats DNS rebinding. Probes reach public routes
// by a loopback name.
func (m *Middleware) checkHost(x *exchange) *problem.Error {
	if m.hosts.allows(x.r.Host) {
		return nil
	}
	if _, public := m.publicRoute(x.r); public && isLoopbackName(x.r.Host) {
		return nil
	}
	return x.refuse(RefusedHost, errHost)
}
