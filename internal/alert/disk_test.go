package alert

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestQueueOutlivesTheProcess stops with a target that is down, as often as it takes.
func TestQueueOutlivesTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, dir := &receiver{name: "r", answer: down}, t.TempDir()
		for _, title := range []string{"a", "b", "c"} {
			n := start(t, Config{Targets: []Route{{Target: r}}, Dir: dir})
			after(time.Second)
			n.Raise(Alert{Kind: Crashed, Severity: Error, Title: title})
			after(time.Minute)
			if err := stop(n, 5*time.Second); err == nil || !strings.Contains(err.Error(), "on disk") {
				t.Error(err)
			}
		}
		r.setAnswer(nil)
		n := start(t, Config{Targets: []Route{{Target: r}}, Dir: dir})
		after(time.Hour)
		if got := r.titles(); !slices.Equal(got, []string{"a x1", "b x1", "c x1"}) {
			t.Errorf("%q", got)
		}
		if err := stop(n, 5*time.Second); err != nil {
			t.Error(err)
		}
		for name, want := range map[string]os.FileMode{"": 0o700 | os.ModeDir, queueFile: 0o600, queueLocked: 0o600} {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != want {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
	})
}

// TestGroupsOutliveTheProcess: an error that goes on after a restart is no new one, and its end is told.
func TestGroupsOutliveTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, dir := &receiver{name: "r"}, t.TempDir()
		n := start(t, Config{Targets: []Route{{Target: r}}, Dir: dir})
		n.Raise(failure("a"))
		after(time.Second)
		_ = stop(n, 5*time.Second)
		time.Sleep(time.Hour)
		n = start(t, Config{Targets: []Route{{Target: r}}, Dir: dir})
		after(time.Second)
		n.Raise(failure("a"))
		after(9 * time.Minute)
		if got := r.titles(); !slices.Equal(got, []string{"500: a x1", "500: a x1"}) {
			t.Errorf("while it goes on: %q", got)
		}
		after(10 * time.Minute)
		if got := r.titles(); len(got) != 3 || got[2] != "Quiet again: 500: a x1" {
			t.Errorf("in the end: %q", got)
		}
	})
}

// TestDirectoryHasOneProcess: the second goes on in memory, says so, and takes over when the first ends.
func TestDirectoryHasOneProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, dir, log := &receiver{name: "r", answer: down}, t.TempDir(), new(logLines)
		first := start(t, Config{Targets: []Route{{Target: r}}, Dir: dir})
		synctest.Wait()
		second := start(t, Config{Targets: []Route{{Target: r}}, Dir: dir, Log: log.logger()})
		first.Raise(Alert{Kind: Started, Title: "first"})
		second.Raise(Alert{Kind: Started, Title: "second"})
		after(time.Minute)
		if s := second.Stats().Disk; s.Open || s.Current || !strings.Contains(s.Error, "another process") {
			t.Errorf("%+v", s)
		}
		if log.count("memory alone") != 1 {
			t.Errorf("%q", log.lines)
		}
		_ = stop(first, 5*time.Second)
		after(time.Minute)
		if s := second.Stats(); !s.Disk.Current || s.Disk.Error != "" || s.Targets[0].Queued != 2 {
			t.Errorf("%+v", s)
		}
	})
}

// TestDamagedQueueStopsNoStart reads what can be read, and keeps the file for people.
func TestDamagedQueueStopsNoStart(t *testing.T) {
	whole, _ := encodeRecords([]record{waiting("a"), waiting("b"), waiting("c")})
	flipped := bytes.Replace(whole, []byte(`"title":"b"`), []byte(`"title":"X"`), 1)
	for name, c := range map[string]struct {
		file    []byte
		want    []string
		skipped int
	}{
		"whole":           {whole, []string{"a x1", "b x1", "c x1"}, 0},
		"torn":            {whole[:len(whole)-20], []string{"a x1", "b x1"}, 1},
		"flipped":         {flipped, []string{"a x1", "c x1"}, 1},
		"garbage":         {[]byte("\x00\xff\n\n\n"), nil, 3},
		"garbage between": {bytes.Replace(whole, []byte("\n"), []byte("\n\x00\x00\n"), 1), []string{"a x1", "b x1", "c x1"}, 1},
		"empty":           {nil, nil, 0},
		"long line":       {slices.Concat(whole, bytes.Repeat([]byte("x"), 1<<20)), []string{"a x1", "b x1", "c x1"}, 1},
		"newer version":   {encoded(t, record{Version: diskVersion + 1}, waiting("a")), nil, 1},
		"no alert":        {encoded(t, record{Target: "r"}, waiting("a")), []string{"a x1"}, 1},
		"huge alert":      {encoded(t, record{Target: "r", Alert: &Alert{ID: "1", Kind: Trial, Title: strings.Repeat("x", 4096)}}), nil, 1},
		"other target":    {encoded(t, record{Target: "gone", Alert: waiting("a").Alert}, waiting("b")), []string{"b x1"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, dir := &receiver{name: "r"}, t.TempDir()
				if err := os.WriteFile(filepath.Join(dir, queueFile), c.file, 0o600); err != nil {
					t.Fatal(err)
				}
				n := start(t, Config{Targets: []Route{{Target: r}}, Dir: dir})
				after(time.Minute)
				if got := r.titles(); !slices.Equal(got, c.want) {
					t.Errorf("%q", got)
				}
				s := n.Stats().Disk
				kept, err := os.ReadFile(filepath.Join(dir, queueBad))
				if s.Skipped != c.skipped || !s.Current || (err == nil) != (c.skipped > 0) || err == nil && !bytes.Equal(kept, c.file) {
					t.Errorf("%+v, %d bytes kept, %v", s, len(kept), err)
				}
				if name == "other target" && s.Orphans != 1 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

func waiting(title string) record {
	a := complete(Alert{ID: "id-" + title, Kind: Trial, Title: title, Fingerprint: title}, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	return record{Target: "r", Alert: &a, Since: time.Now().Add(1000 * time.Hour)}
}

func encoded(t *testing.T, records ...record) (file []byte) {
	t.Helper()
	for _, r := range records {
		line, err := encodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		file = append(file, line...)
	}
	return file
}

// TestFullDiskCostsNothingButTheDisk writes to a device that is full, until it is not.
func TestFullDiskCostsNothingButTheDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	synctest.Test(t, func(t *testing.T) {
		r, dir, log := &receiver{name: "r"}, t.TempDir(), new(logLines)
		full := filepath.Join(dir, queueNew)
		fill := func() {
			if err := os.Symlink("/dev/full", full); err != nil && !errors.Is(err, os.ErrExist) {
				t.Fatal(err)
			}
		}
		fill()
		n := start(t, Config{Targets: []Route{{Target: r}}, Dir: dir, Log: log.logger()})
		flood(n, 5)
		after(time.Second)
		fill() // it was removed as what is left of a failure
		if s := n.Stats().Disk; s.Current || !strings.Contains(s.Error, "no space left") {
			t.Errorf("%+v", s)
		}
		after(10 * time.Second)
		if len(r.deliveries()) != 5 {
			t.Errorf("%q", r.titles())
		}
		_ = os.Remove(full)
		after(time.Minute)
		if s := n.Stats().Disk; !s.Current || s.Error != "" {
			t.Errorf("%+v", s)
		}
		if log.count("memory alone") != 1 || log.count("on disk again") != 1 {
			t.Errorf("%q", log.lines)
		}
	})
}

// TestStalledDiskDelaysNobody writes to a pipe that nobody reads: opening it does not return. The clock is the
// real one, because the other does not run while a system call does.
func TestStalledDiskDelaysNobody(t *testing.T) {
	r, dir := &receiver{name: "r"}, t.TempDir()
	pipe := filepath.Join(dir, queueNew)
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("this system has no named pipes: %v", err)
	}
	n := start(t, Config{Targets: []Route{{Target: r}}, Dir: dir})
	flood(n, 1000)
	n.Raise(Alert{Kind: Stopped, Title: "stopped"})
	for len(r.deliveries()) < 2 {
		time.Sleep(time.Millisecond)
	}
	if s := n.Stats().Disk; s.Current {
		t.Errorf("%+v", s)
	}
	if err := stop(n, time.Second); err == nil || !strings.Contains(err.Error(), "lost") {
		t.Error(err)
	}
	f, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0) // lets the writer go
	if err != nil {
		t.Fatal(err)
	}
	<-n.disk.done
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// TestFileIsBounded leaves out what does not fit, the least urgent, and says so.
func TestFileIsBounded(t *testing.T) {
	one := waiting("a")
	one.Alert.Detail = strings.Repeat("\x01", maxDetailBytes) // six bytes each in JSON
	file, unsaved := encodeRecords(slices.Repeat([]record{one}, 1000))
	if len(file) > maxDiskBytes || unsaved == 0 {
		t.Errorf("%d bytes, %d left out", len(file), unsaved)
	}
	records, skipped, err := decodeRecords(bytes.NewReader(file))
	if len(records) != 1000-unsaved || skipped != 0 || err != nil {
		t.Errorf("%d records, %d skipped, %v", len(records), skipped, err)
	}
}

// FuzzReadQueue reads anything: what it takes is within bounds, and is the same after another round.
func FuzzReadQueue(f *testing.F) {
	file, _ := encodeRecords([]record{
		waiting("a"), {Target: "r", Budget: &budgetState{Day: 1, Sent: 2, Recent: []time.Time{time.Unix(1, 0).UTC()}}},
		{Target: "r", Tally: &tally{Held: map[Kind]sum{Trial: {1, 2}}, Titles: []string{"x"}}}, {Group: &group{Next: *waiting("g").Alert}},
	})
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte("00000000 \nffffffff {}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, input := range [][]byte{content, checksummed(content)} {
			records, _, err := decodeRecords(bytes.NewReader(input))
			if err != nil {
				t.Fatal(err)
			}
			n := &Notifier{targets: []*target{newTarget(Route{Target: &receiver{name: "r"}}, 4)}, groups: groups{open: map[groupKey]*group{}}}
			n.restore(records, time.Now())
			if n.targets[0].queue.len() > 4 || len(n.groups.open) > maxGroups || len(n.targets[0].budget.recent) > perMinute {
				t.Fatal("more was restored than may be")
			}
			first, unsaved := encodeRecords(records)
			again, skipped, err := decodeRecords(bytes.NewReader(first))
			if skipped != 0 || err != nil {
				t.Fatalf("%d records skipped, %d unsaved, %v", skipped, unsaved, err)
			}
			second, _ := encodeRecords(again)
			if diff := cmp.Diff(string(first), string(second)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// checksummed makes every line of content one that is looked into.
func checksummed(content []byte) (file []byte) {
	for line := range bytes.Lines(content) {
		file = append(file, withChecksum(bytes.TrimSuffix(line, []byte("\n")))...)
	}
	return file
}
