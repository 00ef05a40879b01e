package rules

import (
	"sallyport/internal/audit/dependencies"
	"sallyport/internal/audit/deploy"
	"sallyport/internal/audit/python"
	"sallyport/internal/audit/secrets"
)

// languages joins what each package detects.
func languages() Languages {
	return Languages{
		"python":   python.Detectors(),
		"docker":   deploy.Detectors(),
		"manifest": dependencies.Detectors(),
		"text":     secrets.Detectors(),
	}
}
