// Package config reads the effective configuration of a deployment: flags over environment over
// sallyport.yaml over defaults, and the secrets, which never stand in the file.
//
// [Load] reports every mistake at once, as [Errors], and says for each value where it came from. Nothing
// missing, empty or unknown is taken for leave.
package config

import "time"

// Env is the kind of deployment.
type Env string

// The kinds of deployment. [Prod] is the default.
const (
	Dev  Env = "dev"
	Prod Env = "prod"
)

// Settings are the values of sallyport.yaml, typed. [Keys] documents each key.
type Settings struct {
	Env            Env      `yaml:"env"`
	Listen         string   `yaml:"listen"`
	Hosts          []string `yaml:"hosts"`
	TrustedProxies []string `yaml:"trusted_proxies"`
	TLS            TLS      `yaml:"tls"`
	HSTS           HSTS     `yaml:"hsts"`
	StateDir       string   `yaml:"state_dir"`
	Replicas       int      `yaml:"replicas"`
	Dataset        Dataset  `yaml:"dataset"`
	OpenAPI        OpenAPI  `yaml:"openapi"`
	Access                  // its keys stand at the top, like those of Watching
	Server         Server   `yaml:"server"`
	Query          Query    `yaml:"query"`
	Cache          Cache    `yaml:"cache"`
	Watching
}

// Access says who may ask, and how much.
type Access struct {
	Marketplace    Marketplace       `yaml:"marketplace"`
	Tiers          []Tier            `yaml:"tiers"`
	TierAliases    map[string]string `yaml:"tier_aliases"`
	TierOverrides  map[string]string `yaml:"tier_overrides"`
	CORS           CORS              `yaml:"cors"`
	FailureBudget  Budget            `yaml:"failure_budget"`
	LimitsCapacity int               `yaml:"limits_capacity"`
}

// Watching says what is logged, measured and told to people.
type Watching struct {
	Log     Log     `yaml:"log"`
	Private Private `yaml:"private"`
	Alerts  Alerts  `yaml:"alerts"`
}

// TLS names the PEM files of the server's own certificate. Both are empty when a proxy ends TLS.
type TLS struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// HSTS is the Strict-Transport-Security policy, RFC 6797.
type HSTS struct {
	MaxAge            time.Duration `yaml:"max_age"`
	IncludeSubdomains bool          `yaml:"include_subdomains"`
	Preload           bool          `yaml:"preload"`
}

// Dataset names the sealed file and the description that it was built with. Both are empty in dev for the
// bundled dataset.
type Dataset struct {
	File        string        `yaml:"file"`
	Description string        `yaml:"description"`
	MaxDrop     int           `yaml:"max_drop"` // percent of the rows
	Watch       time.Duration `yaml:"watch"`
}

// OpenAPI says who may read the contract.
type OpenAPI struct {
	Public bool `yaml:"public"`
}

// Cache bounds the memory of encoded answers.
type Cache struct {
	Size Size `yaml:"size"` // 0: no cache
}

// Marketplace says how the marketplace proves itself. Headers that are empty are those of the preset.
type Marketplace struct {
	Preset       string `yaml:"preset"`
	SecretHeader string `yaml:"secret_header"`
	UserHeader   string `yaml:"user_header"`
	TierHeader   string `yaml:"tier_header"`
}

// Presets of [Marketplace].
const (
	RapidAPI = "rapidapi"
	Generic  = "generic"
)

// Tier is one step of the ladder of plans; the first is the lowest.
type Tier struct {
	Name     string   `yaml:"name"`
	Limits   []Policy `yaml:"limits"`
	InFlight int      `yaml:"in_flight"`
}

// Policy allows Quota cost units in each Window.
type Policy struct {
	Name   string        `yaml:"name"`
	Quota  int64         `yaml:"quota"`
	Window time.Duration `yaml:"window"`
}

// CORS lists the exact origins of browser applications that may read answers. Empty means none.
type CORS struct {
	Origins []string      `yaml:"origins"`
	MaxAge  time.Duration `yaml:"max_age"`
}

// Budget is how many failed authentications an address may make.
type Budget struct {
	Quota  int64         `yaml:"quota"`
	Window time.Duration `yaml:"window"`
}

// Server bounds what one connection and one request may take.
type Server struct {
	MaxConnections    int           `yaml:"max_connections"`
	ReadHeaderTimeout time.Duration `yaml:"read_header_timeout"`
	ReadTimeout       time.Duration `yaml:"read_timeout"`
	WriteTimeout      time.Duration `yaml:"write_timeout"`
	IdleTimeout       time.Duration `yaml:"idle_timeout"`
	DrainTimeout      time.Duration `yaml:"drain_timeout"`
	MaxURL            Size          `yaml:"max_url"`
	MaxHeader         Size          `yaml:"max_header"`
}

// Query bounds what one question to the dataset may take.
type Query struct {
	Deadline time.Duration `yaml:"deadline"`
	MaxBytes Size          `yaml:"max_bytes"`
}

// DefaultTiers returns the ladder that is used when the configuration names none: the four plans that the
// marketplace's subscription header carries, each with a burst and a minute policy.
func DefaultTiers() []Tier {
	ladder := func(name string, burst, minute int64, inFlight int) Tier {
		return Tier{Name: name, InFlight: inFlight, Limits: []Policy{
			{Name: "burst", Quota: burst, Window: time.Second},
			{Name: "minute", Quota: minute, Window: time.Minute},
		}}
	}
	return []Tier{
		ladder("BASIC", 10, 60, 4),
		ladder("PRO", 20, 120, 8),
		ladder("ULTRA", 40, 300, 16),
		ladder("MEGA", 80, 600, 32),
	}
}

// defaultInFlight is the in-flight cap of a tier that names none.
const defaultInFlight = 8
