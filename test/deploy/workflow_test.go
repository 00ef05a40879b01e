package deploy

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

func workflowRules() []rule {
	return []rule{
		{"pinned actions", func(s string) bool {
			for line := range strings.Lines(s) {
				if _, action, found := strings.Cut(line, "uses: "); found && !isPinned(action) {
					return false
				}
			}
			return true
		}, "@11bd71901bbe5b1630ceea73d27597364c9af683", "@v4"},
		{"reads alone", func(s string) bool {
			var w struct{ Permissions map[string]string }
			return yaml.Unmarshal([]byte(s), &w) == nil && len(w.Permissions) == 1 && w.Permissions["contents"] == "read"
		}, "permissions:\n  contents: read\n", ""},
		{"keeps no token", contains("persist-credentials: false"), "          persist-credentials: false\n", ""},
		{"ends", contains("timeout-minutes: 15"), "    timeout-minutes: 15\n", ""},
		{"builds the dataset", contains("docker compose build"), "docker compose build", "true"},
		{"checks the configuration", contains("docker compose run --rm sallyport config check"), "config check", "version"},
		{"waits for health", contains("docker compose up --detach --wait --wait-timeout 90"), "--wait --wait-timeout 90", ""},
	}
}

// isPinned says whether an action is named by the hash of a commit, which nobody can move.
func isPinned(action string) bool {
	_, revision, _ := strings.Cut(strings.Fields(action)[0], "@")
	return len(revision) == 40 && strings.Trim(revision, "0123456789abcdef") == ""
}

func TestWorkflow(t *testing.T) {
	checkRules(t, read(t, scaffolded(t), ".github", "workflows", "sallyport.yml"), workflowRules())
}

// TestWorkflowMakesSecretsThatPass runs the step that makes them, and looks at them as the program does.
func TestWorkflowMakesSecretsThatPass(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	dir := scaffolded(t)
	fillIn(t, dir)
	write(t, filepath.Join(dir, "dataset.sqlite"), "", 0o444)
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, dir, ".github", "workflows", "sallyport.yml")), &workflow); err != nil {
		t.Fatal(err)
	}
	for _, step := range workflow.Jobs["check"].Steps {
		if step.Name != "Make secrets for this run" {
			continue
		}
		command := exec.Command("sh", "-euc", step.Run)
		command.Dir = dir
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		write(t, filepath.Join(dir, ".env"), "", 0o600)
		c, err := loadWith(dir, filepath.Join(dir, "secrets"))
		if err != nil || c.Secrets.Marketplace.Validate() != nil {
			t.Errorf("the configuration with them: %v", err)
		}
		return
	}
	t.Error("there is no such step")
}
