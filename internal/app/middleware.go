package app

import (
	"cmp"

	"sallyport"
	"sallyport/internal/config"
	"sallyport/internal/serve"
	"sallyport/limit"
	"sallyport/secret"
)

// middleware turns the configuration into the library's own.
func (a *App) middleware(cfg *config.Config, routes []serve.Route) sallyport.Config {
	return sallyport.Config{
		Hosts:          cfg.Hosts,
		TrustedProxies: cfg.Proxies,
		Secrets:        secrets(cfg.Secrets),
		Marketplace:    Headers(cfg),
		Tiers:          tiers(cfg.Tiers),
		TierAliases:    cfg.TierAliases,
		TierOverrides:  cfg.TierOverrides,
		Routes:         append(probeRoutes(), convert(routes)...),
		CORS:           sallyport.CORS{Origins: cfg.CORS.Origins, MaxAge: cfg.CORS.MaxAge},
		HSTS: sallyport.HSTS{
			MaxAge: cfg.HSTS.MaxAge, IncludeSubDomains: cfg.HSTS.IncludeSubdomains, Preload: cfg.HSTS.Preload,
		},
		FailureBudget: limit.Policy{Name: "failures", Quota: cfg.FailureBudget.Quota, Window: cfg.FailureBudget.Window},
		Counters:      a.counters,
		MaxURL:        int(cfg.Server.MaxURL),
		MaxHeader:     int(cfg.Server.MaxHeader),
		OnRecord:      a.options.OnRecord,
		OnEvent:       a.options.OnEvent,
	}
}

func secrets(s config.Secrets) sallyport.StaticSecrets {
	list := sallyport.StaticSecrets{s.Marketplace}
	if s.Previous != (secret.Secret{}) {
		list = append(list, s.Previous)
	}
	return list
}

// Headers returns the marketplace's headers: the preset's, but for those that the configuration names.
func Headers(cfg *config.Config) sallyport.Marketplace {
	m, preset := cfg.Marketplace, sallyport.RapidAPI()
	if m.Preset == config.Generic {
		preset = sallyport.Generic()
	}
	return sallyport.Marketplace{
		Secret: cmp.Or(m.SecretHeader, preset.Secret),
		User:   cmp.Or(m.UserHeader, preset.User),
		Tier:   cmp.Or(m.TierHeader, preset.Tier),
	}
}

func tiers(list []config.Tier) []sallyport.Tier {
	var out []sallyport.Tier
	for _, t := range list {
		tier := sallyport.Tier{Name: t.Name, InFlight: t.InFlight}
		for _, p := range t.Limits {
			tier.Limits = append(tier.Limits, limit.Policy{Name: p.Name, Quota: p.Quota, Window: p.Window})
		}
		out = append(out, tier)
	}
	return out
}

func tierNames(cfg *config.Config) []string {
	var names []string
	for _, t := range cfg.Tiers {
		names = append(names, t.Name)
	}
	return names
}

func convert(routes []serve.Route) []sallyport.Route {
	var out []sallyport.Route
	for _, r := range routes {
		out = append(out, sallyport.Route{
			Pattern: r.Pattern, Methods: r.Methods, MinTier: r.MinTier, Cost: r.Cost, MaxBody: r.MaxBody, Deadline: r.Deadline,
			Conditional: r.Conditional,
		})
	}
	return out
}
