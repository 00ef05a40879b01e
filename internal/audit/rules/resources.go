package rules

import "sallyport/internal/finding"

// resources lists work without a limit, and what stays behind.
func resources() []finding.Rule {
	return []finding.Rule{
		{
			ID: "SP501", Class: "missing-rate-limit", Name: "costly work without a rate limit", Severity: finding.Medium,
			CWE: []string{"CWE-770", "CWE-799"}, OWASP2021: []string{"A04:2021"}, OWASP2025: []string{"A06:2025"}, API2023: []string{"API4:2023", "API6:2023"}, ASVS: []string{"v5.0.0-2.4.1"},
			Why: "One loop, or one stolen key, and the bill for the model, mail or machine is yours; passwords can be guessed.",
			Fix: "Limit by proven user, on this route or handler, with a number that holds when nothing is configured; an address is shared behind a proxy, and authentication alone limits nobody.",
			Bad: "@app.post(\"/ask\")\ndef ask(q: str): return client.chat.completions.create(…)", Good: "@app.post(\"/ask\")\n@limiter.limit(\"10/minute\")\ndef ask(request: Request, q: str): …",
		},
		{
			ID: "SP502", Class: "missing-timeout", Name: "waiting without a limit", Severity: finding.Low,
			CWE: []string{"CWE-400", "CWE-1088"}, OWASP2021: []string{"A04:2021"}, OWASP2025: []string{"A10:2025"}, API2023: []string{"API4:2023"},
			Why: "One slow peer holds a worker for ever; a few hold all of them.",
			Fix: "Give every call and every server a timeout.",
			Bad: "requests.get(url)", Good: "requests.get(url, timeout=10)",
		},
		{
			ID: "SP503", Class: "temp-file-leak", Name: "a temporary file that stays after a failure", Severity: finding.Medium,
			CWE: []string{"CWE-459", "CWE-377"}, OWASP2021: []string{"A04:2021"}, OWASP2025: []string{"A10:2025"},
			Why: "The disk fills, and other people's data lies about.",
			Fix: "Remove it in finally, by with, or by defer.",
			Bad: "path = tempfile.mktemp()\nprocess(path)\nos.remove(path)", Good: "with tempfile.NamedTemporaryFile() as f:\n    process(f.name)",
		},
		{
			ID: "SP504", Class: "sqlite-writable", Name: "a read-only use of SQLite that can write", Severity: finding.Low,
			CWE: []string{"CWE-250", "CWE-732"}, OWASP2021: []string{"A08:2021"}, OWASP2025: []string{"A08:2025"},
			Why: "An injection or a bug then changes the data, or writes other files.",
			Fix: "Open with file:…?mode=ro&immutable=1 and PRAGMA query_only, and take the right to write from the file.",
			Bad: "sqlite3.connect(\"data.db\")", Good: "sqlite3.connect(\"file:data.db?mode=ro\", uri=True)",
		},
		{
			ID: "SP505", Class: "lock-timeout", Name: "a lock timeout taken for a query timeout", Severity: finding.Low,
			CWE: []string{"CWE-400"}, OWASP2021: []string{"A04:2021"}, OWASP2025: []string{"A10:2025"}, API2023: []string{"API4:2023"},
			Why: "It is how long to wait for a lock: a slow query runs to its end all the same.",
			Fix: "Interrupt: a progress handler or connection.interrupt() with a timer.",
			Bad: "sqlite3.connect(path, timeout=5.0)  # query timeout", Good: "timer = threading.Timer(5, connection.interrupt)",
		},
		{
			ID: "SP506", Class: "alert-flood", Name: "a message for every request", Severity: finding.Low,
			CWE: []string{"CWE-770", "CWE-799"}, OWASP2021: []string{"A09:2021"}, OWASP2025: []string{"A09:2025"},
			Why: "Anyone floods the channel with requests that fail, and the one alert that matters is lost or throttled.",
			Fix: "Group and count, keep a budget, honour retry_after.",
			Bad: "except Exception as e:\n    send_telegram(str(e))", Good: "alerts.report(fingerprint(e))  # grouped, with a budget",
		},
		{
			ID: "SP507", Class: "fake-health", Name: "a health check that checks nothing", Severity: finding.Low,
			CWE: []string{"CWE-754"}, OWASP2021: []string{"A09:2021"}, OWASP2025: []string{"A09:2025"},
			Why: "It says healthy while the database is gone, so nothing restarts and nobody knows.",
			Fix: "Keep it for liveness, and add a readiness check that reads a row.",
			Bad: "return {\"status\": \"ok\", \"database\": \"connected\"}", Good: "db.execute(\"SELECT 1\"); return {\"status\": \"ready\"}",
		},
	}
}
