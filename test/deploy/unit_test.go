package deploy

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// settings parses a unit: the values of each "Section.Key", in order. An empty value takes those before it
// back, as it does for systemd.
func settings(text string) map[string][]string {
	found := map[string][]string{}
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			section = strings.Trim(line, "[]")
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		key = section + "." + strings.TrimSpace(key)
		if value = strings.TrimSpace(value); value == "" {
			found[key] = []string{}
			continue
		}
		found[key] = append(found[key], value)
	}
	return found
}

// unitLines are the lines of the service that each protect something. Without any of them a test fails.
func unitLines() []string {
	return []string{
		"DynamicUser=yes", "StateDirectory=sallyport", "StateDirectoryMode=0700", "UMask=0077",
		"LoadCredential=RAPIDAPI_PROXY_SECRET:/etc/sallyport/secrets/RAPIDAPI_PROXY_SECRET",
		"LoadCredential=SALLYPORT_KEY:/etc/sallyport/secrets/SALLYPORT_KEY",
		"Restart=always", "RestartSec=2", "TimeoutStopSec=30", "MemoryMax=512M", "MemorySwapMax=0", "TasksMax=128",
		"LimitCORE=0", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "AmbientCapabilities=", "ProtectSystem=strict",
		"ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes", "PrivateUsers=yes", "PrivateIPC=yes",
		"ProtectProc=invisible", "ProtectClock=yes", "ProtectControlGroups=yes", "ProtectHostname=yes",
		"ProtectKernelLogs=yes", "ProtectKernelModules=yes", "ProtectKernelTunables=yes",
		"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "RestrictNamespaces=yes", "RestrictRealtime=yes",
		"RestrictSUIDSGID=yes", "LockPersonality=yes", "MemoryDenyWriteExecute=yes", "RemoveIPC=yes",
		"KeyringMode=private", "SystemCallArchitectures=native", "SystemCallFilter=@system-service",
		"SystemCallFilter=~@privileged @resources @keyring", "SystemCallErrorNumber=EPERM",
	}
}

func unitRules() []rule {
	rules := []rule{
		{"a limit of starts", unitHas("Unit.StartLimitBurst", "10"), "StartLimitBurst=10\n", ""},
		{"a window of starts", unitHas("Unit.StartLimitIntervalSec", "120"), "StartLimitIntervalSec=120\n", ""},
		{"no shell", unitHas("Service.ExecStart", "/usr/local/bin/sallyport serve --config /etc/sallyport/sallyport.yaml"),
			"ExecStart=/usr", "ExecStart=/bin/sh -c /usr"},
		{"no capability given back", unitHas("Service.CapabilityBoundingSet"),
			"CapabilityBoundingSet=\n", "CapabilityBoundingSet=\nCapabilityBoundingSet=CAP_SYS_ADMIN\n"},
		{"no secret in the environment", func(s string) bool {
			return slices.Equal(settings(s)["Service.Environment"], []string{"SALLYPORT_STATE_DIR=%S/sallyport", "GOMEMLIMIT=384MiB"})
		}, "UMask=", "Environment=SALLYPORT_KEY=abc\nUMask="},
		{"no file of variables", func(s string) bool {
			return settings(s)["Service.EnvironmentFile"] == nil && settings(s)["Service.ExecStart"] != nil
		}, "UMask=", "EnvironmentFile=/etc/sallyport/.env\nUMask="},
		{"not root", func(s string) bool {
			return settings(s)["Service.User"] == nil && strings.Contains(s, "DynamicUser=yes")
		},
			"UMask=", "User=root\nUMask="},
	}
	for _, line := range unitLines() {
		key, value, _ := strings.Cut(line, "=")
		var values []string
		if value != "" {
			values = append(values, value)
		}
		rules = append(rules, rule{line, unitHas("Service."+key, values...), line + "\n", ""})
	}
	return rules
}

// unitHas says whether key is given with each of values, and with no value when there are none.
func unitHas(key string, values ...string) func(string) bool {
	return func(text string) bool {
		have, given := settings(text)[key]
		for _, value := range values {
			if !slices.Contains(have, value) {
				return false
			}
		}
		return given && (len(values) > 0 || len(have) == 0)
	}
}

func TestUnit(t *testing.T) {
	both(t, "deploy/sallyport.service", "sallyport.service", func(t *testing.T, text string) { checkRules(t, text, unitRules()) })
}

// TestUnitInTheEyesOfSystemd has systemd read the unit and rate what it may do: 0 is nothing, 10 is root's all.
func TestUnitInTheEyesOfSystemd(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	unit := filepath.Join(t.TempDir(), "sallyport.service")
	text := read(t, repository, "deploy", "sallyport.service")
	write(t, unit, strings.Replace(text, "ExecStart=/usr/local/bin/sallyport", "ExecStart="+program(t), 1), 0o644)
	for _, args := range [][]string{
		{"verify", "--man=no", "--recursive-errors=no", unit},
		{"security", "--offline=true", "--threshold=20", "--no-pager", unit},
	} {
		out, err := exec.Command(analyze, args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
