package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"sallyport/secret"
)

// readDotEnv reads the .env file beside the configuration, if there is one.
func (l *loader) readDotEnv() {
	dir := l.options.Dir
	if l.config.Path != "" {
		dir = filepath.Dir(l.config.Path)
	}
	path := filepath.Join(dir, DotEnvName)
	data, mode, err := readWithMode(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		l.fail(&Error{Key: path, Kind: Invalid, Problem: reason(err)})
		return
	}
	if e := l.checkMode(path, mode); e != nil {
		e.Key = path
		l.fail(e)
	}
	values, errs := parseDotEnv(string(data))
	for _, e := range errs {
		l.fail(&Error{Key: path, Kind: Invalid, Origin: Origin{FromFile, path, e.line}, Problem: e.problem})
	}
	l.dotEnv = &dotEnv{path: path, values: values}
	l.checkDotEnvNames()
}

// checkDotEnvNames refuses names of ours that .env cannot set, rather than passing over them.
func (l *loader) checkDotEnvNames() {
	var secrets []string
	for _, s := range SecretNames() {
		secrets = append(secrets, s.Name)
	}
	for name, v := range l.dotEnv.values {
		if slices.Contains(secrets, name) || !strings.HasPrefix(name, envPrefix) && !strings.HasPrefix(name, "RAPIDAPI_") {
			continue
		}
		e := &Error{Key: name, Kind: Unknown, Origin: Origin{FromFile, l.dotEnv.path, v.line},
			Problem: "is not a secret, and .env holds secrets alone"}
		if near := nearest(name, secrets); near != "" {
			e.Hint = "did you mean " + near + "?"
		}
		l.fail(e)
	}
}

func (l *loader) readSecrets() {
	s := &l.config.Secrets
	name := l.config.marketplaceSecretName()
	s.Key = l.readSecret(keyName)
	s.Marketplace = l.readSecret(name)
	s.Previous = l.readSecret(name + previousSuffix)
	l.checkSecret(keyName, s.Key, l.config.Env == Prod)
	l.checkSecret(name, s.Marketplace, l.config.Env == Prod || !s.Previous.IsZero())
	l.checkSecret(name+previousSuffix, s.Previous, false)
	if !s.Key.IsZero() && len(s.Key.Reveal()) < MinKeyLength {
		l.fail(&Error{Key: keyName, Kind: Invalid, Problem: fmt.Sprintf("is shorter than %d bytes", MinKeyLength),
			Hint: "openssl rand -base64 32"})
	}
	l.readAlertSecrets()
	l.checkDistinct(name)
	l.checkFileHoldsNone()
}

// marketplaceSecretName returns the name of the secret that the preset uses.
func (c *Config) marketplaceSecretName() string {
	if c.Marketplace.Preset == Generic {
		return genericSecretName
	}
	return rapidAPISecretName
}

func (l *loader) checkSecret(name string, s secret.Secret, needed bool) {
	if s.IsZero() {
		if needed && !l.mistaken(name) {
			l.fail(&Error{Key: name, Kind: Missing, Problem: "is missing", Hint: missingHint(name)})
		}
		return
	}
	if e, ok := errors.AsType[*secret.Error](s.Validate()); ok {
		l.fail(&Error{Key: name, Kind: Invalid, Problem: e.Reason + " (" + l.config.sources[name] + ")", Hint: missingHint(name)})
	}
}

func missingHint(name string) string {
	switch name {
	case telegramTokenName, slackURLName, discordURLName, webhookURLName:
		return "copy it from the receiver into " + name + ", or into a file that " + name + fileSuffix + " names"
	case webhookSecretName:
		return "openssl rand -base64 32, for the receiver, too"
	case keyName:
		return "sallyport init makes one, and so does: openssl rand -base64 32"
	}
	return "copy it from the marketplace into " + name + ", or into a file that " + name + fileSuffix + " names"
}

// checkDistinct keeps the marketplace, which knows its secret, from knowing the signing key.
func (l *loader) checkDistinct(name string) {
	s := l.config.Secrets
	if key := s.Key.Reveal(); key != "" && (key == s.Marketplace.Reveal() || key == s.Previous.Reveal()) {
		l.fail(&Error{Key: keyName, Kind: Prohibited, Problem: "is the same as " + name, Hint: "openssl rand -base64 32"})
	}
	if !s.Previous.IsZero() && s.Previous.Reveal() == s.Marketplace.Reveal() {
		l.warn(name + previousSuffix + " is the same as " + name + ": nothing is being rotated")
	}
}

// checkFileHoldsNone finds a secret anywhere in the configuration file, comments included.
func (l *loader) checkFileHoldsNone() {
	s := l.config.Secrets
	all := []secret.Secret{s.Key, s.Marketplace, s.Previous}
	for _, a := range s.Alerts.list() {
		all = append(all, *a.value)
	}
	for _, v := range all {
		value := []byte(v.Reveal())
		if len(value) < secret.MinLength {
			continue
		}
		at := bytes.Index(l.raw, value)
		line := bytes.Count(l.raw[:max(at, 0)], []byte("\n")) + 1
		if at >= 0 && !l.prohibitedAt(line) {
			l.fail(&Error{Key: "(file)", Kind: Prohibited, Origin: Origin{FromFile, l.config.Path, line},
				Problem: "holds a secret of this deployment", Hint: "remove it here; if it was committed, change it"})
		}
	}
}

// prohibitedAt says whether a line of the file is already reported as holding a secret.
func (l *loader) prohibitedAt(line int) bool {
	return slices.ContainsFunc(l.errs, func(e *Error) bool {
		return e.Kind == Prohibited && e.Origin.Line == line && e.Origin.Name == l.config.Path
	})
}

func (l *loader) warn(text string) { l.config.Warnings = append(l.config.Warnings, text) }

// mistaken says whether something is already wrong with key, so that it is not reported twice.
func (l *loader) mistaken(key string) bool {
	return slices.ContainsFunc(l.errs, func(e *Error) bool {
		return e.Key == key || strings.HasPrefix(e.Key, key+".") || strings.HasPrefix(e.Key, key+"[")
	})
}

// originOf returns where key, or what holds it, was given.
func (l *loader) originOf(key string) Origin {
	for key != "" {
		if o, ok := l.config.origins[key]; ok {
			return o
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return Origin{Source: FromDefault}
}

func (l *loader) invalid(key, value, problem, hint string) {
	l.report(Invalid, key, value, problem, hint)
}

func (l *loader) prohibited(key, value, problem, hint string) {
	l.report(Prohibited, key, value, problem, hint)
}

func (l *loader) missing(key, problem, hint string) {
	l.report(Missing, key, "", cmp.Or(problem, "is missing"), hint)
}

// report adds a mistake of a key that has none so far.
func (l *loader) report(kind Kind, key, value, problem, hint string) {
	if !l.mistaken(key) {
		l.fail(&Error{Key: key, Value: show(value), Kind: kind, Origin: l.originOf(key), Problem: problem, Hint: hint})
	}
}
