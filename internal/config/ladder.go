package config

import (
	"maps"
	"slices"
	"strings"
)

// Bounds of the ladder of tiers.
const (
	maxTiers    = 32
	maxPolicies = 4
	maxQuota    = 1 << 32
)

func (l *loader) checkTiers() {
	tiers := l.config.Tiers
	if len(tiers) == 0 || len(tiers) > maxTiers {
		l.invalid("tiers", "", "is not a list of 1 to 32 tiers", "lowest first")
	}
	seen := map[string]bool{}
	for i, t := range tiers {
		key := index("tiers", i)
		switch {
		case t.Name == "":
			l.missing(key+".name", "", "")
		case !isWord(t.Name, 32):
			l.invalid(key+".name", t.Name, "is not 1 to 32 letters, digits, - or _", "")
		case seen[strings.ToUpper(t.Name)]:
			l.invalid(key+".name", t.Name, "is the name of another tier", "case does not count")
		}
		seen[strings.ToUpper(t.Name)] = true
		l.between(key+".in_flight", int64(t.InFlight), 1, 10_000)
		l.checkLimits(key+".limits", t.Limits)
	}
}

// checkLimits refuses a tier without limits: it would be unlimited.
func (l *loader) checkLimits(key string, limits []Policy) {
	if len(limits) == 0 {
		l.missing(key, "a tier needs limits", "such as limits: [{name: minute, quota: 60, window: 1m}]")
	}
	if len(limits) > maxPolicies {
		l.invalid(key, "", "has more than 4 policies", "")
	}
	seen := map[string]bool{}
	for i, p := range limits {
		item := index(key, i)
		switch {
		case p.Name == "":
			l.missing(item+".name", "", "")
		case !isWord(p.Name, 32):
			l.invalid(item+".name", p.Name, "is not 1 to 32 letters, digits, - or _", "")
		case seen[p.Name]:
			l.invalid(item+".name", p.Name, "is the name of another policy of this tier", "")
		}
		seen[p.Name] = true
		l.checkQuota(item, p)
	}
}

func (l *loader) checkQuota(key string, p Policy) {
	if p.Quota == 0 && !l.given(key+".quota") {
		l.missing(key+".quota", "", "")
	}
	if p.Window == 0 && !l.given(key+".window") {
		l.missing(key+".window", "", "")
	}
	l.between(key+".quota", p.Quota, 1, maxQuota)
	l.window(key+".window", p.Window)
}

// checkTierNames keeps aliases and overrides from naming a tier that does not exist.
func (l *loader) checkTierNames() {
	seen := map[string]bool{}
	for _, alias := range slices.Sorted(maps.Keys(l.config.TierAliases)) {
		key, tier, name := "tier_aliases["+printable(alias)+"]", l.config.TierAliases[alias], strings.ToUpper(alias)
		l.checkReference(key, tier)
		switch {
		case l.hasTier(alias):
			l.invalid(key, tier, "renames a tier that exists", "")
		case seen[name]:
			l.invalid(key, tier, "is the alias of another line", "case does not count")
		case !isPrintable(alias):
			l.invalid(key, tier, "is not a name of 1 to 128 printable characters without spaces", "")
		}
		seen[name] = true
	}
	for _, customer := range slices.Sorted(maps.Keys(l.config.TierOverrides)) {
		key, tier := "tier_overrides["+printable(customer)+"]", l.config.TierOverrides[customer]
		l.checkReference(key, tier)
		if !isPrintable(customer) {
			l.invalid(key, tier, "is not a name of 1 to 128 printable characters without spaces", "")
		}
	}
}

func (l *loader) checkReference(key, tier string) {
	if !l.hasTier(tier) {
		l.invalid(key, tier, "is not the name of a tier", l.nearTier(tier))
	}
}

func (l *loader) hasTier(name string) bool {
	return name != "" && slices.ContainsFunc(l.config.Tiers, func(t Tier) bool { return strings.EqualFold(t.Name, name) })
}

func (l *loader) nearTier(name string) string {
	var names []string
	for _, t := range l.config.Tiers {
		names = append(names, t.Name)
	}
	if near := nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// isWord says whether text is 1 to most letters, digits, - or _.
func isWord(text string, most int) bool {
	for _, r := range text {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return false
		}
	}
	return len(text) >= 1 && len(text) <= most
}

func isPrintable(name string) bool {
	for _, r := range name {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return len(name) >= 1 && len(name) <= 128
}
