package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sallyport/internal/ingredients"
)

// product is the built command with a dataset.
type product struct {
	dir, binary string
	unwatched   string // the same without log, metrics and alerts, which no configuration can turn off
	receiver    string // URL of a receiver of alerts
}

// watchers is how the command attaches all that watches to what it serves.
const watchers = ", OnRecord: w.Record, OnEvent: w.Event, OnNotice: w.Notice"

func build(dir, receiver string, profiled bool) (*product, error) {
	p := &product{dir, filepath.Join(dir, "sallyport"), filepath.Join(dir, "sallyport-unwatched"), receiver}
	files := map[string]string{}
	if profiled {
		files["cmd/sallyport/profiler.go"] = profiler
	}
	if err := compile(dir, p.binary, files); err != nil {
		return nil, err
	}
	serve, err := os.ReadFile("cmd/sallyport/serve.go")
	if err != nil {
		return nil, err
	}
	if strings.Count(string(serve), watchers) != 1 {
		return nil, errors.New("building without watchers: cmd/sallyport/serve.go attaches them in another way")
	}
	files["cmd/sallyport/serve.go"] = strings.Replace(string(serve), watchers, "", 1)
	if err := compile(dir, p.unwatched, files); err != nil {
		return nil, err
	}
	if err := ingredients.WriteTo(filepath.Join(dir, "bundle")); err != nil {
		return nil, err
	}
	if out, err := exec.Command(p.binary, "build", "ingredients", "-o", filepath.Join(dir, "ingredients.sqlite")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the dataset: %w: %s", err, out)
	}
	return p, nil
}

// compile builds the command as the Dockerfile does, with files laid over those of the repository.
func compile(dir, binary string, files map[string]string) error {
	replace := map[string]string{}
	for name, text := range files {
		path, err := filepath.Abs(name)
		if err != nil {
			return err
		}
		replace[path] = filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(replace[path], []byte(text), 0o600); err != nil {
			return err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return err
	}
	command := exec.Command("go", "build", "-trimpath", "-tags", "noaudit,timetzdata", "-ldflags", "-s -w", "-overlay", list,
		"-o", binary, "./cmd/sallyport")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building the server: %w: %s", err, out)
	}
	return nil
}
