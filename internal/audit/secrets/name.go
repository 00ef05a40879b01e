package secrets

import (
	"slices"
	"strings"
	"unicode"
)

// family is what a name promises of its value.
type family int

const (
	noFamily family = iota
	password        // people choose them, so they need not look random
	signing         // keys that an application makes up for itself, such as Flask's SECRET_KEY
	token           // keys that others gave out
	maybeKey        // some key: only a random value counts
)

// wordsOf splits a name at separators and changes of case, in lower case.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return words
}

// familyOf judges a name by its end: password_field and token_url hold no secret.
func familyOf(name string) family {
	words := wordsOf(name)
	for len(words) > 1 && isVariant(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 || slices.ContainsFunc(words, isPublicWord) {
		return noFamily
	}
	last, before := words[len(words)-1], words[:len(words)-1]
	if trimmed := strings.TrimRight(last, "0123456789"); trimmed != "" {
		last = trimmed
	}
	prev := ""
	if len(before) > 0 {
		prev = before[len(before)-1]
	}
	switch last {
	case "password", "passwd", "pwd", "passphrase", "passcode", "dbpassword", "userpassword", "adminpassword":
		return unless(slices.Contains(passwordPrefixes(), prev), password)
	case "pass", "pw":
		return unless(prev == "" || slices.Contains(passwordPrefixes(), prev), password)
	case "token", "tokens":
		return unless(slices.Contains(tokenPrefixes(), prev) && !(prev == "sync" && isConstant(name)), token)
	case "secret", "secrets", "secretkey", "jwtsecret":
		return familyOfSecret(last, before)
	case "apikey", "apitoken", "accesskey", "authtoken", "accesstoken", "authorization", "credential", "credentials", "apisecret", "clientsecret":
		return token
	case "code", "salt", "seed", "mnemonic":
		return unless(!isConstant(name), maybeKey)
	case "key", "keys":
		if len(before) == 0 {
			return unless(!isConstant(name), maybeKey)
		}
		return familyOfKey(before)
	}
	return noFamily
}

func unless(not bool, f family) family {
	if not {
		return noFamily
	}
	return f
}

// isOwnWord says whether a word speaks of the application itself and not of a service that gave a key out.
func isOwnWord(w string) bool {
	return slices.Contains([]string{
		"jwt", "session", "cookie", "cookies", "app", "flask", "django", "fastapi", "auth", "nextauth", "signing", "sign", "token", "access",
		"refresh", "my", "default", "server", "express", "hmac", "csrf", "encryption", "crypto", "better", "web",
	}, w)
}

func familyOfSecret(last string, before []string) family {
	switch {
	case last == "secretkey", last == "jwtsecret":
		return signing
	case len(before) == 0:
		return token
	case slices.Contains([]string{"client", "consumer"}, before[len(before)-1]):
		return token
	case !slices.ContainsFunc(before, func(w string) bool { return !isOwnWord(w) }):
		return signing
	}
	return token
}

func familyOfKey(before []string) family {
	prev, rest := before[len(before)-1], before[:len(before)-1]
	own := !slices.ContainsFunc(rest, func(w string) bool { return !isOwnWord(w) })
	switch prev {
	case "secret", "signing", "encryption", "hmac", "jwt", "cookie":
		if own {
			return signing
		}
		return token
	case "api", "access", "private", "auth", "service", "account", "master", "admin", "subscription", "role", "rapidapi", "webhook", "bot",
		"license", "client", "app", "consumer":
		return token
	}
	return unless(slices.Contains(keyPrefixes(), prev), maybeKey)
}

// isVariant names ends that do not change what a value is.
func isVariant(w string) bool {
	return strings.Trim(w, "0123456789") == "" || slices.Contains([]string{
		"value", "default", "prod", "production", "dev", "development", "live", "staging", "stg", "local", "current", "old", "new", "backup",
		"b64", "base64", "hex", "str", "string", "plain", "raw", "literal", "main", "bytes", "test",
	}, w)
}

func isPublicWord(w string) bool {
	return slices.Contains([]string{"public", "publishable", "pub", "anon", "site", "sitekey", "hash", "hashed", "encrypted", "placeholder", "label", "regex", "pattern"}, w)
}

func passwordPrefixes() []string {
	return []string{"forgot", "forget", "reset", "show", "hide", "confirm", "toggle", "invalid", "wrong", "incorrect", "change", "update", "no", "has", "is", "set", "get", "missing", "bad", "weak", "by", "input"}
}

func tokenPrefixes() []string {
	return []string{
		"pad", "eos", "bos", "unk", "mask", "sep", "cls", "stop", "start", "end", "next", "page", "continuation", "cancel", "cancellation",
		"pagination", "sync", "special", "max", "csrf", "xsrf", "by", "get", "is", "no", "has", "invalid", "missing", "per", "total", "output",
		"completion", "cost", "image", "begin", "expired",
	}
}

func keyPrefixes() []string {
	return []string{
		"primary", "foreign", "sort", "partition", "cache", "storage", "store", "map", "dict", "object", "row", "index", "group", "state",
		"query", "param", "header", "i18n", "translation", "locale", "data", "item", "config", "setting", "event", "unique", "order", "field",
		"form", "redis", "s3", "lookup", "idempotency", "registry", "answer", "arrow", "hot", "short", "host", "known", "parent", "file", "ssh",
		"node", "table", "column", "label", "message", "route", "menu", "tab", "json", "meta", "search", "filter", "context", "props", "session",
	}
}

// isConstant says whether a name is written in capitals.
func isConstant(name string) bool {
	return strings.ToUpper(name) == name && strings.ContainsFunc(name, unicode.IsLetter)
}

// inBrowser says whether a build tool puts the variable into pages for everybody.
func inBrowser(name string) bool {
	for _, prefix := range []string{"NEXT_PUBLIC_", "VITE_", "REACT_APP_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "GATSBY_", "PUBLIC_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// echoes says whether a value only repeats its name, as keys of stores and labels do.
func echoes(name, value string) bool {
	n, v := strings.Join(wordsOf(name), ""), strings.Join(wordsOf(value), "")
	return n == v || len(v) >= 4 && strings.Contains(n, v) || len(n) >= 4 && strings.Contains(v, n) && onlyWords(value)
}
