package rules

import "sallyport/internal/finding"

// input lists places where what users send becomes code or markup.
func input() []finding.Rule {
	return []finding.Rule{
		{
			ID: "SP401", Class: "xss-sink", Name: "text becomes markup without escaping", Severity: finding.High,
			CWE: []string{"CWE-79"}, OWASP2021: []string{"A03:2021"}, OWASP2025: []string{"A05:2025"}, ASVS: []string{"v5.0.0-1.2.1"},
			Why: "Who controls the text runs scripts in other users' browsers.",
			Fix: "Use textContent, or a sanitiser such as DOMPurify where markup is wanted.",
			Bad: "box.innerHTML = message", Good: "box.textContent = message",
		},
		{
			ID: "SP402", Class: "sql-injection", Name: "a query made of text", Severity: finding.Critical,
			CWE: []string{"CWE-89"}, OWASP2021: []string{"A03:2021"}, OWASP2025: []string{"A05:2025"}, ASVS: []string{"v5.0.0-1.2.4"},
			Why: "What a user sends becomes part of the query: data is read, changed or deleted.",
			Fix: "Bind values as parameters; take names of columns and tables from a fixed list.",
			Bad: "cur.execute(f\"SELECT * FROM t WHERE name = '{name}'\")", Good: "cur.execute(\"SELECT * FROM t WHERE name = ?\", (name,))",
		},
		{
			ID: "SP403", Class: "like-wildcard", Name: "wildcards of LIKE from outside", Severity: finding.Low,
			CWE: []string{"CWE-1284", "CWE-943"}, OWASP2021: []string{"A03:2021"}, OWASP2025: []string{"A05:2025"}, API2023: []string{"API4:2023"},
			Why: "q=% returns every row and scans the table.",
			Fix: "Escape \\, % and _ and say ESCAPE '\\', or search by range.",
			Bad: "cur.execute(\"… LIKE ?\", (f\"%{q}%\",))", Good: "cur.execute(\"… LIKE ? ESCAPE '\\\\'\", (escape_like(q) + \"%\",))",
		},
		{
			ID: "SP404", Class: "alert-unescaped", Name: "user text in a formatted message", Severity: finding.Low,
			CWE: []string{"CWE-116"}, OWASP2021: []string{"A03:2021"}, OWASP2025: []string{"A05:2025"},
			Why: "A bracket in the text makes the message invalid and the alert is lost, or an attacker writes links into it.",
			Fix: "Escape it (html.escape), or send plain text without parse_mode.",
			Bad: "send(f\"<b>Error</b> {text}\", parse_mode=\"HTML\")", Good: "send(f\"<b>Error</b> {html.escape(text)}\", parse_mode=\"HTML\")",
		},
	}
}
