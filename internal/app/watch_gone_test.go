package app_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestWatchTellsOfAFileThatIsGone: what is served goes on, and the next start would fail.
func TestWatchTellsOfAFileThatIsGone(t *testing.T) {
	s := newSite(t)
	a := s.start()
	go a.Watch(t.Context(), 10*time.Millisecond)
	content := s.read("words.sqlite")
	if err := os.Remove(s.file()); err != nil {
		t.Fatal(err)
	}
	s.eventually("nobody is told", func() bool { return strings.Contains(s.log.String(), "there is no such file") })
	if status, _ := ask(a, "/v1/word?q=aqua", proxySecret); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	s.write("words.sqlite", content)
	s.publish("2", "benzene")
	s.eventually("the new file was not served", func() bool {
		_, text := ask(a, "/v1/word?q=benzene", proxySecret)
		return strings.Contains(text, `"id":1`) || strings.Contains(text, "quota")
	})
}
