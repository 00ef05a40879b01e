// Package server runs one HTTP server with every limit that net/http offers, and stops it without cutting
// requests.
//
// What net/http answers itself, before any handler, is listed in docs/http.md.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// MaxHeaderBytes is where net/http cuts a header off with a 431 of its own. The middleware's own limit is
// lower, so that its answer is a problem.
const MaxHeaderBytes = 64 << 10

// Config says how to run a server. Every duration and number must be positive: [Run] refuses a zero one,
// which to net/http would mean without limit.
type Config struct {
	Listener          net.Listener // from [Listen]; closed by [Run]
	Handler           http.Handler
	Certificate       *Certificate // nil for plain HTTP behind a proxy
	ReadHeaderTimeout time.Duration
	ReadTimeout       time.Duration // of the whole request
	WriteTimeout      time.Duration // of the whole answer
	IdleTimeout       time.Duration
	DrainTimeout      time.Duration  // for open requests when the server stops
	MaxConnections    int            // further connections wait in the kernel's queue
	Log               *slog.Logger   // of the server's own problems; bounded, and without clients' data
	OnReady           func(net.Addr) // called once, before the first connection is accepted; may be nil
}

// Listen opens a TCP address such as "127.0.0.1:8080". The error says plainly when the port is taken.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false) // a sandbox that knows TCP must not be passed by
	listener, err := config.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listening on %s: the port is taken by another program: %w; "+
			"hint: stop it, or choose another port with --listen", address, syscall.EADDRINUSE)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("listening on %s: %w; "+
			"hint: ports below 1024 are reserved, choose another with --listen", address, os.ErrPermission)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("listening on %s: this machine does not have that address: %w", address, syscall.EADDRNOTAVAIL)
	case err != nil:
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return listener, nil
}

// ErrCut says that requests were still open when the drain timeout ended, and were cut.
var ErrCut = errors.New("requests were cut when the drain timeout ended")

// Run serves until ctx is done, then stops accepting, lets open requests finish within DrainTimeout and cuts
// the rest. It returns nil after a complete drain, [ErrCut] after an incomplete one, and otherwise why it
// could not serve.
func Run(ctx context.Context, c Config) error {
	if err := c.validate(); err != nil {
		if c.Listener != nil {
			c.Listener.Close()
		}
		return fmt.Errorf("configuring the server: %w", err)
	}
	srv := c.httpServer()
	background, stop := context.WithCancel(ctx)
	defer stop()
	listener := limitConnections(c.Listener, c.MaxConnections)
	if c.Certificate != nil {
		go c.Certificate.watch(background, watchInterval, c.Log)
	}
	if c.OnReady != nil {
		c.OnReady(c.Listener.Addr())
	}
	served := make(chan error, 1)
	go func() {
		if c.Certificate == nil {
			served <- srv.Serve(listener)
			return
		}
		served <- srv.ServeTLS(listener, "", "")
	}()
	select {
	case err := <-served:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	return drain(srv, c.DrainTimeout)
}

func drain(srv *http.Server, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		srv.Close()
		return ErrCut
	}
	return err
}

func (c Config) validate() error {
	switch {
	case c.Listener == nil:
		return errors.New("there is no listener")
	case c.Handler == nil:
		return errors.New("there is no handler") // nil would serve http.DefaultServeMux
	case c.Log == nil:
		return errors.New("there is no log")
	case c.MaxConnections < 1:
		return errors.New("max connections is not positive")
	case min(c.ReadHeaderTimeout, c.ReadTimeout, c.WriteTimeout, c.IdleTimeout, c.DrainTimeout) <= 0:
		return errors.New("a timeout is not positive, which would be no timeout")
	}
	return nil
}

func (c Config) httpServer() *http.Server {
	srv := &http.Server{
		Handler:                      c.Handler,
		ReadHeaderTimeout:            c.ReadHeaderTimeout,
		ReadTimeout:                  c.ReadTimeout,
		WriteTimeout:                 c.WriteTimeout,
		IdleTimeout:                  c.IdleTimeout,
		MaxHeaderBytes:               MaxHeaderBytes,
		DisableGeneralOptionsHandler: true, // "OPTIONS *" goes through the middleware like the rest
		ErrorLog:                     newErrorLog(c.Log),
		Protocols:                    new(http.Protocols),
		HTTP2:                        &http.HTTP2Config{MaxConcurrentStreams: 100, SendPingTimeout: c.IdleTimeout},
	}
	srv.Protocols.SetHTTP1(true)
	if c.Certificate != nil {
		srv.Protocols.SetHTTP2(true)
		srv.TLSConfig = c.Certificate.tlsConfig()
	}
	return srv
}
