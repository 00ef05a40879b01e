package sallyport

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientRule finds the client's address and whether it spoke https, believing trusted peers alone.
type clientRule struct{ trusted []netip.Prefix }

// maxHops bounds how many addresses of X-Forwarded-For are looked at.
const maxHops = 32

func (b *builder) clients(trusted []netip.Prefix) clientRule {
	rule := clientRule{}
	for _, p := range trusted {
		switch {
		case !p.IsValid():
			b.fail("TrustedProxies", "a prefix is not valid")
		case p.Bits() == 0:
			b.failf("TrustedProxies", "%s trusts every address, and so every forged header", p)
		default:
			rule.trusted = append(rule.trusted, p.Masked())
		}
	}
	return rule
}

func (c clientRule) trusts(a netip.Addr) bool {
	for _, p := range c.trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// identify walks from the peer leftwards through X-Forwarded-For for as long as the addresses are trusted:
// the first that is not is the client. What stands left of it is the client's own claim.
func (c clientRule) identify(r *http.Request) (client netip.Addr, https bool) {
	https = r.TLS != nil
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, https
	}
	client = peer.Addr().Unmap().WithZone("")
	if !c.trusts(client) {
		return client, https
	}
	return c.walk(client, r.Header["X-Forwarded-For"]), https || forwardedHTTPS(r.Header)
}

// walk reads the lines from the last address to the first.
func (c clientRule) walk(client netip.Addr, lines []string) netip.Addr {
	hops := 0
	for i := len(lines) - 1; i >= 0; i-- {
		rest, more := lines[i], true
		for more && hops < maxHops {
			var last string
			rest, last, more = cutLast(rest)
			hop, ok := parseHop(last)
			if !ok {
				return client
			}
			client = hop
			if !c.trusts(client) {
				return client
			}
			hops++
		}
	}
	return client
}

// cutLast splits at the last comma.
func cutLast(list string) (rest, last string, more bool) {
	if i := strings.LastIndexByte(list, ','); i >= 0 {
		return list[:i], list[i+1:], true
	}
	return "", list, false
}

// parseHop reads one element: an address, or one with a port.
func parseHop(element string) (netip.Addr, bool) {
	element = strings.TrimSpace(element)
	if addrPort, err := netip.ParseAddrPort(element); err == nil {
		return addrPort.Addr().Unmap().WithZone(""), true
	}
	element = strings.TrimSuffix(strings.TrimPrefix(element, "["), "]")
	addr, err := netip.ParseAddr(element)
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}

// forwardedHTTPS believes one unambiguous value.
func forwardedHTTPS(h http.Header) bool {
	proto := h["X-Forwarded-Proto"]
	return len(proto) == 1 && strings.EqualFold(strings.TrimSpace(proto[0]), "https")
}

// clientKey names the client in the failure budget, in bytes. One IPv6 subscriber has a /64, so that is one client.
func clientKey(a netip.Addr) string {
	key := a.As16()
	if a.Is6() {
		clear(key[8:])
	}
	return string(key[:])
}
