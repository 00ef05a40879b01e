package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/dataset"
)

// TestEndlessRecordIsRefused reads a quote that is never closed, and a device without lines.
func TestEndlessRecordIsRefused(t *testing.T) {
	open := filepath.Join(t.TempDir(), "open.csv")
	if err := os.WriteFile(open, []byte("id,text\n1,\""+strings.Repeat("x\n", maxRecord)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{open, "/dev/zero"} {
		r, err := openCSV(file, &dataset.CSVInput{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.close()
		for err == nil {
			_, _, err = r.next()
		}
		if !strings.Contains(err.Error(), "longer than 16 MiB") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
