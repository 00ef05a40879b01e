package dependencies

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// maxEntry is the largest OSV entry that is read, in bytes.
const maxEntry = 16 << 20

// advisories are those about dependencies, by ecosystem and normal name.
type advisories map[[2]string][]*advisory

func (a advisories) add(entry *advisory, wanted map[[2]string]bool) {
	seen := map[[2]string]bool{}
	for _, one := range entry.Affected {
		key := [2]string{one.Package.Ecosystem, normalName(one.Package.Ecosystem, one.Package.Name)}
		if wanted[key] && !seen[key] {
			seen[key] = true
			a[key] = append(a[key], entry)
		}
	}
}

// archiveOf returns the archive of an ecosystem below a folder, with or without the folder that osv-scanner adds.
func archiveOf(dir, ecosystem string) (string, error) {
	var first error
	for _, below := range []string{"", "osv-scanner"} {
		name := filepath.Join(dir, below, ecosystem, "all.zip")
		_, err := os.Stat(name)
		if err == nil {
			return name, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", fmt.Errorf("opening OSV database: %w", first)
}

// readDatabase returns the entries of one ecosystem that are about wanted packages. An entry that cannot be read
// fails all: what it says is unknown.
func readDatabase(dir, ecosystem string, wanted map[[2]string]bool) (advisories, error) {
	name, err := archiveOf(dir, ecosystem)
	if err != nil {
		return nil, err
	}
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("opening OSV database: %w", err)
	}
	defer archive.Close()
	if len(archive.File) == 0 {
		return nil, fmt.Errorf("opening OSV database: %s is empty", name)
	}
	entries := make([]*advisory, len(archive.File))
	failures := make([]error, len(archive.File))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < len(archive.File); i += workers {
				entries[i], failures[i] = readEntry(archive.File[i], wanted)
			}
		})
	}
	wg.Wait()
	if err := firstError(failures); err != nil {
		return nil, err
	}
	found := advisories{}
	for _, entry := range entries {
		if entry != nil {
			found.add(entry, wanted)
		}
	}
	return found, nil
}

// readEntry returns nil for what is about none of the wanted packages, so that little is kept.
func readEntry(f *zip.File, wanted map[[2]string]bool) (*advisory, error) {
	if filepath.Ext(f.Name) != ".json" {
		return nil, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("reading OSV entry %s: %w", f.Name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxEntry))
	if err != nil {
		return nil, fmt.Errorf("reading OSV entry %s: %w", f.Name, err)
	}
	entry, err := parseAdvisory(data)
	if err != nil {
		return nil, fmt.Errorf("reading OSV entry %s: %w", f.Name, err)
	}
	for _, one := range entry.Affected {
		if wanted[[2]string{one.Package.Ecosystem, normalName(one.Package.Ecosystem, one.Package.Name)}] {
			return entry, nil
		}
	}
	return nil, nil
}
