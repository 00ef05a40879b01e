package openapi

// Plan is what one tier gets, as the document and the path of the plans tell it.
type Plan struct {
	Name      string   `json:"name"`
	Yours     bool     `json:"yours"` // it is the tier of who asks
	Aliases   []string `json:"aliases,omitempty"`
	Limits    []Limit  `json:"limits"`
	InFlight  int      `json:"in_flight"`
	Endpoints []Grant  `json:"endpoints"`
}

// Limit allows Quota cost units in each window.
type Limit struct {
	Policy string `json:"policy"`
	Quota  int64  `json:"quota"`
	Window int64  `json:"window_seconds"`
}

// Grant is what a tier gets of one path.
type Grant struct {
	Path      string   `json:"path"`
	Allowed   bool     `json:"allowed"`
	Cost      int      `json:"cost"`
	Rows      int      `json:"rows,omitempty"`  // a page
	Pages     int      `json:"pages,omitempty"` // 0: all
	Fields    []string `json:"fields,omitempty"`
	Operators []string `json:"operators,omitempty"`
}

// Usage is what is left of one policy of who asks.
type Usage struct {
	Policy    string `json:"policy"`
	Quota     int64  `json:"quota"`
	Remaining int64  `json:"remaining"`      // whole units that could be taken now
	Reset     int64  `json:"reset_seconds"`  // until the quota is whole again, rounded up
	Window    int64  `json:"window_seconds"` // in which the quota comes back
}

// grant returns what the tier gets of path; nothing when the plans do not say.
func (p *Plan) grant(path string) Grant {
	for _, g := range p.Endpoints {
		if g.Path == path {
			return g
		}
	}
	return Grant{Path: path}
}

func (b *builder) planSchemas() object {
	return object{
		{"Plan", closed([]string{"name", "yours", "limits", "in_flight", "endpoints"}, object{
			{"name", b.tierSchema("Tier.")},
			{"yours", described("boolean", "It is the tier of the caller.")},
			{"aliases", listOf(object{{"type", "string"}})},
			{"limits", listOf(closed([]string{"policy", "quota", "window_seconds"}, object{
				{"policy", object{{"type", "string"}}}, {"quota", count("Cost units.")}, {"window_seconds", count("Window in which the quota comes back.")},
			}))},
			{"in_flight", count("Requests at the same time.")},
			{"endpoints", listOf(closed([]string{"path", "allowed", "cost"}, object{
				{"path", object{{"type", "string"}}},
				{"allowed", described("boolean", "The tier may call it.")},
				{"cost", count("Units that an answer takes from every limit.")},
				{"rows", count("Rows a page.")},
				{"pages", count("Pages; all when absent.")},
				{"fields", listOf(object{{"type", "string"}})},
				{"operators", listOf(object{{"type", "string"}})},
			}))},
		})},
		{"Usage", closed([]string{"policy", "quota", "remaining", "reset_seconds", "window_seconds"}, object{
			{"policy", object{{"type", "string"}}},
			{"quota", count("Cost units.")},
			{"remaining", count("Units that can be taken now.")},
			{"reset_seconds", count("Seconds until the quota is whole again.")},
			{"window_seconds", count("Window in which the quota comes back.")},
		})},
	}
}
