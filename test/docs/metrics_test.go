package docs

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"sallyport/internal/servicetest"
)

// metric is one that a running server exposes.
type metric struct {
	kind   string
	labels []string
}

// ownMetric tells those of the program from Go's and the process's.
func ownMetric(name string) bool {
	return strings.HasPrefix(name, "sallyport_") || strings.HasPrefix(name, "http_server_")
}

// scraped starts a server, lets it meet what makes every metric appear, and returns them by name.
func scraped(t *testing.T) map[string]metric {
	t.Helper()
	dir, address, private := t.TempDir(), servicetest.FreeAddress(t), servicetest.FreeAddress(t)
	writeFile(t, filepath.Join(dir, "sallyport.yaml"), "private: {listen: "+private+"}\nalerts: {targets: [{name: ops, kind: webhook}]}\n")
	cmd := exec.Command(program(t), "serve", "--dev")
	cmd.Dir, cmd.Env = dir, append(environment(t, dir), "PORT="+servicetest.Port(t, address),
		"SALLYPORT_WEBHOOK_URL="+servicetest.Webhook(t, hookSecret).URL, "SALLYPORT_WEBHOOK_SECRET="+hookSecret)
	servicetest.Start(t, cmd, address)
	secret, err := os.ReadFile(filepath.Join(dir, ".local", "state", "sallyport", "marketplace-secret"))
	if err != nil {
		t.Fatal(err)
	}
	d := dev{"http://" + address, strings.TrimSpace(string(secret))}
	for range 30 { // over the burst of the lowest tier, with a plan that is none
		d.exchange(t, "GET", "/v1/ingredient/inci?q=aqua", "X-RapidAPI-Proxy-Secret", d.secret, "X-RapidAPI-User", "one", "X-RapidAPI-Subscription", "GOLD")
	}
	d.exchange(t, "GET", "/v1/stats")
	answer, err := http.Get("http://" + private + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return readMetrics(t, answer.Body)
}

func readMetrics(t *testing.T, r io.Reader) map[string]metric {
	t.Helper()
	found := map[string]metric{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) == 4 && words[1] == "TYPE" {
			found[words[2]] = metric{kind: words[3]}
			continue
		}
		sample := regexp.MustCompile(`^(\w+)(?:\{(.*)\})? `).FindStringSubmatch(lines.Text())
		if sample == nil {
			continue
		}
		name := baseOf(sample[1], found)
		m := found[name]
		for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(sample[2], -1) {
			if !slices.Contains(m.labels, l[1]) && l[1] != "le" && l[1] != "quantile" {
				m.labels = append(m.labels, l[1])
			}
		}
		found[name] = m
	}
	if err := lines.Err(); err != nil || len(found) < 20 {
		t.Fatalf("%d metrics, %v", len(found), err)
	}
	return found
}

// baseOf returns the metric that a series belongs to: those of a histogram have endings.
func baseOf(series string, known map[string]metric) string {
	for _, ending := range []string{"_bucket", "_sum", "_count"} {
		if base, ok := strings.CutSuffix(series, ending); ok && known[base].kind != "" {
			return base
		}
	}
	return series
}

// TestMetricsAreListed compares the table with what a running server exposes, and its last column with what the
// dashboard and the rules ask for.
func TestMetricsAreListed(t *testing.T) {
	exposed := scraped(t)
	dashboard, rules := asked(t, exposed, dashboardQueries(t)), asked(t, exposed, ruleQueries(t))
	d := load(t, "docs/metrics.md")
	var own []string
	for name := range exposed {
		if ownMetric(name) {
			own = append(own, name)
		}
	}
	compareSets(t, "metrics", own, firstSpans(t, d, "Own metrics"))
	for _, row := range d.tableUnder(t, "Own metrics") {
		name := strings.Trim(row[0], "`")
		if m := exposed[name]; row[1] != m.kind {
			t.Errorf("%s is a %s, not a %s", name, m.kind, row[1])
		}
		compareSets(t, "labels of "+name, exposed[name].labels, codeSpans(row[2]))
		var users []string
		if slices.Contains(dashboard, name) {
			users = append(users, "dashboard")
		}
		if slices.Contains(rules, name) {
			users = append(users, "rules")
		}
		reason, none := strings.CutPrefix(row[4], "nothing: ")
		if want := strings.Join(users, ", "); row[4] != want && (want != "" || !none || len(reason) < 20) {
			t.Errorf("%s is used by %q, the table says %q", name, want, row[4])
		}
	}
	compareLabels(t, d, exposed)
}

func compareLabels(t *testing.T, d *document, exposed map[string]metric) {
	t.Helper()
	want := map[string]bool{}
	for name, m := range exposed {
		for _, label := range m.labels {
			if ownMetric(name) {
				want[label] = true
			}
		}
	}
	var listed []string
	for _, row := range d.tableUnder(t, "Labels") {
		listed = append(listed, codeSpans(row[0])...)
	}
	compareSets(t, "labels", slices.Collect(maps.Keys(want)), listed)
}

// dashboardQueries returns every query of the dashboard, by what asks it.
func dashboardQueries(t *testing.T) map[string]string {
	t.Helper()
	type query struct{ Title, Name, Expr, Definition string }
	var board struct {
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ H, W, X, Y int }
			Targets []query
		}
		Annotations, Templating struct{ List []query }
	}
	if err := json.Unmarshal([]byte(read(t, "docs/observability/dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	queries, ids := map[string]string{}, map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.H == 0 {
			t.Errorf("panel %d %q has a number or a place that cannot be", p.ID, p.Title)
		}
		ids[p.ID] = true
		for i, target := range p.Targets {
			queries[p.Title+string(rune('a'+i))] = target.Expr
		}
	}
	for _, q := range append(board.Annotations.List, board.Templating.List...) {
		if inner := regexp.MustCompile(`^label_values\((.*), \w+\)$`).FindStringSubmatch(q.Definition); inner != nil {
			queries[q.Name] = inner[1]
		} else if q.Expr != "" {
			queries[q.Name] = q.Expr
		}
	}
	if len(queries) < 30 {
		t.Fatalf("the dashboard has %d queries", len(queries))
	}
	return queries
}

// rule is one of rules.yaml.
type rule struct {
	Alert       string
	Expr        string
	Labels      map[string]string
	Annotations map[string]string
}

func alertRules(t *testing.T) []rule {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	if err := yaml.Unmarshal([]byte(read(t, "docs/observability/rules.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	return file.Groups[0].Rules
}

func ruleQueries(t *testing.T) map[string]string {
	t.Helper()
	queries := map[string]string{}
	for _, r := range alertRules(t) {
		queries[r.Alert] = r.Expr
	}
	return queries
}

// asked returns the metrics that queries name, and wants each of them and each label to exist.
func asked(t *testing.T, exposed map[string]metric, queries map[string]string) []string {
	t.Helper()
	var names []string
	for where, text := range queries {
		q := parseQuery(text)
		if len(q.metrics) == 0 {
			t.Errorf("%s: no metric in %s", where, text)
		}
		given := []string{"job", "instance"} // Prometheus adds them
		for _, series := range q.metrics {
			name := baseOf(series, exposed)
			if exposed[name].kind == "" && name != "up" { // which Prometheus makes itself
				t.Errorf("%s: there is no metric %s", where, series)
			}
			if strings.HasSuffix(series, "_bucket") {
				given = append(given, "le")
			}
			given = append(given, exposed[name].labels...)
			names = append(names, name)
		}
		for _, label := range q.labels {
			if !slices.Contains(given, label) {
				t.Errorf("%s: no metric of it has a label %s", where, label)
			}
		}
		checkValues(t, where, q.values)
	}
	return names
}

// checkValues wants what a query compares a label with to be one of its values.
func checkValues(t *testing.T, where string, values map[string]string) {
	t.Helper()
	known := map[string][]string{
		"reason": constants(t, "record.go", "Refusal"), "kind": constants(t, "record.go", "EventKind"),
		"status_class": {"none", "1xx", "2xx", "3xx", "4xx", "5xx"}, "result": {"hit", "miss", "not-modified"}, "tier": {""},
		"job": {"sallyport", "$job"}, "instance": {"$instance"},
	}
	for label, pattern := range values {
		for value := range strings.SplitSeq(pattern, "|") {
			if !slices.Contains(known[label], value) {
				t.Errorf("%s: %s is never %q", where, label, value)
			}
		}
	}
}

// query is what a PromQL expression names.
type query struct {
	metrics, labels []string
	values          map[string]string // of label matchers
}

// parseQuery takes the part of PromQL apart that these queries need.
func parseQuery(text string) query {
	q := query{values: map[string]string{}}
	text = regexp.MustCompile(`\{([^}]*)\}`).ReplaceAllStringFunc(text, func(selector string) string {
		for _, m := range regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"`).FindAllStringSubmatch(selector, -1) {
			q.labels, q.values[m[1]] = append(q.labels, m[1]), m[2]
		}
		return " "
	})
	text = regexp.MustCompile(`\[[^\]]*\]`).ReplaceAllString(text, " ")
	text = regexp.MustCompile(`\b(?:by|without|on|ignoring)\s*\(([^)]*)\)`).ReplaceAllStringFunc(text, func(list string) string {
		inside := list[strings.Index(list, "(")+1 : len(list)-1]
		for label := range strings.SplitSeq(inside, ",") {
			q.labels = append(q.labels, strings.TrimSpace(label))
		}
		return " "
	})
	for _, m := range regexp.MustCompile(`[a-zA-Z_]\w*(?:\s*\()?`).FindAllString(text, -1) {
		if !strings.HasSuffix(m, "(") && !slices.Contains([]string{"and", "or", "unless", "offset", "bool"}, m) {
			q.metrics = append(q.metrics, m)
		}
	}
	return q
}

// TestRulesAreListed compares the table with the rules, and wants each to say what it is and what to type next.
func TestRulesAreListed(t *testing.T) {
	d := load(t, "docs/metrics.md")
	severities := map[string]string{}
	for _, row := range d.tableUnder(t, "Dashboard and rules") {
		severities[strings.Trim(row[0], "`")] = row[1]
	}
	var names []string
	tests := read(t, "docs/observability/rules-test.yaml")
	for _, r := range alertRules(t) {
		names = append(names, r.Alert)
		if severities[r.Alert] != r.Labels["severity"] {
			t.Errorf("%s is of severity %s, the table says %q", r.Alert, r.Labels["severity"], severities[r.Alert])
		}
		for _, a := range []string{"summary", "description", "next"} {
			if r.Annotations[a] == "" {
				t.Errorf("%s has no %s", r.Alert, a)
			}
		}
		if !strings.Contains(tests, "alertname: "+r.Alert+", exp_alerts: []") || !strings.Contains(tests, `alertname="`+r.Alert+`"`) {
			t.Errorf("no test in which %s is silent, and one in which it fires", r.Alert)
		}
	}
	compareSets(t, "rules", names, firstSpans(t, d, "Dashboard and rules"))
}

// TestRulesWork lets Prometheus' own tool check the rules, run their tests, and read the queries of the dashboard.
func TestRulesWork(t *testing.T) {
	tool := servicetest.Find(t, "promtool")
	dir := filepath.Join(root, "docs", "observability")
	boards := filepath.Join(t.TempDir(), "dashboard.yaml")
	var asRules strings.Builder
	asRules.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	for _, expr := range dashboardQueries(t) {
		expr = strings.NewReplacer("$__rate_interval", "5m").Replace(expr)
		line, err := json.Marshal(map[string]string{"record": "panel:x", "expr": expr})
		if err != nil {
			t.Fatal(err)
		}
		asRules.WriteString("      - " + string(line) + "\n")
	}
	writeFile(t, boards, asRules.String())
	for _, args := range [][]string{{"check", "rules", "rules.yaml"}, {"test", "rules", "rules-test.yaml"},
		{"check", "rules", "--lint=none", boards}, {"check", "config", scrapeConfig(t)}} {
		cmd := exec.Command(tool, args...)
		cmd.Dir = dir
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, output)
		}
	}
}

// scrapeConfig writes the configuration of Prometheus that the document shows, with the rules beside it.
func scrapeConfig(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "rules.yaml"), read(t, "docs/observability/rules.yaml"))
	for _, f := range load(t, "docs/watching.md").fences {
		if f.is("yaml", "prometheus") {
			writeFile(t, filepath.Join(dir, "prometheus.yml"), f.text)
		}
	}
	return filepath.Join(dir, "prometheus.yml")
}
