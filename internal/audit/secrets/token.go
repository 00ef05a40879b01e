package secrets

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"sallyport/internal/finding"
)

// jsonWebToken finds literal tokens and reads whom they are for: those of Supabase's anonymous role are meant for
// everybody, those that have run out open nothing any more.
func jsonWebToken() *pattern {
	return &pattern{
		id: "json-web-token", what: "a JSON Web Token", keywords: []string{"eyj"}, severity: finding.High, sure: true, group: 1,
		regex: regexp.MustCompile(`\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,})`),
		check: checkToken,
	}
}

// claims are the parts of a token that matter here.
type claims struct {
	Role    string `json:"role"`
	Subject any    `json:"sub"`
	Expires any    `json:"exp"`
	Issuer  any    `json:"iss"`
	Issued  any    `json:"iat"`
	User    any    `json:"user_id"`
	ID      any    `json:"id"`
}

func checkToken(_ *place, h *hit) bool {
	parts := strings.Split(h.value, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var c claims
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return false
	}
	expires, _ := c.Expires.(float64)
	switch {
	case c.Role == "anon", c.Subject == "1234567890":
		return false
	case c.Role == "" && c.Subject == nil && c.Expires == nil && c.Issuer == nil && c.Issued == nil && c.User == nil && c.ID == nil:
		return false // it says nothing about anybody
	case c.Role == "service_role":
		h.severity, h.name = finding.Critical, "service_role"
	case expires > 0 && time.Unix(int64(expires), 0).Before(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)):
		h.severity = finding.Low // a fixed day, so that the same input always gives the same result
	}
	return true
}

// privateKey finds keys in PEM, on lines of their own or in one string.
func privateKey() *pattern {
	header := regexp.MustCompile(`-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|PGP|SSH2|ANY|X25519|ED25519) ){0,2}PRIVATE KEY(?: BLOCK)?-----`)
	return &pattern{
		id: "private-key", what: "a private key", keywords: []string{"-----begin"}, sure: true,
		locate: func(p *place, at int) []hit {
			text := p.text()
			at -= len("-----begin")
			m := header.FindStringIndex(window(text, at, 100))
			if m == nil || m[0] != 0 {
				return nil
			}
			body, start, end := keyBody(p, at+m[1])
			if len(body) < 64 || strings.Contains(body, "...") || entropy(body) < 4 {
				return nil
			}
			h := hit{start: start, end: end, value: body[:64], severity: finding.Critical, confidence: finding.Sure}
			if strings.Contains(text[at:at+m[1]], "ENCRYPTED") {
				h.severity = finding.Medium
			}
			return []hit{h}
		},
	}
}

// keyBody gathers the base64 behind a header: the rest of the line, or the next lines.
func keyBody(p *place, from int) (body string, start, end int) {
	text := p.text()
	rest := window(text, from, maxValue)
	if n := strings.Index(rest, "-----END"); n >= 0 {
		rest = rest[:n]
	}
	start, end = from, from+len(rest)
	body = base64Of(strings.NewReplacer(`\\n`, "", `\n`, "", `\r`, "").Replace(rest))
	for i := p.at + 1; i < min(len(p.lines), p.at+8) && len(body) < 64 && !strings.Contains(p.lines[i], "-----"); i++ {
		line := strings.Trim(strings.TrimSpace(cut(p.lines[i])), "\"'+\\, n")
		if strings.Contains(line, ": ") { // a header within the armour
			continue
		}
		if base64Of(line) != line {
			break
		}
		body += line
	}
	return body, start, end
}

// base64Of keeps what may stand in a key, and dots, which mark one that was shortened.
func base64Of(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (isNameByte(byte(r)) && r != '_' && r != '-' && r != '$' || strings.ContainsRune("+/=.", r)) {
			return r
		}
		return -1
	}, s)
}

// cookie finds the cookies of a browser that were saved to a file, once a file.
func cookie() []*pattern {
	return []*pattern{
		{
			id: "cookies-file", what: "cookies of a browser", keywords: []string{"\ttrue\t", "\tfalse\t"}, severity: finding.High, group: 1, once: true,
			regex: regexp.MustCompile(`^(?:#HttpOnly_)?[\w.-]+\t(?:TRUE|FALSE)\t/[^\t]*\t(?:TRUE|FALSE)\t\d+\t[^\t]+\t(\S{8,})$`),
			check: func(_ *place, h *hit) bool { return isRandom(h.value) || strings.Contains(h.value, "%") },
		},
		{
			id: "cookies-file", what: "cookies of a browser", keywords: []string{`"value"`}, severity: finding.High, group: 1, once: true,
			regex: regexp.MustCompile(`"value"\s*:\s*"([^"]{16,})"`),
			check: func(p *place, h *hit) bool {
				return strings.Contains(strings.ToLower(p.path), "cookie") && p.nature == data && isRandom(h.value)
			},
		},
	}
}
