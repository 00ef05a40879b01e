package alert

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// crash ends a run as the system does: the lock goes, the file stays.
func crash(t *testing.T, m *Marker) {
	t.Helper()
	if err := m.file.Close(); err != nil {
		t.Fatal(err)
	}
}

func mark(t *testing.T, dir string, info RunInfo) (*Marker, []RunInfo) {
	t.Helper()
	m, crashed, err := OpenMarker(dir, info)
	if err != nil {
		t.Fatal(err)
	}
	return m, crashed
}

func run(minute int) RunInfo {
	return RunInfo{Started: time.Date(2026, 3, 1, 12, minute, 0, 0, time.UTC), Version: "1.2.3", PID: 4711 + minute}
}

func TestMarkerTellsOfCrashes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "marker")
	first, crashed := mark(t, dir, run(1))
	if crashed != nil {
		t.Fatalf("the first start found %v", crashed)
	}
	second, crashed := mark(t, dir, run(2))
	if crashed != nil {
		t.Fatalf("a run that goes on is said to have crashed: %v", crashed)
	}
	crash(t, second)
	crash(t, first)
	third, crashed := mark(t, dir, run(3))
	if diff := cmp.Diff([]RunInfo{run(1), run(2)}, crashed); diff != "" {
		t.Fatalf("two runs crashed:\n%s", diff)
	}
	for range 2 {
		if err := third.Close(); err != nil {
			t.Fatal(err)
		}
	}
	fourth, crashed := mark(t, dir, run(4))
	if crashed != nil {
		t.Fatalf("after a clean stop: %v", crashed)
	}
	if err := fourth.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

func TestMarkerOfGarbageIsACrash(t *testing.T) {
	dir := t.TempDir()
	for _, content := range []string{"", "{", "\x00\x00\x00\x00", `{"started":7}`} {
		if err := os.WriteFile(filepath.Join(dir, "run-1.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		m, crashed := mark(t, dir, run(1))
		if len(crashed) != 1 || crashed[0] != (RunInfo{}) {
			t.Errorf("%q: %v", content, crashed)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestMarkerIsMadeBesideWhatIsNone(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "run-1.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	m, crashed, err := OpenMarker(dir, run(1))
	if m == nil || crashed != nil || err == nil {
		t.Errorf("%v, %v, %v", m, crashed, err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if m, _, err := OpenMarker(blocked, run(1)); m != nil || err == nil || m.Close() != nil {
		t.Errorf("%v, %v", m, err)
	}
}
