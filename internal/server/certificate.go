package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// watchInterval is how often the files of a certificate are looked at.
const watchInterval = time.Minute

// Certificate is a TLS certificate that is read again when its files change. It is safe for concurrent use.
type Certificate struct {
	chainFile, keyFile string
	current            atomic.Pointer[tls.Certificate]
	seen               atomic.Pointer[stamp] // the state of the files that current was read from
}

// LoadCertificate reads a PEM certificate chain and its private key.
func LoadCertificate(chainFile, keyFile string) (*Certificate, error) {
	c := &Certificate{chainFile: chainFile, keyFile: keyFile}
	if err := c.Reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// Reload reads the files again. When they cannot be used the certificate before stays in use.
func (c *Certificate) Reload() error {
	now := c.stamp() // before reading: a change in between is then seen later
	pair, err := tls.LoadX509KeyPair(c.chainFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("loading the certificate %s: %w", c.chainFile, err)
	}
	c.current.Store(&pair)
	c.seen.Store(&now)
	return nil
}

// tlsConfig takes Go's defaults, which follow current practice, from TLS 1.2 on.
func (c *Certificate) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.current.Load(), nil
		},
	}
}

// watch reloads when a file's time or size changes, until ctx is done. Renewal tools replace two files, one
// after the other: a pair that does not fit is tried again at the next look.
func (c *Certificate) watch(ctx context.Context, interval time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if c.stamp() == *c.seen.Load() {
			continue
		}
		if err := c.Reload(); err != nil {
			log.Warn("the certificate changed and cannot be used; the one before stays in use", "error", err)
			continue
		}
		log.Info("the certificate was read again", "file", c.chainFile)
	}
}

// stamp tells one state of the two files from another.
type stamp [2]struct{ modified, size int64 }

func (c *Certificate) stamp() (s stamp) {
	for i, name := range []string{c.chainFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			s[i].modified, s[i].size = info.ModTime().UnixNano(), info.Size()
		}
	}
	return s
}
