package alert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"sallyport/secret"
)

// DefaultTimeout is how long one delivery may take, from the dial to the last byte of the answer.
const DefaultTimeout = 10 * time.Second

const (
	connectTimeout = 5 * time.Second // for the dial, and again for the TLS handshake
	idleTimeout    = 90 * time.Second
	maxAnswer      = 64 << 10 // bytes of a body that are read, and of headers
	userAgent      = "sallyport"
)

// ClientConfig has the choices of a [Client]. The zero value is what a deployment wants.
type ClientConfig struct {
	Timeout time.Duration  // of one delivery; [DefaultTimeout] when 0
	Roots   *x509.CertPool // that servers are checked with; when nil those of the system, or bundled ones if it has none
}

// Client is how targets speak HTTP: with deadlines, TLS 1.2 or later, HTTP/2, bounded answers, no cookies and
// few connections. It never follows a redirect, because what it sends is for one receiver.
//
// Proxies are taken from HTTPS_PROXY and NO_PROXY, as networks that let nothing out otherwise need it. A proxy
// sees the host's name alone: what is not loopback goes through it as TLS from end to end, and loopback never
// does. The addresses come from the operator; nothing of a request reaches them.
//
// It is safe for concurrent use, and may be shared by all targets.
type Client struct{ http *http.Client }

// NewClient returns a Client. It fails when no root certificate can be had.
func NewClient(c ClientConfig) (*Client, error) {
	roots := c.Roots
	if roots == nil {
		var err error
		if roots, err = trustedRoots(); err != nil {
			return nil, err
		}
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	return &Client{&http.Client{
		Transport:     newTransport(roots),
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func newTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    connectTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           8,
		MaxIdleConnsPerHost:    1,
		MaxResponseHeaderBytes: maxAnswer,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// followingWithin returns a Client that follows a few redirects, but never to another scheme, host or port.
func (c *Client) followingWithin() *Client {
	client := *c.http
	client.CheckRedirect = func(next *http.Request, before []*http.Request) error {
		if first := before[0].URL; len(before) > 3 || next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &Client{&client}
}

// or returns c, or one with the defaults when there is none.
func (c *Client) or() (*Client, error) {
	if c != nil {
		return c, nil
	}
	return NewClient(ClientConfig{})
}

// answer is what a receiver said.
type answer struct {
	status int
	header http.Header
	body   []byte // at most maxAnswer
}

// do sends one request. Its error is a [*RetryError] without URL.
func (c *Client) do(ctx context.Context, method, address string, header http.Header, body string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return answer{}, errors.New("the request cannot be made") // err quotes the address
	}
	request.Header = header
	request.Header.Set("User-Agent", userAgent)
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, &RetryError{Err: transportError(err)}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, &RetryError{Err: transportError(err)}
	}
	return answer{response.StatusCode, response.Header, text}, nil
}

// transportError says why there is no answer, in words that are known: the errors of net/http quote the URL,
// which may carry a token, and what a server or proxy sent.
func transportError(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("the delivery was given up: %w", context.Canceled)
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return errors.New("there was no answer in time")
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("looking up %s failed; hint: check the name server and the way out of this network", clean(dns.Name, false))
	}
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("the certificate is not accepted: %s", line(untrusted.Err.Error(), maxTitle))
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the connection was closed before the answer was complete")
	}
	return socketError(err)
}

// socketError says what the operating system said.
func socketError(err error) error {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok {
		return errors.New("the answer is not HTTP, or the connection broke")
	}
	if number, ok := systemError(op); ok {
		return fmt.Errorf("%s: %s", op.Op, number)
	}
	return fmt.Errorf("%s failed", op.Op)
}

// checkURL refuses an address that would carry alerts or credentials in the clear. Its errors do not quote it.
func checkURL(what string, address secret.Secret) error {
	u, err := url.Parse(address.Reveal())
	switch {
	case address.IsZero():
		return fmt.Errorf("%s is missing", what)
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return fmt.Errorf("%s is not an address; hint: want https://host/path", what)
	case u.Fragment != "":
		return fmt.Errorf("%s has a fragment, which is never sent", what)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%s is not https; hint: http is for loopback addresses alone", what)
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback()
}
