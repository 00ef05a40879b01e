package rules

import "sallyport/internal/finding"

// exposure lists what tells or shows more than it should.
func exposure() []finding.Rule {
	return []finding.Rule{
		{
			ID: "SP301", Class: "debug-endpoint", Name: "a route that shows settings, environment or internals", Severity: finding.High,
			CWE: []string{"CWE-489", "CWE-215"}, OWASP2021: []string{"A05:2021"}, OWASP2025: []string{"A02:2025"}, API2023: []string{"API8:2023", "API9:2023"},
			ASVS: []string{"v5.0.0-13.4.2", "v5.0.0-13.4.5"},
			Why:  "Database addresses, keys and versions are what an attacker looks for first.",
			Fix:  "Remove the route; use logs, or a listener that the internet cannot reach.",
			Bad:  "@app.get(\"/debug/config\")\ndef config(): return dict(os.environ)", Good: "logger.debug(\"config loaded\")",
		},
		{
			ID: "SP302", Class: "debug-default", Name: "debug mode unless the environment says otherwise", Severity: finding.High,
			CWE: []string{"CWE-489", "CWE-1188"}, OWASP2021: []string{"A05:2021"}, OWASP2025: []string{"A02:2025"}, API2023: []string{"API8:2023"}, ASVS: []string{"v5.0.0-13.4.2"},
			Why: "A deployment that forgets the variable shows stack traces, consoles and settings to everybody.",
			Fix: "Make production the default: debug only for an explicit value.",
			Bad: "DEBUG = os.getenv(\"ENV\", \"dev\") != \"prod\"", Good: "DEBUG = os.getenv(\"DEBUG\") == \"1\"",
		},
		{
			ID: "SP303", Class: "error-leak", Name: "an error's text in an answer", Severity: finding.Medium,
			CWE: []string{"CWE-209"}, OWASP2021: []string{"A04:2021", "A05:2021"}, OWASP2025: []string{"A10:2025"}, API2023: []string{"API8:2023"}, ASVS: []string{"v5.0.0-16.5.1"},
			Why:  "Paths, queries, addresses and versions map the inside for an attacker.",
			Fix:  "Log the error and answer with a fixed text and a request id.",
			Bad:  "except Exception as e:\n    raise HTTPException(500, detail=str(e))",
			Good: "except Exception:\n    logger.exception(\"import failed\")\n    raise HTTPException(500, detail=\"Internal server error\")",
		},
		{
			ID: "SP304", Class: "raise-in-middleware", Name: "an HTTPException raised inside middleware", Severity: finding.Medium,
			CWE: []string{"CWE-755"}, OWASP2021: []string{"A04:2021"}, OWASP2025: []string{"A10:2025"},
			Why:  "FastAPI's handlers do not see it there: the refusal becomes a 500, and what middleware adds to answers is missing.",
			Fix:  "Return a response from middleware, or raise in a dependency.",
			Bad:  "@app.middleware(\"http\")\nasync def guard(request, call_next):\n    raise HTTPException(403)",
			Good: "@app.middleware(\"http\")\nasync def guard(request, call_next):\n    return JSONResponse({\"detail\": \"Forbidden\"}, 403)",
		},
		{
			ID: "SP305", Class: "cors-wildcard", Name: "every origin may read the answers", Severity: finding.Medium,
			CWE: []string{"CWE-942"}, OWASP2021: []string{"A05:2021"}, OWASP2025: []string{"A02:2025"}, API2023: []string{"API8:2023"}, ASVS: []string{"v5.0.0-3.4.2"},
			Why: "Any page that a user visits may call the API in the user's name or network and read what it says.",
			Fix: "List the origins of your own front end, exactly.",
			Bad: "allow_origins=[\"*\"]", Good: "allow_origins=[\"https://app.example.com\"]",
		},
		{
			ID: "SP306", Class: "missing-security-headers", Name: "answers without security headers", Severity: finding.Low,
			CWE: []string{"CWE-693"}, OWASP2021: []string{"A05:2021"}, OWASP2025: []string{"A02:2025"}, API2023: []string{"API8:2023"}, ASVS: []string{"v5.0.0-3.4.1"},
			Why: "Browsers then sniff types, frame pages and speak plain http.",
			Fix: "Set them on every answer in the outermost layer, errors included (helmet, secure, a proxy).",
			Bad: "an Express app that serves pages without helmet", Good: "app.use(helmet())",
		},
		{
			ID: "SP307", Class: "tls-verify-off", Name: "certificates are not verified", Severity: finding.High,
			CWE: []string{"CWE-295"}, OWASP2021: []string{"A02:2021", "A07:2021"}, OWASP2025: []string{"A04:2025"}, ASVS: []string{"v5.0.0-12.3.2"},
			Why: "Anyone on the way can be the other side, and read and change everything.",
			Fix: "Verify; for a private authority give its certificate.",
			Bad: "requests.get(url, verify=False)", Good: "requests.get(url, verify=\"/etc/ssl/own-ca.pem\", timeout=10)",
		},
	}
}
