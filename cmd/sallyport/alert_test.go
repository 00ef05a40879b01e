package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestAlertTestSendsIDs keeps a receiver that drops what it knows from dropping all messages but the first.
func TestAlertTestSendsIDs(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.Header.Get("Idempotency-Key")]++
	}))
	defer receiver.Close()
	path := filepath.Join(t.TempDir(), "sallyport.yaml")
	if err := os.WriteFile(path, []byte("alerts: {targets: [{name: ops, kind: webhook}, {name: team, kind: webhook}]}"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	code := run([]string{"alert", "test", "--dev", "--config", path, "--kind", "started,stopped"}, stdio{strings.NewReader(""), &out, &errs},
		[]string{"HOME=" + t.TempDir(), "SALLYPORT_WEBHOOK_URL=" + receiver.URL, "SALLYPORT_WEBHOOK_SECRET=mT7wq2Zx9pLr4VbK"})
	if code != exitOK || len(seen) != 4 || seen[""] > 0 {
		t.Errorf("exit code %d, ids %v\n%s%s", code, seen, &out, &errs)
	}
}
