// Package golang finds mistakes in Go programs: services of net/http, chi, gin, echo and fiber above all.
//
// It works on syntax trees and names. Types of other modules are not known, so a rule asks for more than one sign.
package golang

import "sallyport/internal/audit"

// Detectors returns the detectors of this package by class. They are safe for concurrent use.
func Detectors() map[string]audit.Detector {
	return map[string]audit.Detector{
		"cond-auth-skip":           detectSkippedAuth,
		"missing-auth":             detectMissingAuth,
		"secret-default":           detectSecretDefaults,
		"debug-default":            detectDebugDefaults,
		"debug-endpoint":           detectDebugEndpoints,
		"error-leak":               detectErrorLeaks,
		"xss-sink":                 detectMarkup,
		"missing-rate-limit":       detectUnlimited,
		"cors-wildcard":            detectOrigins,
		"missing-security-headers": detectMissingHeaders,
		"temp-file-leak":           detectTempFiles,
		"sql-injection":            detectInjection,
		"like-wildcard":            detectLike,
		"missing-timeout":          detectNoTimeout,
		"non-constant-time":        detectVariableTime,
		"tier-deny-list":           detectTiers,
		"tls-verify-off":           detectUnverified,
		"log-secret":               detectLoggedSecrets,
		"fake-health":              detectFakeHealth,
		"sqlite-writable":          detectWritable,
		"lock-timeout":             detectLockTimeout,
		"alert-unescaped":          detectUnescapedAlerts,
		"alert-flood":              detectFloods,
		"security-todo":            detectPutOff,
	}
}
