package sallyport

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sallyport/limit"
	"sallyport/problem"
)

// Tier is a level of subscription.
type Tier struct {
	Name     string         // as the marketplace spells it; the case of ASCII letters does not count
	Limits   []limit.Policy // 1 to [limit.MaxPolicies]; a tier without limits does not exist
	InFlight int            // requests of one customer at the same time, at least 1
}

type boundTier struct {
	Tier
	rank   int
	policy []string   // the RateLimit-Policy header
	burst  *boundTier // the same with the shortest policy alone
}

// tierTable is the allow-list of tier names. Whatever is not in it is the lowest tier.
type tierTable struct {
	ordered   []*boundTier
	byName    map[string]*boundTier // upper case; names and aliases
	overrides map[string]*boundTier // by customer
}

func (b *builder) tiers(c Config) tierTable {
	t := tierTable{byName: map[string]*boundTier{}, overrides: map[string]*boundTier{}}
	if len(c.Tiers) == 0 {
		b.fail("Tiers", "no tiers: list them with the lowest first")
	}
	for rank, tier := range c.Tiers {
		b.tier(tier)
		key := upperASCII(tier.Name)
		if t.byName[key] != nil {
			b.failf("Tiers", "tier %s stands twice", tier.Name)
		}
		bound := &boundTier{Tier: tier, rank: rank, policy: []string{policyHeader(tier.Limits)}}
		bound.Limits = slices.Clone(tier.Limits)
		bound.burst = bound.shortest()
		t.ordered = append(t.ordered, bound)
		t.byName[key] = bound
	}
	b.aliases(t, c.TierAliases)
	for customer, name := range c.TierOverrides {
		tier := t.byName[upperASCII(name)]
		if tier == nil || customer == "" || !validCustomer(customer) {
			b.failf("TierOverrides", "%q to %q: an override is a tier that exists for a customer's name", customer, name)
			continue
		}
		t.overrides[customer] = tier
	}
	return t
}

// aliases adds names for tiers. An alias of an alias, or one in two spellings, would depend on the order.
func (b *builder) aliases(t tierTable, aliases map[string]string) {
	added := map[string]*boundTier{}
	for alias, name := range aliases {
		tier, key := t.byName[upperASCII(name)], upperASCII(alias)
		if tier == nil || t.byName[key] != nil || added[key] != nil || alias == "" {
			b.failf("TierAliases", "%q to %q: an alias is a new name for a tier that exists", alias, name)
			continue
		}
		added[key] = tier
	}
	maps.Copy(t.byName, added)
}

func (b *builder) tier(t Tier) {
	if t.Name == "" || strings.TrimSpace(t.Name) != t.Name || !printableASCII(t.Name) {
		b.failf("Tiers", "tier name %q is not plain text", t.Name)
	}
	if t.InFlight < 1 {
		b.failf("Tiers", "tier %s: in flight %d is less than 1", t.Name, t.InFlight)
	}
	if len(t.Limits) == 0 || len(t.Limits) > limit.MaxPolicies {
		b.failf("Tiers", "tier %s: %d limits, want 1 to %d", t.Name, len(t.Limits), limit.MaxPolicies)
	}
	seen := map[string]bool{}
	for _, p := range t.Limits {
		if err := p.Validate(); err != nil {
			b.failf("Tiers", "tier %s: %v", t.Name, err)
		}
		if seen[p.Name] {
			b.failf("Tiers", "tier %s: two limits are named %s", t.Name, p.Name)
		}
		seen[p.Name] = true
	}
}

func printableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func (t *tierTable) rank(name string) (int, bool) {
	if tier := t.byName[upperASCII(name)]; tier != nil {
		return tier.rank, true
	}
	return 0, false
}

// choose finds the tier of a proven caller, and why.
func (t *tierTable) choose(customer string, header []string) (*boundTier, TierSource) {
	if override := t.overrides[customer]; override != nil {
		return override, TierFromOverride
	}
	if customer == "" || len(header) == 0 || header[0] == "" {
		return t.ordered[0], TierMissing
	}
	if tier := t.lookup(header[0]); tier != nil {
		return tier, TierFromHeader
	}
	return t.ordered[0], TierUnknown
}

// lookup tries the name as it came first: marketplaces send upper case.
func (t *tierTable) lookup(name string) *boundTier {
	if tier := t.byName[name]; tier != nil {
		return tier
	}
	if len(name) > 64 {
		return nil
	}
	return t.byName[upperASCII(name)]
}

// upperASCII leaves other letters as they are: Unicode has two more that become S and I in upper case, and a
// name that is not on the list would be on it.
func upperASCII(name string) string {
	upper := []byte(name)
	for i, c := range upper {
		if 'a' <= c && c <= 'z' {
			upper[i] = c - ('a' - 'A')
		}
	}
	return string(upper)
}

// chooseTier reads the subscription of a caller whose secret is proven.
func (m *Middleware) chooseTier(x *exchange, b *boundRoute) *problem.Error {
	if b.route.Public {
		return nil
	}
	if !x.proven {
		return problem.Internal(fmt.Errorf("choosing tier: %w", errOutside))
	}
	header := x.r.Header[m.auth.header.Tier]
	tier, from := m.tiers.choose(x.caller.Customer, header)
	if from == TierUnknown && m.counters.unknownTiers.first(header[0]) {
		x.event(EventUnknownTier, strconv.QuoteToASCII(cut(header[0], 64)), nil)
	}
	x.tier = tier
	x.record.Grant.TierFrom = from
	x.caller.Tier, x.caller.Rank = tier.Name, tier.rank
	x.record.Tier = tier.Name
	return nil
}

func cut(s string, n int) string { return s[:min(len(s), n)] }

// checkTier refuses callers below the route's tier.
func (m *Middleware) checkTier(x *exchange, b *boundRoute) *problem.Error {
	if b.route.Public || x.caller.Rank >= b.rank {
		return nil
	}
	p := problem.New(http.StatusForbidden, "this path needs a higher tier")
	p.Extensions = map[string]any{"required_tier": m.tiers.ordered[b.rank].Name}
	return x.refuse(RefusedTier, p)
}
