package python

import (
	"maps"

	"sallyport/internal/audit"
)

// Detectors returns what this package detects, by class.
func Detectors() map[string]audit.Detector {
	all := map[string]audit.Detector{}
	maps.Copy(all, accessDetectors())
	maps.Copy(all, flowDetectors())
	return all
}

// accessDetectors are about who is let in and what is open.
func accessDetectors() map[string]audit.Detector {
	return map[string]audit.Detector{
		"cond-auth-skip":           condAuthSkip,
		"missing-auth":             missingAuth,
		"secret-default":           secretDefault,
		"debug-default":            debugDefault,
		"debug-endpoint":           debugEndpoint,
		"cors-wildcard":            corsWildcard,
		"missing-rate-limit":       missingRateLimit,
		"missing-security-headers": missingSecurityHeaders,
		"non-constant-time":        nonConstantTime,
		"tier-deny-list":           tierDenyList,
	}
}
