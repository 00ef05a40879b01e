package alert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

const (
	markerPattern  = "run-*.json"
	maxMarkers     = 100 // that are looked at; the rest waits for the next start
	maxMarkerBytes = 4096
)

// RunInfo says which run of the program left a marker. It is empty when the marker cannot be read.
type RunInfo struct {
	Started time.Time `json:"started"`
	Version string    `json:"version"`
	PID     int       `json:"pid"`
}

// Marker is a file that exists while a run lasts. The run holds a lock on it, which the system takes away when the
// process ends in whatever way: a marker without a lock is of a run that crashed, one with a lock is of a run
// that goes on, such as the one that this start replaces.
type Marker struct {
	name string
	file *os.File
}

// OpenMarker marks a run in dir, which is made if it is missing, and returns the runs that crashed, oldest
// first; their markers are removed. Runs that ended with [Marker.Close] left none. An error takes nothing from the
// rest: the marker is nil, which can be closed, only if it could not be made, and what lies in dir and is no
// marker is left alone.
func OpenMarker(dir string, info RunInfo) (m *Marker, crashed []RunInfo, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("opening run marker: %w", err)
	}
	crashed, found := takeCrashed(dir)
	m, err = createMarker(dir, info)
	if err = errors.Join(found, err); err != nil {
		err = fmt.Errorf("opening run marker: %w", err)
	}
	return m, crashed, err
}

// Close says that the run ends as it should. It does nothing the second time and to a nil marker.
func (m *Marker) Close() error {
	if m == nil || m.file == nil {
		return nil
	}
	err := os.Remove(m.name)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	err = errors.Join(err, syncDir(filepath.Dir(m.name)), m.file.Close())
	if m.file = nil; err != nil {
		return fmt.Errorf("closing run marker: %w", err)
	}
	return nil
}

// createMarker writes the file under another name and locks it: as a marker, nobody finds it without its lock.
func createMarker(dir string, info RunInfo) (*Marker, error) {
	content, err := json.Marshal(info)
	if err != nil {
		return nil, err
	}
	name := filepath.Join(dir, "run-"+strconv.FormatInt(time.Now().UnixNano(), 10)+"-"+newID()+".json")
	hidden := name + ".new"
	file, err := lockFile(hidden)
	if err != nil {
		return nil, err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync()); err == nil {
		err = os.Rename(hidden, name)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(hidden))
	}
	return &Marker{name, file}, syncDir(dir)
}

// takeCrashed removes the markers that have no lock and returns what they say.
func takeCrashed(dir string) (crashed []RunInfo, err error) {
	names, err := fs.Glob(os.DirFS(dir), markerPattern)
	for _, name := range names[:min(len(names), maxMarkers)] {
		info, ended, problem := takeMarker(filepath.Join(dir, name))
		if err = errors.Join(err, problem); ended {
			crashed = append(crashed, info)
		}
	}
	slices.SortStableFunc(crashed, func(a, b RunInfo) int { return a.Started.Compare(b.Started) })
	return crashed, err
}

// takeMarker removes a marker unless its run goes on. Of two starts at once, one takes it.
func takeMarker(name string) (info RunInfo, crashed bool, err error) {
	f, err := openRegular(name)
	if errors.Is(err, fs.ErrNotExist) {
		return RunInfo{}, false, nil
	}
	if err != nil {
		return RunInfo{}, false, err
	}
	defer func() { _ = f.Close() }() // only read
	if err := lock(f); err != nil {
		if errors.Is(err, errLocked) {
			err = nil
		}
		return RunInfo{}, false, err
	}
	if !stillThere(f, name) {
		return RunInfo{}, false, nil
	}
	content, _ := io.ReadAll(io.LimitReader(f, maxMarkerBytes))
	if json.Unmarshal(content, &info) != nil {
		info = RunInfo{}
	}
	info.Version = cut(info.Version, maxFingerprintBytes)
	return info, true, os.Remove(name)
}

// stillThere says whether name is f, and not what another start put or left in its place.
func stillThere(f *os.File, name string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(name)
	return err == nil && os.SameFile(mine, now)
}
