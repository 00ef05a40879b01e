package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// patch removes one protection.
type patch struct {
	name    string
	removes string // in words
	pkg     string // of the test: "./limit"
	test    string // that must fail without the protection
	timeout string // of the test, for one that hangs without it
	edits   []edit
}

// edit replaces text that occurs exactly once in a file.
type edit struct{ file, before, after string }

func load(dir string, matching *regexp.Regexp) ([]patch, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.patch"))
	if err != nil {
		return nil, err
	}
	var patches []patch
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".patch")
		if !matching.MatchString(name) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		p, err := parse(name, text)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		patches = append(patches, p)
	}
	if len(patches) == 0 {
		return nil, fmt.Errorf("no patches in %s match", dir)
	}
	return patches, nil
}

// parse reads "removes:", "package:", "test:" and perhaps "timeout:", and sections "before FILE" and "after FILE" in turn.
func parse(name string, text []byte) (patch, error) {
	archive := txtar.Parse(text)
	p := patch{name: name, timeout: "2m"}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "removes":
			p.removes = value
		case "package":
			p.pkg = value
		case "test":
			p.test = value
		case "timeout":
			p.timeout = value
		case "":
		default:
			return p, fmt.Errorf("line %q is none of removes, package, test and timeout", line)
		}
	}
	if p.removes == "" || p.pkg == "" || p.test == "" || len(archive.Files) == 0 || len(archive.Files)%2 != 0 {
		return p, errors.New("a patch says what it removes, the package and the test, and has pairs of sections")
	}
	for i := 0; i < len(archive.Files); i += 2 {
		before, after := archive.Files[i], archive.Files[i+1]
		file, isBefore := strings.CutPrefix(before.Name, "before ")
		if !isBefore || after.Name != "after "+file || len(before.Data) == 0 {
			return p, fmt.Errorf("sections %q and %q are no pair", before.Name, after.Name)
		}
		p.edits = append(p.edits, edit{file, string(before.Data), string(after.Data)})
	}
	return p, nil
}

// apply returns text with the edit made.
func (e edit) apply(text string) (string, error) {
	if n := strings.Count(text, e.before); n != 1 {
		return "", fmt.Errorf("%s: the text to replace occurs %d times", e.file, n)
	}
	return strings.Replace(text, e.before, e.after, 1), nil
}
