package rules

import "sallyport/internal/finding"

// deployment lists mistakes in containers and dependencies.
func deployment() []finding.Rule {
	return []finding.Rule{
		{
			ID: "SP601", Class: "docker-root", Name: "a container that runs as root", Severity: finding.Medium,
			CWE: []string{"CWE-250"}, OWASP2021: []string{"A05:2021"}, OWASP2025: []string{"A02:2025"},
			Why: "Who breaks the program is root in the container, and one kernel or mount mistake from the host.",
			Fix: "Create a user and switch to it with USER, by number.",
			Bad: "CMD [\"python\", \"main.py\"]", Good: "USER 65532\nCMD [\"python\", \"main.py\"]",
		},
		{
			ID: "SP602", Class: "docker-no-healthcheck", Name: "a container without a health check", Severity: finding.Low,
			CWE: []string{"CWE-754"}, OWASP2021: []string{"A09:2021"}, OWASP2025: []string{"A09:2025"},
			Why: "A program that hangs is taken for one that runs.",
			Fix: "Add HEALTHCHECK, or a health check in compose, with a probe that the image has.",
			Bad: "a service without HEALTHCHECK", Good: "HEALTHCHECK CMD [\"/app\", \"health\"]",
		},
		{
			ID: "SP603", Class: "no-restart-policy", Name: "a service that stays down", Severity: finding.Low,
			CWE: []string{"CWE-754"}, OWASP2021: []string{"A09:2021"}, OWASP2025: []string{"A10:2025"},
			Why: "One crash, and it is off until somebody notices.",
			Fix: "restart: unless-stopped in compose, Restart=always in a unit.",
			Bad: "services: {api: {image: x}}", Good: "services: {api: {image: x, restart: unless-stopped}}",
		},
		{
			ID: "SP701", Class: "vulnerable-dependency", Name: "a dependency with a known vulnerability", Severity: finding.High,
			CWE: []string{"CWE-1395"}, OWASP2021: []string{"A06:2021"}, OWASP2025: []string{"A03:2025"}, ASVS: []string{"v5.0.0-15.2.1"},
			Why: "Exploits for known holes are tried against everybody.",
			Fix: "Update to a version that is not affected.",
			Bad: "a version that an advisory names", Good: "the version that mends it, or a later one",
		},
		{
			ID: "SP702", Class: "unpinned-dependency", Name: "a dependency without a version", Severity: finding.Low,
			CWE: []string{"CWE-1357"}, OWASP2021: []string{"A06:2021", "A08:2021"}, OWASP2025: []string{"A03:2025"},
			Why: "What is installed tomorrow is not what was tested, and may be somebody else's.",
			Fix: "Pin versions in a lock file; pin images by version or digest.",
			Bad: "fastapi\nrequests>=2", Good: "fastapi==0.115.6\nrequests==2.32.3",
		},
	}
}

// habits lists what was meant to be temporary.
func habits() []finding.Rule {
	return []finding.Rule{{
		ID: "SP801", Class: "security-todo", Name: "a protection that was put off", Severity: finding.Low,
		CWE: []string{"CWE-546"}, OWASP2021: []string{"A04:2021"}, OWASP2025: []string{"A06:2025"},
		Why: "Holes do not come by accident: they come from TODOs and temporary fixes that stay in production for ever.",
		Fix: "Do it now, or take the route out until it is done.",
		Bad: "# TODO: add auth", Good: "a guard, and no comment",
	}}
}
