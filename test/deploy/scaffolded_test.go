package deploy

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/config"
)

// fillIn gives a new deployment the values that only its user knows.
func fillIn(t *testing.T, dir string) {
	t.Helper()
	name := filepath.Join(dir, "sallyport.yaml")
	text := read(t, name)
	for blank, value := range map[string]string{
		"\nhosts: []\n":           "\nhosts: [api.example.com]\n",
		"\ntrusted_proxies: []\n": "\ntrusted_proxies: [127.0.0.1]\n",
	} {
		if !strings.Contains(text, blank) {
			t.Fatalf("sallyport.yaml does not leave %q blank", strings.TrimSpace(blank))
		}
		text = strings.Replace(text, blank, value, 1)
	}
	write(t, name, text, 0o644)
}

func load(dir string) (*config.Config, error) { return loadWith(dir, filepath.Join(dir, "none")) }

func loadWith(dir, secrets string) (*config.Config, error) {
	return config.Load(config.Options{Dir: dir, SecretsDir: secrets})
}

// TestEachBlankIsAnError fills in all blanks but one.
func TestEachBlankIsAnError(t *testing.T) {
	complete := func(t *testing.T) string {
		dir := scaffolded(t)
		fillIn(t, dir)
		write(t, filepath.Join(dir, "dataset.sqlite"), "", 0o444)
		env := strings.Replace(read(t, dir, ".env"), "RAPIDAPI_PROXY_SECRET=\n", "RAPIDAPI_PROXY_SECRET="+deploymentSecret+"\n", 1)
		write(t, filepath.Join(dir, ".env"), env, 0o600)
		return dir
	}
	c, err := load(complete(t))
	if err != nil {
		t.Fatal("with every blank filled in:", err)
	}
	if c.Env != config.Prod || len(c.Warnings) > 0 {
		t.Errorf("env is %s and there are the warnings %q, want prod and none", c.Env, c.Warnings)
	}
	if diff := cmp.Diff(config.DefaultTiers(), c.Tiers); diff != "" {
		t.Error("the tiers are not the ones that are documented:", diff)
	}
	for key, blank := range map[string]struct{ file, filled, empty string }{
		"hosts":                 {"sallyport.yaml", "\nhosts: [api.example.com]", "\nhosts: []"},
		"tls":                   {"sallyport.yaml", "\ntrusted_proxies: [127.0.0.1]", "\ntrusted_proxies: []"},
		"RAPIDAPI_PROXY_SECRET": {".env", deploymentSecret, ""},
		"SALLYPORT_KEY":         {".env", deploymentKey, ""},
		"dataset.file":          {"sallyport.yaml", "  file: dataset.sqlite\n", ""},
		"dataset.description":   {"sallyport.yaml", "  description: dataset.yaml\n", ""},
	} {
		t.Run(key, func(t *testing.T) {
			dir := complete(t)
			name := filepath.Join(dir, blank.file)
			write(t, name, strings.Replace(read(t, name), blank.filled, blank.empty, 1), modeOf(t, name))
			_, err := load(dir)
			var mistakes config.Errors
			if !errors.As(err, &mistakes) || !slices.ContainsFunc(mistakes, func(e *config.Error) bool { return e.Key == key && e.Kind == config.Missing }) {
				t.Errorf("loading says %v, want that %s is missing", err, key)
			}
			if len(mistakes) != 1 {
				t.Errorf("%d mistakes, want this one", len(mistakes))
			}
		})
	}
}

// TestExampleOfSecretsNamesThem compares the names in .env.example and .env.
func TestExampleOfSecretsNamesThem(t *testing.T) {
	names := func(text string) (names []string) {
		for line := range strings.Lines(text) {
			if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(line, "#") {
				names = append(names, name+map[bool]string{true: "", false: " with a value"}[value == ""])
			}
		}
		return names
	}
	dir := scaffolded(t)
	if diff := cmp.Diff([]string{"SALLYPORT_KEY", "RAPIDAPI_PROXY_SECRET"}, names(read(t, dir, ".env.example"))); diff != "" {
		t.Error(".env.example:", diff)
	}
	if diff := cmp.Diff([]string{"SALLYPORT_KEY with a value", "RAPIDAPI_PROXY_SECRET"}, names(read(t, dir, ".env"))); diff != "" {
		t.Error(".env:", diff)
	}
}
