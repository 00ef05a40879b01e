// Package openapi writes the contract of an API as an OpenAPI document, from the description of its data and from
// what its tiers get.
//
// The document has every path with its parameters, every answer and refusal with its schema, and examples that
// are real answers: [Rehearse] asks for them, and a document holds only those that the tier of its reader would
// get. What a row has is one schema for all tiers, in which the extension x-tier names the lowest tier that sees
// a member. A oneOf over the tiers would tell nothing more and less precisely: members without a value are left
// out for every tier, so that a row of a low tier is also one of a high tier, and no reader could tell which of
// the alternatives is meant.
package openapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sallyport/internal/dataset"
)

// Version is a version of the OpenAPI Specification, and with it an edition of the document.
type Version string

const (
	// V31 is for clients of the API itself: with its hosts and the headers by which the marketplace proves itself.
	V31 Version = "3.1"
	// V30 is for a marketplace to publish: without anything that only the marketplace itself may know or show.
	V30 Version = "3.0"
)

// Headers names the request headers that a marketplace adds.
type Headers struct{ Secret, User, Tier string }

// Paths are those that the program answers besides the endpoints of the description.
type Paths struct{ Plans, Usage, Contract, Health, Ready string }

// Config says what a document is about. Everything but Servers and Examples is required.
type Config struct {
	Description *dataset.Description
	Plans       []Plan // of every tier, lowest first
	Paths       Paths
	Servers     []string // base URLs; only in [V31]
	Headers     Headers  // only in [V31]
	Public      bool     // the document is served without authentication

	Version  Version
	Reader   string // tier of the reader: the document has no example of a tier above
	Examples *Examples
}

// Build returns the document as JSON. The same Config gives the same bytes.
func Build(c Config) ([]byte, error) {
	b := &builder{Config: c, rank: slices.Index(tierNames(c.Plans), c.Reader)}
	if c.Description != nil {
		b.shape = shapeOf(c.Description)
	}
	switch {
	case c.Description == nil:
		return nil, errors.New("building the contract: no description")
	case c.Version != V31 && c.Version != V30:
		return nil, fmt.Errorf("building the contract: version %q is neither 3.1 nor 3.0", c.Version)
	case b.rank < 0:
		return nil, fmt.Errorf("building the contract: tier %q of the reader is not known", c.Reader)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(b.document()); err != nil {
		return nil, fmt.Errorf("building the contract: %w", err)
	}
	return text.Bytes(), nil
}

// builder makes one document.
type builder struct {
	Config
	rank  int // of the reader
	shape shape
}

// direct says whether the document is for those who reach the API without a marketplace.
func (b *builder) direct() bool { return b.Version == V31 }

func (b *builder) tiers() []string { return tierNames(b.Plans) }

func tierNames(plans []Plan) []string {
	var names []string
	for _, p := range plans {
		names = append(names, p.Name)
	}
	return names
}

func (b *builder) document() object {
	doc := object{{"openapi", "3.0.3"}}
	if b.direct() {
		doc = object{{"openapi", "3.1.0"}}
	}
	doc = append(doc, member{"info", b.info()})
	if b.direct() && len(b.Servers) > 0 {
		var servers []object
		for _, url := range b.Servers {
			servers = append(servers, object{{"url", url}})
		}
		doc = append(doc, member{"servers", servers})
	}
	doc = append(doc, member{"paths", b.paths()}, member{"components", b.components()})
	if b.direct() {
		scopes := []string{}
		doc = append(doc, member{"security", []object{
			{{"marketplaceSecret", scopes}, {"marketplaceUser", scopes}, {"marketplaceTier", scopes}},
			{{"marketplaceSecret", scopes}},
		}})
	}
	return append(doc, member{"tags", b.tags()}, member{"x-tiers", b.ladder()})
}

func (b *builder) info() object {
	d := b.Description.Dataset
	info := object{{"title", d.Name}, {"version", d.Version}, {"description", b.preface()}}
	if d.Licence != "" {
		info = append(info, member{"license", object{{"name", d.Licence}}})
	}
	return info
}

// preface is what holds for every path.
func (b *builder) preface() string {
	d := b.Description.Dataset
	text := ""
	for _, one := range []string{d.Attribution, d.Disclaimer} {
		if one != "" {
			text += one + "\n\n"
		}
	}
	unknown, values, errors := "an unknown, repeated", "Members of a row without a value, and those", " Errors are problems of RFC 9457."
	if b.shape.ignore {
		unknown = "a repeated"
	}
	if b.shape.nulls {
		values = "Members of a row"
	}
	if _, mediaType := b.problem(); mediaType != problemType {
		errors = ""
	}
	return text + "HEAD is answered wherever GET is, without a body. Parameters are strict: " + unknown + ", empty or malformed one " +
		"is refused. " + values + " that the caller's tier does not see are left out: x-tier names the lowest tier that sees a " +
		"member. An answer takes x-cost units from every limit of the caller's tier, a 304 one unit of the shortest." + errors
}

func (b *builder) tags() []object {
	var tags []object
	for _, t := range b.served() {
		tags = append(tags, object{{"name", t.Name}})
	}
	return append(tags, object{{"name", ownTag}, {"description", "What the API tells about itself."}})
}

// served returns the tables whose rows some endpoint answers, in the description's order.
func (b *builder) served() []*dataset.Table {
	var tables []*dataset.Table
	for i := range b.Description.Tables {
		t := &b.Description.Tables[i]
		if slices.ContainsFunc(b.Description.Endpoints, func(e dataset.Endpoint) bool { return b.Description.Answers(&e) == t }) {
			tables = append(tables, t)
		}
	}
	return tables
}

// ladder lists the tiers with what holds for all paths.
func (b *builder) ladder() []object {
	var list []object
	for _, p := range b.Plans {
		one := object{{"name", p.Name}, {"limits", p.Limits}, {"in_flight", p.InFlight}}
		if len(p.Aliases) > 0 {
			one = append(one, member{"aliases", p.Aliases})
		}
		list = append(list, one)
	}
	return list
}

func (b *builder) components() object {
	c := object{{"schemas", b.schemas()}, {"responses", b.sharedResponses()}, {"headers", b.headers()}}
	if !b.direct() {
		return c
	}
	key := func(header, text string) object {
		return object{{"type", "apiKey"}, {"in", "header"}, {"name", header}, {"description", text}}
	}
	return append(c, member{"securitySchemes", object{
		{"marketplaceSecret", key(b.Headers.Secret, "Proves the marketplace. Customers never have it.")},
		{"marketplaceUser", key(b.Headers.User, "Names the customer; believed beside the secret alone. Without it the caller is anonymous and of the lowest tier.")},
		{"marketplaceTier", key(b.Headers.Tier, "Names the customer's tier; an unknown or missing one is the lowest.")},
	}})
}

func orText(p *dataset.Column) dataset.Type { return cmp.Or(p.Type, dataset.Text) }
