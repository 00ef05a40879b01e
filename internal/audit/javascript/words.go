package javascript

import (
	"slices"
	"strings"
	"unicode"
)

// words splits a name in camel case, snake case or kebab case into lower-case words.
func words(name string) []string {
	var list []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		startsWord := unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if startsWord {
			flush()
		}
		word = append(word, r)
	}
	flush()
	return list
}

// hasWord says whether a name has one of the words.
func hasWord(name string, any ...string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool { return slices.Contains(any, w) })
}

// secretName says whether a variable of that name holds what somebody must not know: keys, tokens, passwords.
func secretName(name string) bool {
	list := words(name)
	if len(list) == 0 || hasWord(name, "public", "publishable", "vite", "pub", "pubkey", "csrf", "xsrf") && !hasWord(name, "secret") {
		return false
	}
	switch list[len(list)-1] {
	case "url", "uri", "path", "file", "name", "header", "length", "ttl", "expiry", "expires", "expiration", "in", "limit", "limits", "max", "min",
		"count", "prefix", "type", "issuer", "audience", "alg", "algorithm", "rounds", "duration", "lifetime", "age", "ms", "seconds", "days",
		"minutes", "hours", "field", "label", "placeholder", "version", "arn", "index", "usage", "cost", "price", "estimate", "regex", "pattern",
		"re", "size", "budget", "error", "message", "window", "id", "ids", "input", "visible", "strength", "cookie", "enabled", "required", "domain",
		"host", "endpoint", "provider", "at", "date", "ip", "ips", "timeout", "ratio", "rate", "salt", "status", "valid", "map", "codes":
		return false
	}
	joined := strings.Join(list, "")
	for _, part := range []string{"apikey", "accesskey", "secretkey", "privatekey", "signingkey", "encryptionkey", "adminkey", "authkey", "servicekey", "masterkey", "sharedkey", "authtoken", "passwd", "passphrase"} {
		if strings.Contains(joined, part) {
			return true
		}
	}
	return hasWord(name, "secret", "secrets", "token", "tokens", "password", "passwords", "pass", "pwd", "credential", "credentials", "jwt", "hmac", "pepper") ||
		len(list) > 1 && hasWord(name, "key", "keys") && hasWord(name, "api", "access", "admin", "auth", "private", "signing", "signature", "encryption", "internal", "master", "webhook", "session", "cookie", "cron", "service", "app", "licence", "license", "sdk", "crypto", "aes", "valid", "allowed")
}

// allowName says whether a name holds who is let in: users, chats, addresses, keys.
func allowName(name string) bool {
	return secretName(name) || hasWord(name, "allowed", "allow", "whitelist", "allowlist", "authorized", "authorised", "admin", "admins", "owner", "owners") &&
		!hasWord(name, "origin", "origins", "host", "hosts", "type", "types", "extension", "extensions", "method", "methods", "mime", "domain", "domains", "headers", "file", "files", "formats", "url", "urls", "email")
}

// authName says whether a function of that name decides who is let in.
func authName(name string) bool {
	list := words(name)
	joined := strings.Join(list, "")
	for _, part := range []string{
		"authenticat", "authoriz", "authoris", "loggedin", "requirelogin", "requireuser", "requireadmin", "requirerole", "requiresession", "requirekey",
		"requireapikey", "checkapikey", "verifyapikey", "validateapikey", "apikeyauth", "verifytoken", "checktoken", "validatetoken", "verifyjwt",
		"checkjwt", "validatejwt", "verifysession", "validatesession", "getsession", "serversession", "currentuser", "getuser", "isadmin", "adminonly",
		"checkrole", "hasrole", "haspermission", "checkpermission", "requirepermission", "requirescope", "basicauth", "bearerauth", "verifyidtoken",
		"verifysignature", "validatesignature", "verifywebhook", "constructevent", "assertadmin", "ensureadmin", "ensureuser", "checkadmin", "verifyadmin",
		"verifysecret", "checksecret", "verifykey", "checkkey", "validatekey", "requiretoken", "verifyrequest", "verifyuser", "validaterequest",
		"checkpassword", "verifypassword", "checksession", "mustbe", "onlyadmin", "protectroute", "jwtverify", "decodetoken", "userfromtoken",
	} {
		if strings.Contains(joined, part) {
			return true
		}
	}
	return slices.Contains(list, "auth") || slices.Contains(list, "protect") || slices.Contains(list, "protected") || slices.Contains(list, "guard") ||
		joined == "jwt" || joined == "expressjwt" || joined == "requireauth" || joined == "secured" || joined == "private"
}

// limitName says whether a function of that name limits how often something is done.
func limitName(name string) bool {
	joined := strings.Join(words(name), "")
	for _, part := range []string{"ratelimit", "limiter", "throttle", "slowdown", "ratelimiter", "quota", "checklimit", "cooldown", "bottleneck", "turnstile", "captcha", "arcjet", "bruteforce", "checkusage", "dailylimit", "usagelimit", "toomany"} {
		if strings.Contains(joined, part) {
			return true
		}
	}
	return joined == "limit" || joined == "limits" || joined == "brute"
}
