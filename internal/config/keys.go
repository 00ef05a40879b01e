package config

import (
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
	return append(append(deploymentKeys(), accessKeys()...), boundKeys()...)
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
		{"log.level", "text", "info", "debug", "least level of the event log: debug, info, warn or error"},
		{"log.output", "path", Stdout, "", "where the access log goes: stdout, stderr or a file"},
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
)

// SecretNames returns every secret, in the order of the documentation.
func SecretNames() []SecretName {
	return []SecretName{
		{rapidAPISecretName, "what the marketplace sends to prove itself, preset rapidapi"},
		{rapidAPISecretName + previousSuffix, "the secret before, still valid during rotation"},
		{genericSecretName, "what the gateway in front sends to prove itself, preset generic"},
		{genericSecretName + previousSuffix, "the secret before, still valid during rotation"},
		{keyName, "at least 32 bytes; cursor signing and log hashing keys derive from it; the same for all replicas"},
	}
}
