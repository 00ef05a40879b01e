package config

import (
	"cmp"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"sallyport/secret"
)

// FileName is the name of the configuration file.
const FileName = "sallyport.yaml"

// maxFile is the largest configuration file and .env, in bytes.
const maxFile = 1 << 20

// Options say where the configuration is. Keep them for a reload: [Load] with the same Options reads the
// files again, and the environment as it was at the start.
type Options struct {
	Path       string            // configuration file; FileName in Dir when empty
	Dir        string            // working directory; "." when empty
	Environ    []string          // the environment, as [os.Environ] returns it
	Flags      map[string]string // key to text, such as "listen": "127.0.0.1:9000"; only flags that were given
	Dev        bool              // --dev: env is dev, and the file may be absent
	SecretsDir string            // folder of mounted secrets; /run/secrets when empty
}

// Config is the effective configuration, read-only after [Load].
type Config struct {
	Settings
	Path     string         // the file that was read; empty when there was none
	Proxies  []netip.Prefix // TrustedProxies, parsed
	Secrets  Secrets
	Warnings []string // one line each, for the operator
	origins  map[string]Origin
	sources  map[string]string // of the secrets
}

// Secrets are the secrets of a deployment. In prod Key and Marketplace are always usable; in dev they may
// be zero, see [Config.EnsureDevSecrets].
type Secrets struct {
	Key         secret.Secret
	Marketplace secret.Secret
	Previous    secret.Secret // zero outside of a rotation
	Alerts      AlertSecrets
}

// loader gathers a Config and every mistake in it.
type loader struct {
	options Options
	config  *Config
	environ map[string]string
	dotEnv  *dotEnv
	raw     []byte // the configuration file
	errs    Errors
}

// Load reads and validates the configuration. The error is of type [Errors]. The Config beside an error is
// what could be read, so that a caller can look for further mistakes; it is nil when nothing could.
func Load(o Options) (*Config, error) {
	l := newLoader(o)
	l.readFile()
	if len(l.errs) > 0 && l.config.Path == "" { // nothing that could be judged
		return nil, l.errs
	}
	l.readEnvironment()
	l.readFlags()
	l.settleEnv()
	l.setDefaults()
	l.resolvePaths()
	l.readDotEnv()
	l.readSecrets()
	l.validate()
	if len(l.errs) > 0 {
		slices.SortStableFunc(l.errs, func(a, b *Error) int { return cmp.Compare(a.Origin.Line, b.Origin.Line) })
		return l.config, l.errs
	}
	return l.config, nil
}

func newLoader(o Options) *loader {
	o.Dir = cmp.Or(o.Dir, ".")
	o.SecretsDir = cmp.Or(o.SecretsDir, "/run/secrets")
	l := &loader{options: o, environ: map[string]string{}, dotEnv: &dotEnv{}}
	l.config = &Config{origins: map[string]Origin{}, sources: map[string]string{}}
	for _, pair := range o.Environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			l.environ[name] = value
		}
	}
	return l
}

func (l *loader) fail(e *Error) { l.errs = append(l.errs, e) }

func (l *loader) readFile() {
	path := cmp.Or(l.options.Path, filepath.Join(l.options.Dir, FileName))
	data, err := readBounded(path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && l.options.Path == "" && l.options.Dev:
		return
	case errors.Is(err, fs.ErrNotExist):
		l.fail(&Error{Key: path, Kind: Missing, Problem: "there is no such configuration file",
			Hint: "sallyport init writes one, --config names it, and --dev does without"})
		return
	case err != nil:
		l.fail(&Error{Key: path, Kind: Invalid, Problem: reason(err)})
		return
	}
	l.bindFile(path, data)
}

func (l *loader) bindFile(path string, data []byte) {
	top, syntax := parse(data)
	if syntax != nil {
		syntax.Origin = Origin{Source: FromFile, Name: path, Line: syntax.Origin.Line}
		l.fail(syntax)
		return
	}
	l.config.Path, l.raw = path, data
	if top != nil {
		b := &binder{file: path, origins: l.config.origins, fail: l.fail}
		b.bind(top, reflect.ValueOf(&l.config.Settings).Elem(), "")
	}
}

// settleEnv decides between dev and prod; whatever is neither is judged as prod.
func (l *loader) settleEnv() {
	c := l.config
	if c.Env == "" {
		c.Env = Prod
	}
	if c.Env != Dev && c.Env != Prod {
		l.invalid("env", string(c.Env), "is neither dev nor prod", "")
		c.Env = Prod
	}
}

func (l *loader) setDefaults() {
	for _, k := range Keys() {
		if _, given := l.config.origins[k.Name]; given || strings.Contains(k.Name, "[") {
			continue
		}
		text := k.defaultFor(l.config.Env)
		if text == "" || k.Name == "env" {
			continue
		}
		if err := setText(l.field(k.Name), text); err != nil {
			l.fail(&Error{Key: k.Name, Kind: Invalid, Problem: err.Error()})
		}
	}
	if _, given := l.config.origins["tiers"]; !given {
		l.config.Tiers = DefaultTiers()
	}
	for i := range l.config.Tiers {
		if t := &l.config.Tiers[i]; !l.given(index("tiers", i)+".in_flight") && t.InFlight == 0 {
			t.InFlight = defaultInFlight
		}
	}
	l.setWatchingDefaults()
}

func (l *loader) given(key string) bool { _, ok := l.config.origins[key]; return ok }

// field returns the settable value of a key outside of lists.
func (l *loader) field(key string) reflect.Value {
	v := reflect.ValueOf(&l.config.Settings).Elem()
	for name := range strings.SplitSeq(key, ".") {
		v = fieldsByName(v)[name]
	}
	return v
}

// resolvePaths makes relative paths relative to the file that they stand in, or else to the working
// directory.
func (l *loader) resolvePaths() {
	c := l.config
	if c.Env == Dev && c.StateDir == "" {
		c.StateDir = l.devStateDir()
	}
	for _, k := range Keys() {
		if k.Type != "path" {
			continue
		}
		v := l.field(k.Name)
		path := v.String()
		if path == "" || strings.HasPrefix(k.Name, "log.") && (path == Stdout || path == Stderr) {
			continue
		}
		v.SetString(l.resolve(path, c.origins[k.Name]))
	}
}

func (l *loader) resolve(path string, origin Origin) string {
	if filepath.IsAbs(path) {
		return path
	}
	dir := l.options.Dir
	if origin.Source == FromFile {
		dir = filepath.Dir(l.config.Path)
	}
	joined := filepath.Join(dir, path)
	if absolute, err := filepath.Abs(joined); err == nil {
		return absolute
	}
	return joined
}

// devStateDir follows the XDG base directory specification.
func (l *loader) devStateDir() string {
	if dir := l.environ["XDG_STATE_HOME"]; filepath.IsAbs(dir) {
		return filepath.Join(dir, "sallyport")
	}
	if home := l.environ["HOME"]; filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "sallyport")
	}
	return ""
}

// reason is an error's text without the path, which the message already names.
func reason(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return "cannot be read: " + e.Err.Error()
	}
	return err.Error()
}
