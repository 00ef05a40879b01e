package python

import "sallyport/internal/audit"

// flowDetectors are about where values, errors and files go.
func flowDetectors() map[string]audit.Detector {
	return map[string]audit.Detector{
		"error-leak":          errorLeak,
		"temp-file-leak":      tempFileLeak,
		"sql-injection":       sqlInjection,
		"alert-unescaped":     alertUnescaped,
		"alert-flood":         alertFlood,
		"like-wildcard":       likeWildcard,
		"sqlite-writable":     sqliteWritable,
		"lock-timeout":        lockTimeout,
		"fake-health":         fakeHealth,
		"raise-in-middleware": raiseInMiddleware,
		"security-todo":       securityTodo,
		"log-secret":          logSecret,
		"xss-sink":            xssSink,
		"missing-timeout":     missingTimeout,
		"tls-verify-off":      tlsVerifyOff,
	}
}
