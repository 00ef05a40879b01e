package alert

import "time"

// Samples returns one alert of each kind as a deployment could send it, for sallyport alert test. Each says in
// its title that it is a test, and has a fingerprint that no real alert has.
func Samples(deployment string) []Alert {
	now := time.Now().UTC()
	samples := []Alert{
		{Kind: Started, Severity: Info, Title: "started in prod, version 1.4.0",
			Detail: "dataset ingredients 2026.2 with 30,521 rows\nlistening on :8080", Next: "sallyport status"},
		{Kind: Stopped, Severity: Warning, Title: "stopped by SIGTERM",
			Detail: "3 requests in flight were answered, none was cut", Next: "sallyport status"},
		{Kind: Crashed, Severity: Critical, Title: "the run before this one ended without stopping",
			Detail: "it began 2026-03-01 08:00:12 UTC and was last seen 2026-03-01 10:15:28 UTC\nthe kernel may have killed it for memory",
			Next:   "journalctl -u sallyport -n 200"},
		{Kind: ErrorGroup, Severity: Error, Title: "500 on GET /v1/search: disk I/O error",
			Detail: "sqlite: disk I/O error (10)\nfirst seen in serve.search", Count: 152, Window: 5 * time.Minute,
			RequestID: "qgde474acgrnoak3j5ex7erk", Next: "sallyport why qgde474acgrnoak3j5ex7erk"},
		{Kind: Recovered, Severity: Info, Title: "quiet again: 500 on GET /v1/search: disk I/O error",
			Detail: "the last one was 10 minutes ago", Count: 152, Window: 25 * time.Minute, Next: "sallyport status"},
		{Kind: Refusals, Severity: Info, Title: "1,284 requests refused",
			Detail: "secret 1,201\nquota 71\nhost 12", Count: 1284, Window: time.Hour, Next: "sallyport status"},
		{Kind: Rejected, Severity: Critical, Title: "the marketplace calls, and nobody gets in",
			Detail: "412 requests carried its headers and none had the right secret: it may have been rotated",
			Count:  412, Window: 5 * time.Minute, Next: "sallyport config show"},
		{Kind: UnknownTier, Severity: Warning, Title: `the plan "CUSTOM-7" is unknown`,
			Detail: "its customers get the lowest tier until tier_aliases names it", RequestID: "m3kd91xq0v8t2c5h7zayw4np", Next: "sallyport config show"},
		{Kind: DatasetSwapped, Severity: Info, Title: "dataset 2026.3 is in service",
			Detail: "30,688 rows, 167 more than before", Next: "sallyport status"},
	}
	return asTrials(append(samples, troubles()...), deployment, now)
}

// troubles returns the samples of what was refused, lost or full.
func troubles() []Alert {
	return []Alert{
		{Kind: DatasetRefused, Severity: Error, Title: "a new dataset was refused, the one before goes on",
			Detail: "the content does not have the hash of its seal", Next: "sallyport build description.yaml -o dataset.db"},
		{Kind: ReloadRefused, Severity: Error, Title: "a reload was refused, the configuration before goes on",
			Detail: "sallyport.yaml:14: hosts: unknown key host; hint: did you mean hosts?", Next: "sallyport config check"},
		{Kind: LogDropped, Severity: Warning, Title: "log lines were lost",
			Detail: "the disk of the access log is full", Count: 3021, Window: 10 * time.Minute, Next: "df -h"},
		{Kind: StoreFull, Severity: Error, Title: "no room to count new customers, who get 503",
			Detail: "limits_capacity is reached; customers that are known are served", Next: "sallyport config show"},
		{Kind: StoreFailed, Severity: Error, Title: "the shared limit store does not answer",
			Detail: "each replica counts alone, by its share of the limits", Next: "sallyport status"},
		{Kind: HeldBack, Severity: Warning, Title: "37 alerts were held back",
			Detail: "error-group 31\nrefusals 6", Count: 37, Window: time.Hour, Next: "sallyport status"},
		{Kind: Trial, Severity: Info, Title: "alerts reach this place", Next: "sallyport status"},
	}
}

// asTrials marks samples so that nobody takes one for news.
func asTrials(samples []Alert, deployment string, now time.Time) []Alert {
	for i := range samples {
		s := &samples[i]
		s.Title = "TEST " + s.Title
		s.Fingerprint = "trial:" + string(s.Kind)
		s.Time, s.Deployment, s.Count = now, deployment, max(1, s.Count)
	}
	return samples
}
