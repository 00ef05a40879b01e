package servicetest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func signature(key, body string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

func TestSinkWantsASignature(t *testing.T) {
	const key, body = "a key of the test", `{"a":1}`
	for name, tt := range map[string]struct {
		signature string
		status    int
	}{
		"right":      {signature(key, body, time.Now()), 200},
		"none":       {"", 401},
		"other key":  {signature("another key", body, time.Now()), 401},
		"other body": {signature(key, "{}", time.Now()), 401},
		"old":        {signature(key, body, time.Now().Add(-time.Hour)), 401},
		"future":     {signature(key, body, time.Now().Add(time.Hour)), 401},
		"no hex":     {fmt.Sprintf("t=%d,v1=zz", time.Now().Unix()), 401},
	} {
		t.Run(name, func(t *testing.T) {
			sink := Webhook(t, key)
			request, err := http.NewRequest(http.MethodPost, sink.URL, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Sallyport-Signature", tt.signature)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != tt.status || (len(sink.Deliveries()) == 1) != (tt.status == 200) {
				t.Errorf("status %d with %d deliveries, want %d", response.StatusCode, len(sink.Deliveries()), tt.status)
			}
		})
	}
}

func TestChatHooksAnswerLikeTheOriginals(t *testing.T) {
	slack, discord := SlackHook(t), DiscordHook(t)
	long := strings.Repeat("a", 5000)
	for name, tt := range map[string]struct {
		url, body string
		status    int
		want      string
	}{
		"slack":                 {slack.URL, `{"text":"a"}`, 200, "ok"},
		"slack token":           {slack.URL + "x", `{"text":"a"}`, 403, "invalid_token"},
		"slack gone":            {strings.Split(slack.URL, "/services")[0], `{"text":"a"}`, 404, "no_service"},
		"slack broken":          {slack.URL, `{`, 400, "invalid_payload"},
		"slack empty":           {slack.URL, `{}`, 400, "no_text"},
		"slack block":           {slack.URL, `{"blocks":[{"type":"header","text":{"type":"mrkdwn","text":"a"}}]}`, 400, "invalid_blocks"},
		"slack long":            {slack.URL, `{"blocks":[{"type":"section","text":{"type":"plain_text","text":"` + long + `"}}]}`, 400, "invalid_blocks"},
		"discord":               {discord.URL, `{"content":"a"}`, 204, ""},
		"discord token":         {discord.URL + "x", `{"content":"a"}`, 401, `{"message":"Invalid Webhook Token","code":50027}`},
		"discord gone":          {strings.Split(discord.URL, "/1234")[0], `{"content":"a"}`, 404, `"code":10015`},
		"discord empty":         {discord.URL, `{}`, 400, `"code":50006`},
		"discord long content":  {discord.URL, `{"content":"` + long + `"}`, 400, `"code":50035`},
		"discord long embed":    {discord.URL, `{"embeds":[{"description":"` + long + `"}]}`, 400, `"code":50035`},
		"discord broken JSON":   {discord.URL, `{`, 400, `"code":50109`},
		"discord title too big": {discord.URL, `{"embeds":[{"title":"` + long[:257] + `"}]}`, 400, `"code":50035`},
	} {
		t.Run(name, func(t *testing.T) {
			if status, text := ask(t, tt.url, "application/json", tt.body); status != tt.status || !strings.Contains(text, tt.want) {
				t.Errorf("%d %s, want %d with %s", status, text, tt.status, tt.want)
			}
		})
	}
}

func TestChatHooksSeeMentions(t *testing.T) {
	slack, discord := SlackHook(t), DiscordHook(t)
	ask(t, slack.URL, "application/json", `{"text":"<!channel> &lt;!here&gt;","blocks":[{"type":"section","text":{"type":"plain_text","text":"<!here>"}}]}`)
	ask(t, discord.URL, "application/json", `{"content":"@everyone"}`)
	ask(t, discord.URL, "application/json", `{"content":"@everyone","allowed_mentions":{"parse":[]}}`)
	if got := slack.Deliveries(); len(got) != 1 || len(got[0].Mentions) != 1 {
		t.Errorf("slack: %+v, want the one mention of the parsed text", got)
	}
	if got := discord.Deliveries(); len(got) != 2 || len(got[0].Mentions) != 1 || len(got[1].Mentions) != 0 {
		t.Errorf("discord: %+v, want a mention in the first alone", got)
	}
}

func TestBlackHoleNeverAnswers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, BlackHole(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(request); err == nil {
		t.Errorf("it answered %s", response.Status)
	}
}
