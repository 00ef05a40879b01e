package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSecretFromEachSource(t *testing.T) {
	for name, tt := range map[string]struct {
		arrange func(*deployment)
		origin  string // with the folder cut off
	}{
		"environment": {func(d *deployment) { d.environ[rapidAPISecretName] = goodSecret }, "env RAPIDAPI_PROXY_SECRET"},
		"named file": {func(d *deployment) {
			d.write("s", goodSecret+"\n", 0o600)
			d.environ[rapidAPISecretName+"_FILE"] = d.path("s")
		}, "file s of RAPIDAPI_PROXY_SECRET_FILE"},
		"systemd credential": {func(d *deployment) {
			d.write("cred/RAPIDAPI_PROXY_SECRET", goodSecret, 0o400)
			d.environ["CREDENTIALS_DIRECTORY"] = d.path("cred")
		}, "systemd credential cred/RAPIDAPI_PROXY_SECRET"},
		"systemd credential in lower case": {func(d *deployment) {
			d.write("cred/rapidapi_proxy_secret", goodSecret, 0o400)
			d.environ["CREDENTIALS_DIRECTORY"] = d.path("cred")
		}, "systemd credential cred/rapidapi_proxy_secret"},
		"mounted":               {func(d *deployment) { d.write("run-secrets/RAPIDAPI_PROXY_SECRET", goodSecret, 0o400) }, "file run-secrets/RAPIDAPI_PROXY_SECRET"},
		"mounted in lower case": {func(d *deployment) { d.write("run-secrets/rapidapi_proxy_secret", goodSecret+"\r\n", 0o400) }, "file run-secrets/rapidapi_proxy_secret"},
		".env":                  {func(d *deployment) { d.write(".env", "# mine\nRAPIDAPI_PROXY_SECRET="+goodSecret+"\n", 0o600) }, ".env:2"},
		"one place for both mounts": {func(d *deployment) {
			d.write("run-secrets/RAPIDAPI_PROXY_SECRET", goodSecret, 0o400)
			d.environ["CREDENTIALS_DIRECTORY"] = d.path("run-secrets")
		}, "systemd credential run-secrets/RAPIDAPI_PROXY_SECRET"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeployment(t)
			delete(d.environ, rapidAPISecretName)
			tt.arrange(d)
			c := d.mustLoad()
			if c.Secrets.Marketplace.Reveal() != goodSecret {
				t.Error("the secret is another")
			}
			if got := strings.ReplaceAll(c.sources[rapidAPISecretName], d.dir+"/", ""); got != tt.origin {
				t.Errorf("origin %q, want %q", got, tt.origin)
			}
		})
	}
}

func TestSecretsAreRefused(t *testing.T) {
	const name = rapidAPISecretName
	set := func(value string) func(*deployment) { return func(d *deployment) { d.environ[name] = value } }
	file := func(value string, mode os.FileMode) func(*deployment) {
		return func(d *deployment) {
			delete(d.environ, name)
			d.write("s", value, mode)
			d.environ[name+"_FILE"] = d.path("s")
		}
	}
	for title, tt := range map[string]struct {
		arrange func(*deployment)
		want    string
		message string
	}{
		"missing":      {func(d *deployment) { delete(d.environ, name) }, "missing " + name, "copy it from the marketplace"},
		"empty":        {set(""), "missing " + name, "is empty in env " + name},
		"blank":        {set("                     "), "invalid " + name, "is blank (env " + name + ")"},
		"short":        {set("0123abc"), "invalid " + name, "7 bytes long"},
		"placeholder":  {set("changeme-changeme-1"), "invalid " + name, "placeholder"},
		"unexpanded":   {set("${RAPIDAPI_PROXY_SECRET}"), "invalid " + name, "placeholder"},
		"two newlines": {file(goodSecret+"\n\n", 0o600), "invalid " + name, "white space"},
		"empty file":   {file("", 0o600), "missing " + name, "is empty in file"},
		"newline file": {file("\n", 0o600), "missing " + name, "is empty in file"},
		"group file":   {file(goodSecret, 0o640), "prohibited " + name, "chmod 600 "},
		"world file":   {file(goodSecret, 0o604), "prohibited " + name, "(mode 0604); hint: chmod 600 "},
		"huge file":    {file(strings.Repeat(goodSecret, 5000), 0o600), "invalid " + name, "is larger than 65536 bytes"},
		"no such file": {func(d *deployment) { delete(d.environ, name); d.environ[name+"_FILE"] = d.path("none") }, "invalid " + name, "no such file"},
		"unnamed file": {func(d *deployment) { delete(d.environ, name); d.environ[name+"_FILE"] = "" }, "missing " + name, "has no name"},
		"folder":       {func(d *deployment) { delete(d.environ, name); d.environ[name+"_FILE"] = d.dir }, "invalid " + name, "is not a regular file"},
		"pipe": {func(d *deployment) {
			delete(d.environ, name)
			if err := syscall.Mkfifo(d.path("pipe"), 0o600); err != nil {
				d.t.Fatal(err)
			}
			d.environ[name+"_FILE"] = d.path("pipe")
		}, "invalid " + name, "is not a regular file"},
		"dangling mount": {func(d *deployment) {
			delete(d.environ, name)
			d.write("run-secrets/x", "", 0o600)
			if err := os.Symlink("gone", d.path("run-secrets/"+name)); err != nil {
				d.t.Fatal(err)
			}
		}, "invalid " + name, "no such file"},
		"environment and file": {func(d *deployment) {
			file(goodSecret, 0o600)(d)
			d.environ[name] = goodSecret
		}, "invalid " + name, "of RAPIDAPI_PROXY_SECRET_FILE, env RAPIDAPI_PROXY_SECRET; hint: keep one"},
		"environment and .env": {func(d *deployment) { d.write(".env", name+"="+goodSecret, 0o600) }, "invalid " + name, "env RAPIDAPI_PROXY_SECRET, "},
		"empty environment and .env": {func(d *deployment) {
			d.environ[name] = ""
			d.write(".env", name+"="+goodSecret, 0o600)
		}, "invalid " + name, "more than once"},
		"both spellings": {func(d *deployment) {
			delete(d.environ, name)
			d.write("run-secrets/"+name, goodSecret, 0o400)
			d.write("run-secrets/"+strings.ToLower(name), goodSecret, 0o400)
		}, "invalid " + name, "more than once"},
		"no key":               {func(d *deployment) { delete(d.environ, keyName) }, "missing " + keyName, "openssl rand"},
		"short key":            {func(d *deployment) { d.environ[keyName] = otherSecret }, "invalid " + keyName, "shorter than 32 bytes"},
		"key is the secret":    {func(d *deployment) { d.environ[name] = goodKey }, "prohibited " + keyName, "is the same as " + name},
		"short previous":       {func(d *deployment) { d.environ[name+"_PREVIOUS"] = "abc" }, "invalid " + name + "_PREVIOUS", "3 bytes long"},
		"other preset":         {func(d *deployment) { d.configure("marketplace: {preset: generic}") }, "missing " + genericSecretName, "is missing"},
		"readable .env":        {func(d *deployment) { d.write(".env", "", 0o644) }, "prohibited .env", "chmod 600 "},
		"setting in .env":      {func(d *deployment) { d.write(".env", "SALLYPORT_LISTEN=:80", 0o600) }, "unknown SALLYPORT_LISTEN", ".env holds secrets alone"},
		"typing error in .env": {func(d *deployment) { d.write(".env", "RAPIDAPI_PROXY_SECERT="+otherSecret, 0o600) }, "unknown RAPIDAPI_PROXY_SECERT", "did you mean RAPIDAPI_PROXY_SECRET?"},
		"broken .env":          {func(d *deployment) { d.write(".env", "a=1\n"+otherSecret+"\n", 0o600) }, "invalid .env", ".env:2: "},
	} {
		t.Run(title, func(t *testing.T) {
			d := newDeployment(t)
			tt.arrange(d)
			if diff := cmp.Diff(tt.want, strings.Join(d.mistakes(), "; ")); diff != "" {
				t.Error(diff)
			}
			if _, err := d.load(); err == nil || !strings.Contains(err.Error(), tt.message) {
				t.Errorf("message %v, want %q", err, tt.message)
			}
		})
	}
}

func TestUnreadableSecretIsNotPassedOver(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	d := newDeployment(t)
	delete(d.environ, rapidAPISecretName)
	d.write("run-secrets/"+rapidAPISecretName, goodSecret, 0o000)
	if diff := cmp.Diff([]string{"invalid " + rapidAPISecretName}, d.mistakes()); diff != "" {
		t.Error(diff)
	}
}

// Orchestrators mount secrets 0444, and a dev machine is its owner's.
func TestReadableSecretIsAWarningWhereItMustBe(t *testing.T) {
	for name, arrange := range map[string]func(*deployment){
		"mounted": func(d *deployment) { d.write("run-secrets/"+rapidAPISecretName, goodSecret, 0o444) },
		"named mounted": func(d *deployment) {
			d.write("run-secrets/sub/x", goodSecret, 0o444)
			d.environ[rapidAPISecretName+"_FILE"] = d.path("run-secrets/sub/x")
		},
		"credential": func(d *deployment) {
			d.write("cred/"+rapidAPISecretName, goodSecret, 0o440)
			d.environ["CREDENTIALS_DIRECTORY"] = d.path("cred")
		},
		"dev": func(d *deployment) {
			d.write(".env", rapidAPISecretName+"="+goodSecret, 0o644)
			d.options.Dev = true
			d.environ["HOME"] = d.dir
			d.write(FileName, "", 0o644)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeployment(t)
			delete(d.environ, rapidAPISecretName)
			arrange(d)
			c := d.mustLoad()
			if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "chmod 600 ") {
				t.Errorf("warnings %q", c.Warnings)
			}
			if c.Secrets.Marketplace.Reveal() != goodSecret {
				t.Error("the secret is another")
			}
		})
	}
}

func TestRotation(t *testing.T) {
	d := newDeployment(t)
	d.environ[rapidAPISecretName+"_PREVIOUS"] = otherSecret
	c := d.mustLoad()
	if c.Secrets.Marketplace.Reveal() != goodSecret || c.Secrets.Previous.Reveal() != otherSecret || len(c.Warnings) != 0 {
		t.Errorf("secrets differ, warnings %q", c.Warnings)
	}
	d.environ[rapidAPISecretName+"_PREVIOUS"] = goodSecret
	if c = d.mustLoad(); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "nothing is being rotated") {
		t.Errorf("warnings %q", c.Warnings)
	}
}

func TestReloadReadsFilesAgain(t *testing.T) {
	d := newDeployment(t)
	delete(d.environ, rapidAPISecretName)
	d.write("s", goodSecret, 0o600)
	d.environ[rapidAPISecretName+"_FILE"] = d.path("s")
	d.mustLoad()
	d.write("s", otherSecret, 0o600)
	if c := d.mustLoad(); c.Secrets.Marketplace.Reveal() != otherSecret {
		t.Error("the old secret stays")
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	d := newDeployment(t)
	d.environ[rapidAPISecretName+"_PREVIOUS"] = otherSecret
	c := d.mustLoad()
	printed := fmt.Sprintf("%v %+v %#v %v", c, *c, c.Secrets, c.Entries())
	for _, s := range []string{goodSecret, otherSecret, goodKey} {
		if strings.Contains(printed, s) {
			t.Error("the configuration prints a secret")
		}
	}
	shown := 0
	for _, e := range c.Entries() {
		if e.Value == "[redacted]" && strings.HasPrefix(e.Origin, "env ") {
			shown++
		}
	}
	if shown != 3 {
		t.Errorf("%d secrets are listed, want 3", shown)
	}
}

func TestTLSFiles(t *testing.T) {
	d := newDeployment(t)
	d.configure("trusted_proxies: []\ntls: {certificate: c.pem, key: k.pem}")
	chain, key := selfSigned(t)
	d.write("c.pem", chain, 0o644)
	d.write("k.pem", key, 0o600)
	if c := d.mustLoad(); c.TLS.Certificate != d.path("c.pem") || c.TLS.Key != d.path("k.pem") {
		t.Errorf("paths %+v", c.TLS)
	}
	_, other := selfSigned(t)
	d.write("k.pem", other, 0o600)
	if diff := cmp.Diff([]string{"invalid tls.certificate"}, d.mistakes()); diff != "" {
		t.Errorf("a key that does not fit:\n%s", diff)
	}
	d.write("k.pem", key, 0o640)
	if diff := cmp.Diff([]string{"prohibited tls.key"}, d.mistakes()); diff != "" {
		t.Errorf("a key that others can read:\n%s", diff)
	}
}

func selfSigned(t *testing.T) (chain, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}
