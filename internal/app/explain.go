package app

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sallyport/internal/config"
	"sallyport/internal/dataset"
)

// Explanation says what a request to one path would meet, and why.
type Explanation struct {
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Route  string            `json:"route"` // pattern; empty when nothing matches
	Public bool              `json:"public"`
	Answer string            `json:"answer"` // for a caller with a valid secret
	Cost   int               `json:"cost,omitempty"`
	Tiers  []TierExplanation `json:"tiers,omitempty"`
}

// TierExplanation says what one tier gets.
type TierExplanation struct {
	Tier      string   `json:"tier"`
	Allowed   bool     `json:"allowed"`
	Why       string   `json:"why"`
	Limits    []string `json:"limits"`
	InFlight  int      `json:"in_flight"`
	Rows      int      `json:"rows,omitempty"`
	Pages     int      `json:"pages,omitempty"` // 0: all
	Fields    []string `json:"fields,omitempty"`
	Operators []string `json:"operators,omitempty"`
}

// Explain works from configuration and description alone, and opens no dataset.
func Explain(cfg *config.Config, method, target, tier string) (*Explanation, error) {
	u, err := url.ParseRequestURI(target)
	if err != nil || !strings.HasPrefix(target, "/") {
		return nil, fmt.Errorf("explaining %q: a path begins with / and has no malformed escapes", target)
	}
	names := tierNames(cfg)
	if tier != "" && !slices.Contains(names, tier) {
		return nil, fmt.Errorf("explaining tier %q: the tiers are %s", tier, strings.Join(names, ", "))
	}
	d, err := describe(cfg)
	if err != nil {
		return nil, err
	}
	if err := d.Validate(names); err != nil {
		return nil, err
	}
	if err := reserved(d); err != nil {
		return nil, err
	}
	x := &Explanation{Method: strings.ToUpper(method), Path: u.Path}
	endpoint := x.match(cfg, d)
	if endpoint == nil {
		return x, nil
	}
	x.Cost = endpoint.Cost
	for rank, t := range cfg.Tiers {
		if tier == "" || t.Name == tier {
			x.Tiers = append(x.Tiers, explainTier(d, endpoint, names, rank, t))
		}
	}
	return x, nil
}

// match finds the route as the middleware does, by http.ServeMux.
func (x *Explanation) match(cfg *config.Config, d *dataset.Description) *dataset.Endpoint {
	if x.Path == healthPath || x.Path == readyPath || x.Path == contractPath && cfg.OpenAPI.Public {
		x.Route, x.Public, x.Answer = x.Path, true, "200 without authentication"
		if x.Method != http.MethodGet && x.Method != http.MethodHead {
			x.Answer = "405, it takes GET and HEAD"
		}
		return nil
	}
	mux, byPattern := http.NewServeMux(), map[string]*dataset.Endpoint{}
	endpoints := slices.Concat(d.Endpoints, ownEndpoints(tierNames(cfg)))
	for i := range endpoints {
		byPattern[endpoints[i].Path] = &endpoints[i]
		mux.Handle(endpoints[i].Path, http.NotFoundHandler())
	}
	_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: x.Path}})
	endpoint := byPattern[pattern]
	switch {
	case endpoint == nil:
		x.Answer = "404, no endpoint has this path"
		return nil
	case x.Method != http.MethodGet && x.Method != http.MethodHead:
		x.Route, x.Answer = pattern, "405, it takes GET and HEAD"
		return nil
	}
	x.Route, x.Answer = pattern, "by tier; 403 without a valid marketplace secret"
	return endpoint
}

func explainTier(d *dataset.Description, e *dataset.Endpoint, names []string, rank int, t config.Tier) TierExplanation {
	x := TierExplanation{Tier: t.Name, InFlight: t.InFlight, Rows: d.Rows[t.Name], Pages: e.Pages[t.Name]}
	if rows, ok := e.Rows[t.Name]; ok {
		x.Rows = rows
	}
	if e.Kind == "" { // a path of the program's own
		x.Rows = 0
	}
	for _, p := range t.Limits {
		x.Limits = append(x.Limits, fmt.Sprintf("%s: %d units in %s", p.Name, p.Quota, p.Window))
	}
	x.Allowed = rank >= slices.Index(names, e.Tier)
	x.Why = "the endpoint is for tier " + e.Tier + " and above"
	if x.Allowed {
		x.Fields, x.Operators = visible(d, e, names, rank), operators(e, names, rank)
	}
	return x
}

// visible lists the fields of the endpoint's table that the tier sees.
func visible(d *dataset.Description, e *dataset.Endpoint, names []string, rank int) []string {
	var fields []string
	for _, t := range d.Tables {
		if t.Name != answerTable(d, e) {
			continue
		}
		for _, c := range t.Columns {
			if !c.Hidden && slices.Index(names, c.Tier) <= rank {
				fields = append(fields, c.Name)
			}
		}
	}
	return fields
}

func answerTable(d *dataset.Description, e *dataset.Endpoint) string {
	for _, j := range d.Joins {
		if j.Name == e.Join {
			return j.To
		}
	}
	if e.Kind == dataset.KindValues || e.Kind == dataset.KindStats {
		return ""
	}
	return e.Table
}

func operators(e *dataset.Endpoint, names []string, rank int) []string {
	var list []string
	for _, p := range e.Parameters {
		for _, m := range p.Modes {
			if m.Tier == "" || slices.Index(names, m.Tier) <= rank {
				list = append(list, p.Name+": "+m.Name)
			}
		}
	}
	return list
}

// Text is the explanation for people.
func (x *Explanation) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", x.Method, x.Path)
	if x.Route != "" {
		fmt.Fprintf(&b, "route   %s\n", x.Route)
	}
	fmt.Fprintf(&b, "answer  %s\n", x.Answer)
	if x.Cost > 0 {
		of := "every limit"
		if x.Route == usagePath {
			of = "the shortest limit"
		}
		fmt.Fprintf(&b, "cost    %d units of %s\n", x.Cost, of)
	}
	for _, t := range x.Tiers {
		t.write(&b)
	}
	return b.String()
}

func (t *TierExplanation) write(b *strings.Builder) {
	verdict := "refused with 403"
	if t.Allowed {
		verdict = "allowed"
	}
	fmt.Fprintf(b, "\n%s: %s, because %s\n", t.Tier, verdict, t.Why)
	if !t.Allowed {
		return
	}
	fmt.Fprintf(b, "  limits     %s; %d in flight\n", strings.Join(t.Limits, ", "), t.InFlight)
	if t.Rows > 0 {
		pages := "all pages"
		if t.Pages > 0 {
			pages = fmt.Sprintf("%d of the pages", t.Pages)
		}
		fmt.Fprintf(b, "  rows       %d a page, %s\n", t.Rows, pages)
	}
	if len(t.Fields) > 0 {
		fmt.Fprintf(b, "  fields     %s\n", strings.Join(t.Fields, ", "))
	}
	if len(t.Operators) > 0 {
		fmt.Fprintf(b, "  operators  %s\n", strings.Join(t.Operators, ", "))
	}
}
