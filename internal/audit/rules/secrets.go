package rules

import "sallyport/internal/finding"

// secretRules lists mistakes by which a secret gets out.
func secretRules() []finding.Rule {
	return []finding.Rule{
		{
			ID: "SP201", Class: "hardcoded-secret", Name: "a secret in the source", Severity: finding.Critical,
			CWE: []string{"CWE-798", "CWE-540"}, OWASP2021: []string{"A07:2021"}, OWASP2025: []string{"A07:2025"}, ASVS: []string{"v5.0.0-13.3.1"},
			Why:  "Everybody who sees the source has it: collaborators, a fork, a leaked laptop, a public repository.",
			Fix:  "Rotate it first, then read it from the environment or a secret file.",
			Bad:  "BOT_TOKEN = \"123456789:AA…\"",
			Good: "BOT_TOKEN = os.environ[\"BOT_TOKEN\"]",
		},
		{
			ID: "SP202", Class: "secret-in-history", Name: "a secret in the history of git", Severity: finding.High,
			CWE: []string{"CWE-540", "CWE-312"}, OWASP2021: []string{"A07:2021"}, OWASP2025: []string{"A07:2025"}, ASVS: []string{"v5.0.0-13.3.1"},
			Why:  "Removing a line removes it from the newest commit alone: anyone with a clone still has it.",
			Fix:  "Rotate it first: it is stolen. Then rewrite the history (git filter-repo --replace-text), and record it: sallyport audit resolve FINGERPRINT --rotated DATE --reason TEXT.",
			Bad:  "a commit that adds a key, and a later one that removes it",
			Good: "a key that was never committed",
		},
		{
			ID: "SP203", Class: "env-file-committed", Name: "an environment file in git", Severity: finding.High,
			CWE: []string{"CWE-538", "CWE-540"}, OWASP2021: []string{"A05:2021"}, OWASP2025: []string{"A02:2025"}, ASVS: []string{"v5.0.0-13.3.1"},
			Why:  "Its values go wherever the repository goes, and stay in the history.",
			Fix:  "git rm --cached the file, add it to .gitignore, rotate what it held.",
			Bad:  ".env tracked by git",
			Good: ".env in .gitignore, .env.example with names alone in git",
		},
		{
			ID: "SP204", Class: "env-file-mode", Name: "an environment file that others can read", Severity: finding.Medium,
			CWE: []string{"CWE-732"}, OWASP2021: []string{"A05:2021"}, OWASP2025: []string{"A02:2025"},
			Why: "Every account and every program on the machine can read it.",
			Fix: "chmod 600 the file.",
			Bad: "-rw-r--r-- .env", Good: "-rw------- .env",
		},
		{
			ID: "SP205", Class: "gitignore-missing-env", Name: "environment files are not ignored by git", Severity: finding.Medium,
			CWE: []string{"CWE-538"}, OWASP2021: []string{"A05:2021"}, OWASP2025: []string{"A02:2025"},
			Why: "The next git add . commits the secrets.",
			Fix: "Add .env and .env.* to .gitignore, with !.env.example.",
			Bad: "a .gitignore without .env", Good: ".env\n.env.*\n!.env.example",
		},
		{
			ID: "SP206", Class: "env-example-missing", Name: "no example of the environment", Severity: finding.Low,
			CWE: []string{"CWE-1053"}, OWASP2021: []string{"A05:2021"}, OWASP2025: []string{"A02:2025"},
			Why: "Who deploys must guess the names, and a name that is forgotten is a secret that is missing. An example with real values is a leak.",
			Fix: "Commit a .env.example with every name and no value.",
			Bad: "a program that reads five variables that are written nowhere", Good: ".env.example: API_KEY=\nDATABASE_URL=",
		},
		{
			ID: "SP207", Class: "docker-secret", Name: "a secret in an image", Severity: finding.High,
			CWE: []string{"CWE-538", "CWE-522"}, OWASP2021: []string{"A05:2021"}, OWASP2025: []string{"A02:2025"},
			Why: "Every layer is kept: who pulls the image reads the value, also when a later layer removes it.",
			Fix: "Give it at run time (environment, secret file) or at build time by RUN --mount=type=secret; keep .env out by .dockerignore.",
			Bad: "ENV API_KEY=abc123…", Good: "RUN --mount=type=secret,id=api_key …",
		},
		{
			ID: "SP208", Class: "log-secret", Name: "a secret in the log", Severity: finding.Medium,
			CWE: []string{"CWE-532"}, OWASP2021: []string{"A09:2021"}, OWASP2025: []string{"A09:2025"}, ASVS: []string{"v5.0.0-16.2.5"},
			Why: "Logs are copied, kept and read by more people and programs than secrets are.",
			Fix: "Log that it is there, or a short hash; never the value.",
			Bad: "logger.info(f\"token {token}\")", Good: "logger.info(\"token is set\")",
		},
	}
}
