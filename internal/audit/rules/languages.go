package rules

// languages joins what each package detects.
func languages() Languages {
	return Languages{}
}
