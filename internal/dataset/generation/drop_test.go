package generation_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sallyport/internal/dataset/generation"
	"sallyport/internal/dataset/sqlite"
)

func TestCheckDrop(t *testing.T) {
	diff := func(before, removed int64) []sqlite.TableDiff {
		return []sqlite.TableDiff{{Table: "calm", Before: 5, After: 5}, {Table: "planet", Before: before, Removed: removed}}
	}
	for name, tt := range map[string]struct {
		diff    []sqlite.TableDiff
		percent int
		refused bool
	}{
		"nothing":             {diff(100, 0), 20, false},
		"as many as may":      {diff(100, 20), 20, false},
		"one more":            {diff(100, 21), 20, true},
		"none may":            {diff(1000, 1), 0, true},
		"a tenth of a rounds": {diff(1000, 201), 20, true},
		"all may":             {diff(10, 10), 100, false},
		"a table is gone":     {diff(10, 10), 99, true},
		"it was empty":        {diff(0, 0), 0, false},
	} {
		err := generation.CheckDrop(tt.diff, tt.percent)
		if errors.Is(err, generation.ErrDropped) != tt.refused || err != nil && !strings.Contains(err.Error(), "planet") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRootLocksNobodyOut: what a command of root's makes belongs to whom the folder belongs.
func TestRootLocksNobodyOut(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const nobody = 65532
	state := t.TempDir()
	if err := os.Chown(state, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if err := generation.In(state).Allow(t.Context(), strings.Repeat("a", 64)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "journal.json", "lock"} {
		info, err := os.Stat(filepath.Join(state, "generations", name))
		if err != nil {
			t.Fatal(err)
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); !ok || owner.Uid != nobody {
			t.Errorf("%q belongs to %v", name, owner)
		}
	}
}
