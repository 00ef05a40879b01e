package secrets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"

	"sallyport/internal/finding"
)

// gitleaksPatterns takes the rules of gitleaks, and what it allows everywhere.
func gitleaksPatterns() ([]*pattern, []*config.Allowlist, error) {
	reader := viper.New()
	reader.SetConfigType("toml")
	if err := reader.ReadConfig(strings.NewReader(config.DefaultConfig)); err != nil {
		return nil, nil, fmt.Errorf("reading the rules of gitleaks: %w", err)
	}
	var raw config.ViperConfig
	if err := reader.Unmarshal(&raw); err != nil {
		return nil, nil, fmt.Errorf("reading the rules of gitleaks: %w", err)
	}
	rules, err := raw.Translate()
	if err != nil {
		return nil, nil, fmt.Errorf("compiling the rules of gitleaks: %w", err)
	}
	var list []*pattern
	for _, r := range rules.GetOrderedRules() {
		if r.Regex == nil || isReplaced(r.RuleID) {
			continue
		}
		p := &pattern{
			id: r.RuleID, what: "a secret that looks like " + strings.ReplaceAll(r.RuleID, "-", " "), keywords: r.Keywords, regex: r.Regex,
			group: r.SecretGroup, entropy: r.Entropy, allow: r.Allowlists, path: r.Path, severity: finding.Critical,
			sure: !strings.HasPrefix(r.Regex.String(), `(?i)[\w.-]{0,50}?`) && !strings.HasPrefix(r.Regex.String(), `[\w.-]{0,50}?`),
		}
		if !p.sure {
			p.severity, p.confidence = finding.High, finding.Likely
		}
		if p.id == "vault-service-token" {
			p.keywords = []string{"hvs."} // the older form begins with "s.", as half of all code does
		}
		if p.id == "twilio-api-key" {
			p.check = func(place *place, h *hit) bool { return !strings.Contains(h.value, " ") && isBounded(place.text(), h) }
		}
		list = append(list, p)
	}
	return list, rules.Allowlists, nil
}

func isBounded(text string, h *hit) bool {
	return (h.start == 0 || !isNameByte(text[h.start-1])) && (h.end == len(text) || !isNameByte(text[h.end]))
}

// isReplaced names rules that own ones do better, and rules about values that are no secrets.
func isReplaced(id string) bool {
	if strings.HasSuffix(id, "-client-id") || strings.HasSuffix(id, "-public-key") || strings.HasSuffix(id, "-access-id") || strings.HasSuffix(id, "-api-id") {
		return true
	}
	return slices.Contains([]string{
		"generic-api-key", "private-key", "jwt", "jwt-base64", "gcp-api-key", "telegram-bot-api-token", "kubernetes-secret-yaml", "curl-auth-user",
		"lob-pub-api-key", "mailgun-pub-key", "mapbox-api-token", "new-relic-browser-api-token", "hubspot-api-key", "openai-api-key",
		"slack-webhook-url", "hashicorp-tf-password", "discord-api-token",
	}, id)
}
