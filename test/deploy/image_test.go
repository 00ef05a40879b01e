package deploy

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// docker runs a command of the engine and returns what it prints.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	command := exec.Command("docker", args...)
	command.Dir, command.Stderr = repository, &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}

// TestImage builds the image and runs it as compose.yaml does, where an engine answers.
func TestImage(t *testing.T) {
	if err := exec.Command("docker", "info").Run(); err != nil {
		t.Skip("no container engine answers here: docker info:", err)
	}
	const name = "sallyport-deploy-test"
	docker(t, "build", "--quiet", "--tag", name, ".")
	t.Cleanup(func() { exec.Command("docker", "image", "rm", "--force", name).Run() })
	secrets := t.TempDir()
	eachSecret(func(file, value string) { write(t, filepath.Join(secrets, file), value+"\n", 0o444) })
	args := []string{"run", "--detach"}
	args = append(args, hardening(t)...)
	args = append(args, "--volume", secrets+":/run/secrets:ro", "--env", "SALLYPORT_HOSTS=api.example.com",
		"--env", "SALLYPORT_TRUSTED_PROXIES=172.16.0.0/12", name)
	container := docker(t, args...)
	t.Cleanup(func() { exec.Command("docker", "rm", "--force", container).Run() })
	wantFiles(t, container)
	for try := 0; ; try++ {
		out, err := exec.Command("docker", "exec", container, "/sallyport", "health").CombinedOutput()
		if err == nil {
			break
		}
		if try == 60 {
			t.Fatalf("not healthy: %s\n%s", out, docker(t, "logs", container))
		}
		time.Sleep(500 * time.Millisecond)
	}
	if out, err := exec.Command("docker", "exec", container, "/bin/sh", "-c", "true").CombinedOutput(); err == nil {
		t.Errorf("there is a shell in it: %s", out)
	}
	docker(t, "stop", container)
	if code := docker(t, "inspect", "--format", "{{.State.ExitCode}}", container); code != "0" {
		t.Errorf("it stopped with exit code %s\n%s", code, docker(t, "logs", container))
	}
}

// hardening is what compose.yaml says, as arguments of docker run.
func hardening(t *testing.T) []string {
	t.Helper()
	s := the(read(t, repository, "compose.yaml"))
	args := []string{"--memory", s.MemLimit, "--pids-limit", "128", "--user", s.User, "--tmpfs", s.Tmpfs[0],
		"--env", "SALLYPORT_STATE_DIR=" + s.Environment["SALLYPORT_STATE_DIR"]}
	if s.ReadOnly {
		args = append(args, "--read-only")
	}
	for _, option := range s.SecurityOpt {
		args = append(args, "--security-opt", option)
	}
	for _, capability := range s.CapDrop {
		args = append(args, "--cap-drop", capability)
	}
	return args
}

// wantFiles checks that the image holds the program and its data and, beside what the engine mounts, nothing.
func wantFiles(t *testing.T, container string) {
	t.Helper()
	var files []string
	archive := tar.NewReader(strings.NewReader(docker(t, "export", container)))
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		top := strings.Split(path.Clean("/"+header.Name), "/")[1]
		if header.Typeflag == tar.TypeReg && !slices.Contains([]string{"dev", "proc", "sys", "etc", "run", ".dockerenv"}, top) {
			files = append(files, path.Clean("/"+header.Name))
		}
	}
	slices.Sort(files)
	if want := []string{"/sallyport", "/srv/dataset.sqlite", "/srv/dataset.yaml", "/srv/sallyport.yaml"}; !slices.Equal(files, want) {
		t.Errorf("the image holds %q, want %q", files, want)
	}
}
