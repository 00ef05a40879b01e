package deploy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"sallyport/internal/config"
)

// manifest returns the one YAML block of a text.
func manifest(text string) string {
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(text)
	if block == nil {
		return ""
	}
	return block[1]
}

// at returns the value at a dotted path of a YAML document as text, where numbers count in lists; empty when there
// is none.
func at(text, path string) string {
	var value any
	if yaml.Unmarshal([]byte(text), &value) != nil {
		return ""
	}
	for name := range strings.SplitSeq(path, ".") {
		switch here := value.(type) {
		case map[string]any:
			value = here[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(here) {
				return ""
			}
			value = here[i]
		default:
			return ""
		}
	}
	out, err := yaml.Marshal(value)
	if err != nil || value == nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func atIs(path, want string) func(string) bool {
	return func(text string) bool { return at(text, path) == want }
}

// TestReadmeManifest checks the manifest for Kubernetes.
func TestReadmeManifest(t *testing.T) {
	const pod, container = "spec.template.spec.", "spec.template.spec.containers.0."
	checkRules(t, manifest(read(t, repository, "deploy", "README.md")), []rule{
		{"no token", atIs(pod+"automountServiceAccountToken", "false"), "      automountServiceAccountToken: false\n", ""},
		{"not root", atIs(pod+"securityContext.runAsNonRoot", "true"), "        runAsNonRoot: true\n", ""},
		{"user", atIs(pod+"securityContext.runAsUser", "65532"), "        runAsUser: 65532\n", ""},
		{"group of the secrets", atIs(pod+"securityContext.fsGroup", "65532"), "        fsGroup: 65532\n", ""},
		{"system calls", atIs(pod+"securityContext.seccompProfile.type", "RuntimeDefault"), "RuntimeDefault", "Unconfined"},
		{"no new privileges", atIs(container+"securityContext.allowPrivilegeEscalation", "false"), "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"},
		{"read-only root", atIs(container+"securityContext.readOnlyRootFilesystem", "true"), "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"},
		{"no capabilities", atIs(container+"securityContext.capabilities.drop.0", "ALL"), "{drop: [ALL]}", "{}"},
		{"memory", atIs(container+"resources.limits.memory", "512Mi"), "            limits: {memory: 512Mi}\n", ""},
		{"probe without a shell", atIs(container+"livenessProbe.exec.command.0", "/sallyport"), "[/sallyport, health]", "[sh, -c, sallyport health]"},
		{"secrets read-only", atIs(container+"volumeMounts.0.readOnly", "true"), ", readOnly: true", ""},
		{"secrets where they are looked for", atIs(container+"volumeMounts.0.mountPath", "/run/secrets"), "/run/secrets", "/secrets"},
	})
}

// TestReadmeNamesVariablesThatExist: the program refuses to start with another one.
func TestReadmeNamesVariablesThatExist(t *testing.T) {
	var known []string
	for _, k := range config.Keys() {
		known = append(known, k.Env())
	}
	for _, s := range config.SecretNames() {
		known = append(known, s.Name)
	}
	for _, file := range []string{"deploy/README.md", "deploy/sallyport.yaml", "deploy/sallyport.service", "compose.yaml"} {
		for _, name := range regexp.MustCompile(`SALLYPORT_[A-Z_]+`).FindAllString(read(t, repository, file), -1) {
			if !slices.Contains(known, name) {
				t.Errorf("%s names %s, which does not exist", file, name)
			}
		}
	}
}
