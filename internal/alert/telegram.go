package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"sallyport/secret"
)

// TelegramAPI is the address of the Bot API.
const TelegramAPI = "https://api.telegram.org"

// TelegramConfig says where messages go. Name, Token and Chat are needed.
type TelegramConfig struct {
	Name   string
	API    string        // base address; [TelegramAPI] when empty. http is for loopback alone
	Token  secret.Secret // of the bot
	Chat   string        // id of a chat, or @name of a public one
	Client *Client       // one with the defaults when nil
	Log    *slog.Logger  // is told when the chat has moved; nothing is logged when nil
}

// Telegram sends alerts to one chat by sendMessage of the Bot API. Texts carry entities instead of markup, so
// that nothing in them can break or become markup. It is safe for concurrent use.
//
// When the chat was upgraded to a supergroup the message follows it, and so do those after it until the end of
// the process; the log says which id to configure.
type Telegram struct {
	name   string
	api    string
	token  secret.Secret
	client *Client
	log    *slog.Logger

	mu   sync.Mutex
	chat string
}

var (
	tokenForm = regexp.MustCompile(`^[0-9]{1,20}:[A-Za-z0-9_-]{16,200}$`)
	chatForm  = regexp.MustCompile(`^(-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,40})$`)
)

// NewTelegram returns a target for one chat. Its errors do not quote the token.
func NewTelegram(c TelegramConfig) (*Telegram, error) {
	api := strings.TrimRight(c.API, "/")
	if api == "" {
		api = TelegramAPI
	}
	switch err := checkURL("the address of the Bot API", secret.New(api)); {
	case c.Name == "":
		return nil, errors.New("making a telegram target: the name is missing")
	case err != nil:
		return nil, fmt.Errorf("making a telegram target: %w", err)
	case !tokenForm.MatchString(c.Token.Reveal()):
		return nil, errors.New("making a telegram target: the token is missing or none; hint: @BotFather shows one like 123456:AbC…")
	case !chatForm.MatchString(c.Chat):
		// It is not quoted: who mixes up both gives the token here.
		return nil, errors.New("making a telegram target: the chat is missing or none; hint: want an id such as -1001234567890, or @name of a public one")
	}
	client, err := c.Client.or()
	if err != nil {
		return nil, fmt.Errorf("making a telegram target: %w", err)
	}
	log := c.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Telegram{name: c.Name, api: api, token: c.Token, client: client, log: log, chat: c.Chat}, nil
}

// Name returns the configured name.
func (t *Telegram) Name() string { return t.name }

// telegramRequest is what sendMessage is given.
type telegramRequest struct {
	Chat     string         `json:"chat_id"`
	Text     string         `json:"text"`
	Entities []entity       `json:"entities,omitempty"`
	Preview  previewOptions `json:"link_preview_options"`
}

type previewOptions struct {
	IsDisabled bool `json:"is_disabled"`
}

// telegramAnswer is what the Bot API says, in success and failure.
type telegramAnswer struct {
	OK          *bool  `json:"ok"`
	Code        int    `json:"error_code"`
	Description string `json:"description"`
	Parameters  struct {
		MigrateTo  int64   `json:"migrate_to_chat_id"`
		RetryAfter float64 `json:"retry_after"`
	} `json:"parameters"`
}

// Send sends one message, see [Target]. A message whose answer is lost is sent again: it may come twice.
func (t *Telegram) Send(ctx context.Context, a Alert) error {
	text := telegramText(a)
	chat := t.currentChat()
	moved, err := t.post(ctx, chat, text)
	if moved == "" || moved == chat {
		return sendingTo("telegram", err)
	}
	t.follow(ctx, chat, moved)
	_, err = t.post(ctx, moved, text)
	return sendingTo("telegram", err)
}

func (t *Telegram) currentChat() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.chat
}

// follow remembers where the chat went.
func (t *Telegram) follow(ctx context.Context, from, to string) {
	t.mu.Lock()
	t.chat = to
	t.mu.Unlock()
	t.log.WarnContext(ctx, "the telegram chat has moved; put its new id into the configuration", "target", t.name, "from", from, "to", to)
}

// post sends text to a chat. moved is the chat's new id when the Bot API names one.
func (t *Telegram) post(ctx context.Context, chat string, text *richText) (moved string, err error) {
	body, err := json.Marshal(telegramRequest{chat, text.text.String(), text.entities, previewOptions{true}})
	if err != nil {
		return "", err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	got, err := t.client.do(ctx, http.MethodPost, t.api+"/bot"+t.token.Reveal()+"/sendMessage", header, string(body))
	if err != nil {
		return "", err
	}
	var said telegramAnswer
	if json.Unmarshal(got.body, &said) != nil || said.OK == nil {
		return "", later(retryAfter(got.header, time.Now()), "status %d, and the answer is not of the Bot API: a proxy may be in between", got.status)
	}
	if *said.OK && got.status == http.StatusOK {
		return "", nil
	}
	if said.Parameters.MigrateTo != 0 {
		moved = strconv.FormatInt(said.Parameters.MigrateTo, 10)
	}
	return moved, t.refusal(got, said)
}

// refusal says what the Bot API refused, and whether it may take the message later.
func (t *Telegram) refusal(got answer, said telegramAnswer) error {
	status := got.status
	if status == http.StatusOK {
		status = said.Code
	}
	reason := fmt.Sprintf("status %d", status)
	if words := t.description(said); words != "" {
		reason += ": " + words
	}
	switch {
	case status == http.StatusTooManyRequests:
		return later(max(clampWait(said.Parameters.RetryAfter), retryAfter(got.header, time.Now())), "%s", reason)
	case status >= 400 && status < 500:
		return refused(reason, telegramHint(status, said.Description))
	}
	return later(retryAfter(got.header, time.Now()), "%s", reason)
}

// description returns what the Bot API says in its own words, without the token in case it is quoted.
func (t *Telegram) description(said telegramAnswer) string {
	_, key, _ := strings.Cut(t.token.Reveal(), ":")
	return line(strings.ReplaceAll(said.Description, key, secret.Redacted), maxTitle)
}

// telegramHint tells what to do about a refusal.
func telegramHint(status int, description string) string {
	description = strings.ToLower(description)
	switch {
	case status == http.StatusUnauthorized || status == http.StatusNotFound:
		return "the token is wrong or was revoked: take the one that @BotFather shows"
	case strings.Contains(description, "chat not found"):
		return "check the chat's id, add the bot to the chat, and write to the bot once if it is a private one"
	case strings.Contains(description, "blocked"):
		return "somebody blocked the bot: unblock it, or choose another chat"
	case status == http.StatusForbidden:
		return "the bot may not write there: add it to the chat again, and let it post"
	}
	return ""
}
