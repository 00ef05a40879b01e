package alert

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/servicetest"
	"sallyport/secret"
)

// page returns the document of alerts.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "alerts.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// block returns the first fenced block of a language in the section of the webhook.
func block(t *testing.T, language string) string {
	t.Helper()
	_, section, _ := strings.Cut(page(t), "### Webhook\n")
	_, text, found := strings.Cut(section, "```"+language+"\n")
	text, _, closed := strings.Cut(text, "\n```")
	if !found || !closed {
		t.Fatalf("docs/alerts.md has no block of %s about the webhook", language)
	}
	return text
}

func TestDocumentedMembersAreSent(t *testing.T) {
	_, section, _ := strings.Cut(page(t), "| member |")
	section, _, _ = strings.Cut(section, "```")
	var documented, sent []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|.* ([^|]+) \\|$").FindAllStringSubmatch(section, -1) {
		documented = append(documented, row[1]+" "+strconv.FormatBool(row[2] == "never"))
	}
	for i := range reflect.TypeFor[webhookBody]().NumField() {
		name, option, _ := strings.Cut(reflect.TypeFor[webhookBody]().Field(i).Tag.Get("json"), ",")
		sent = append(sent, name+" "+strconv.FormatBool(option == ""))
	}
	if diff := cmp.Diff(sent, documented); diff != "" {
		t.Errorf("members, and whether they are always there (-sent +documented):\n%s", diff)
	}
}

func TestDocumentedBodyIsSent(t *testing.T) {
	body, err := json.Marshal(newWebhookBody(errorAlert()))
	if err != nil {
		t.Fatal(err)
	}
	var documented bytes.Buffer
	if err := json.Compact(&documented, []byte(block(t, "json"))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(body), documented.String()); diff != "" {
		t.Errorf("body (-sent +documented):\n%s", diff)
	}
}

// TestDocumentedVerification runs the examples of docs/alerts.md against signatures of this package.
func TestDocumentedVerification(t *testing.T) {
	for name, program := range map[string]func(t *testing.T) []string{"Go": goVerifier, "Python": pythonVerifier} {
		t.Run(name, func(t *testing.T) {
			command := program(t)
			now := time.Now()
			const body = `{"a":"é"}`
			for name, tt := range map[string]struct {
				key, signature string
				want           bool
			}{
				"right":         {hookKey, sign(secret.New(hookKey), body, now), true},
				"a minute ago":  {hookKey, sign(secret.New(hookKey), body, now.Add(-time.Minute)), true},
				"other key":     {"another", sign(secret.New(hookKey), body, now), false},
				"other body":    {hookKey, sign(secret.New(hookKey), body+" ", now), false},
				"old":           {hookKey, sign(secret.New(hookKey), body, now.Add(-time.Hour)), false},
				"from tomorrow": {hookKey, sign(secret.New(hookKey), body, now.Add(24*time.Hour)), false},
				"no key":        {"", sign(secret.Secret{}, body, now), false},
				"none":          {hookKey, "", false},
				"no sum":        {hookKey, "t=" + strconv.FormatInt(now.Unix(), 10), false},
				"no number":     {hookKey, "t=x,v1=00", false},
				"accents":       {hookKey, "t=1,v1=é", false},
			} {
				output, err := exec.Command(command[0], append(command[1:], tt.key, tt.signature, body)...).CombinedOutput()
				if (err == nil) != tt.want {
					t.Errorf("%s: trusted: %t\n%s", name, err == nil, output)
				}
			}
		})
	}
}

// goVerifier builds the example with a main function around it.
func goVerifier(t *testing.T) []string {
	dir := t.TempDir()
	source := `package main
import ("crypto/hmac"; "crypto/sha256"; "encoding/hex"; "errors"; "log"; "os"; "strconv"; "strings"; "time")
` + block(t, "go") + `
func main() {
	if err := verify([]byte(os.Args[1]), os.Args[2], []byte(os.Args[3]), time.Now()); err != nil {
		log.Fatal(err)
	}
}
`
	file, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "verify")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("go", "build", "-o", program, file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return []string{program}
}

func pythonVerifier(t *testing.T) []string {
	source := block(t, "python") + "\n\nimport sys, time\nverify(sys.argv[1].encode(), sys.argv[2], sys.argv[3].encode(), time.time())\n"
	return []string{servicetest.Find(t, "python3"), "-c", source}
}
