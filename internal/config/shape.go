package config

import (
	"net/url"
	"regexp"
	"strings"
)

// secretPrefixes begin the keys and tokens of well-known issuers.
func secretPrefixes() []string {
	return []string{
		"-----BEGIN", "eyJ", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "sk-", "sk_live_", "sk_test_",
		"rk_live_", "xoxb-", "xoxp-", "xapp-", "AKIA", "ASIA", "AIza", "npm_", "pypi-", "hf_", "SG.",
	}
}

// looksSecret says whether a value has the shape of a secret: an issuer's prefix, a UUID, a URL with a
// password, or a long run that mixes digits and letters as only a random generator does.
func looksSecret(v string) bool {
	v = strings.TrimSpace(v)
	for _, p := range secretPrefixes() {
		if strings.HasPrefix(v, p) && len(v) >= 12 {
			return true
		}
	}
	return holdsUUID(v) || holdsPassword(v) || holdsRandom(v)
}

func holdsUUID(v string) bool {
	found, err := regexp.MatchString(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`, v)
	return err == nil && found
}

func holdsPassword(v string) bool {
	if !strings.Contains(v, "://") {
		return false
	}
	u, err := url.Parse(v)
	if err != nil {
		return strings.Contains(v, "@")
	}
	_, has := u.User.Password()
	return has
}

// holdsRandom looks at the words of a value. Host names and absolute paths are left out: theirs may be
// generated without being secret.
func holdsRandom(v string) bool {
	if strings.Contains(v, ".") || strings.HasPrefix(v, "/") {
		return false
	}
	for word := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune("-_/:,; =", r) }) {
		if isRandom(word) {
			return true
		}
	}
	return false
}

// isRandom counts how often the class of characters changes: names change seldom.
func isRandom(word string) bool {
	const minLength, minDigits, minLetters, minChanges = 16, 2, 2, 5
	var digits, letters, changes int
	last := 0
	for _, r := range word {
		class := classOf(r)
		if class == 1 {
			digits++
		} else if class > 1 {
			letters++
		}
		if class != last && last != 0 {
			changes++
		}
		last = class
	}
	return len(word) >= minLength && digits >= minDigits && letters >= minLetters && changes >= minChanges
}

func classOf(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return 1
	case r >= 'a' && r <= 'z':
		return 2
	case r >= 'A' && r <= 'Z':
		return 3
	}
	return 0
}

// namesSecret says whether a key that is not known was meant for a secret.
func namesSecret(key string) bool {
	key = strings.ToLower(strings.ReplaceAll(key, "-", "_"))
	for _, word := range []string{"secret", "password", "passwd", "token", "apikey", "api_key", "credential"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}
