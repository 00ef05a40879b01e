package deploy

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// user is the user of the image.
const user = 65532

// needRoot skips what only root can arrange: another root folder and another user.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() == 0 {
		return
	}
	if os.Getenv("SALLYPORT_TEST_SERVICES") == "require" {
		t.Fatal("starting the program as user 65532 in an empty root needs root")
	}
	t.Skip("starting the program as user 65532 in an empty root needs root")
}

// emptyRoot returns a folder that holds what the repository's image holds, and nothing else.
func emptyRoot(t *testing.T) string {
	t.Helper()
	needRoot(t)
	return layOut(t, read(t, repository, "Dockerfile"), map[string]string{
		"/sallyport": program(t), "/build/dataset.sqlite": bundledDataset(t),
		"/build/sallyport.yaml": filepath.Join(repository, "deploy", "sallyport.yaml"),
		"/build/dataset.yaml":   filepath.Join(repository, "internal", "ingredients", "ingredients.yaml"),
	})
}

// layOut makes the root folder of an image by the last stage of its Dockerfile, from the files that the stage
// before has at the given paths.
func layOut(t *testing.T, dockerfile string, files map[string]string) string {
	t.Helper()
	root, at := t.TempDir(), "/"
	for _, i := range image(dockerfile) {
		switch i.name {
		case "WORKDIR":
			at = i.args
		case "COPY":
			fields := strings.Fields(i.args)
			for _, source := range fields[:len(fields)-1] {
				target := fields[len(fields)-1]
				if target == "./" {
					target = filepath.Join(at, filepath.Base(source))
				}
				write(t, filepath.Join(root, target), read(t, files[source]), mode(t, i.flags["--chmod"]))
			}
		}
	}
	return root
}

func mode(t *testing.T, octal string) (m fs.FileMode) {
	t.Helper()
	if _, err := fmt.Sscanf(octal, "%o", &m); err != nil {
		t.Fatalf("--chmod=%s: %v", octal, err)
	}
	return m
}

// bundledDataset builds the bundled ingredients once, as the Dockerfile does.
func bundledDataset(t *testing.T) string {
	t.Helper()
	file := filepath.Join(filepath.Dir(program(t)), "dataset.sqlite")
	if _, err := os.Stat(file); err != nil {
		if out, err := exec.Command(program(t), "build", "ingredients", "-o", file).CombinedOutput(); err != nil {
			t.Fatalf("building the dataset: %v\n%s", err, out)
		}
	}
	return file
}

// inside prepares a command that runs in root as uid, as a container runtime does.
func inside(t *testing.T, root string, uid uint32, folder string, environment []string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), args[0], args[1:]...)
	command.Dir, command.Env = folder, environment
	command.SysProcAttr = &syscall.SysProcAttr{
		Chroot: root, Credential: &syscall.Credential{Uid: uid, Gid: uid},
	}
	return command
}

// composeEnvironment is what a compose.yaml sets, with the values that the deployer gives, on a free port.
func composeEnvironment(t *testing.T, compose string) []string {
	t.Helper()
	given := map[string]string{"SALLYPORT_HOSTS": "api.example.com", "SALLYPORT_TRUSTED_PROXIES": "127.0.0.1"}
	environment := []string{"SALLYPORT_LISTEN=127.0.0.1:0"}
	for name, value := range the(compose).Environment {
		if given[name] != "" {
			value = given[name]
		}
		environment = append(environment, name+"="+value)
	}
	return environment
}

// places are the ways in which orchestrators put secrets before the program.
func places() map[string]func(t *testing.T, root string) (environment []string) {
	const mounted = "run/secrets"
	return map[string]func(t *testing.T, root string) []string{
		"compose, mode 0444": func(t *testing.T, root string) []string {
			eachSecret(func(name, value string) { write(t, filepath.Join(root, mounted, name), value+"\n", 0o444) })
			return nil
		},
		"compose, the user's own, mode 0400": func(t *testing.T, root string) []string {
			eachSecret(func(name, value string) {
				write(t, filepath.Join(root, mounted, name), value, 0o400)
				own(t, filepath.Join(root, mounted, name), user, user)
			})
			return nil
		},
		"Kubernetes, mode 0444": func(t *testing.T, root string) []string {
			projected(t, filepath.Join(root, mounted), 0o444, 0)
			return nil
		},
		"Kubernetes, fsGroup, mode 0440": func(t *testing.T, root string) []string {
			projected(t, filepath.Join(root, mounted), 0o440, user)
			return nil
		},
		"systemd credentials": func(t *testing.T, root string) []string {
			const folder = "/run/credentials/sallyport.service"
			eachSecret(func(name, value string) {
				write(t, filepath.Join(root, folder, name), value+"\n", 0o400)
				own(t, filepath.Join(root, folder, name), user, user)
			})
			return []string{"CREDENTIALS_DIRECTORY=" + folder}
		},
		"named files": func(t *testing.T, root string) []string {
			var environment []string
			eachSecret(func(name, value string) {
				write(t, filepath.Join(root, "etc/keys", name), value, 0o400)
				own(t, filepath.Join(root, "etc/keys", name), user, user)
				environment = append(environment, name+"_FILE=/etc/keys/"+name)
			})
			return environment
		},
	}
}

func eachSecret(do func(name, value string)) {
	do("RAPIDAPI_PROXY_SECRET", deploymentSecret)
	do("SALLYPORT_KEY", deploymentKey)
}

// projected lays files out as the kubelet does: links through ..data, which it swaps on a change.
func projected(t *testing.T, folder string, mode fs.FileMode, group int) {
	t.Helper()
	eachSecret(func(name, value string) {
		write(t, filepath.Join(folder, "..2026_01_02_03_04_05.1", name), value, mode)
		own(t, filepath.Join(folder, "..2026_01_02_03_04_05.1", name), 0, group)
		if err := os.Symlink("..data/"+name, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	})
	if err := os.Symlink("..2026_01_02_03_04_05.1", filepath.Join(folder, "..data")); err != nil {
		t.Fatal(err)
	}
}

func own(t *testing.T, name string, uid, gid int) {
	t.Helper()
	if err := os.Chown(name, uid, gid); err != nil {
		t.Fatal(err)
	}
}

// stateFolder makes the folder that compose mounts for the state.
func stateFolder(t *testing.T, root string) {
	t.Helper()
	name := filepath.Join(root, "state")
	if err := os.Mkdir(name, 0o700); err != nil {
		t.Fatal(err)
	}
	own(t, name, user, user)
}

// snapshot describes everything under root but the state.
func snapshot(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, root)
		if name == "/state" {
			return fs.SkipDir
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		found[name] = fmt.Sprint(info.Mode(), info.ModTime().UnixNano(), info.Sys().(*syscall.Stat_t).Uid)
		if info.Mode().IsRegular() {
			found[name] += fmt.Sprintf(" %x", sha256.Sum256([]byte(read(t, path))))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestServesInAnEmptyRoot starts what the image starts, as its user, where there is nothing else: no shell, no
// /tmp, no /proc, no zone files. It answers, and changes nothing.
func TestServesInAnEmptyRoot(t *testing.T) {
	for name, place := range places() {
		t.Run(name, func(t *testing.T) {
			root := emptyRoot(t)
			stateFolder(t, root)
			environment := append(composeEnvironment(t, read(t, repository, "compose.yaml")), place(t, root)...)
			before := snapshot(t, root)
			s := start(t, root, environment)
			s.wantStatus(t, "/v1/ingredient/inci?q=aqua", "", http.StatusForbidden)
			s.wantStatus(t, "/v1/ingredient/inci?q=aqua", deploymentSecret[1:], http.StatusForbidden)
			s.wantStatus(t, "/v1/ingredient/inci?q=aqua", deploymentSecret, http.StatusOK)
			s.wantStatus(t, "/v1/ingredient/search?q=glyc", deploymentSecret, http.StatusOK)
			s.wantStatus(t, "/ready", "", http.StatusOK)
			s.wantHealthy(t)
			s.stop(t)
			if diff := cmp.Diff(before, snapshot(t, root)); diff != "" {
				t.Error("the root changed:", diff)
			}
			if out, err := s.probe(t).CombinedOutput(); err == nil {
				t.Errorf("the probe finds a stopped server healthy: %s", out)
			}
		})
	}
}

// TestServesWithoutState: the image's dataset cannot be written by its user, so it needs no private copy.
func TestServesWithoutState(t *testing.T) {
	root := emptyRoot(t)
	environment := places()["compose, mode 0444"](t, root)
	for _, variable := range composeEnvironment(t, read(t, repository, "compose.yaml")) {
		if !strings.HasPrefix(variable, "SALLYPORT_STATE_DIR=") {
			environment = append(environment, variable)
		}
	}
	s := start(t, root, environment)
	s.wantStatus(t, "/v1/ingredient/inci?q=aqua", deploymentSecret, http.StatusOK)
	s.stop(t)
}

// TestServesWhatInitWrites follows the scaffolded Dockerfile: the dataset is built where there is nothing but the
// program, and then served.
func TestServesWhatInitWrites(t *testing.T) {
	needRoot(t)
	project, stage := scaffolded(t), t.TempDir()
	fillIn(t, project)
	write(t, filepath.Join(stage, "sallyport"), read(t, program(t)), 0o555)
	for _, name := range []string{"sallyport.yaml", "dataset.yaml", "data/items.csv"} {
		write(t, filepath.Join(stage, "build", name), read(t, project, name), 0o644)
	}
	dockerfile := read(t, project, "Dockerfile")
	build := last(stages(dockerfile)[1], "RUN").list()
	if out, err := inside(t, stage, 0, "/build", []string{}, build...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", build, err, out)
	}
	files := map[string]string{"/sallyport": filepath.Join(stage, "sallyport")}
	for _, name := range []string{"sallyport.yaml", "dataset.yaml", "dataset.sqlite"} {
		files["/build/"+name] = filepath.Join(stage, "build", name)
	}
	root := layOut(t, dockerfile, files)
	stateFolder(t, root)
	environment := append(composeEnvironment(t, read(t, project, "compose.yaml")), "TZ=Asia/Seoul")
	s := start(t, root, append(environment, places()["compose, mode 0444"](t, root)...))
	s.wantStatus(t, "/v1/items/1", "", http.StatusForbidden)
	s.wantStatus(t, "/v1/items/1", deploymentSecret, http.StatusOK)
	s.wantStatus(t, "/v1/items?q=second", deploymentSecret, http.StatusOK)
	s.wantHealthy(t)
	s.stop(t)
	if at := fmt.Sprint(s.first["time"]); !strings.HasSuffix(at, "+09:00") {
		t.Errorf("an event at %s: the program does not have the zone Asia/Seoul in it", at)
	}
}

// TestRefusesInAnEmptyRoot: nothing missing, unreadable or blank starts a server.
func TestRefusesInAnEmptyRoot(t *testing.T) {
	const file = "/run/secrets/RAPIDAPI_PROXY_SECRET"
	good := places()["compose, mode 0444"]
	for name, c := range map[string]struct {
		spoil func(t *testing.T, root string, environment map[string]string)
		says  []string
	}{
		"no secret": {func(t *testing.T, root string, _ map[string]string) { remove(t, root, file) },
			[]string{"RAPIDAPI_PROXY_SECRET: is missing", "hint: "}},
		"an empty secret": {func(t *testing.T, root string, _ map[string]string) { write(t, filepath.Join(root, file), "\n", 0o444) },
			[]string{"RAPIDAPI_PROXY_SECRET: is empty in file " + file, "hint: "}},
		"another user's secret, mode 0600": {func(t *testing.T, root string, _ map[string]string) {
			remove(t, root, file)
			write(t, filepath.Join(root, file), deploymentSecret, 0o600)
		}, []string{"RAPIDAPI_PROXY_SECRET: file " + file, "permission denied"}},
		"no key": {func(t *testing.T, root string, _ map[string]string) { remove(t, root, "/run/secrets/SALLYPORT_KEY") },
			[]string{"SALLYPORT_KEY: is missing"}},
		"no hosts":   {func(_ *testing.T, _ string, e map[string]string) { delete(e, "SALLYPORT_HOSTS") }, []string{"hosts: is missing"}},
		"no proxies": {func(_ *testing.T, _ string, e map[string]string) { delete(e, "SALLYPORT_TRUSTED_PROXIES") }, []string{"tls: nothing says"}},
		"a dataset that the user can change": {func(t *testing.T, root string, e map[string]string) {
			delete(e, "SALLYPORT_STATE_DIR")
			own(t, filepath.Join(root, "srv", "dataset.sqlite"), user, user)
			write(t, filepath.Join(root, "srv", "dataset.sqlite"), read(t, bundledDataset(t)), 0o600)
		}, []string{"dataset.sqlite", "can be changed while it is served", "hint: "}},
	} {
		t.Run(name, func(t *testing.T) {
			root := emptyRoot(t)
			stateFolder(t, root)
			good(t, root)
			variables := map[string]string{}
			for _, v := range composeEnvironment(t, read(t, repository, "compose.yaml")) {
				name, value, _ := strings.Cut(v, "=")
				variables[name] = value
			}
			c.spoil(t, root, variables)
			var environment []string
			for name := range maps.Keys(variables) {
				environment = append(environment, name+"="+variables[name])
			}
			out, err := inside(t, root, user, "/srv", environment, "/sallyport", "serve").CombinedOutput()
			if code := exitCode(t, err); code != 2 {
				t.Errorf("exit code %d, want 2", code)
			}
			for _, want := range c.says {
				if !strings.Contains(string(out), want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			if strings.Contains(string(out), deploymentSecret) || strings.Contains(string(out), deploymentKey) {
				t.Errorf("it prints a secret:\n%s", out)
			}
		})
	}
}

func remove(t *testing.T, root, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
}
