package config

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Values of the shape of real secrets, for tests alone.
const (
	goodSecret  = "q7Zr2mXw9LkT4vBn"
	otherSecret = "Vb8dPq3sWn5yHt1c"
	goodKey     = "mK2v9Xq4Lr7Tz1Ww8Bn5Pd3Hs6Yc0Jf-Ug_Ea2Rb4"
)

// deployment is a folder with a configuration that is valid in prod, and an environment with its secrets.
type deployment struct {
	t       *testing.T
	dir     string
	environ map[string]string
	options Options
}

func newDeployment(t *testing.T) *deployment {
	t.Helper()
	dir := t.TempDir()
	d := &deployment{t: t, dir: dir, environ: map[string]string{keyName: goodKey, rapidAPISecretName: goodSecret}}
	d.options = Options{Dir: dir, SecretsDir: filepath.Join(dir, "run-secrets")}
	d.write("data.db", "sealed", 0o600)
	d.write("data.yaml", "dataset: {}", 0o600)
	d.configure("")
	return d
}

func (d *deployment) path(name string) string { return filepath.Join(d.dir, name) }

func (d *deployment) write(name, text string, mode os.FileMode) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.path(name), []byte(text), mode); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Chmod(d.path(name), mode); err != nil {
		d.t.Fatal(err)
	}
}

// configure writes a valid configuration in which text replaces the keys that it gives.
func (d *deployment) configure(text string) {
	d.t.Helper()
	var b strings.Builder
	b.WriteString(text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteString("\n")
	}
	for _, line := range []string{
		"hosts: [api.example.com]",
		"trusted_proxies: [10.0.0.0/8]",
		"dataset: {file: data.db, description: data.yaml}",
	} {
		name, _, _ := strings.Cut(line, ":")
		if !strings.HasPrefix(text, name+":") && !strings.Contains(text, "\n"+name+":") {
			b.WriteString(line + "\n")
		}
	}
	d.write(FileName, b.String(), 0o644)
}

func (d *deployment) load() (*Config, error) {
	o := d.options
	for _, name := range slices.Sorted(maps.Keys(d.environ)) {
		o.Environ = append(o.Environ, name+"="+d.environ[name])
	}
	return Load(o)
}

func (d *deployment) mustLoad() *Config {
	d.t.Helper()
	c, err := d.load()
	if err != nil {
		d.t.Fatalf("loading: %v", err)
	}
	return c
}

// mistakes returns one "kind key" for each mistake, sorted, and fails when a mistake holds a secret.
func (d *deployment) mistakes() []string {
	d.t.Helper()
	_, err := d.load()
	if err == nil {
		return nil
	}
	all, ok := errors.AsType[Errors](err)
	if !ok {
		d.t.Fatalf("%T is not Errors", err)
	}
	var list []string
	for _, e := range all {
		for _, s := range []string{goodSecret, otherSecret, goodKey} {
			if strings.Contains(e.Error(), s) {
				d.t.Errorf("a mistake prints a secret: %v", e)
			}
		}
		list = append(list, string(e.Kind)+" "+strings.ReplaceAll(e.Key, d.dir+"/", ""))
	}
	slices.Sort(list)
	return list
}
