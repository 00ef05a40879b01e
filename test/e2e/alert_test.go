package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport/internal/servicetest"
)

// watchedConfig is a deployment that tells a chat what happens.
const watchedConfig = plainConfig + `private: {listen: "unix:$SOCKET"}
alerts:
  telegram_api: $TELEGRAM
  targets:
    - {name: phone, kind: telegram, chat: "` + servicetest.BotChat + `"}
`

// watched is a deployment, its chat and its private socket.
type watched struct {
	*deployment
	api    *servicetest.BotAPI
	socket string
}

func deployWatched(t testing.TB, more string) *watched {
	t.Helper()
	w := &watched{deployment: deploy(t, ""), api: servicetest.TelegramAPI(t)}
	dir, err := os.MkdirTemp("", "e2e") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	w.socket = filepath.Join(dir, "s.sock")
	w.environ["TELEGRAM_BOT_TOKEN"] = servicetest.BotToken
	w.configure(t, w.fill(watchedConfig+more))
	return w
}

func (w *watched) fill(text string) string {
	return strings.NewReplacer("$TELEGRAM", w.api.URL, "$SOCKET", w.socket).Replace(text)
}

// told returns how often the chat was told something.
func (w *watched) told(text string) int {
	n := 0
	for _, m := range w.api.Messages() {
		if strings.Contains(m.Text, text) {
			n++
		}
	}
	return n
}

func (w *watched) waitTold(t testing.TB, text string, n int) {
	t.Helper()
	for deadline := time.Now().Add(patience); w.told(text) < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q was not told %d times: %+v", text, n, w.api.Messages())
		}
	}
}

func (s *process) kill(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGKILL)
	err := <-s.done
	s.done <- err
}

func TestStartStopAndCrashAreTold(t *testing.T) {
	w := deployWatched(t, "")
	s := w.start(t)
	w.waitTold(t, "started in prod", 1)
	s.stop(t)
	w.waitTold(t, "stopped", 1)
	s = w.start(t)
	w.waitTold(t, "started in prod", 2)
	s.kill(t)
	if n := w.told("without stopping"); n > 0 {
		t.Errorf("%d crashes after a clean stop", n)
	}
	s = w.start(t)
	w.waitTold(t, "without stopping", 1)
	w.waitTold(t, "started in prod", 3)
	s.stop(t)
	w.start(t).stop(t)
	if n := w.told("without stopping"); n != 1 {
		t.Errorf("one crash was told %d times", n)
	}
}

// TestAlertsThatWaitSurviveAKill: what was to be told before a crash arrives after it, once.
func TestAlertsThatWaitSurviveAKill(t *testing.T) {
	w := deployWatched(t, "")
	w.api.Always(servicetest.ServerError(http.StatusBadGateway))
	s := w.start(t)
	for _, plan := range []string{"GOLD", "SILVER", "BRONZE"} {
		s.get(t, "/v1/stats", plan)
	}
	waitFor(t, "the alerts are on disk", func() bool {
		text, _ := os.ReadFile(filepath.Join(w.dir, "state", "alerts", "queue")) // not the one that is being written
		return strings.Contains(string(text), "BRONZE")                          // the last; the file is written whole
	})
	s.kill(t)
	w.api.Recover()
	s = w.start(t)
	w.waitTold(t, "without stopping", 1)
	for _, plan := range []string{"GOLD", "SILVER", "BRONZE"} {
		w.waitTold(t, `no tier has: "`+plan+`"`, 1)
	}
	s.stop(t)
	for _, plan := range []string{"GOLD", "SILVER", "BRONZE"} {
		if n := w.told(`no tier has: "` + plan + `"`); n != 1 {
			t.Errorf("%s was told %d times", plan, n)
		}
	}
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// breakDataset damages the private copies, so that what needs the data fails. What is cached goes on.
func (d *deployment) breakDataset(t testing.TB) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(d.dir, "state", "generations", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Size() > 1<<16 {
			_ = os.Chmod(file, 0o600)
			if err := os.Truncate(file, 8192); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestErrorsAreToldOnceAndWhyTellsThem(t *testing.T) {
	w := deployWatched(t, "")
	s := w.start(t)
	w.breakDataset(t)
	var id string
	for _, name := range []string{"glycerin", "panthenol", "niacinamide", "squalane", "tocopherol"} {
		resp, body := s.get(t, "/v1/ingredient/inci?q="+name, "BASIC")
		if resp.StatusCode != http.StatusInternalServerError {
			t.Fatalf("%d %s", resp.StatusCode, body)
		}
		mustNotContain(t, body, "sqlite", "malformed", "disk")
		id = resp.Header.Get("X-Request-Id")
	}
	w.waitTold(t, "500 on GET /v1/ingredient/inci", 1)
	why := w.run(t, "why", id)
	mustContain(t, why.stdout, "authentication", "the marketplace proved itself", "BASIC, which the marketplace named", "handler", "500 after")
	status := w.run(t, "status")
	if status.code != 3 {
		t.Errorf("exit code %d", status.code)
	}
	mustContain(t, status.stdout, "problem: 500 on /v1/ingredient/inci, 5 times", "phone: 2 sent")
	s.stop(t)
	if n := w.told("500 on GET /v1/ingredient/inci"); n > 2 {
		t.Errorf("five equal failures were told %d times", n)
	}
	if gone := w.run(t, "status"); gone.code != 1 || !strings.Contains(gone.stderr, "is it running?") {
		t.Errorf("after the stop: %d %s", gone.code, gone.stderr)
	}
}

func TestAlertTestTriesEveryTarget(t *testing.T) {
	w := deployWatched(t, "")
	got := w.run(t, "alert", "test", "--kind", "started,error-group")
	if got.code != 0 || w.told("TEST") != 2 {
		t.Errorf("exit code %d\n%s%s%+v", got.code, got.stdout, got.stderr, w.api.Messages())
	}
	mustContain(t, got.stdout, "phone: started arrived", "phone: error-group arrived")
	w.api.Block(servicetest.BotChat)
	if got = w.run(t, "alert", "test", "--target", "phone"); got.code != 1 {
		t.Errorf("a chat that blocks the bot: exit code %d", got.code)
	}
	mustNotContain(t, got.stdout+got.stderr, servicetest.BotToken)
	for _, args := range [][]string{{"--target", "other"}, {"--kind", "nothing"}} {
		if got = w.run(t, append([]string{"alert", "test"}, args...)...); got.code != 2 {
			t.Errorf("%v: exit code %d", args, got.code)
		}
	}
}

// TestMetricsTellWhatHappened, by the private socket alone.
func TestMetricsTellWhatHappened(t *testing.T) {
	w := deployWatched(t, "")
	s := w.start(t)
	s.get(t, "/v1/stats", "PRO")
	s.get(t, "/v1/stats", "PRO", header("X-RapidAPI-Proxy-Secret", "wrong"))
	text := w.private(t, "/metrics")
	mustContain(t, text, `http_server_request_duration_seconds_count{http_request_method="GET",http_route="/v1/stats",status_class="2xx",tier="PRO"} 1`,
		`sallyport_refusals_total{reason="secret"} 1`, "sallyport_ready 1", "sallyport_dataset_generation 1", `sallyport_alerts_queued{target="phone"}`)
	for _, path := range []string{"/metrics", "/status", "/why/x"} {
		if resp, _ := s.get(t, path, "MEGA"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s on the public listener: %d", path, resp.StatusCode)
		}
	}
}
