package servicetest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
)

// Token and chat that a [BotAPI] knows from the start.
const (
	BotToken = "7203918465:AAFk3xQz_servicetest-Jw8mVb2Lr5Ny" // sallyport:ignore SP201 known to the server of this package alone
	BotChat  = "-1001234567890"
)

// maxBotText is the longest text of a message, in UTF-16 code units.
const maxBotText = 4096

// BotAPI is a server on loopback that answers sendMessage as the Bot API of Telegram does, errors included. Its
// script can make it answer otherwise. It is safe for concurrent use.
type BotAPI struct {
	Script
	URL string // base address

	mu       sync.Mutex
	chats    map[string]*botChat
	limits   []botLimit
	messages []BotMessage
}

type botChat struct {
	blocked  bool
	movedTo  int64
	arrivals []time.Time // of messages that were accepted
}

// botLimit lets n messages of one chat through in each window.
type botLimit struct {
	n      int
	window time.Duration
}

// BotMessage is a message that was accepted.
type BotMessage struct {
	Chat     string
	Text     string
	Entities []BotEntity
	Preview  bool      // links are shown with a preview
	Links    []string  // names, tags, commands and addresses that the server would make links of
	Time     time.Time // of arrival
}

// BotEntity says how a part of a text looks. Offset and length count UTF-16 code units.
type BotEntity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
}

// TelegramAPI starts a [BotAPI] that knows [BotToken] and [BotChat] and has no limits.
func TelegramAPI(t testing.TB) *BotAPI {
	t.Helper()
	api := &BotAPI{chats: map[string]*botChat{BotChat: {}}}
	api.URL = api.serve(t, api.handle)
	return api
}

// Limit refuses with 429 what goes over n messages of a chat in a window. The original is said to allow one a
// second and 20 a minute.
func (api *BotAPI) Limit(n int, window time.Duration) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.limits = append(api.limits, botLimit{n, window})
}

// Block makes a chat refuse the bot.
func (api *BotAPI) Block(chat string) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.chats[chat] = &botChat{blocked: true}
}

// Move upgrades a chat to a supergroup with another id.
func (api *BotAPI) Move(chat string, to int64) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.chats[chat] = &botChat{movedTo: to}
	api.chats[strconv.FormatInt(to, 10)] = &botChat{}
}

// Messages returns what was accepted, in the order of arrival.
func (api *BotAPI) Messages() []BotMessage {
	api.mu.Lock()
	defer api.mu.Unlock()
	return slices.Clone(api.messages)
}

// TooManyRequests is the reply to a bot that sends too much.
func TooManyRequests(seconds int) Reply {
	return Reply{Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": strconv.Itoa(seconds), "Content-Type": "application/json"},
		Body: fmt.Sprintf(`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after %d","parameters":{"retry_after":%d}}`, seconds, seconds)}
}

// botRefusal is an error as the Bot API tells it.
type botRefusal struct {
	OK          bool           `json:"ok"`
	Code        int            `json:"error_code"`
	Description string         `json:"description"`
	Parameters  *botParameters `json:"parameters,omitempty"`
}

type botParameters struct {
	MigrateTo  int64 `json:"migrate_to_chat_id,omitempty"`
	RetryAfter int   `json:"retry_after,omitempty"`
}

func refuse(code int, description string) *botRefusal {
	return &botRefusal{Code: code, Description: description}
}

var botPath = regexp.MustCompile(`^/bot([0-9]+:[A-Za-z0-9_-]+)/(\w+)$`)

func (api *BotAPI) handle(w http.ResponseWriter, r *http.Request) {
	result, refusal := api.answer(r)
	w.Header().Set("Content-Type", "application/json")
	if refusal == nil {
		json.NewEncoder(w).Encode(map[string]any{"ok": true, "result": result})
		return
	}
	if refusal.Parameters != nil && refusal.Parameters.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(refusal.Parameters.RetryAfter))
	}
	w.WriteHeader(refusal.Code)
	json.NewEncoder(w).Encode(refusal)
}

func (api *BotAPI) answer(r *http.Request) (result any, refusal *botRefusal) {
	path := botPath.FindStringSubmatch(r.URL.Path)
	switch {
	case path == nil:
		return nil, refuse(http.StatusNotFound, "Not Found")
	case path[1] != BotToken:
		return nil, refuse(http.StatusUnauthorized, "Unauthorized")
	case !strings.EqualFold(path[2], "sendMessage"):
		return nil, refuse(http.StatusNotFound, "Not Found")
	}
	sent, err := readBotRequest(r)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "Bad Request: "+err.Error())
	}
	if err := sent.check(); err != nil {
		return nil, refuse(http.StatusBadRequest, "Bad Request: "+err.Error())
	}
	return api.accept(sent)
}

// accept records a message, unless its chat does not take it.
func (api *BotAPI) accept(sent *botRequest) (result any, refusal *botRefusal) {
	api.mu.Lock()
	defer api.mu.Unlock()
	chat, known := api.chats[sent.Chat]
	switch {
	case sent.Chat == "":
		return nil, refuse(http.StatusBadRequest, "Bad Request: chat_id is empty")
	case !known:
		return nil, refuse(http.StatusBadRequest, "Bad Request: chat not found")
	case chat.blocked:
		return nil, refuse(http.StatusForbidden, "Forbidden: bot was blocked by the user")
	case chat.movedTo != 0:
		refusal = refuse(http.StatusBadRequest, "Bad Request: group chat was upgraded to a supergroup chat")
		refusal.Parameters = &botParameters{MigrateTo: chat.movedTo}
		return nil, refusal
	}
	now := time.Now()
	if wait := api.wait(chat, now); wait > 0 {
		refusal = refuse(http.StatusTooManyRequests, fmt.Sprintf("Too Many Requests: retry after %d", wait))
		refusal.Parameters = &botParameters{RetryAfter: wait}
		return nil, refusal
	}
	chat.arrivals = append(chat.arrivals, now)
	api.messages = append(api.messages, BotMessage{sent.Chat, sent.Text, sent.Entities, !sent.Preview.IsDisabled, sent.links(), now})
	return map[string]any{"message_id": len(api.messages), "date": now.Unix(), "text": sent.Text}, nil
}

// wait returns how many seconds a chat has to wait for its next message.
func (api *BotAPI) wait(chat *botChat, now time.Time) int {
	var longest time.Duration
	for _, limit := range api.limits {
		if n := len(chat.arrivals); n >= limit.n {
			longest = max(longest, limit.window-now.Sub(chat.arrivals[n-limit.n]))
		}
	}
	return int(math.Ceil(longest.Seconds()))
}

var botLink = regexp.MustCompile(`(?:^|[^\w])([@#/$][A-Za-z]\w+)|(\w+://\S+|\b[\w-]+\.[A-Za-z]{2,}\b)`)

// links returns what the server would make links of: it looks everywhere but in code.
func (sent *botRequest) links() []string {
	text := utf16.Encode([]rune(sent.Text))
	for _, e := range sent.Entities {
		if isCode(e) {
			for i := e.Offset; i < e.Offset+e.Length; i++ {
				text[i] = ' '
			}
		}
	}
	return botLink.FindAllString(string(utf16.Decode(text)), -1)
}
