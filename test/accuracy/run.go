package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// auditTimeout bounds one app; the largest has a few hundred lines.
const auditTimeout = 2 * time.Minute

var errNoAudit = errors.New("this build of sallyport has no audit command yet")

// An auditor runs the built command.
type auditor struct {
	binary string
	args   []string
}

// newAuditor builds the command into dir when no binary is given, and asks it whether it can audit.
func newAuditor(binary, dir, advisories string) (*auditor, error) {
	if binary == "" {
		binary = filepath.Join(dir, "sallyport")
		build := exec.Command("go", "build", "-o", binary, "./cmd/sallyport")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building the command: %w: %s", err, out)
		}
	}
	help, err := exec.Command(binary, "audit", "--help").CombinedOutput()
	if err != nil {
		return nil, errNoAudit
	}
	a := &auditor{binary: binary, args: []string{"audit", "--format", "json", "--fail-on", "none"}}
	if bytes.Contains(help, []byte("--osv-db")) {
		a.args = append(a.args, "--osv-db", advisories)
	}
	return a, nil
}

// run audits one folder. Exit codes of findings and of an incomplete analysis are answers, too.
func (a *auditor) run(dir string) ([]finding, error) {
	ctx, cancel := context.WithTimeout(context.Background(), auditTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, a.binary, append(a.args[:len(a.args):len(a.args)], dir)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && (exit.ExitCode() == 3 || exit.ExitCode() == 4)) {
		return nil, fmt.Errorf("running the audit: %w: %s", err, stderr.Bytes())
	}
	return decodeFindings(out)
}

// decodeFindings reads one object a line and wants the summary at the end, without which the answer is cut off.
func decodeFindings(stream []byte) ([]finding, error) {
	var findings []finding
	decoder := json.NewDecoder(bytes.NewReader(stream))
	for decoder.More() {
		var object struct {
			finding
			Summary json.RawMessage `json:"summary"`
		}
		if err := decoder.Decode(&object); err != nil {
			return nil, fmt.Errorf("decoding a finding: %w", err)
		}
		if object.Summary != nil {
			return findings, nil
		}
		findings = append(findings, object.finding)
	}
	return nil, errors.New("the audit's answer ends without a summary")
}

// packAdvisories writes the corpus' own advisories in the layout of the published archives: one all.zip for each
// ecosystem.
func packAdvisories(from, to string) error {
	ecosystems, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("listing advisories: %w", err)
	}
	for _, ecosystem := range ecosystems {
		if err := packEcosystem(filepath.Join(from, ecosystem.Name()), filepath.Join(to, ecosystem.Name())); err != nil {
			return fmt.Errorf("packing advisories of %s: %w", ecosystem.Name(), err)
		}
	}
	return nil
}

func packEcosystem(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(from, entry.Name()))
		if err != nil {
			return err
		}
		member, err := w.Create(entry.Name())
		if err != nil {
			return err
		}
		if _, err := member.Write(content); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "all.zip"), archive.Bytes(), 0o644)
}
