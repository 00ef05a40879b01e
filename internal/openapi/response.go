package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"sallyport/internal/dataset"
)

// problemType is the media type of RFC 9457.
const problemType = "application/problem+json"

// Every error that a path can have, besides 404, which paths with a key have.
func refusals() []int {
	return []int{400, 403, 405, 406, 413, 414, 421, 429, 431, 500, 503}
}

// meaning says when a status comes.
func meaning(status int) string {
	switch status {
	case 400:
		return "A parameter, path, cursor or repeated header that has no single reading."
	case 403:
		return "No secret of the marketplace or a wrong one; a path, operator, value or page of a higher tier."
	case 404:
		return "No row has this key, or nothing is at this path."
	case 405:
		return "Another method than GET and HEAD."
	case 406:
		return "Accept-Encoding refuses every content coding, also none."
	case 413:
		return "A request body."
	case 414:
		return "A URL that is too long."
	case 421:
		return "A host that is not served."
	case 429:
		return "A limit of the tier is used up, too many requests at once, or too many wrong secrets from one address."
	case 431:
		return "Request headers that are too large."
	case 500:
		return "A failure of the server."
	}
	return "A question that took too long, no room for another customer, or a server that is stopping."
}

// responseName is that of the shared response of a status.
func responseName(status int) string {
	if status == http.StatusNotModified {
		return "NotModified"
	}
	return "Problem" + strconv.Itoa(status)
}

// responses are those of an endpoint of the description.
func (b *builder) responses(e *dataset.Endpoint) object {
	own := b.of(e.Path)
	all := object{
		{"200", b.success(b.answer(e), e.Deprecated, true, own.with(200))},
		{"304", ref("responses", responseName(304))},
	}
	list := refusals()
	if b.shape.missing(e) {
		list = append(list, 404)
	}
	return append(all, b.refused(list, own)...)
}

// ownResponses are those of a path of the program itself, for the authenticated.
func (b *builder) ownResponses(path string, schema object) object {
	own := b.of(path)
	tagged := path != b.Paths.Usage // what changes with every request has no tag
	all := object{{"200", b.success(schema, nil, tagged, own.with(200))}}
	if tagged {
		all = append(all, member{"304", ref("responses", responseName(304))})
	}
	return append(all, b.refused(slices.DeleteFunc(refusals(), func(n int) bool { return n == http.StatusNotAcceptable }), own)...)
}

// probeResponses are those of a path that needs no authentication.
func (b *builder) probeResponses(schema object) object {
	all := object{{"200", object{
		{"description", "The answer."},
		{"headers", object{{"X-Request-Id", ref("headers", "X-Request-Id")}, {"Cache-Control", ref("headers", "Cache-Control")}}},
		{"content", object{{"application/json", object{{"schema", schema}}}}},
	}}}
	return append(all, b.refused([]int{400, 405, 413, 414, 421, 431}, nil)...)
}

func (b *builder) success(schema object, d *dataset.Deprecation, tagged bool, examples Exchanges) object {
	names := []string{"X-Request-Id", "Cache-Control", "Vary", "RateLimit", "RateLimit-Policy"}
	if tagged {
		names = append(names, "ETag")
	}
	if d != nil {
		names = append(names, "Deprecation")
		if d.Sunset != "" {
			names = append(names, "Sunset")
		}
		if d.Successor != "" {
			names = append(names, "Link")
		}
	}
	content := object{{"schema", schema}}
	if len(examples) > 0 {
		content = append(content, member{"examples", examples.document()})
	}
	return object{{"description", "The answer."}, {"headers", headerRefs(names)}, {"content", object{{"application/json", content}}}}
}

func headerRefs(names []string) object {
	refs := object{}
	for _, name := range names {
		refs = append(refs, member{name, ref("headers", name)})
	}
	return refs
}

// refused are the responses for some statuses: with the path's own examples where there are some, else shared ones.
func (b *builder) refused(list []int, own Exchanges) object {
	all := object{}
	for _, s := range b.shape.statuses(list) {
		response := ref("responses", responseName(s.sent))
		if examples := own.with(s.sent); len(examples) > 0 {
			response = b.problemResponse(s, examples)
		}
		all = append(all, member{strconv.Itoa(s.sent), response})
	}
	return all
}

func (b *builder) problemResponse(s status, examples Exchanges) object {
	names := []string{"X-Request-Id", "Cache-Control", "Vary"}
	switch s.sent {
	case 405:
		names = append(names, "Allow")
	case 429:
		names = append(names, "RateLimit", "RateLimit-Policy", "Retry-After")
	case 503:
		names = append(names, "Retry-After")
	}
	content := object{{"schema", ref("schemas", "Problem")}}
	if len(examples) > 0 {
		content = append(content, member{"examples", examples.document()})
	}
	_, mediaType := b.problem()
	return object{{"description", s.meaning}, {"headers", headerRefs(names)}, {"content", object{{mediaType, content}}}}
}

func (b *builder) sharedResponses() object {
	shared := object{{responseName(304), object{
		{"description", "If-None-Match names the entity tag. It is looked at after authentication and tier."},
		{"headers", headerRefs([]string{"X-Request-Id", "Cache-Control", "Vary", "RateLimit", "RateLimit-Policy", "ETag"})},
	}}}
	for _, s := range b.shape.statuses(append(refusals(), 404)) {
		shared = append(shared, member{responseName(s.sent), b.problemResponse(s, b.of("").with(s.sent))})
	}
	return shared
}

func (b *builder) headers() object {
	text := func(what string) object { return object{{"description", what}, {"schema", object{{"type", "string"}}}} }
	return object{
		{"X-Request-Id", object{{"description", "Names the request in the server's log."}, {"schema", object{{"type", "string"}, {"pattern", "^[a-z2-7]{24}$"}}}}},
		{"Cache-Control", text("private, no-cache on data; no-store on everything else.")},
		{"Vary", text("The request headers that an answer depends on.")},
		{"ETag", text("Strong; for If-None-Match.")},
		{"RateLimit", text(`What is left of each policy (IETF draft): "minute";r=50;t=10 is 50 units now, all of them in 10 seconds.`)},
		{"RateLimit-Policy", text(`Each policy (IETF draft): "minute";q=60;w=60 is 60 units in 60 seconds.`)},
		{"Retry-After", object{{"description", "Seconds after which the request may be let through."}, {"schema", object{{"type", "integer"}, {"minimum", 1}}}}},
		{"Allow", text("The methods that exist.")},
		{"Deprecation", object{{"description", "When it was deprecated: a date of RFC 9651, as RFC 9745 has it."}, {"schema", object{{"type", "string"}, {"pattern", "^@[0-9]+$"}}}}},
		{"Sunset", text("HTTP-date from which it may not answer any more (RFC 8594).")},
		{"Link", text("The successor, with the relation successor-version.")},
	}
}

func (b *builder) problemDetails() object {
	text := func(what string) object { return described("string", what) }
	return closed([]string{"type", "title", "status", "request_id"}, object{
		{"type", object{{"type", "string"}, {"format", "uri-reference"}, {"description", "Kind of problem; about:blank when the status says it all."}}},
		{"title", text("The same for every occurrence.")},
		{"status", object{{"type", "integer"}, {"minimum", 400}, {"maximum", 599}}},
		{"detail", text("What is wrong, in a fixed text.")},
		{"request_id", text("The value of X-Request-Id.")},
		{"required_tier", b.tierSchema("Lowest tier that may call the path.")},
		{"violated-policies", object{{"type", "array"}, {"items", object{{"type", "string"}}}, {"description", "Policies that are used up."}}},
	})
}

// of returns the examples of a path that the reader may see; of "" those that hold for all.
func (b *builder) of(path string) Exchanges {
	if b.Examples == nil {
		return nil
	}
	var seen Exchanges
	for _, x := range b.Examples.of[path] {
		if rank := slices.Index(b.tiers(), x.Request.Tier); x.Request.Tier == "" || rank >= 0 && rank <= b.rank {
			seen = append(seen, x)
		}
	}
	return seen
}

func (x Exchange) summary() string {
	who := "without a secret"
	if x.Request.Tier != "" {
		who = "as tier " + x.Request.Tier
	}
	text := fmt.Sprintf("%s %s %s", x.Request.Method, x.Request.Target, who)
	if x.Request.Circumstance != "" {
		text += ", " + string(x.Request.Circumstance)
	}
	return text
}
