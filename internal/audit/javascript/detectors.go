package javascript

import "sallyport/internal/audit"

// Detectors returns what this package finds, by class.
func Detectors() map[string]audit.Detector {
	return map[string]audit.Detector{
		"cond-auth-skip":           condAuthSkip,
		"missing-auth":             missingAuth,
		"secret-default":           secretDefault,
		"debug-default":            debugDefault,
		"debug-endpoint":           debugEndpoint,
		"error-leak":               errorLeak,
		"xss-sink":                 xssSink,
		"missing-rate-limit":       missingRateLimit,
		"cors-wildcard":            corsWildcard,
		"missing-security-headers": missingHeaders,
		"temp-file-leak":           tempFileLeak,
		"sqlite-writable":          sqliteWritable,
		"lock-timeout":             lockTimeout,
		"sql-injection":            sqlInjection,
		"like-wildcard":            likeWildcard,
		"missing-timeout":          missingTimeout,
		"non-constant-time":        nonConstantTime,
		"tier-deny-list":           tierDenyList,
		"tls-verify-off":           tlsVerifyOff,
		"log-secret":               logSecret,
		"alert-unescaped":          alertUnescaped,
		"alert-flood":              alertFlood,
		"fake-health":              fakeHealth,
		"security-todo":            securityTodo,
	}
}
