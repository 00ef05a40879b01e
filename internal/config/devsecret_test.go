package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/secret"
)

func TestEnsureDevSecretKeepsOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	first, created, err := EnsureDevSecret(dir, "key")
	if err != nil || !created {
		t.Fatalf("created %t, %v", created, err)
	}
	info, err := os.Stat(filepath.Join(dir, "key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if folder, err := os.Stat(dir); err != nil || folder.Mode().Perm() != 0o700 {
		t.Errorf("folder's mode %v, %v", folder.Mode(), err)
	}
	second, created, err := EnsureDevSecret(dir, "key")
	if err != nil || created || second.Reveal() != first.Reveal() {
		t.Errorf("the second start has another secret: created %t, %v", created, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := NewKeyring(first); err != nil {
		t.Error(err)
	}
}

func TestEnsureDevSecretAgreesAmongStarts(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	seen := map[string]int{}
	made := 0
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, created, err := EnsureDevSecret(dir, "key")
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[s.Reveal()]++
			if created {
				made++
			}
		})
	}
	group.Wait()
	if len(seen) != 1 || made != 1 {
		t.Errorf("%d secrets, %d made", len(seen), made)
	}
}

func TestEnsureDevSecretRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"readable by others": {goodKey, 0o644, "chmod 600"},
		"empty":              {"", 0o600, "is missing"},
		"placeholder":        {"changeme-changeme-1", 0o600, "placeholder"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "key")
			if err := os.WriteFile(path, []byte(tt.text), tt.mode); err != nil {
				t.Fatal(err)
			}
			s, _, err := EnsureDevSecret(dir, "key")
			if err == nil || !strings.Contains(err.Error(), tt.want) || !s.IsZero() {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if after, _ := os.ReadFile(path); string(after) != tt.text {
				t.Error("the file was changed")
			}
		})
	}
	if _, _, err := EnsureDevSecret("", "key"); err == nil {
		t.Error("a secret is kept nowhere")
	}
}

func TestEnsureDevSecretsCompletesDevAlone(t *testing.T) {
	d := newDeployment(t)
	if created, err := d.mustLoad().EnsureDevSecrets(); err != nil || created != nil {
		t.Errorf("in prod: %v, %v", created, err)
	}
	delete(d.environ, keyName)
	d.environ["HOME"] = d.dir
	d.options.Dev = true
	c := d.mustLoad()
	created, err := c.EnsureDevSecrets()
	if err != nil || len(created) != 1 || filepath.Base(created[0]) != "key" {
		t.Errorf("created %v, %v", created, err)
	}
	if c.Secrets.Marketplace.Reveal() != goodSecret || c.Secrets.Key.IsZero() {
		t.Error("the given secret was replaced, or the missing one was not made")
	}
}

func TestKeyring(t *testing.T) {
	ring, err := NewKeyring(secret.New(goodKey))
	if err != nil {
		t.Fatal(err)
	}
	derive := func(r Keyring, purpose string) []byte {
		key, err := r.Derive(purpose)
		if err != nil || len(key) != 32 {
			t.Fatalf("%d bytes, %v", len(key), err)
		}
		return key
	}
	again, _ := NewKeyring(secret.New(goodKey))
	if !bytes.Equal(derive(ring, "cursor"), derive(again, "cursor")) {
		t.Error("replicas do not agree")
	}
	other, _ := NewKeyring(secret.New(goodKey + "x"))
	if bytes.Equal(derive(ring, "cursor"), derive(ring, "log")) || bytes.Equal(derive(ring, "cursor"), derive(other, "cursor")) {
		t.Error("two keys are the same")
	}
	if _, err := (Keyring{}).Derive("cursor"); err == nil {
		t.Error("the zero Keyring derives a key")
	}
	if _, err := ring.Derive(""); err == nil {
		t.Error("a key without purpose")
	}
	for _, bad := range []string{"", goodSecret, strings.Repeat("x", 40)} {
		if _, err := NewKeyring(secret.New(bad)); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("NewKeyring(%q): %v", bad, err)
		}
	}
}

// TestShowTellsWhereDevKeepsSecrets shows places, and of prod none.
func TestShowTellsWhereDevKeepsSecrets(t *testing.T) {
	for env, want := range map[Env]map[string]string{
		Dev:  {keyName: "kept in state/key, made by serve", rapidAPISecretName: "kept in state/marketplace-secret, made by serve"},
		Prod: {keyName: "", rapidAPISecretName: ""},
	} {
		c := &Config{Settings: Settings{Env: env, StateDir: "state"}}
		got := map[string]string{}
		for _, e := range c.Entries() {
			if e.Key == keyName || e.Key == rapidAPISecretName {
				got[e.Key] = e.Value + e.Origin
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", env, diff)
		}
	}
}
