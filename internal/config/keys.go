package config

import (
	"slices"
	"strings"
)

// Key documents one key of the configuration.
type Key struct {
	Name       string // as in the file, levels joined with "."; items of a list are "tiers[].name"
	Type       string // text, path, integer, size, duration, boolean, list or map
	Default    string // as text; empty when there is none
	DevDefault string // in dev, when it differs
	Doc        string // one line
}

// Env returns the environment variable that sets the key: SALLYPORT_SERVER_READ_TIMEOUT for
// server.read_timeout. It is empty for keys inside a list, which only the file can set.
func (k Key) Env() string {
	if strings.Contains(k.Name, "[") {
		return ""
	}
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

const envPrefix = "SALLYPORT_"

func (k Key) defaultFor(env Env) string {
	if env == Dev && k.DevDefault != "" {
		return k.DevDefault
	}
	return k.Default
}

// Keys returns every key, in the order of the documentation.
func Keys() []Key {
	return slices.Concat(deploymentKeys(), accessKeys(), boundKeys(), watchingKeys())
}

func deploymentKeys() []Key {
	return []Key{
		{"env", "text", "prod", "", "kind of deployment: prod, or dev, which is loopback only"},
		{"listen", "text", ":8080", "127.0.0.1:8080", "address to listen on; PORT in the environment sets its port"},
		{"hosts", "list", "", "localhost,127.0.0.1,::1", "host names that requests may be for; needed in prod"},
		{"trusted_proxies", "list", "", "", "addresses and networks (CIDR) of the proxies in front, whose X-Forwarded headers count"},
		{"tls.certificate", "path", "", "", "PEM file of the certificate chain, when no proxy ends TLS"},
		{"tls.key", "path", "", "", "PEM file of the certificate's private key"},
		{"hsts.max_age", "duration", "365d", "", "max-age of Strict-Transport-Security, sent when https is proven"},
		{"hsts.include_subdomains", "boolean", "false", "", "extend Strict-Transport-Security to every subdomain"},
		{"hsts.preload", "boolean", "false", "", "ask for the browsers' preload list; needs include_subdomains and 365d"},
		{"state_dir", "path", "", "", "folder for what must survive a restart; in dev a folder of the user"},
		{"replicas", "integer", "1", "", "processes that serve this deployment; limits are divided by it when they cannot count together"},
		{"dataset.file", "path", "", "", "sealed dataset that sallyport build made; bundled ingredients in dev"},
		{"dataset.description", "path", "", "", "description that the dataset was built with"},
		{"dataset.max_drop", "integer", "20", "", "percent of a table's rows that a new dataset may lack; one that lacks more is refused"},
		{"dataset.watch", "duration", "2s", "", "how often the dataset file is looked at for a change"},
		{"openapi.public", "boolean", "false", "", "answer /openapi.json without authentication"},
	}
}

func accessKeys() []Key {
	return []Key{
		{"marketplace.preset", "text", RapidAPI, "", "marketplace in front: rapidapi, or generic"},
		{"marketplace.secret_header", "text", "", "", "header that proves the marketplace; that of the preset when absent"},
		{"marketplace.user_header", "text", "", "", "header that names the customer; that of the preset when absent"},
		{"marketplace.tier_header", "text", "", "", "header that names the customer's plan; that of the preset when absent"},
		{"tiers[].name", "text", "", "", "plan, lowest first; without tiers: BASIC, PRO, ULTRA, MEGA"},
		{"tiers[].limits[].name", "text", "", "", "name of the policy in the RateLimit header"},
		{"tiers[].limits[].quota", "integer", "", "", "cost units in each window"},
		{"tiers[].limits[].window", "duration", "", "", "window of the quota, whole seconds"},
		{"tiers[].in_flight", "integer", "8", "", "requests of one customer at the same time"},
		{"tier_aliases", "map", "", "", "plan names that stand for a tier, such as CUSTOM: MEGA"},
		{"tier_overrides", "map", "", "", "tier of single customers, whatever their plan"},
		{"cors.origins", "list", "", "", "exact origins of browser applications that may read answers"},
		{"cors.max_age", "duration", "10m", "", "how long a browser may keep a preflight's answer"},
		{"failure_budget.quota", "integer", "20", "", "wrong credentials that one address may send in each window"},
		{"failure_budget.window", "duration", "1m", "", "window of the failure budget, whole seconds"},
		{"limits_capacity", "integer", "100000", "", "customers counted in memory at once; further ones are refused"},
	}
}

func boundKeys() []Key {
	return []Key{
		{"server.max_connections", "integer", "1024", "", "open connections; further ones wait"},
		{"server.read_header_timeout", "duration", "5s", "", "time for a request's header"},
		{"server.read_timeout", "duration", "15s", "", "time for a whole request"},
		{"server.write_timeout", "duration", "30s", "", "time for a whole answer"},
		{"server.idle_timeout", "duration", "1m", "", "time that an idle connection is kept"},
		{"server.drain_timeout", "duration", "20s", "", "time for open requests when the server stops"},
		{"server.max_url", "size", "16KiB", "", "longest URL"},
		{"server.max_header", "size", "16KiB", "", "largest header"},
		{"query.deadline", "duration", "2s", "", "time for one question to the dataset"},
		{"query.max_bytes", "size", "1MiB", "", "largest answer"},
		{"cache.size", "size", "8MiB", "", "memory for encoded answers; 0 for none"},
	}
}

func watchingKeys() []Key {
	return []Key{
		{"log.level", "text", "info", "debug", "least level of the event log: debug, info, warn or error"},
		{"log.output", "path", Stdout, "", "where the access log goes: stdout, stderr or a file"},
		{"log.events", "path", Stderr, "", "where the event log goes: stdout, stderr or a file"},
		{"log.query", "text", "off", "", "the query in the access log: off, hash or full"},
		{"log.user_agent", "text", "off", "", "the User-Agent in the access log: off, hash or full"},
		{"log.client", "text", "full", "", "the client's address in the access log: off, hash or full"},
		{"log.customer", "text", "hash", "", "the customer's name in the access log: off, hash or full"},
		{"private.listen", "text", "", "", "listener for metrics and status: unix:PATH, a loopback address or off; private.sock in state_dir when absent"},
		{"private.dangerously_public", "boolean", "false", "", "take a private.listen that others can reach; it asks for no credential"},
		{"alerts.targets[].name", "text", "", "", "name of the receiver in status, metrics and log"},
		{"alerts.targets[].kind", "text", "", "", "telegram, webhook, slack or discord; the secrets table says what each needs"},
		{"alerts.targets[].chat", "text", "", "", "telegram: id of the chat, or @name of a channel"},
		{"alerts.targets[].events", "list", "", "", "kinds of alert that it gets; all when absent"},
		{"alerts.targets[].minimum", "text", defaultMinimum, "", "least severity that it gets: info, warning, error or critical"},
		{"alerts.targets[].daily", "integer", "200", "", "most messages a day; the rest is counted and summed up"},
		{"alerts.telegram_api", "text", "https://api.telegram.org", "", "Bot API server, for those who run one themselves"},
		{"alerts.deployment", "text", "", "", "name of this deployment in alerts; the first of hosts when absent"},
	}
}

// SecretName documents one secret.
type SecretName struct {
	Name string
	Doc  string
}

// The names of the secrets, see [SecretNames].
const (
	keyName              = "SALLYPORT_KEY"
	rapidAPISecretName   = "RAPIDAPI_PROXY_SECRET"
	genericSecretName    = "SALLYPORT_MARKETPLACE_SECRET"
	previousSuffix       = "_PREVIOUS"
	fileSuffix           = "_FILE"
	credentialsDirectory = "CREDENTIALS_DIRECTORY"
	telegramTokenName    = "TELEGRAM_BOT_TOKEN"
	slackURLName         = "SLACK_WEBHOOK_URL"
	discordURLName       = "DISCORD_WEBHOOK_URL"
	webhookURLName       = "SALLYPORT_WEBHOOK_URL"
	webhookSecretName    = "SALLYPORT_WEBHOOK_SECRET"
	heartbeatURLName     = "SALLYPORT_HEARTBEAT_URL"
)

// SecretNames returns every secret, in the order of the documentation.
func SecretNames() []SecretName {
	return []SecretName{
		{rapidAPISecretName, "what the marketplace sends to prove itself, preset rapidapi"},
		{rapidAPISecretName + previousSuffix, "the secret before, still valid during rotation"},
		{genericSecretName, "what the gateway in front sends to prove itself, preset generic"},
		{genericSecretName + previousSuffix, "the secret before, still valid during rotation"},
		{keyName, "at least 32 bytes; cursor signing and log hashing keys derive from it; the same for all replicas"},
		{telegramTokenName, "token of the bot that writes alerts, for targets of kind telegram"},
		{slackURLName, "incoming webhook, for a target of kind slack"},
		{discordURLName, "webhook, for a target of kind discord"},
		{webhookURLName, "where alerts are posted to, for a target of kind webhook"},
		{webhookSecretName, "at least 16 bytes; signs what is posted, for a target of kind webhook"},
		{heartbeatURLName, "fetched each minute while the server is ready, so that an outside service notices when it is not"},
	}
}
