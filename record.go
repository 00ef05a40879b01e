package sallyport

import (
	"net/netip"
	"time"

	"sallyport/limit"
)

// Record tells what happened to one request. It is handed to [Config.OnRecord] by value when the answer is
// complete, and holds no credential and no header's text but the customer's own name.
type Record struct {
	Time      time.Time
	RequestID string
	Method    string
	Route     string        // pattern of the route; empty when none matched or the request was refused before
	Status    int           // 0 when the connection was cut before an answer
	Duration  time.Duration // from the first layer to the end of the answer
	Bytes     int64         // body bytes written
	Tier      string        // empty before authentication
	Customer  string        // proven customer, or empty
	Client    netip.Addr    // client address by trusted proxies
	HTTPS     bool          // https was proven
	Refusal   Refusal       // why the request was refused; empty when it reached the handler
	Limit     limit.State   // the tightest policy; zero when limits were not reached
	Detail    string        // what the client was told of a problem
	Err       error         // for the log, never for the client
	Stack     []byte        // of a recovered panic
	Quiet     bool          // a refusal of an address that keeps failing: count it, log no line
	Cancelled bool          // the client went away before the answer was complete
	Sent      Sent          // what the client sent
	Grant     Grant         // what it was granted
}

// Sent is what a client sent, for a log that is told to show it. It may be hostile.
type Sent struct {
	Query       string // of the URL, without "?"
	UserAgent   string
	Marketplace bool // it carried the marketplace's credential or identity headers, whatever their values
}

// Grant tells what a request was granted, and why.
type Grant struct {
	TierFrom TierSource
	Cost     int64  // units taken from the limits
	Cache    string // hit, miss or not-modified; empty when there was nothing to look up
}

// TierSource tells why a caller has its tier. The values are stable.
type TierSource string

// The reasons.
const (
	TierFromHeader   TierSource = "header"   // the marketplace named the tier, or an alias of it
	TierFromOverride TierSource = "override" // the configuration names the customer
	TierUnknown      TierSource = "unknown"  // the marketplace named a tier that the configuration does not know: the lowest
	TierMissing      TierSource = "missing"  // the marketplace named no tier, or no customer: the lowest
)

// Refusal names the protection that refused a request. The values are stable: logs and metrics carry them.
type Refusal string

// The refusals, in the order of the chain.
const (
	RefusedURL       Refusal = "url-too-long"
	RefusedHeaders   Refusal = "headers-too-large"
	RefusedHost      Refusal = "host"
	RefusedPath      Refusal = "path"
	RefusedSecret    Refusal = "secret"    // missing or wrong
	RefusedNoSecret  Refusal = "no-secret" // the server has nothing to compare with
	RefusedRepeated  Refusal = "repeated-header"
	RefusedBudget    Refusal = "failure-budget" // an address that keeps failing
	RefusedNotFound  Refusal = "not-found"
	RefusedMethod    Refusal = "method"
	RefusedIdentity  Refusal = "identity" // a customer name that cannot be one
	RefusedTier      Refusal = "tier"
	RefusedBody      Refusal = "body"
	RefusedInFlight  Refusal = "in-flight"
	RefusedLimit     Refusal = "limit"
	RefusedLimitFull Refusal = "limit-store-full"
)

// EventKind names what an [Event] reports. The values are stable.
type EventKind string

// The kinds of event.
const (
	EventNoSecret    EventKind = "no-secret"    // a request met a server without a usable secret
	EventUnknownTier EventKind = "unknown-tier" // once for each value, bounded
	EventPanic       EventKind = "panic"        // a handler panicked
	EventStoreFailed EventKind = "store-failed" // the limit store failed; the local one takes over
	EventStoreHealed EventKind = "store-healed" // the limit store answers again
	EventStoreFull   EventKind = "store-full"   // the limit store refuses new customers
)

// Event reports something that an operator should know. It holds no credential.
type Event struct {
	Kind      EventKind
	Time      time.Time
	RequestID string
	Value     string // the unknown tier, quoted and cut; empty otherwise
	Err       error
	Stack     []byte // EventPanic
}
