package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"sallyport/secret"
)

// Files of the state directory that keep the secrets of dev.
const (
	devKeyFile         = "key"
	devMarketplaceFile = "marketplace-secret"
)

// EnsureDevSecrets completes Secrets in dev: what was not given is kept in the state directory, and made
// there when it is not. It returns the paths of the files that it made. In prod it changes nothing.
func (c *Config) EnsureDevSecrets() (created []string, err error) {
	if c.Env != Dev {
		return nil, nil
	}
	for _, kept := range []struct {
		name string
		s    *secret.Secret
	}{{devKeyFile, &c.Secrets.Key}, {devMarketplaceFile, &c.Secrets.Marketplace}} {
		if !kept.s.IsZero() {
			continue
		}
		value, made, err := EnsureDevSecret(c.StateDir, kept.name)
		if err != nil {
			return created, err
		}
		path := filepath.Join(c.StateDir, kept.name)
		*kept.s, c.sources[c.secretFor(kept.name)] = value, "file "+path
		if made {
			created = append(created, path)
		}
	}
	return created, nil
}

func (c *Config) secretFor(file string) string {
	if file == devKeyFile {
		return keyName
	}
	return c.marketplaceSecretName()
}

// EnsureDevSecret returns the secret that is kept in the file stateDir/name, and makes a random one, readable
// by its owner alone, when there is none. A file that others can read or that holds no usable secret is
// refused.
func EnsureDevSecret(stateDir, name string) (s secret.Secret, created bool, err error) {
	if stateDir == "" {
		return s, false, errors.New("keeping a secret: there is no state_dir")
	}
	path := filepath.Join(stateDir, name)
	s, err = readDevSecret(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, false, err
	}
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return s, false, fmt.Errorf("making the state directory: %w", err)
	}
	created, err = writeNew(path, Generate())
	if err != nil {
		return s, false, fmt.Errorf("keeping a secret: %w", err)
	}
	s, err = readDevSecret(path) // what another process wrote first counts
	return s, created, err
}

func readDevSecret(path string) (secret.Secret, error) {
	data, mode, err := readWithMode(path, maxSecretFile)
	if err != nil {
		return secret.Secret{}, fmt.Errorf("reading the secret %s: %w", path, err)
	}
	if mode.Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return secret.Secret{}, fmt.Errorf("reading the secret %s: group or others can read it; hint: chmod 600 %[1]s", path)
	}
	s := secret.New(trimNewline(string(data)))
	if err := s.Validate(); err != nil {
		return secret.Secret{}, fmt.Errorf("reading the secret %s: %w", path, err)
	}
	return s, nil
}

// writeNew writes a file beside path and gives it the name path, unless that is taken.
func writeNew(path string, s secret.Secret) (created bool, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return false, err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(s.Reveal() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return false, err
	}
	err = os.Link(f.Name(), path) // unlike a rename, it never takes the place of another's secret
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}
