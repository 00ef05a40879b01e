package secrets

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// entropy is Shannon's, in bits for each byte.
func entropy(s string) float64 {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// isRandom says whether a machine made the value: long, of many different characters, and changing between
// letters and digits too often for words.
func isRandom(v string) bool {
	if len(v) < 16 || strings.ContainsAny(v, " \t") || !strings.ContainsFunc(v, unicode.IsDigit) || isSequence(v) {
		return false
	}
	return entropy(v) >= 3 && (isHex(v) || runLength(v) < 3.2)
}

// isHex says whether v is a long hexadecimal number.
func isHex(v string) bool { return len(v) >= 20 && strings.Trim(v, "0123456789abcdefABCDEF") == "" }

// runLength is the mean length of the runs of lower case, of upper case and of digits. One capital and the small
// letters behind it are one run, as they are in names. Words are long, random text is about two.
func runLength(v string) float64 {
	runs, letters, length := 0, 0, 0
	last := ' '
	for _, r := range v {
		class := classOf(r)
		switch {
		case class == ' ':
			length = 0
		case class == last:
			length++
		case class == 'a' && last == 'A' && length == 1:
			length = 2
		default:
			runs, length = runs+1, 1
		}
		if class != ' ' {
			letters++
		}
		last = class
	}
	return float64(letters) / float64(max(runs, 1))
}

func classOf(r rune) rune {
	switch {
	case unicode.IsUpper(r):
		return 'A'
	case unicode.IsLetter(r):
		return 'a'
	case unicode.IsDigit(r):
		return '0'
	}
	return ' '
}

// onlyWords says whether v has letters and separators alone, as names have.
func onlyWords(v string) bool {
	return !strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune("-_. ", r) })
}

// isSequence finds the runs of the keyboard and the alphabet that stand in documentation and tests.
func isSequence(v string) bool {
	low := strings.ToLower(v)
	for _, run := range []string{"0123456789", "1234567890", "123456789", "abcdefgh", "abcdef123", "abc123abc", "deadbeef", "a1b2c3d4", "12345678-1234", "qwertyuiop", "00000000", "11111111", "aaaaaaaa"} {
		if strings.Contains(low, run) {
			return true
		}
	}
	return false
}

// placeholderParts never stand in a real value, but in what people write instead of one.
func placeholderParts() []string {
	return []string{
		"example", "placeholder", "changeme", "change-me", "change_me", "change this", "changethis", "change-this", "change_this", "change-in",
		"change_in", "replace", "insert", "your", "dummy", "fake", "sample", "xxxx", "....", "***", "…", "todo", "fixme", "redacted", "mock",
		"not-set", "not_set", "notset", "unset", "undefined", "lorem", "-here", "_here", " here", "goes here", "to-be-", "tbd", "put_", "put-",
		"enter-", "enter_", "fill-", "fill_", "paste", "<your", "my-api-key", "my_api_key", "os.environ", "process.env", "getenv", "secrets.",
	}
}

// placeholderWords are whole values that say nothing.
func placeholderWords() []string {
	return []string{
		"none", "null", "nil", "true", "false", "string", "str", "text", "hidden", "required", "optional", "value", "key", "api_key", "apikey",
		"api-key", "foo", "bar", "baz", "n/a", "default", "unknown", "env", "auto", "bearer", "basic", "jwt", "oauth", "oauth2", "local",
		"disabled", "enabled", "header", "cookie", "query", "body", "password1234567890", "test", "testing", "hs256", "hs512", "rs256", "es256", "eof",
	}
}

// references are the forms of a value that stands elsewhere.
func references() *regexp.Regexp {
	return regexp.MustCompile(`^(?:` +
		`\$\w+|%\w+%|[!&*]\w.*|@\w+@|` + // shell, Windows, YAML, templates
		`[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|` + // the name of a variable
		`(?:\.{0,2}|~)/.*|[A-Za-z]:\\.*|` + // paths
		`(?:https?|file|env|vault|op|ssm|arn|secret|ref|aws|gcp|sm|keychain):.*|` +
		`(?:ENC|AES256|encrypted|ANSIBLE)[\[(:].*|projects/.*)$`)
}

// hashes are one-way or public values.
func hashes() *regexp.Regexp {
	return regexp.MustCompile(`^(?:\$(?:2[abxy]?|argon2\w*|[156]|scrypt|pbkdf2[\w-]*)\$|(?:pbkdf2|scrypt|argon2|bcrypt)[\w]*[:$]|\{?(?i:s?sha|md5)[\w-]*\}?[:$-]|` +
		`ssh-(?:rsa|ed25519) |ecdsa-|-----BEGIN (?:PUBLIC|CERT|RSA PUBLIC)|age1[a-z0-9]{50})`)
}

// publicValues are keys that are made to be seen: of Stripe, Mapbox, Supabase, PostHog, reCAPTCHA, analytics.
func publicValues() *regexp.Regexp {
	return regexp.MustCompile(`^(?:pk_(?:live|test)_|pk\.|pk-lf-|sb_publishable_|phc_|(?:G|UA|GTM|AW)-[A-Z0-9-]+$|6L[\w-]{38}$|pub-?[\w-]{10,}|B[\w-]{86}$)`)
}

// filter knows the values that are no secrets. It is read-only.
type filter struct {
	parts, words              []string
	reference, hash, isPublic *regexp.Regexp
}

func newFilter() filter {
	return filter{parts: placeholderParts(), words: placeholderWords(), reference: references(), hash: hashes(), isPublic: publicValues()}
}

// placeholder says whether v stands for a secret that is elsewhere, or for none.
func (f *filter) placeholder(v string) bool {
	low := strings.ToLower(strings.TrimSpace(v))
	if len(low) < 3 || strings.Count(low, low[:1]) == len(low) || slices.Contains(f.words, low) {
		return true
	}
	if pair(v, "<", ">") || pair(v, "{", "}") || pair(v, "[", "]") || pair(v, "$(", ")") || strings.Contains(v, "%s") || strings.Contains(v, "%v") || strings.Contains(v, "%(") {
		return true
	}
	if slices.ContainsFunc(f.parts, func(part string) bool { return strings.Contains(low, part) }) {
		return true
	}
	return f.reference.MatchString(v)
}

// harmless says whether v is a hash or made to be public.
func (f *filter) harmless(v string) bool { return f.hash.MatchString(v) || f.isPublic.MatchString(v) }

func pair(v, open, closing string) bool {
	i := strings.Index(v, open)
	return i >= 0 && strings.Contains(v[i:], closing)
}

// inTestWords says whether a part of v is "test" or the like.
func inTestWords(v string) bool {
	parts := strings.FieldsFunc(strings.ToLower(v), func(r rune) bool { return strings.ContainsRune("-_. :", r) })
	return slices.ContainsFunc(parts, func(p string) bool {
		return slices.Contains([]string{"test", "testing", "tests", "unittest", "pytest", "demo"}, p)
	})
}

// commonPasswords are those of development databases: everybody knows them.
func isCommonPassword(v string) bool {
	return slices.Contains([]string{
		"postgres", "postgresql", "root", "admin", "password", "passwd", "pass", "mysql", "mariadb", "mongo", "mongodb", "redis", "guest", "secret",
		"user", "dev", "develop", "development", "local", "localhost", "rabbitmq", "minio", "minioadmin", "test", "example", "toor", "db", "app", "docker",
	}, strings.ToLower(v))
}
