package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// composition is what the tests look at in a compose.yaml.
type composition struct {
	Services map[string]service
	Secrets  map[string]struct{ File, Environment string }
}

type service struct {
	Build       any
	Image       string
	Restart     string
	User        string
	ReadOnly    bool     `yaml:"read_only"`
	Privileged  bool     `yaml:"privileged"`
	CapDrop     []string `yaml:"cap_drop"`
	CapAdd      []string `yaml:"cap_add"`
	SecurityOpt []string `yaml:"security_opt"`
	MemLimit    string   `yaml:"mem_limit"`
	PidsLimit   int      `yaml:"pids_limit"`
	NetworkMode string   `yaml:"network_mode"`
	Ports       []string
	Environment map[string]string
	EnvFile     any `yaml:"env_file"`
	Volumes     []string
	Tmpfs       []string
	Secrets     []string
	Healthcheck any
	StopGrace   string `yaml:"stop_grace_period"`
	Logging     struct {
		Driver  string
		Options map[string]string
	}
}

// the returns the one service of a compose.yaml, or one without any protection when it cannot be read.
func the(text string) service {
	var c composition
	if err := yaml.Unmarshal([]byte(text), &c); err != nil || len(c.Services) != 1 {
		return service{}
	}
	return c.Services["sallyport"]
}

func composeRules() []rule {
	return []rule{
		{"starts again", func(s string) bool { return the(s).Restart == "unless-stopped" }, "    restart: unless-stopped\n", ""},
		{"read-only root", func(s string) bool { return the(s).ReadOnly }, "    read_only: true\n", ""},
		{"user", func(s string) bool { return the(s).User == "65532:65532" }, `user: "65532:65532"`, "user: root"},
		{"no capabilities", func(s string) bool {
			return slices.Equal(the(s).CapDrop, []string{"ALL"}) && the(s).CapAdd == nil
		}, "    cap_drop: [ALL]\n", ""},
		{"none added", func(s string) bool { return the(s).CapAdd == nil && !the(s).Privileged && the(s).User != "" }, "    cap_drop:", "    cap_add: [NET_ADMIN]\n    cap_drop:"},
		{"not privileged", func(s string) bool { return !the(s).Privileged }, "    cap_drop:", "    privileged: true\n    cap_drop:"},
		{"no new privileges", func(s string) bool {
			return slices.Equal(the(s).SecurityOpt, []string{"no-new-privileges:true"})
		}, "    security_opt: [\"no-new-privileges:true\"]\n", ""},
		{"memory", func(s string) bool { return the(s).MemLimit == "512m" }, "    mem_limit: 512m\n", ""},
		{"processes", func(s string) bool { return the(s).PidsLimit == 128 }, "    pids_limit: 128\n", ""},
		{"own network", func(s string) bool { return the(s).NetworkMode == "" && the(s).User != "" }, "    cap_drop:", "    network_mode: host\n    cap_drop:"},
		{"not on every address", func(s string) bool {
			return slices.Equal(the(s).Ports, []string{"127.0.0.1:8080:8080"})
		}, `"127.0.0.1:8080:8080"`, `"8080:8080"`},
		{"nothing else of the host", func(s string) bool { return the(s).Volumes == nil && the(s).User != "" },
			"    tmpfs:", "    volumes: [\"/var/run/docker.sock:/var/run/docker.sock\"]\n    tmpfs:"},
		{"state for the user alone", func(s string) bool {
			return len(the(s).Tmpfs) == 1 && strings.HasPrefix(the(s).Tmpfs[0], the(s).Environment["SALLYPORT_STATE_DIR"]+":") &&
				regexp.MustCompile(`^/state:uid=65532,gid=65532,mode=0700,size=\d+m,noexec,nosuid,nodev$`).MatchString(the(s).Tmpfs[0])
		}, "mode=0700", "mode=1777"},
		{"secrets are files", secretsAreFiles, "{file: ./secrets/SALLYPORT_KEY}", "{environment: SALLYPORT_KEY}"},
		{"secrets reach it", secretsAreFiles, "secrets: [RAPIDAPI_PROXY_SECRET, SALLYPORT_KEY]", "secrets: [RAPIDAPI_PROXY_SECRET]"},
		{"no secret in the environment", noSecretVariable, "    environment:\n", "    environment:\n      SALLYPORT_KEY: abc\n"},
		{"no file of variables", noSecretVariable, "    environment:\n", "    env_file: .env\n    environment:\n"},
		{"probe of the image", func(s string) bool { return the(s).Healthcheck == nil && the(s).User != "" },
			"    cap_drop:", "    healthcheck: {disable: true}\n    cap_drop:"},
		{"time to drain", func(s string) bool { return the(s).StopGrace == "30s" }, "    stop_grace_period: 30s", "    stop_grace_period: 5s"},
		{"bounded logs", func(s string) bool { return the(s).Logging.Options["max-size"] != "" }, "max-size: 10m, ", ""},
	}
}

func secretsAreFiles(text string) bool {
	var c composition
	if yaml.Unmarshal([]byte(text), &c) != nil || len(c.Secrets) != 2 {
		return false
	}
	for _, name := range []string{"RAPIDAPI_PROXY_SECRET", "SALLYPORT_KEY"} {
		if c.Secrets[name].File != "./secrets/"+name || !slices.Contains(the(text).Secrets, name) {
			return false
		}
	}
	return true
}

func noSecretVariable(text string) bool {
	s := the(text)
	for name := range s.Environment {
		if strings.Contains(name, "SECRET") || strings.Contains(name, "KEY") {
			return false
		}
	}
	return len(s.Environment) > 0 && s.EnvFile == nil
}

func TestCompose(t *testing.T) {
	both(t, "compose.yaml", "compose.yaml", func(t *testing.T, text string) { checkRules(t, text, composeRules()) })
}

// TestComposeAsksForWhatTheImageLacks has compose itself refuse to start while a value is blank.
func TestComposeAsksForWhatTheImageLacks(t *testing.T) {
	environment := the(read(t, repository, "compose.yaml")).Environment
	for _, name := range []string{"SALLYPORT_HOSTS", "SALLYPORT_TRUSTED_PROXIES"} {
		if !strings.HasPrefix(environment[name], "${"+name+":?") {
			t.Errorf("%s is %q, want ${%[1]s:?…}", name, environment[name])
		}
	}
}

// TestComposeMakesSecretsThatTheUserCanRead runs the commands that the head of compose.yaml tells.
func TestComposeMakesSecretsThatTheUserCanRead(t *testing.T) {
	dir := scaffolded(t)
	env := strings.Replace(read(t, dir, ".env"), "RAPIDAPI_PROXY_SECRET=\n", "RAPIDAPI_PROXY_SECRET="+deploymentSecret+"\n", 1)
	write(t, filepath.Join(dir, ".env"), env, 0o600)
	var script []string
	for _, m := range regexp.MustCompile(`(?m)^#   (.*)$`).FindAllStringSubmatch(read(t, dir, "compose.yaml"), -1) {
		script = append(script, m[1])
	}
	if len(script) != 3 {
		t.Fatalf("the head tells %d commands, want 3: %q", len(script), script)
	}
	command := exec.Command("sh", "-euc", "umask 077\n"+strings.Join(script, "\n"))
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, want := range map[string]string{"SALLYPORT_KEY": deploymentKey, "RAPIDAPI_PROXY_SECRET": deploymentSecret} {
		if got := read(t, dir, "secrets", name); got != want+"\n" {
			t.Errorf("secrets/%s holds %q, want %q", name, got, want)
		}
		if mode := modeOf(t, filepath.Join(dir, "secrets", name)); mode != 0o444 {
			t.Errorf("secrets/%s has mode %04o, want 0444", name, mode)
		}
	}
	if mode := modeOf(t, filepath.Join(dir, "secrets")); mode != 0o700 {
		t.Errorf("secrets has mode %04o, want 0700", mode)
	}
}

func modeOf(t *testing.T, name string) os.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}
