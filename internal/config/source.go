package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"sallyport/secret"
)

// maxSecretFile is the largest file that holds one secret, in bytes.
const maxSecretFile = 64 << 10

// errNotRegular refuses pipes, which could block the start, and folders.
var errNotRegular = errors.New("is not a regular file")

// readBounded reads a regular file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	data, _, err := readWithMode(path, limit)
	return data, err
}

func readWithMode(path string, limit int64) ([]byte, fs.FileMode, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not block the start
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errNotRegular
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if int64(len(data)) > limit {
		return nil, 0, fmt.Errorf("is larger than %d bytes", limit)
	}
	return data, info.Mode(), err
}

// candidate is one place where a secret stands.
type candidate struct {
	where string
	read  func() (string, *Error)
}

// readSecret returns the value of the one place that has the secret called name; zero when none has.
func (l *loader) readSecret(name string) secret.Secret {
	found := l.candidates(name)
	if len(found) == 0 {
		return secret.Secret{}
	}
	if len(found) > 1 {
		places := make([]string, len(found))
		for i, c := range found {
			places[i] = c.where
		}
		l.fail(&Error{Key: name, Kind: Invalid, Problem: "is given more than once: " + strings.Join(places, ", "), Hint: "keep one"})
		return secret.Secret{}
	}
	l.config.sources[name] = found[0].where
	value, e := found[0].read()
	if e != nil {
		e.Key = name
		l.fail(e)
		return secret.Secret{}
	}
	if value == "" {
		l.fail(&Error{Key: name, Kind: Missing, Problem: "is empty in " + found[0].where, Hint: "give a value, or remove it"})
		return secret.Secret{}
	}
	return secret.New(value)
}

func (l *loader) candidates(name string) []candidate {
	var found []candidate
	if path, ok := l.environ[name+fileSuffix]; ok {
		found = append(found, l.fileCandidate(path, "file "+path+" of "+name+fileSuffix))
	}
	credentials := l.environ[credentialsDirectory]
	if credentials != "" {
		found = append(found, l.mounted(credentials, name, "systemd credential ")...)
	}
	if filepath.Clean(l.options.SecretsDir) != filepath.Clean(credentials) {
		found = append(found, l.mounted(l.options.SecretsDir, name, "file ")...)
	}
	if value, ok := l.environ[name]; ok {
		found = append(found, candidate{"env " + name, func() (string, *Error) { return value, nil }})
	}
	if v, ok := l.dotEnv.values[name]; ok {
		where := fmt.Sprintf("%s:%d", l.dotEnv.path, v.line)
		found = append(found, candidate{where, func() (string, *Error) { return v.value, nil }})
	}
	return found
}

// mounted looks for a secret in a folder, in upper or lower case. A file that cannot be looked at counts as
// found, so that it is reported and never passed over.
func (l *loader) mounted(dir, name, kind string) []candidate {
	var found []candidate
	for _, base := range []string{name, strings.ToLower(name)} {
		path := filepath.Join(dir, base)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			found = append(found, l.fileCandidate(path, kind+path))
		}
	}
	return found
}

func (l *loader) fileCandidate(path, where string) candidate {
	return candidate{where, func() (string, *Error) {
		if path == "" {
			return "", &Error{Kind: Missing, Problem: where + " has no name"}
		}
		data, mode, err := readWithMode(path, maxSecretFile)
		if err != nil {
			return "", &Error{Kind: Invalid, Problem: where + ": " + reason(err), Hint: readableHint(path, err)}
		}
		if e := l.checkMode(path, mode); e != nil {
			return "", e
		}
		return trimNewline(string(data)), nil
	}}
}

// readableHint says how this process comes to read path. A mounted file has the owner of the one behind it.
func readableHint(path string, err error) string {
	if !errors.Is(err, fs.ErrPermission) {
		return ""
	}
	return fmt.Sprintf("chown %d %s, or the file that is mounted there", os.Geteuid(), path)
}

// trimNewline drops the one line end that editors and echo add.
func trimNewline(s string) string {
	s, _ = strings.CutSuffix(s, "\n")
	s, _ = strings.CutSuffix(s, "\r")
	return s
}

// checkMode refuses, in prod, a secret that others can read. Orchestrators mount theirs readable into a
// namespace of their own, so there, and in dev, it is a warning.
func (l *loader) checkMode(path string, mode fs.FileMode) *Error {
	if mode.Perm()&0o077 == 0 || runtime.GOOS == "windows" {
		return nil
	}
	problem := fmt.Sprintf("%s can be read or written by group or others (mode %04o)", path, mode.Perm())
	hint := "chmod 600 " + path
	if l.config.Env == Dev || l.isMount(path) {
		l.config.Warnings = append(l.config.Warnings, problem+"; hint: "+hint)
		return nil
	}
	return &Error{Kind: Prohibited, Problem: problem, Hint: hint}
}

func (l *loader) isMount(path string) bool {
	for _, dir := range []string{l.options.SecretsDir, l.environ[credentialsDirectory]} {
		if dir == "" {
			continue
		}
		if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
			return true
		}
	}
	return false
}
