package config

import "sallyport/secret"

// Log says what is logged, and where to.
type Log struct {
	Level     string `yaml:"level"`
	Output    string `yaml:"output"` // of accesses
	Events    string `yaml:"events"` // where events go
	Query     Reveal `yaml:"query"`
	UserAgent Reveal `yaml:"user_agent"`
	Client    Reveal `yaml:"client"`
	Customer  Reveal `yaml:"customer"`
}

// Outputs of [Log] that are no file.
const (
	Stdout = "stdout"
	Stderr = "stderr"
)

// Reveal says how much of a value the log shows.
type Reveal string

// The values of [Reveal].
const (
	RevealOff  Reveal = "off"
	RevealHash Reveal = "hash" // keyed, so that equal values can be found and none be guessed
	RevealFull Reveal = "full"
)

// Private is the listener for metrics and status, which are nobody else's business.
type Private struct {
	Listen            string `yaml:"listen"` // "unix:PATH", a TCP address, or off
	DangerouslyPublic bool   `yaml:"dangerously_public"`
}

// PrivateOff is the value of private.listen without a private listener.
const PrivateOff = "off"

// Alerts says who is told what.
type Alerts struct {
	Targets     []AlertTarget `yaml:"targets"`
	TelegramAPI string        `yaml:"telegram_api"`
	Deployment  string        `yaml:"deployment"`
}

// AlertTarget is one receiver of alerts.
type AlertTarget struct {
	Name    string   `yaml:"name"`
	Kind    string   `yaml:"kind"`
	Chat    string   `yaml:"chat"`   // telegram: where the bot writes to
	Events  []string `yaml:"events"` // kinds of alert; all when empty
	Minimum string   `yaml:"minimum"`
	Daily   int      `yaml:"daily"`
}

// AlertSecrets are what the receivers of alerts need. Those that no target uses are zero.
type AlertSecrets struct {
	Telegram      secret.Secret // token of the bot
	Slack         secret.Secret // URL
	Discord       secret.Secret // URL
	Webhook       secret.Secret // URL
	WebhookSecret secret.Secret // signs
	Heartbeat     secret.Secret // URL that is fetched each minute while the server is ready; zero for none
}

// Kinds of [AlertTarget].
const (
	Telegram = "telegram"
	Webhook  = "webhook"
	Slack    = "slack"
	Discord  = "discord"
)

// The values of an [AlertTarget] that names none.
const (
	defaultMinimum = "info"
	defaultDaily   = 200
)

// alertSecret is one secret of the receivers; kind is that of the targets that need it, empty when none does.
type alertSecret struct {
	name  string
	kind  string
	isURL bool
	value *secret.Secret
}

func (a *AlertSecrets) list() []alertSecret {
	return []alertSecret{
		{telegramTokenName, Telegram, false, &a.Telegram},
		{slackURLName, Slack, true, &a.Slack},
		{discordURLName, Discord, true, &a.Discord},
		{webhookURLName, Webhook, true, &a.Webhook},
		{webhookSecretName, Webhook, false, &a.WebhookSecret},
		{heartbeatURLName, "", true, &a.Heartbeat},
	}
}
