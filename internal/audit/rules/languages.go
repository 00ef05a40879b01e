package rules

import (
	"sallyport/internal/audit/dependencies"
	"sallyport/internal/audit/deploy"
	"sallyport/internal/audit/golang"
	"sallyport/internal/audit/javascript"
	"sallyport/internal/audit/markup"
	"sallyport/internal/audit/python"
	"sallyport/internal/audit/secrets"
)

// languages joins what each package detects.
func languages() Languages {
	return Languages{
		"python":     python.Detectors(),
		"javascript": javascript.Detectors(),
		"html":       markup.Detectors(),
		"go":         golang.Detectors(),
		"docker":     deploy.Detectors(),
		"shell":      deploy.ShellDetectors(),
		"manifest":   dependencies.Detectors(),
		"text":       secrets.Detectors(),
	}
}
