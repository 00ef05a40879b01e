package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer is what one server said.
type answer struct {
	host   string // that was asked
	status int
	header http.Header
	body   []byte
}

// newClient follows no redirect and unpacks nothing: both would hide a difference.
func newClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DisableCompression: true, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: MaxConcurrency, MaxResponseHeaderBytes: 1 << 20,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (r *runner) send(ctx context.Context, to Server, request Request) (*answer, error) {
	out, err := newHTTPRequest(ctx, to, request)
	if err != nil {
		return nil, err
	}
	response, err := r.client.Do(out)
	if err != nil {
		return nil, unreachable(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, r.maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	if int64(len(body)) > r.maxBody {
		return nil, fmt.Errorf("reading the body: it has more than %d bytes", r.maxBody)
	}
	host := out.Host
	if host == "" {
		host = to.URL.Host
	}
	return &answer{host, response.StatusCode, response.Header, body}, nil
}

// newHTTPRequest sends the path by URL.Opaque, so that no escape in it is written in another way.
func newHTTPRequest(ctx context.Context, to Server, request Request) (*http.Request, error) {
	out, err := http.NewRequestWithContext(ctx, request.Method, to.URL.String(), bytes.NewReader(request.Body))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	out.URL = &url.URL{
		Scheme: to.URL.Scheme, Host: to.URL.Host, Opaque: strings.TrimSuffix(to.URL.EscapedPath(), "/") + request.Path,
	}
	out.Header = request.Header.Clone()
	maps.Copy(out.Header, to.Header)
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", "sallyport-compare")
	}
	if host := out.Header.Get("Host"); host != "" {
		out.Host = host
		out.Header.Del("Host")
	}
	return out, nil
}

// unreachable marks the errors of connections that were never made. The address is not repeated.
func unreachable(err error) error {
	if at, ok := errors.AsType[*url.Error](err); ok {
		err = at.Err
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return fmt.Errorf("asking: %w", err)
}

// minSecret is the length from which the value of a header with a telling name is taken for a secret.
const minSecret = 8

// secrets returns the values of headers whose names say that they are secret.
func secrets(headers ...http.Header) []string {
	var found []string
	for _, h := range headers {
		for name, values := range h {
			lower := strings.ToLower(name)
			if !slices.ContainsFunc([]string{"secret", "key", "token", "auth", "cookie"}, func(word string) bool { return strings.Contains(lower, word) }) {
				continue
			}
			for _, value := range values {
				if len(value) >= minSecret {
					found = append(found, value)
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// concealer takes secret values out of what is shown.
type concealer struct{ replacer *strings.Replacer }

func newConcealer(values []string) concealer {
	var pairs []string
	for _, s := range values {
		if s != "" {
			for _, spelling := range []string{s, url.QueryEscape(s), strings.Trim(strconv.Quote(s), `"`)} {
				pairs = append(pairs, spelling, "[redacted]")
			}
		}
	}
	return concealer{strings.NewReplacer(pairs...)}
}

func (c concealer) text(s string) string { return c.replacer.Replace(s) }

// err keeps what the error is, in words without secrets.
func (c concealer) err(err error) error { return &concealed{err, c.text(err.Error())} }

type concealed struct {
	err  error
	text string
}

func (e *concealed) Error() string { return e.text }
func (e *concealed) Unwrap() error { return e.err }
