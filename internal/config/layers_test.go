package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEveryKeyIsDocumentedAndBound(t *testing.T) {
	var documented, bound []string
	for _, k := range Keys() {
		documented = append(documented, k.Name)
		if k.Doc == "" || k.Type == "" {
			t.Errorf("%s has no type or no description", k.Name)
		}
	}
	bound = leaves(reflect.TypeFor[Settings](), "")
	slices.Sort(documented)
	slices.Sort(bound)
	if diff := cmp.Diff(bound, documented); diff != "" {
		t.Errorf("fields of Settings (-) and Keys (+):\n%s", diff)
	}
}

func leaves(typ reflect.Type, key string) []string {
	if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct {
		return leaves(typ.Elem(), key+"[]")
	}
	if typ.Kind() != reflect.Struct {
		return []string{key}
	}
	var list []string
	for field := range typ.Fields() {
		list = append(list, leaves(field.Type, join(key, field.Tag.Get("yaml")))...)
	}
	return list
}

func TestTypesOfTheDocumentationAreThoseOfTheFields(t *testing.T) {
	l := newLoader(Options{})
	for _, k := range Keys() {
		if k.Env() == "" {
			continue
		}
		want := map[reflect.Type]string{
			reflect.TypeFor[int](): "integer", reflect.TypeFor[int64](): "integer", reflect.TypeFor[bool](): "boolean",
			reflect.TypeFor[time.Duration](): "duration", reflect.TypeFor[Size](): "size",
			reflect.TypeFor[[]string](): "list", reflect.TypeFor[map[string]string](): "map",
		}[l.field(k.Name).Type()]
		if k.Type != want && (want != "" || k.Type != "text" && k.Type != "path") {
			t.Errorf("%s is documented as %s, and is %s", k.Name, k.Type, l.field(k.Name).Type())
		}
	}
}

func TestEveryKeyOfTheFullFileArrives(t *testing.T) {
	d := newDeployment(t)
	full, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d.write(FileName, string(full), 0o644)
	d.environ[genericSecretName] = goodSecret
	d.environ[telegramTokenName] = goodToken
	d.environ[slackURLName] = goodURL
	c := d.mustLoad()
	for _, e := range c.Entries() {
		optional := strings.HasPrefix(e.Key, "tls.") || strings.ToUpper(e.Key) == e.Key
		if strings.HasPrefix(e.Origin, d.path(FileName)+":") || optional || e.Key == "tiers[0].in_flight" || strings.HasPrefix(e.Key, "alerts.targets[1]") {
			continue
		}
		t.Errorf("%s = %s came from %s", e.Key, e.Value, e.Origin)
	}
	want := []Tier{
		{"FREE", []Policy{{"minute", 30, time.Minute}}, 8},
		{"PAID", []Policy{{"burst", 20, time.Second}, {"day", 50000, 24 * time.Hour}}, 12},
	}
	if diff := cmp.Diff(want, c.Tiers); diff != "" {
		t.Error(diff)
	}
	if got := fmt.Sprint(c.Proxies); got != "[10.0.0.0/8 192.0.2.7/32 2001:db8::/32]" {
		t.Errorf("proxies %s", got)
	}
	if c.Server.MaxURL != 2<<10 || c.Query.Deadline != 1500*time.Millisecond || c.HSTS.MaxAge != 730*24*time.Hour {
		t.Errorf("values differ: %+v %+v %+v", c.Server, c.Query, c.HSTS)
	}
	if c.StateDir != d.path("state") || c.Dataset.File != d.path("data.db") {
		t.Errorf("paths are not relative to the file: %s %s", c.StateDir, c.Dataset.File)
	}
}

func TestFlagsOverEnvironmentOverFileOverDefaults(t *testing.T) {
	d := newDeployment(t)
	check := func(want, origin string) {
		t.Helper()
		c := d.mustLoad()
		if c.Listen != want || c.OriginOf("listen").String() != origin {
			t.Errorf("listen = %s from %s, want %s from %s", c.Listen, c.OriginOf("listen"), want, origin)
		}
	}
	check(":8080", "default")
	d.configure("# comment\nlisten: :8081")
	check(":8081", d.path(FileName)+":2")
	d.environ["PORT"] = "8082"
	check(":8082", "env PORT")
	d.environ["SALLYPORT_LISTEN"] = "127.0.0.1:8083"
	check("127.0.0.1:8083", "env SALLYPORT_LISTEN")
	d.options.Flags = map[string]string{"listen": "127.0.0.1:8084"}
	check("127.0.0.1:8084", "flag --listen")
}

// They have the shape of the real ones.
const (
	goodToken = "123456789:AAE-example-token-of-a-bot-00000"
	goodURL   = "https://hooks.slack.com/services/T00000000/B00000000/zq81hx0w7vkd94ms"
)

// Whatever the environment can set, it sets to the same value as the file.
func TestEnvironmentTakesEveryKeyOutsideOfLists(t *testing.T) {
	d := newDeployment(t)
	full, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d.write(FileName, string(full), 0o644)
	d.environ[genericSecretName] = goodSecret
	d.environ[telegramTokenName] = goodToken
	d.environ[slackURLName] = goodURL
	want := d.mustLoad().Settings
	tiers := string(full[strings.Index(string(full), "tiers:"):strings.Index(string(full), "tier_aliases:")])
	alerts := "alerts:\n" + string(full[strings.Index(string(full), "  targets:"):])
	d.write(FileName, tiers+alerts, 0o644)
	for _, e := range (&Config{Settings: want, origins: map[string]Origin{}}).Entries() {
		if strings.Contains(e.Key, "[") || strings.HasPrefix(e.Key, "tls.") || strings.ToUpper(e.Key) == e.Key {
			continue
		}
		text := strings.NewReplacer("{", "", "}", "", "[", "", "]", "", ": ", "=").Replace(e.Value)
		d.environ[Key{Name: e.Key}.Env()] = text
	}
	if diff := cmp.Diff(want, d.mustLoad().Settings); diff != "" {
		t.Errorf("file (-) and environment (+):\n%s", diff)
	}
}

func TestEnvironmentIsStrict(t *testing.T) {
	for name, tt := range map[string]struct {
		environ map[string]string
		want    string
	}{
		"empty":            {map[string]string{"SALLYPORT_ENV": ""}, "missing env"},
		"unknown env":      {map[string]string{"SALLYPORT_ENV": "DEV"}, "invalid env"},
		"unknown variable": {map[string]string{"SALLYPORT_HOST": "x"}, "unknown SALLYPORT_HOST"},
		"PORT of a link":   {map[string]string{"PORT": "tcp://10.0.0.1:80"}, "invalid listen"},
		"empty list item":  {map[string]string{"SALLYPORT_HOSTS": "a.example.com,,b.example.com"}, "invalid hosts"},
		"map without =":    {map[string]string{"SALLYPORT_TIER_ALIASES": "CUSTOM"}, "invalid tier_aliases"},
		"item of a list":   {map[string]string{"SALLYPORT_TIERS": "A"}, "unknown SALLYPORT_TIERS"},
		"service links": {map[string]string{"SALLYPORT_SERVICE_HOST": "10.0.0.1", "SALLYPORT_PORT": "tcp://10.0.0.1:80",
			"SALLYPORT_SERVICE_PORT": "80", "SALLYPORT_SERVICE_PORT_HTTP": "80", "SALLYPORT_PORT_80_TCP": "x",
			"SALLYPORT_PORT_80_TCP_ADDR": "x"}, ""},
		"others": {map[string]string{"ENV": "dev", "LISTEN": "x", "SALLYPORT_TEST_DATA": "x", "SALLYPORT_CONFIG": "x"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeployment(t)
			for k, v := range tt.environ {
				d.environ[k] = v
			}
			if diff := cmp.Diff(tt.want, strings.Join(d.mistakes(), "; ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFlagsAreStrict(t *testing.T) {
	for name, tt := range map[string]struct {
		flags map[string]string
		dev   bool
		want  string
	}{
		"unknown":           {map[string]string{"lisen": ":80"}, false, "unknown lisen"},
		"empty":             {map[string]string{"listen": ""}, false, "missing listen"},
		"against --dev":     {map[string]string{"env": "prod"}, true, "invalid env"},
		"the same as --dev": {map[string]string{"env": "dev"}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeployment(t)
			d.environ["HOME"] = d.dir
			d.options.Flags, d.options.Dev = tt.flags, tt.dev
			if diff := cmp.Diff(tt.want, strings.Join(d.mistakes(), "; ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWithoutFile(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		options Options
		want    string
	}{
		"prod":                  {Options{Dir: dir}, "there is no such configuration file; hint: sallyport init writes one, --config names it, and --dev does without"},
		"dev with a named file": {Options{Dir: dir, Dev: true, Path: filepath.Join(dir, "other.yaml")}, "there is no such"},
		"a folder":              {Options{Dir: dir, Path: dir}, "is not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(tt.options); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestDev(t *testing.T) {
	for name, tt := range map[string]struct {
		yaml    string
		environ map[string]string
		want    string
	}{
		"nothing":                   {"", nil, ""},
		"loopback":                  {"listen: 127.0.0.1:0", nil, ""},
		"loopback in IPv6":          {`listen: "[::1]:8080"`, nil, ""},
		"every address":             {"listen: :8080", nil, "prohibited listen"},
		"address of the network":    {"listen: 192.0.2.1:8080", nil, "prohibited listen"},
		"every address by variable": {"", map[string]string{"SALLYPORT_LISTEN": "0.0.0.0:80"}, "prohibited listen"},
		"short secret":              {"", map[string]string{rapidAPISecretName: "short"}, "invalid " + rapidAPISecretName},
		"placeholder":               {"", map[string]string{rapidAPISecretName: "your-secret-here-please"}, "invalid " + rapidAPISecretName},
		"previous secret alone":     {"", map[string]string{rapidAPISecretName + "_PREVIOUS": goodSecret}, "missing " + rapidAPISecretName},
		"short key":                 {"", map[string]string{keyName: goodSecret}, "invalid " + keyName},
		"dataset without its other": {"dataset: {file: data.db}", nil, "missing dataset.description"},
		"no place for state":        {"", map[string]string{"HOME": ""}, "missing state_dir"},
		"local page":                {`cors: {origins: ["http://localhost:3000"]}`, nil, ""},
		"page without https":        {`cors: {origins: ["http://example.com"]}`, nil, "prohibited cors.origins[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeployment(t)
			d.environ = map[string]string{"HOME": d.dir}
			for k, v := range tt.environ {
				d.environ[k] = v
			}
			d.write(FileName, tt.yaml, 0o644)
			d.options.Dev = true
			if diff := cmp.Diff(tt.want, strings.Join(d.mistakes(), "; ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDevDefaults(t *testing.T) {
	d := newDeployment(t)
	d.configure("hosts: [api.example.com]")
	d.environ = map[string]string{"HOME": d.dir, "PORT": "9000"}
	d.options.Dev = true
	c := d.mustLoad()
	if c.Listen != "127.0.0.1:9000" || c.Log.Level != "debug" || c.StateDir != d.path(".local/state/sallyport") {
		t.Errorf("listen %s, level %s, state %s", c.Listen, c.Log.Level, c.StateDir)
	}
	if diff := cmp.Diff([]string{"localhost", "127.0.0.1", "::1"}, c.Hosts); diff != "" {
		t.Errorf("dev answers to more than loopback names:\n%s", diff)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "loopback") && !strings.Contains(c.Warnings[0], "localhost") {
		t.Errorf("warnings %q", c.Warnings)
	}
}
