package openapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
)

// Circumstance is what else there is about a request, in the words of the document.
type Circumstance string

// The circumstances. An [Ask] brings them about.
const (
	Plain       Circumstance = ""
	OtherHost   Circumstance = "for a host that is not served"
	WithBody    Circumstance = "with a body"
	LongURL     Circumstance = "with a URL that is too long"
	LargeHeader Circumstance = "with headers that are too large"
	NoCoding    Circumstance = "accepting no content coding"
	UsedUp      Circumstance = "when a limit is used up"
	NoRoom      Circumstance = "when there is no room for another customer"
	NoSecret    Circumstance = "when the server has no secret to compare with"
)

// Request is what an example asks.
type Request struct {
	Method       string       `json:"method"`
	Target       string       `json:"target"`         // path and query
	Tier         string       `json:"tier,omitempty"` // of a proven caller; empty for one without a secret
	Circumstance Circumstance `json:"circumstance,omitempty"`
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Ask asks the API itself, with all its protections, as a caller of the tier that nobody else is.
type Ask func(context.Context, Request) (Answer, error)

// Exchange is one example.
type Exchange struct {
	Request Request
	Answer  Answer
}

// Exchanges are examples of one path, in the order of the tiers.
type Exchanges []Exchange

// Examples are what [Rehearse] found, by path; those of "" hold for all paths. They are read-only.
type Examples struct{ of map[string]Exchanges }

func (list Exchanges) with(status int) Exchanges {
	var found Exchanges
	for _, x := range list {
		if x.Answer.Status == status {
			found = append(found, x)
		}
	}
	return found
}

// document names each example by its tier, with a number where a tier has several.
func (list Exchanges) document() object {
	all, seen := object{}, map[string]int{}
	for _, x := range list {
		name := cmp.Or(x.Request.Tier, "unauthenticated")
		if seen[name]++; seen[name] > 1 {
			name += "_" + strconv.Itoa(seen[name])
		}
		all = append(all, member{name, object{
			{"summary", x.summary()}, {"value", json.RawMessage(Settled(x.Answer.Body))}, {"x-request", x.Request},
		}})
	}
	return all
}

// Settled returns a body with fixed texts in place of the two that are new each time: the id of the request and
// the cursor of the next page. Without that no document would be like the one before.
func Settled(body []byte) []byte {
	body = regexp.MustCompile(`"request_id":"[a-z2-7]{24}"`).ReplaceAll(body, []byte(`"request_id":"aaaaaaaaaaaaaaaaaaaaaaaa"`))
	return regexp.MustCompile(`"next_cursor":"[A-Za-z0-9_-]+"`).ReplaceAll(body, []byte(`"next_cursor":"cursor-of-the-next-page"`))
}
