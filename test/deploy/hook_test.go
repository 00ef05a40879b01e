package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gitIn runs git in a repository of its own, where nothing of this machine's configuration counts.
func gitIn(t *testing.T, dir, path string, args ...string) (out string, err error) {
	t.Helper()
	command := exec.Command("git", args...)
	command.Dir = dir
	command.Env = []string{
		"PATH=" + path + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=Test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=Test", "GIT_COMMITTER_EMAIL=test@example.com",
	}
	text, err := command.CombinedOutput()
	return string(text), err
}

// versioned is a new deployment under git, with its hook switched on.
func versioned(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := scaffolded(t)
	for _, args := range [][]string{{"init", "-q"}, {"config", "core.hooksPath", ".githooks"}} {
		if out, err := gitIn(t, dir, t.TempDir(), args...); err != nil {
			t.Fatal(out)
		}
	}
	return dir
}

// script writes a program for the PATH and returns its folder.
func script(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "sallyport"), "#!/bin/sh\n"+text, 0o755)
	return dir
}

// withoutAudit is a build of the program that does not have the command.
const withoutAudit = "echo 'sallyport: unexpected argument audit' >&2; exit 2\n"

func TestHookRefusesFilesOfSecrets(t *testing.T) {
	for name, refused := range map[string]bool{
		".env": true, "api/.env": true, ".ENV": true, ".env.production": true, "api/v 1/.env.local": true,
		"secrets/SALLYPORT_KEY": true, "ümlaut/.env": true,
		".env.example": false, "api/.env.example": false, "environment.md": false, "lib/secrets/secrets.go": false, "a.env.txt": false,
	} {
		t.Run(name, func(t *testing.T) {
			dir, path := versioned(t), script(t, withoutAudit)
			write(t, filepath.Join(dir, filepath.FromSlash(name)), "A=b\n", 0o600)
			if out, err := gitIn(t, dir, path, "add", "--force", name); err != nil {
				t.Fatal(out)
			}
			out, err := gitIn(t, dir, path, "commit", "-q", "-m", "add")
			if (err != nil) != refused {
				t.Errorf("refused: %t, want %t\n%s", err != nil, refused, out)
			}
			if refused != strings.Contains(out, "hold secrets") {
				t.Errorf("it says %q", out)
			}
			if !refused && !strings.Contains(out, "only names were looked at") {
				t.Errorf("it does not say what it did not look at: %q", out)
			}
		})
	}
}

// TestHookLetsSecretsGo: taking a committed .env out again is no commit of it.
func TestHookLetsSecretsGo(t *testing.T) {
	dir, path := versioned(t), script(t, withoutAudit)
	for _, args := range [][]string{
		{"add", "--force", ".env"}, {"commit", "-q", "--no-verify", "-m", "by mistake"},
		{"rm", "-q", "--cached", ".env"}, {"commit", "-q", "-m", "out again"},
	} {
		if out, err := gitIn(t, dir, path, args...); err != nil {
			t.Fatalf("git %s: %s", strings.Join(args, " "), out)
		}
	}
}

// TestHookAsksTheAudit: where the command exists, its verdict on what is staged decides.
func TestHookAsksTheAudit(t *testing.T) {
	for verdict, refused := range map[string]bool{"0": false, "3": true, "4": true} {
		dir := versioned(t)
		path := script(t, `[ "$*" = "audit --help" ] && exit 0; echo "asked: $*"; exit `+verdict+"\n")
		if out, err := gitIn(t, dir, path, "add", "sallyport.yaml"); err != nil {
			t.Fatal(out)
		}
		out, err := gitIn(t, dir, path, "commit", "-q", "-m", "add")
		if (err != nil) != refused || !strings.Contains(out, "asked: audit --staged") {
			t.Errorf("exit code %s: refused: %t, want %t\n%s", verdict, err != nil, refused, out)
		}
	}
}

// TestHookFailsClosed: when git cannot tell what is staged, nothing is committed.
func TestHookFailsClosed(t *testing.T) {
	path := script(t, withoutAudit)
	write(t, filepath.Join(path, "git"), "#!/bin/sh\nexit 128\n", 0o755)
	command := exec.Command(filepath.Join(versioned(t), ".githooks", "pre-commit"))
	command.Env = []string{"PATH=" + path + string(os.PathListSeparator) + os.Getenv("PATH")}
	if out, err := command.CombinedOutput(); err == nil {
		t.Errorf("it passes: %s", out)
	}
}

// TestHookWithThisProgram runs it with the program as it is built for the image.
func TestHookWithThisProgram(t *testing.T) {
	dir := versioned(t)
	if out, err := gitIn(t, dir, filepath.Dir(program(t)), "add", "."); err != nil {
		t.Fatal(out)
	}
	out, err := gitIn(t, dir, filepath.Dir(program(t)), "commit", "-q", "-m", "begin")
	if err != nil {
		t.Fatalf("a new deployment cannot be committed: %s", out)
	}
	if tracked, err := gitIn(t, dir, t.TempDir(), "ls-files"); err != nil || strings.Contains("\n"+tracked, "\n.env\n") {
		t.Errorf("git follows %s", tracked)
	}
}
