package rules

import "sallyport/internal/audit/deploy"

// languages joins what each package detects.
func languages() Languages {
	return Languages{
		"docker": deploy.Detectors(),
	}
}
