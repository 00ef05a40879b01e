package config

import (
	"maps"
	"slices"
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
		case !isName(t.Name):
			l.invalid(key+".name", t.Name, "is not 1 to 32 letters, digits, - or _", "")
		case seen[t.Name]:
			l.invalid(key+".name", t.Name, "is the name of another tier", "")
		}
		seen[t.Name] = true
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
		case !isName(p.Name):
			l.invalid(item+".name", p.Name, "is not 1 to 32 letters, digits, - or _", "")
		case seen[p.Name]:
			l.invalid(item+".name", p.Name, "is the name of another policy of this tier", "")
		}
		seen[p.Name] = true
		l.between(item+".quota", p.Quota, 1, maxQuota)
		l.window(item+".window", p.Window)
	}
}

// checkTierNames keeps aliases and overrides from naming a tier that does not exist.
func (l *loader) checkTierNames() {
	for _, m := range []struct {
		key    string
		values map[string]string
	}{{"tier_aliases", l.config.TierAliases}, {"tier_overrides", l.config.TierOverrides}} {
		for _, name := range slices.Sorted(maps.Keys(m.values)) {
			key := m.key + "[" + printable(name) + "]"
			switch tier := m.values[name]; {
			case !l.hasTier(tier):
				l.invalid(key, tier, "is not the name of a tier", l.nearTier(tier))
			case m.key == "tier_aliases" && l.hasTier(name):
				l.invalid(key, tier, "renames a tier that exists", "")
			case !isPrintable(name):
				l.invalid(key, tier, "has a name that is not 1 to 128 printable characters", "")
			}
		}
	}
}

func (l *loader) hasTier(name string) bool {
	return name != "" && slices.ContainsFunc(l.config.Tiers, func(t Tier) bool { return t.Name == name })
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

func isName(name string) bool {
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return false
		}
	}
	return len(name) >= 1 && len(name) <= 32
}

func isPrintable(name string) bool {
	for _, r := range name {
		if r < 0x20 || r > 0x7e {
			return false
		}
	}
	return len(name) >= 1 && len(name) <= 128
}
