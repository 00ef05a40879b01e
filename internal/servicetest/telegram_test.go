package servicetest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// ask posts to the fake and returns what a client sees.
func ask(t *testing.T, address, contentType, body string) (status int, text string) {
	t.Helper()
	response, err := http.Post(address, contentType, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		return response.StatusCode, err.Error()
	}
	return response.StatusCode, strings.TrimSpace(string(all))
}

func TestBotAPIAnswersLikeTheOriginal(t *testing.T) {
	api := TelegramAPI(t)
	api.Block("-1")
	api.Move("-2", -1002)
	send := "/bot" + BotToken + "/sendMessage"
	long := strings.Repeat("😀", 2049) // 4,098 units, 2,049 runes
	for name, tt := range map[string]struct {
		path, body string
		status     int
		want       string
	}{
		"sent":            {send, `{"chat_id":` + BotChat + `,"text":"a_b"}`, 200, `"ok":true`},
		"id as text":      {send, `{"chat_id":"` + BotChat + `","text":"a"}`, 200, `"ok":true`},
		"no token":        {"/bot/sendMessage", `{}`, 404, `"description":"Not Found"`},
		"wrong token":     {"/bot1:wrong/sendMessage", `{}`, 401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`},
		"unknown method":  {"/bot" + BotToken + "/getThis", `{}`, 404, "Not Found"},
		"no JSON":         {send, `{`, 400, "JSON"},
		"no text":         {send, `{"chat_id":1}`, 400, "message text is empty"},
		"no chat":         {send, `{"text":"a"}`, 400, "chat_id is empty"},
		"unknown chat":    {send, `{"chat_id":1,"text":"a"}`, 400, "Bad Request: chat not found"},
		"blocked":         {send, `{"chat_id":-1,"text":"a"}`, 403, "Forbidden: bot was blocked by the user"},
		"moved":           {send, `{"chat_id":-2,"text":"a"}`, 400, `"parameters":{"migrate_to_chat_id":-1002}`},
		"too long":        {send, `{"chat_id":1,"text":"` + long + `"}`, 400, "message is too long"},
		"outside":         {send, `{"chat_id":1,"text":"a","entities":[{"type":"bold","offset":0,"length":2}]}`, 400, "outside"},
		"negative":        {send, `{"chat_id":1,"text":"a","entities":[{"type":"bold","offset":-1,"length":2}]}`, 400, "outside"},
		"overflow":        {send, `{"chat_id":1,"text":"a","entities":[{"type":"bold","offset":1,"length":9223372036854775807}]}`, 400, "outside"},
		"in a character":  {send, `{"chat_id":1,"text":"😀","entities":[{"type":"bold","offset":0,"length":1}]}`, 400, "middle"},
		"bold in code":    {send, `{"chat_id":1,"text":"abc","entities":[{"type":"code","offset":0,"length":3},{"type":"bold","offset":1,"length":1}]}`, 400, "overlap"},
		"crossing":        {send, `{"chat_id":1,"text":"abc","entities":[{"type":"bold","offset":0,"length":2},{"type":"italic","offset":1,"length":2}]}`, 400, "overlap"},
		"nested":          {send, `{"chat_id":` + BotChat + `,"text":"abc","entities":[{"type":"bold","offset":0,"length":3},{"type":"italic","offset":1,"length":1}]}`, 200, "ok"},
		"HTML":            {send, `{"chat_id":` + BotChat + `,"text":"<b>a</b>","parse_mode":"HTML"}`, 200, "ok"},
		"broken HTML":     {send, `{"chat_id":1,"text":"a <b","parse_mode":"HTML"}`, 400, "can't parse entities"},
		"unclosed HTML":   {send, `{"chat_id":1,"text":"<b>a","parse_mode":"HTML"}`, 400, "can't find end tag"},
		"crossed HTML":    {send, `{"chat_id":1,"text":"<b><i>a</b></i>","parse_mode":"HTML"}`, 400, "unexpected end tag"},
		"broken Markdown": {send, `{"chat_id":1,"text":"a_b","parse_mode":"Markdown"}`, 400, "can't parse entities: can't find end of the entity"},
		"MarkdownV2":      {send, `{"chat_id":1,"text":"a.b","parse_mode":"MarkdownV2"}`, 400, "reserved"},
		"unknown mode":    {send, `{"chat_id":1,"text":"a","parse_mode":"x"}`, 400, "unsupported parse_mode"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, text := ask(t, api.URL+tt.path, "application/json", tt.body); status != tt.status || !strings.Contains(text, tt.want) {
				t.Errorf("%d %s, want %d with %s", status, text, tt.status, tt.want)
			}
		})
	}
}

func TestBotAPITakesForms(t *testing.T) {
	api := TelegramAPI(t)
	form := url.Values{"chat_id": {BotChat}, "text": {"see example.org, @somebody and /stop"}, "entities": {`[{"type":"code","offset":4,"length":11}]`}}
	if status, text := ask(t, api.URL+"/bot"+BotToken+"/sendMessage", "application/x-www-form-urlencoded", form.Encode()); status != 200 {
		t.Fatal(status, text)
	}
	got := api.Messages()
	if len(got) != 1 || !got[0].Preview || len(got[0].Links) != 2 {
		t.Errorf("messages %+v, want one with the links of @somebody and /stop", got)
	}
}

func TestBotAPILimitsAChat(t *testing.T) {
	api := TelegramAPI(t)
	api.Limit(2, time.Hour)
	body := `{"chat_id":"` + BotChat + `","text":"a"}`
	for range 2 {
		if status, text := ask(t, api.URL+"/bot"+BotToken+"/sendMessage", "application/json", body); status != 200 {
			t.Fatal(status, text)
		}
	}
	status, text := ask(t, api.URL+"/bot"+BotToken+"/sendMessage", "application/json", body)
	if status != 429 || !strings.Contains(text, `"parameters":{"retry_after":3600}`) {
		t.Errorf("the third message: %d %s", status, text)
	}
}

func TestScriptComesFirst(t *testing.T) {
	api := TelegramAPI(t)
	api.Always(ServerError(503))
	api.Next(TooManyRequests(7), Page(502), Reply{Close: true}, Reply{Body: "{", Cut: true})
	address := api.URL + "/bot" + BotToken + "/sendMessage"
	var got []int
	for range 5 {
		status, _ := ask(t, address, "application/json", `{"chat_id":"`+BotChat+`","text":"a"}`)
		got = append(got, status)
	}
	api.Recover()
	status, text := ask(t, address, "application/json", `{"chat_id":"`+BotChat+`","text":"a"}`)
	if want := []int{429, 502, 0, 200, 503}; len(got) != 5 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] || got[4] != want[4] {
		t.Errorf("statuses %v, want %v", got, want)
	}
	if status != 200 || api.Requests() != 6 || len(api.Messages()) != 1 {
		t.Errorf("after the recovery: %d %s, %d requests", status, text, api.Requests())
	}
}
