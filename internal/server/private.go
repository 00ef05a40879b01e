package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// Bounds of the private listener, which serves few and small answers.
const (
	privateTimeout     = 10 * time.Second
	privateConnections = 32
	unixPrefix         = "unix:"
	socketMode         = 0o600 // nobody else may connect
)

// ListenPrivate opens "unix:PATH" or a TCP address for [RunPrivate]. A socket is for its owner alone; one that a
// process left behind is replaced, one that is answered is not.
func ListenPrivate(ctx context.Context, address string) (net.Listener, error) {
	path, isSocket := strings.CutPrefix(address, unixPrefix)
	if !isSocket {
		return Listen(ctx, address)
	}
	if err := removeStale(ctx, path); err != nil {
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	}
	config := net.ListenConfig{Control: ownerOnly}
	listener, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(fmt.Errorf("listening on %s: %w", path, err), listener.Close())
	}
	return listener, nil
}

// ownerOnly gives a socket its mode before it has a name, whatever the umask is. Where the system does not heed it, the
// mode that is set afterwards holds.
func ownerOnly(_, _ string, socket syscall.RawConn) error {
	return socket.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), socketMode) })
}

// removeStale removes a socket that nobody answers.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return errors.New("there is a file that is no socket")
	}
	conn, err := dialPrivate(ctx, unixPrefix+path)
	if err == nil {
		conn.Close()
		return errors.New("another process answers there")
	}
	return os.Remove(path)
}

func dialPrivate(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: time.Second}
	if path, isSocket := strings.CutPrefix(address, unixPrefix); isSocket {
		return dialer.DialContext(ctx, "unix", path)
	}
	if host, port, err := net.SplitHostPort(address); err == nil && host == "" {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	return dialer.DialContext(ctx, "tcp", address)
}

// RunPrivate serves handler to a listener from [ListenPrivate] until ctx is done.
func RunPrivate(ctx context.Context, l net.Listener, handler http.Handler, log *slog.Logger) error {
	srv := &http.Server{
		Handler: handler, ReadHeaderTimeout: privateTimeout, ReadTimeout: privateTimeout, WriteTimeout: privateTimeout,
		IdleTimeout: privateTimeout, MaxHeaderBytes: MaxHeaderBytes, DisableGeneralOptionsHandler: true, ErrorLog: newErrorLog(log),
	}
	stop := context.AfterFunc(ctx, func() { srv.Close() })
	defer stop()
	if err := srv.Serve(limitConnections(l, privateConnections)); ctx.Err() == nil {
		return fmt.Errorf("serving the private listener: %w", err)
	}
	return nil
}

// PrivateClient returns a client of the private listener at address. Every request goes there, whatever the
// host of its URL.
func PrivateClient(address string) *http.Client {
	return &http.Client{
		Timeout: privateTimeout,
		Transport: &http.Transport{
			DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dialPrivate(ctx, address) },
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
