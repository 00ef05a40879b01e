package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"sallyport/secret"
)

// TestReloadKeepsWhatIsInFlight: a reload is no way around the cap, and gives back what ends after it.
func TestReloadKeepsWhatIsInFlight(t *testing.T) {
	s := newSite(t)
	s.write("sallyport.yaml", settings+"tiers:\n  - {name: BASIC, in_flight: 1, limits: [{name: minute, quota: 3, window: 1m}]}\n"+
		"  - {name: PRO, limits: [{name: minute, quota: 9, window: 1m}]}\n  - {name: ULTRA, limits: [{name: minute, quota: 9, window: 1m}]}\n"+
		"  - {name: MEGA, limits: [{name: minute, quota: 9, window: 1m}]}\n")
	a := s.start()
	started, finish, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		a.ServeHTTP(&stalled{ResponseRecorder: httptest.NewRecorder(), started: started, finish: finish}, basic())
	}()
	<-started
	status := func() int {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, basic())
		return w.Code
	}
	for range 2 {
		if err := a.Reload(context.Background(), s.config()); err != nil {
			t.Fatal(err)
		}
		if got := status(); got != http.StatusTooManyRequests {
			t.Errorf("a second one at the same time: %d", got)
		}
	}
	close(finish)
	<-ended
	if got := status(); got != http.StatusOK {
		t.Errorf("after the first ended: %d", got)
	}
	for status() == http.StatusOK {
	}
	if err := a.Reload(context.Background(), s.config()); err != nil {
		t.Fatal(err)
	}
	if got := status(); got != http.StatusTooManyRequests {
		t.Errorf("the quota is whole again: %d", got)
	}
}

func basic() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://api.example.com/v1/word?q=aqua", nil)
	r.Header.Set("X-RapidAPI-Proxy-Secret", proxySecret)
	r.Header.Set("X-RapidAPI-User", "carol")
	r.Header.Set("X-RapidAPI-Subscription", "BASIC")
	return r
}

// stalled is a client that does not read yet.
type stalled struct {
	*httptest.ResponseRecorder
	started, finish chan struct{}
}

func (s *stalled) Write(p []byte) (int, error) {
	close(s.started)
	<-s.finish
	return s.ResponseRecorder.Write(p)
}

// TestRefusedDatasetKeepsNoSettingBack: a secret that leaked must not stay valid because of a file that is not sound.
func TestRefusedDatasetKeepsNoSettingBack(t *testing.T) {
	s := newSite(t)
	s.publishRows("1", 10)
	a := s.start()
	if err := os.WriteFile(s.file(), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := *s.config()
	cfg.Secrets.Marketplace = secret.New("a-new-secret-of-24-bytes")
	if err := a.Reload(t.Context(), &cfg); err == nil {
		t.Fatal("garbage was taken")
	}
	if err := a.ReloadConfig(t.Context(), &cfg); err != nil {
		t.Fatal(err)
	}
	if status, _ := ask(a, "/v1/word?q=word", proxySecret); status != http.StatusForbidden {
		t.Errorf("the secret before: %d", status)
	}
	if status, text := ask(a, "/v1/word?q=word", "a-new-secret-of-24-bytes"); status != http.StatusOK || !strings.Contains(text, `"version":"1"`) {
		t.Errorf("the new secret: %d %s", status, text)
	}
	if !strings.Contains(s.log.String(), "new dataset refused") {
		t.Error("nobody is told of the garbage")
	}
	cfg.Hosts = nil
	if err := a.ReloadConfig(t.Context(), &cfg); err == nil {
		t.Error("settings that are not sound were taken")
	}
}
