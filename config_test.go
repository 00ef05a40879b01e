package sallyport_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sallyport"
	"sallyport/limit"
	"sallyport/secret"
)

func TestNewMiddlewareRefuses(t *testing.T) {
	policy := limit.Policy{Name: "minute", Quota: 1, Window: time.Minute}
	for _, tt := range []struct {
		name, field, reason string
		change              func(*sallyport.Config)
	}{
		{"no hosts", "Hosts", "no host names", func(c *sallyport.Config) { c.Hosts = nil }},
		{"wildcard host", "Hosts", "not a plain host name", func(c *sallyport.Config) { c.Hosts = []string{"*.example.com"} }},
		{"host with port", "Hosts", "not a plain host name", func(c *sallyport.Config) { c.Hosts = []string{"example.com:80"} }},
		{"empty host", "Hosts", "not a plain host name", func(c *sallyport.Config) { c.Hosts = []string{""} }},
		{"trust everybody", "TrustedProxies", "trusts every address", func(c *sallyport.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} }},
		{"invalid prefix", "TrustedProxies", "not valid", func(c *sallyport.Config) { c.TrustedProxies = []netip.Prefix{{}} }},
		{"no source", "Secrets", "no source", func(c *sallyport.Config) { c.Secrets = nil }},
		{"no secret", "Secrets", "0 secrets", func(c *sallyport.Config) { c.Secrets = sallyport.StaticSecrets{} }},
		{"zero secret", "Secrets", "is missing", func(c *sallyport.Config) { c.Secrets = sallyport.StaticSecrets{{}} }},
		{"blank secret", "Secrets", "is blank", func(c *sallyport.Config) { c.Secrets = sallyport.StaticSecrets{secret.New("                 ")} }},
		{"short secret", "Secrets", "shorter than 16", func(c *sallyport.Config) { c.Secrets = sallyport.StaticSecrets{secret.New("abc")} }},
		{"placeholder", "Secrets", "placeholder", func(c *sallyport.Config) { c.Secrets = sallyport.StaticSecrets{secret.New("your-secret-goes-here")} }},
		{"unusable previous", "Secrets", "is missing", func(c *sallyport.Config) { c.Secrets = sallyport.StaticSecrets{secret.New(current), {}} }},
		{"three secrets", "Secrets", "3 secrets", func(c *sallyport.Config) {
			s := secret.New(current)
			c.Secrets = sallyport.StaticSecrets{s, s, s}
		}},
		{"header without name", "Marketplace", "not the name of a header", func(c *sallyport.Config) { c.Marketplace.Secret = "X-Secret" }},
		{"one header for two", "Marketplace", "two things", func(c *sallyport.Config) { c.Marketplace = sallyport.Marketplace{Secret: "A", User: "a", Tier: "B"} }},
		{"no tiers", "Tiers", "no tiers", func(c *sallyport.Config) { c.Tiers = nil }},
		{"tier without limits", "Tiers", "0 limits", func(c *sallyport.Config) { c.Tiers[0].Limits = nil }},
		{"tier without in-flight", "Tiers", "in flight 0", func(c *sallyport.Config) { c.Tiers[1].InFlight = 0 }},
		{"tier twice", "Tiers", "stands twice", func(c *sallyport.Config) { c.Tiers[1].Name = "basic" }},
		{"nameless tier", "Tiers", "not plain text", func(c *sallyport.Config) { c.Tiers[1].Name = " " }},
		{"zero policy", "Tiers", "policy name", func(c *sallyport.Config) { c.Tiers[0].Limits = []limit.Policy{{}} }},
		{"same policy twice", "Tiers", "two limits", func(c *sallyport.Config) { c.Tiers[0].Limits = []limit.Policy{policy, policy} }},
		{"alias of nothing", "TierAliases", "a tier that exists", func(c *sallyport.Config) { c.TierAliases["X"] = "GOLD" }},
		{"alias of an alias", "TierAliases", "a tier that exists", func(c *sallyport.Config) { c.TierAliases["X"] = "CUSTOM" }},
		{"alias is a tier", "TierAliases", "a new name", func(c *sallyport.Config) { c.TierAliases["basic"] = "PRO" }},
		{"override to nothing", "TierOverrides", "a tier that exists", func(c *sallyport.Config) { c.TierOverrides["bob"] = "GOLD" }},
		{"override for nobody", "TierOverrides", "customer's name", func(c *sallyport.Config) { c.TierOverrides[""] = "PRO" }},
		{"no routes", "Routes", "no routes", func(c *sallyport.Config) { c.Routes = nil }},
		{"route without methods", "Routes", "no methods", func(c *sallyport.Config) { c.Routes[1].Methods = nil }},
		{"route without tier", "Routes", "is not a tier", func(c *sallyport.Config) { c.Routes[1].MinTier = "" }},
		{"route of unknown tier", "Routes", "is not a tier", func(c *sallyport.Config) { c.Routes[1].MinTier = "GOLD" }},
		{"free route", "Routes", "cost 0", func(c *sallyport.Config) { c.Routes[1].Cost = 0 }},
		{"public wildcard", "Routes", "literal", func(c *sallyport.Config) { c.Routes[0].Pattern = "/public/{x...}" }},
		{"subtree", "Routes", "ends with /", func(c *sallyport.Config) { c.Routes[1].Pattern = "/item/" }},
		{"route twice", "Routes", "registering", func(c *sallyport.Config) { c.Routes[2].Pattern = "/item/{other}" }},
		{"pattern with method", "Routes", "begins with /", func(c *sallyport.Config) { c.Routes[1].Pattern = "GET /x" }},
		{"malformed pattern", "Routes", "registering", func(c *sallyport.Config) { c.Routes[1].Pattern = "/{" }},
		{"every origin", "CORS", "wildcard", func(c *sallyport.Config) { c.CORS.Origins = []string{"*"} }},
		{"wildcard origin", "CORS", "wildcard", func(c *sallyport.Config) { c.CORS.Origins = []string{"https://*.example.com"} }},
		{"null origin", "CORS", "sandboxed", func(c *sallyport.Config) { c.CORS.Origins = []string{"null"} }},
		{"plain http origin", "CORS", "plain http", func(c *sallyport.Config) { c.CORS.Origins = []string{"http://example.com"} }},
		{"origin with path", "CORS", "more than", func(c *sallyport.Config) { c.CORS.Origins = []string{"https://example.com/"} }},
		{"origin with default port", "CORS", "default port", func(c *sallyport.Config) { c.CORS.Origins = []string{"https://example.com:443"} }},
		{"origin without scheme", "CORS", "scheme", func(c *sallyport.Config) { c.CORS.Origins = []string{"example.com"} }},
		{"secret from a page", "CORS", "must not send", func(c *sallyport.Config) { c.CORS.Headers = []string{"x-rapidapi-proxy-secret"} }},
		{"negative max age", "HSTS", "whole number", func(c *sallyport.Config) { c.HSTS.MaxAge = -1 }},
		{"preload alone", "HSTS", "preload", func(c *sallyport.Config) { c.HSTS.Preload = true }},
		{"budget without window", "FailureBudget", "window", func(c *sallyport.Config) { c.FailureBudget = limit.Policy{Name: "x", Quota: 1} }},
		{"tiny url", "MaxURL", "between", func(c *sallyport.Config) { c.MaxURL = 1 }},
		{"negative header", "MaxHeader", "between", func(c *sallyport.Config) { c.MaxHeader = -1 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := testConfig()
			tt.change(&config)
			m, err := sallyport.NewMiddleware(config)
			mistake, ok := errors.AsType[*sallyport.ConfigError](err)
			if !ok || m != nil {
				t.Fatalf("accepted: %v", err)
			}
			if mistake.Field != tt.field || !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("got %v, want %s: …%s…", err, tt.field, tt.reason)
			}
		})
	}
}

func TestNewMiddlewareTellsEverythingAtOnce(t *testing.T) {
	_, err := sallyport.NewMiddleware(sallyport.Config{})
	for _, field := range []string{"Hosts", "Secrets", "Tiers", "Routes"} {
		if !strings.Contains(err.Error(), field+": ") {
			t.Errorf("%s is not mentioned in:\n%v", field, err)
		}
	}
}

func TestConfigErrorsNeverShowSecrets(t *testing.T) {
	config := testConfig()
	config.Secrets = sallyport.StaticSecrets{secret.New("hunter2-short")}
	if _, err := sallyport.NewMiddleware(config); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}
