package rules

import "sallyport/internal/finding"

// authentication lists mistakes by which somebody is let in.
func authentication() []finding.Rule {
	return []finding.Rule{
		{
			ID: "SP101", Class: "cond-auth-skip", Name: "authentication is skipped when the secret is missing", Severity: finding.Critical,
			CWE: []string{"CWE-636", "CWE-306"}, OWASP2021: []string{"A07:2021"}, OWASP2025: []string{"A10:2025", "A07:2025"},
			API2023: []string{"API2:2023"}, ASVS: []string{"v5.0.0-16.5.3"},
			Why:  "One deployment without the variable and everybody is let in, silently: nothing equals nothing.",
			Fix:  "Stop the start when the secret is missing, or answer 500; never skip the comparison.",
			Bad:  "if API_KEY and key != API_KEY:\n    raise HTTPException(403)",
			Good: "API_KEY = os.environ[\"API_KEY\"]\nif not hmac.compare_digest(key, API_KEY):\n    raise HTTPException(403)",
		},
		{
			ID: "SP102", Class: "missing-auth", Name: "a route without authentication among routes that have it", Severity: finding.High,
			CWE: []string{"CWE-306", "CWE-862"}, OWASP2021: []string{"A01:2021"}, OWASP2025: []string{"A01:2025"},
			API2023: []string{"API2:2023", "API5:2023"}, ASVS: []string{"v5.0.0-8.2.1"},
			Why:  "Whoever finds the path uses it: the check of its neighbours does not protect it.",
			Fix:  "Put the same guard on this route, or on the router, and list the public routes by name.",
			Bad:  "@app.delete(\"/items/{id}\")\ndef remove(id: int): ...",
			Good: "@app.delete(\"/items/{id}\", dependencies=[Depends(require_key)])\ndef remove(id: int): ...",
		},
		{
			ID: "SP103", Class: "secret-default", Name: "a secret with a default value", Severity: finding.High,
			CWE: []string{"CWE-1188", "CWE-798"}, OWASP2021: []string{"A05:2021", "A07:2021"}, OWASP2025: []string{"A02:2025", "A07:2025"},
			API2023: []string{"API8:2023"}, ASVS: []string{"v5.0.0-13.3.1"},
			Why:  "A deployment that forgets the variable runs with the secret that everybody can read in the source.",
			Fix:  "Have no default: stop the start when the variable is missing.",
			Bad:  "SECRET = os.getenv(\"JWT_SECRET\", \"dev-secret\")",
			Good: "SECRET = os.environ[\"JWT_SECRET\"]",
		},
		{
			ID: "SP104", Class: "non-constant-time", Name: "a secret compared in variable time", Severity: finding.Low,
			CWE: []string{"CWE-208"}, OWASP2021: []string{"A02:2021"}, OWASP2025: []string{"A04:2025"}, ASVS: []string{"v5.0.0-11.2.4"},
			Why:  "The time of the answer tells how much of a guess is right.",
			Fix:  "Compare with hmac.compare_digest, crypto.timingSafeEqual or subtle.ConstantTimeCompare, over digests of one length.",
			Bad:  "if token != API_TOKEN: deny()",
			Good: "if not hmac.compare_digest(token, API_TOKEN): deny()",
		},
		{
			ID: "SP105", Class: "tier-deny-list", Name: "rights by a list of those who lack them", Severity: finding.Medium,
			CWE: []string{"CWE-183", "CWE-863"}, OWASP2021: []string{"A01:2021"}, OWASP2025: []string{"A01:2025"}, API2023: []string{"API5:2023"},
			Why:  "An unknown, empty or mistyped tier is not in the list, and so gets everything.",
			Fix:  "List the tiers that have the right; treat whatever is unknown as the lowest.",
			Bad:  "if tier == \"BASIC\":\n    raise HTTPException(403)",
			Good: "if tier not in (\"PRO\", \"ULTRA\"):\n    raise HTTPException(403)",
		},
	}
}
