package secret

import "strings"

// placeholders are words that stand in documentation and examples where a secret should be. They are
// compared after everything but letters and digits is dropped, so "your-secret-here" is "yoursecrethere".
func placeholders() []string {
	return []string{
		"changeme", "changethis", "replaceme", "replacethis", "placeholder", "yoursecret", "yourapikey",
		"yourkey", "yourtoken", "yourpassword", "yourproxysecret", "yourrapidapi", "insertsecret", "insertyour",
		"putyour", "pasteyour", "mysecret", "examplesecret", "secrethere", "keyhere", "tokenhere", "todo",
		"fixme", "notasecret", "dummysecret", "testsecret", "supersecret", "topsecret", "defaultsecret",
		"devsecret", "undefined", "nullnull", "nonenone",
	}
}

// isPlaceholder says whether v is a stand-in: it begins with a known word, is one character or a short run
// repeated ("xxxxxxxxxxxxxxxx", "abcabcabcabcabcabc"), a plain sequence, or an unexpanded template such as
// "${SECRET}" or "<secret>".
func isPlaceholder(v string) bool {
	plain := letters(v)
	for _, word := range placeholders() {
		if strings.HasPrefix(plain, word) {
			return true
		}
	}
	return isTemplate(v) || isRepetition(v) || isSequence(plain)
}

func letters(v string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(v))
}

func isTemplate(v string) bool {
	return strings.HasPrefix(v, "${") || strings.HasPrefix(v, "$(") || strings.HasPrefix(v, "{{") ||
		strings.HasPrefix(v, "<") && strings.HasSuffix(v, ">")
}

// isRepetition finds values that a run of at most four bytes repeats.
func isRepetition(v string) bool {
	for size := 1; size <= 4; size++ {
		if strings.Repeat(v[:size], len(v)/size+1)[:len(v)] == v {
			return true
		}
	}
	return false
}

// isSequence finds "abcdefghijklmnop" and "0123456789012345".
func isSequence(plain string) bool {
	const alphabet, digits = "abcdefghijklmnopqrstuvwxyz0123456789", "12345678901234567890123456789012345678901234567890"
	return plain == "" || strings.Contains(alphabet+alphabet, plain) || strings.Contains("0"+digits, plain) ||
		strings.Contains("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", plain)
}
