package telemetry

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sallyport"
)

// Metrics count what happens, in the names of Prometheus and the labels of OpenTelemetry's HTTP conventions.
// Every label is a word of the configuration or of the program, never of a client: however many requests come,
// the number of series stays the same. It is safe for concurrent use.
type Metrics struct {
	registry   *prometheus.Registry
	durations  *prometheus.HistogramVec
	series     sync.Map // of seriesKey to prometheus.Observer, so that a request does not hash its labels
	refusals   *prometheus.CounterVec
	violations *prometheus.CounterVec
	units      *prometheus.CounterVec
	lookups    *prometheus.CounterVec
	events     *prometheus.CounterVec
	deadlines  prometheus.Counter
	cancelled  prometheus.Counter
}

// seriesKey are the labels of the duration histogram, in their order.
type seriesKey struct{ route, method, class, tier string }

// durationBuckets are in seconds: a warm answer takes microseconds, the deadline of a query is at most a minute.
func durationBuckets() []float64 {
	return []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
}

// NewMetrics returns Metrics of the program of this version, which has Go's and the process's own besides.
func NewMetrics(version, commit, goVersion string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_server_request_duration_seconds", Help: "Time from the first layer to the end of the answer.",
			Buckets: durationBuckets(),
		}, []string{"http_route", "http_request_method", "status_class", "tier"}),
		refusals:   counters("sallyport_refusals_total", "Requests refused, by the protection that refused.", "reason"),
		violations: counters("sallyport_limit_violations_total", "Requests over a limit, by tier and tightest policy.", "tier", "policy"),
		units:      counters("sallyport_limit_units_total", "Cost units taken from the limits, by tier.", "tier"),
		lookups:    counters("sallyport_cache_lookups_total", "Answers looked up in the cache, by what was found.", "result"),
		events:     counters("sallyport_events_total", "Events, by kind, as the event log has them.", "kind"),
		deadlines: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sallyport_query_deadlines_total", Help: "Queries interrupted by their deadline."}),
		cancelled: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sallyport_requests_cancelled_total", Help: "Requests whose client went away before the answer was complete."}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "sallyport_build_info", Help: "1; the labels tell the build.",
		ConstLabels: prometheus.Labels{"version": version, "commit": commit, "go_version": goVersion},
	})
	build.Set(1)
	m.registry.MustRegister(m.durations, m.refusals, m.violations, m.units, m.lookups, m.events, m.deadlines, m.cancelled, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// Record counts one request.
func (m *Metrics) Record(r sallyport.Record) {
	m.observer(seriesKey{r.Route, methodLabel(r.Method), classLabel(&r), r.Tier}).Observe(r.Duration.Seconds())
	if r.Refusal != "" {
		m.refusals.WithLabelValues(string(r.Refusal)).Inc()
	}
	if r.Refusal == sallyport.RefusedLimit {
		m.violations.WithLabelValues(r.Tier, r.Limit.Policy).Inc()
	}
	if r.Grant.Cost > 0 {
		m.units.WithLabelValues(r.Tier).Add(float64(r.Grant.Cost))
	}
	if r.Grant.Cache != "" {
		m.lookups.WithLabelValues(r.Grant.Cache).Inc()
	}
	if r.Cancelled {
		m.cancelled.Inc()
	} else if errors.Is(r.Err, context.DeadlineExceeded) {
		m.deadlines.Inc()
	}
}

// Event counts one event.
func (m *Metrics) Event(e sallyport.Event) { m.events.WithLabelValues(string(e.Kind)).Inc() }

func (m *Metrics) observer(key seriesKey) prometheus.Observer {
	if known, ok := m.series.Load(key); ok {
		return known.(prometheus.Observer)
	}
	fresh := m.durations.WithLabelValues(key.route, key.method, key.class, key.tier)
	m.series.Store(key, fresh)
	return fresh
}

// methodLabel keeps the methods of RFC 9110 and PATCH, and names the clients' own inventions _OTHER, as
// OpenTelemetry does.
func methodLabel(method string) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}, method) {
		return method
	}
	return "_OTHER"
}

// noClass is for requests that nobody saw the answer of.
const noClass = "none"

// classLabel is noClass for a connection that was cut before an answer. So is an answer that could not be given
// because the client had gone: it is no failure of the server.
func classLabel(r *sallyport.Record) string {
	classes := [...]string{noClass, "1xx", "2xx", "3xx", "4xx", "5xx"}
	class := r.Status / 100
	if class < 0 || class >= len(classes) || r.Cancelled && class == 5 {
		return noClass
	}
	return classes[class]
}

// Gauge describes a value that is read when somebody asks for it.
type Gauge struct {
	Name, Help string
	Counter    bool // it only grows
	Labels     []string
	// Read calls emit once for each series. It is called while the metrics are read, and must be quick.
	Read func(emit func(value float64, labels ...string))
}

// Add registers g. It fails for a name or label that Prometheus does not take, or that is there already.
func (m *Metrics) Add(g Gauge) error {
	return m.registry.Register(&sampled{g, prometheus.NewDesc(g.Name, g.Help, g.Labels, nil)})
}

// Handler answers with the metrics in the formats of Prometheus. It asks for no credential.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, ErrorHandling: promhttp.ContinueOnError})
}

// sampled is a collector of a [Gauge].
type sampled struct {
	gauge Gauge
	desc  *prometheus.Desc
}

// Describe tells the one description.
func (s *sampled) Describe(out chan<- *prometheus.Desc) { out <- s.desc }

// Collect reads the values.
func (s *sampled) Collect(out chan<- prometheus.Metric) {
	kind := prometheus.GaugeValue
	if s.gauge.Counter {
		kind = prometheus.CounterValue
	}
	s.gauge.Read(func(value float64, labels ...string) {
		metric, err := prometheus.NewConstMetric(s.desc, kind, value, labels...)
		if err != nil {
			metric = prometheus.NewInvalidMetric(s.desc, err)
		}
		out <- metric
	})
}
