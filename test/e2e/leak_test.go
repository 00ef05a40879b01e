package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/servicetest"
)

// leakConfig switches every output on, at its most talkative.
const leakConfig = `
private: {listen: "unix:$SOCKET"}
log: {level: debug, output: $ACCESS, query: full, user_agent: full, client: full, customer: full}
alerts:
  telegram_api: $TELEGRAM
  targets:
    - {name: phone, kind: telegram, chat: "` + servicetest.BotChat + `"}
    - {name: hook, kind: webhook}
`

// brokenTargets are receivers that do not work, so that what is said about them can be read, too.
const brokenTargets = `    - {name: gone, kind: slack}
    - {name: moved, kind: discord}
`

// Secrets of this deployment beside those of all tests.
const (
	hookToken      = "Gd5wXr8mZk2vTq7n"
	hookSecret     = "mT7wq2Zx9pLr4VbK"
	slackToken     = "Ws3nBv6yKp9tHx4z"
	discordToken   = "Jc2qLm7rXv5wZt8k"
	heartbeatToken = "Fz6tNk3xQw9vRm4b"
)

// deploymentSecrets are what nothing may show, by name.
func deploymentSecrets() map[string]string {
	return map[string]string{
		"marketplace secret": current, "previous marketplace secret": previous, "SALLYPORT_KEY": signing,
		"bot token": servicetest.BotToken, "token of the bot alone": strings.SplitAfter(servicetest.BotToken, ":")[1],
		"webhook URL": hookToken, "webhook secret": hookSecret, "slack URL": slackToken, "discord URL": discordToken,
		"heartbeat URL": heartbeatToken,
	}
}

// sentCredentials are headers that clients send though nobody asks for them, or with a wrong value.
func sentCredentials() map[string]string {
	return map[string]string{
		"X-RapidAPI-Proxy-Secret": "Zt8mQw3xKv6nRb2y",
		"X-Proxy-Secret":          "Hb4vTx7qMn2wZk9r",
		"Authorization":           "Bearer Kp4tZw8nRb2yQx6v",
		"Proxy-Authorization":     "Basic dXNlcjpMZzd2UW0zeFR6NXc=",
		"Cookie":                  "session=Vd9sHq2mXw7kTz4n",
		"X-RapidAPI-Key":          "8f14e45fceea167a5a36dedd4bea2543",
		"X-Api-Key":               "Bn6tYc3rWq9xZm5k",
		"X-Forwarded-Client-Cert": "Hash=Rw5kXn8vTq3mZb7y",
	}
}

// What else clients send: the first two may be in no output, the others in the access log alone.
const (
	pathMarker  = "Pt7wKv4nXq9mZr2b"
	bodyMarker  = "Bd3xTm8vQw5kNz6r"
	queryMarker = "Qy2rVn9wXk4tMz7b"
	agentMarker = "Ag8mZt5vKq3xWn6r"
)

// leaks gathers what one deployment writes.
type leaks struct {
	*watched
	hook    *servicetest.Sink
	access  string            // file of the access log
	written map[string]string // by where it was written
}

func deployLeaky(t *testing.T, name string) *leaks {
	t.Helper()
	l := &leaks{watched: deployWatched(t, ""), hook: servicetest.Webhook(t, hookSecret), written: map[string]string{}}
	l.access = filepath.Join(l.dir, "access.log")
	heartbeat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, r.URL.Path, 500) }))
	t.Cleanup(heartbeat.Close)
	maps.Copy(l.environ, map[string]string{
		"RAPIDAPI_PROXY_SECRET_PREVIOUS": previous,
		"SALLYPORT_WEBHOOK_URL":          l.hook.URL + "?token=" + hookToken,
		"SALLYPORT_WEBHOOK_SECRET":       hookSecret,
		"SLACK_WEBHOOK_URL":              "http://127.0.0.1:1/services/T0/B0/" + slackToken,
		"DISCORD_WEBHOOK_URL":            redirecting(t) + "/api/webhooks/1/" + discordToken,
		"SALLYPORT_HEARTBEAT_URL":        heartbeat.URL + "/ping/" + heartbeatToken,
	})
	if name != "prod" {
		delete(l.environ, "RAPIDAPI_PROXY_SECRET_PREVIOUS")
	}
	l.api.Next(servicetest.ServerError(http.StatusBadGateway), servicetest.TooManyRequests(1), servicetest.Reply{Close: true})
	if name == "dev" {
		l.args = append(l.args, "--dev")
	}
	l.configure(t, l.text(t, name))
	return l
}

// redirecting is a receiver that has moved, and says so with the whole address.
func redirecting(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+"/elsewhere"+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// text is the configuration of that name with every output on.
func (l *leaks) text(t *testing.T, name string) string {
	t.Helper()
	var text []byte
	if name != "dev" {
		var err error
		if text, err = os.ReadFile(filepath.Join(configDir, name+".yaml")); err != nil {
			t.Fatal(err)
		}
	}
	whole := string(text) + strings.ReplaceAll(l.fill(leakConfig), "$ACCESS", l.access)
	if name == "prod" {
		whole += brokenTargets
	}
	return whole
}

// ran keeps what a command prints.
func (l *leaks) ran(t *testing.T, args ...string) {
	t.Helper()
	got := l.run(t, args...)
	l.written["sallyport "+strings.Join(args, " ")] += got.stdout + got.stderr
}

// ask keeps what the private listener and the commands tell.
func (l *leaks) ask(t *testing.T, ids []string) {
	t.Helper()
	l.written["metrics"] += l.private(t, "/metrics")
	l.written["status"] += l.private(t, "/status")
	dev := l.args[3:]
	for _, id := range ids {
		l.written["why"] += l.private(t, "/why/"+id)
		l.ran(t, append([]string{"why", id}, dev...)...)
	}
	l.ran(t, append([]string{"status"}, dev...)...)
	l.ran(t, append([]string{"status", "--format", "json"}, dev...)...)
	l.ran(t, append([]string{"config", "show"}, dev...)...)
	l.ran(t, append([]string{"alert", "test", "--kind", "trial"}, dev...)...)
}

// gather keeps what is written when the program has ended.
func (l *leaks) gather(t *testing.T, processes ...*process) {
	t.Helper()
	for _, s := range processes {
		l.written["standard error"] += s.logs.String()
		l.written["standard output"] += s.access.String()
	}
	for _, m := range l.api.Messages() {
		l.written["messages"] += m.Text + "\n"
	}
	for _, d := range l.hook.Deliveries() {
		l.written["deliveries"] += string(d.Body) + "\n"
	}
	l.gatherFiles(t)
}

// gatherFiles keeps every file but those that hold what the test gave, the dataset, and the files of secrets that
// the program makes in dev.
func (l *leaks) gatherFiles(t *testing.T) {
	t.Helper()
	own := []string{"sallyport.yaml", "key", "marketplace-secret"}
	err := filepath.WalkDir(l.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || slices.Contains(own, entry.Name()) {
			return err
		}
		text, err := os.ReadFile(path)
		if path == l.access {
			l.written["access log"] += string(text)
		} else {
			l.written["file "+path] = string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// forms are the ways in which a value could be written.
func forms(value string) []string {
	return []string{value, base64.StdEncoding.EncodeToString([]byte(value)), hex.EncodeToString([]byte(value)), url.QueryEscape(value)}
}

// check looks for everything that may not be there. A query and a user agent may be in the access log, which is told
// to show them, and with them a secret that a client put there; what was sent in headers, paths and bodies may not.
func (l *leaks) check(t *testing.T) {
	t.Helper()
	sent := map[string]string{"path": pathMarker, "body": bodyMarker}
	for name, value := range sentCredentials() {
		sent["header "+name] = value[strings.LastIndexAny(strings.TrimRight(value, "="), " =")+1:]
	}
	secrets := deploymentSecrets()
	secrets["query"], secrets["user agent"] = queryMarker, agentMarker
	for where, text := range l.written {
		mustNotShow(t, where, text, sent)
		if where == "access log" {
			text = withoutWhatClientsSay(t, text)
		}
		mustNotShow(t, where, text, secrets)
	}
}

func mustNotShow(t *testing.T, where, text string, forbidden map[string]string) {
	t.Helper()
	for what, value := range forbidden {
		for _, form := range forms(value) {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%s shows the %s: %q", where, what, text[max(0, at-100):min(len(text), at+len(form)+20)])
			}
		}
	}
}

// withoutWhatClientsSay takes the two members out that show what a client sent because the configuration says so.
func withoutWhatClientsSay(t *testing.T, text string) string {
	t.Helper()
	var rest strings.Builder
	queries, agents := 0, 0
	for line := range strings.Lines(text) {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if strings.Contains(string(members["query"]), queryMarker) {
			queries++
		}
		if strings.Contains(string(members["user_agent"]), agentMarker) {
			agents++
		}
		delete(members, "query")
		delete(members, "user_agent")
		for name, value := range members {
			rest.WriteString(name + ":" + string(value) + ",")
		}
		rest.WriteString("\n")
	}
	if queries == 0 || agents == 0 {
		t.Errorf("%d queries and %d user agents in the access log, which is told to show them", queries, agents)
	}
	return rest.String()
}

// TestNothingWrittenHoldsASecret runs the whole corpus and everything that can go wrong with every output on, and
// then looks for each secret, and for each credential that a client sent, in all that the program wrote.
func TestNothingWrittenHoldsASecret(t *testing.T) {
	for name, exchanges := range byConfig(t) {
		t.Run(name, func(t *testing.T) {
			l := deployLeaky(t, name)
			s := l.start(t)
			target := s.target()
			if name == "dev" {
				target.Host, target.Proxied = "localhost", false
			}
			for _, x := range exchanges {
				report(t, target.Run(&x))
			}
			l.sendCredentials(t, s)
			resp, _ := s.get(t, "/v1/stats", "BASIC")
			ids := []string{resp.Header.Get("X-Request-Id")}
			processes := []*process{s}
			if name == "prod" {
				ids = append(ids, l.provoke(t, s)...)
			}
			l.waitTold(t, "started in", 1)
			l.ask(t, ids)
			s.stop(t)
			if name == "prod" {
				processes = append(processes, l.crash(t)...)
			}
			l.gather(t, processes...)
			l.wroteEverything(t, name)
			l.check(t)
		})
	}
}

// wroteEverything keeps the test from finding nothing because nothing was written.
func (l *leaks) wroteEverything(t *testing.T, name string) {
	t.Helper()
	want := map[string][]string{
		"access log":     {`"route":"/health"`, `"refusal":"secret"`},
		"standard error": {"serving", "generation in service"},
		"messages":       {"started in", "stopped"},
		"deliveries":     {`"kind":"started"`},
		"metrics":        {`sallyport_refusals_total{reason="secret"}`, `sallyport_alerts_sent_total{target="phone"}`},
		"status":         {`"name":"phone"`},
		"why":            {"authentication"},
	}
	if name == "prod" {
		want["access log"] = append(want["access log"], `"status":500`, `"error":`)
		want["standard error"] = append(want["standard error"], "reload refused", "goroutine 1", "alert target")
		want["messages"] = append(want["messages"], "500 on GET", "a reload was refused", "no tier has", "without stopping")
		want["second start"] = []string{"another process answers there", "address already in use"}
		want["status"] = append(want["status"], `"name":"gone"`, "connection refused")
	}
	for where, parts := range want {
		mustContain(t, l.written[where], parts...)
	}
}
