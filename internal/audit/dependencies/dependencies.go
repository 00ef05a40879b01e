// Package dependencies finds dependencies without a version, and those with a known vulnerability: manifests and
// lock files of Python, Node and Go, images of containers, and actions of workflows.
package dependencies

import (
	"context"
	"net/http"
	"time"

	"sallyport/internal/audit"
)

// Options say where known vulnerabilities are looked up. The zero value knows no place: every dependency is then
// reported as not analysed.
type Options struct {
	// Database is a folder of OSV entries as osv-scanner keeps them: <ecosystem>/all.zip. It is asked first.
	Database string
	// API is the base address of a server that speaks the OSV API, such as https://api.osv.dev.
	API string
	// Quiet leaves vulnerabilities out without saying so, for an audit that excludes the network by definition.
	Quiet bool
	// Client asks the API; nil for one with a timeout of half a minute a request.
	Client *http.Client
	// Pause is how long to wait before a failed request is tried again, doubled each time; half a second when 0.
	Pause time.Duration
}

// Checker compares dependencies with what is known. It is safe for concurrent use.
type Checker struct {
	ctx     context.Context // detectors take none
	options Options
}

// New returns a checker. When ctx ends, questions to the API do, and what is unanswered is not analysed.
func New(ctx context.Context, o Options) *Checker {
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 30 * time.Second}
	}
	if o.Pause == 0 {
		o.Pause = 500 * time.Millisecond
	}
	return &Checker{ctx, o}
}

// Detectors returns the detectors by class, the one that looks vulnerabilities up included.
func (c *Checker) Detectors() map[string]audit.Detector {
	all := Detectors()
	all["vulnerable-dependency"] = c.detectVulnerable
	return all
}

// Detectors returns those that need nothing but the project.
func Detectors() map[string]audit.Detector {
	return map[string]audit.Detector{"unpinned-dependency": detectUnpinned}
}
