package sallyport_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestClientAddressComesFromTrustedProxiesOnly(t *testing.T) {
	for _, tt := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "192.0.2.9:1", nil, "192.0.2.9"},
		{"untrusted peer claims", "192.0.2.9:1", []string{"198.51.100.1"}, "192.0.2.9"},
		{"trusted peer", "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"leftmost is the client's claim", "10.0.0.1:1", []string{"127.0.0.1, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:1", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"two lines", "10.0.0.1:1", []string{"1.1.1.1", "198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"all trusted", "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"garbage stops the walk", "10.0.0.1:1", []string{"198.51.100.1, <script>"}, "10.0.0.1"},
		{"empty element stops the walk", "10.0.0.1:1", []string{"198.51.100.1, "}, "10.0.0.1"},
		{"element with port", "10.0.0.1:1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"ipv6", "10.0.0.1:1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"ipv6 in brackets with port", "10.0.0.1:1", []string{"[2001:db8::1]:99"}, "2001:db8::1"},
		{"ipv6 in brackets", "10.0.0.1:1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"mapped ipv4 is ipv4", "[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"zone is dropped", "10.0.0.1:1", []string{"fe80::1%eth0"}, "fe80::1"},
		{"unix socket", "@", []string{"198.51.100.1"}, "invalid IP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newChain(t, echo, nil)
			c.do(t, request("GET", "/item/1", header("X-Forwarded-For", tt.forwarded...), func(r *http.Request) { r.RemoteAddr = tt.peer }))
			if got := c.last(t).Client.String(); got != tt.want {
				t.Errorf("client %s, want %s", got, tt.want)
			}
		})
	}
}

func TestHSTSWantsProof(t *testing.T) {
	for _, tt := range []struct {
		name, peer string
		proto      []string
		want       string
	}{
		{"trusted proxy says https", "10.0.0.1:1", []string{"https"}, "max-age=31536000"},
		{"trusted proxy says http", "10.0.0.1:1", []string{"http"}, ""},
		{"nobody says", "10.0.0.1:1", nil, ""},
		{"two values", "10.0.0.1:1", []string{"https", "http"}, ""},
		{"joined values", "10.0.0.1:1", []string{"https,http"}, ""},
		{"untrusted peer says https", "192.0.2.1:1", []string{"https"}, ""},
	} {
		for _, edit := range []func(*http.Request){noSecret, func(*http.Request) {}, host("evil.example")} {
			c := newChain(t, echo, nil)
			resp := c.do(t, request("GET", "/item/1", edit, header("X-Forwarded-Proto", tt.proto...), func(r *http.Request) { r.RemoteAddr = tt.peer }))
			if got := resp.Header.Get("Strict-Transport-Security"); got != tt.want {
				t.Errorf("%s: status %d has HSTS %q, want %q", tt.name, resp.StatusCode, got, tt.want)
			}
		}
	}
}

func FuzzClientAddress(f *testing.F) {
	for _, seed := range []string{"", ",", "1.1.1.1", "198.51.100.1, 10.0.0.2", "[::1]:80,10.0.0.1", strings.Repeat("10.0.0.1,", 100)} {
		f.Add(seed, "10.0.0.1:1")
	}
	c := newChain(f, echo, nil)
	trusted := netip.MustParsePrefix("10.0.0.0/8")
	f.Fuzz(func(t *testing.T, forwarded, peer string) {
		c.records = nil
		c.do(t, request("GET", "/health", header("X-Forwarded-For", forwarded), func(r *http.Request) { r.RemoteAddr = peer }))
		client := c.last(t).Client
		peerAddr, err := netip.ParseAddrPort(peer)
		if err != nil {
			if client.IsValid() {
				t.Fatalf("a client %s without a peer", client)
			}
			return
		}
		if p := peerAddr.Addr().Unmap().WithZone(""); !trusted.Contains(p) && client != p {
			t.Fatalf("untrusted peer %s claimed to be %s", p, client)
		}
	})
}
