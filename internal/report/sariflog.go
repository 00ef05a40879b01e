package report

import (
	"net/url"
	"strings"

	"sallyport/internal/finding"
)

// The objects of a SARIF log, by the names of the standard. Only what is written is here.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
		Properties  map[string]any    `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name          string            `json:"name"`
		Version       string            `json:"version"`
		Rules         []sarifRule       `json:"rules"`
		Notifications []sarifDescriptor `json:"notifications"`
	}
	sarifRule struct {
		ID            string             `json:"id"`
		Name          string             `json:"name"`
		Short         sarifMessage       `json:"shortDescription"`
		Full          sarifMessage       `json:"fullDescription"`
		Help          sarifHelp          `json:"help"`
		Configuration sarifConfiguration `json:"defaultConfiguration"`
		Properties    map[string]any     `json:"properties"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifHelp struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifDescriptor struct {
		ID string `json:"id"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level      string          `json:"level"`
		Message    sarifMessage    `json:"message"`
		Descriptor sarifDescriptor `json:"descriptor"`
		Locations  []sarifLocation `json:"locations,omitempty"`
	}
	sarifResult struct {
		RuleID              string             `json:"ruleId"`
		RuleIndex           int                `json:"ruleIndex"`
		Level               string             `json:"level"`
		Message             sarifMessage       `json:"message"`
		Locations           []sarifLocation    `json:"locations,omitempty"`
		PartialFingerprints map[string]string  `json:"partialFingerprints"`
		Properties          map[string]any     `json:"properties"`
		Suppressions        []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI    string `json:"uri"`
		BaseID string `json:"uriBaseId"`
	}
	// sarifRegion has no columns: the standard counts them in characters, findings in bytes.
	sarifRegion struct {
		StartLine int           `json:"startLine"`
		EndLine   int           `json:"endLine"`
		Snippet   *sarifMessage `json:"snippet,omitempty"`
	}
)

// sarifLocations returns the one place, or none without a path. A whole file is its first line, because code
// hosts show nothing that has no line.
func sarifLocations(l finding.Location, snippet string) []sarifLocation {
	if l.Path == "" {
		return nil
	}
	start := max(1, l.Line)
	region := sarifRegion{StartLine: start, EndLine: max(start, l.EndLine)}
	if snippet != "" {
		region.Snippet = &sarifMessage{snippet}
	}
	return []sarifLocation{{sarifPhysical{sarifArtifact{relativeURI(l.Path), "%SRCROOT%"}, region}}}
}

// relativeURI escapes a path. A colon or an empty name in front must not make it a URI with a scheme or a host.
func relativeURI(path string) string {
	return (&url.URL{Path: strings.TrimLeft(path, "/")}).String()
}
