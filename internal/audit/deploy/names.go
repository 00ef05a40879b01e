package deploy

import (
	"net/url"
	"slices"
	"strings"
)

// isSecretName says whether a variable of the environment holds a secret by its name.
func isSecretName(name string) bool {
	words := strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool { return r == '_' || r == '-' || r == '.' })
	if len(words) == 0 || isPublicName(words) {
		return false
	}
	last := words[len(words)-1]
	for i, word := range words {
		switch word {
		case "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASSPHRASE", "TOKEN", "APIKEY", "CREDENTIALS", "SECRETKEY":
			return true
		case "KEY":
			if i > 0 && i == len(words)-1 {
				return true
			}
		}
	}
	return len(words) > 1 && (last == "PASS" || last == "PWD" || last == "PAT")
}

// isPublicName knows names that only look like those of secrets: what browsers get, and what is about a secret.
func isPublicName(words []string) bool {
	joined := strings.Join(words, "_")
	for _, prefix := range []string{"NEXT_PUBLIC_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "VITE_", "REACT_APP_", "PUBLIC_", "GATSBY_", "VUE_APP_"} {
		if strings.HasPrefix(joined, prefix) {
			return true
		}
	}
	for _, word := range words {
		if slices.Contains([]string{"PUBLIC", "PUBLISHABLE", "PUB", "ANON", "SITE", "GPG", "CACHE", "HOST", "TOKENIZERS", "EXPIRE", "EXPIRES", "EXPIRATION", "EXPIRY"}, word) {
			return true
		}
	}
	return slices.Contains([]string{
		"URL", "URI", "FILE", "PATH", "DIR", "ID", "NAME", "TTL", "LENGTH", "LEN", "SIZE", "LIMIT", "ALGORITHM", "ALG",
		"TYPE", "HEADER", "PREFIX", "TIMEOUT", "MINUTES", "SECONDS", "HOURS", "DAYS", "PORT", "USER", "ISSUER", "AUDIENCE",
		"ENABLED", "REQUIRED", "COUNT", "MAX", "MIN", "AGE", "ROUNDS", "POLICY", "MODE", "VERSION", "PROVIDER", "BACKEND",
		"STORE", "LIFETIME", "RULES", "PATTERN", "REGEX", "HASHER", "HASHERS", "VALIDATOR", "VALIDATORS", "SCHEME", "FIELD", "COST", "ENDPOINT", "AUTH", "METHOD", "ARN", "REGION", "RESET",
	}, words[len(words)-1])
}

// passwordOf returns the password in an address such as postgres://user:password@host, or "".
func passwordOf(value string) string {
	if !strings.Contains(value, "://") {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.User == nil {
		return ""
	}
	password, _ := u.User.Password()
	if strings.ContainsAny(password, "${}<>") {
		return ""
	}
	return password
}

// isTemplate says whether a value is a hint to the reader and no value: nobody can log in with it by accident.
func isTemplate(value string) bool {
	v := strings.ToLower(value)
	for _, mark := range []string{"your", "xxx", "...", "<", "placeholder", "replace", "todo"} {
		if strings.Contains(v, mark) {
			return true
		}
	}
	return strings.Trim(v, "*-_.x") == ""
}

// isReference says whether a value only names other variables.
func isReference(value string) bool {
	return strings.HasPrefix(value, "$") || strings.HasPrefix(value, "{{")
}

// isYes says whether a value switches something on.
func isYes(value string) bool {
	return slices.Contains([]string{"1", "true", "yes", "on"}, strings.ToLower(value))
}
