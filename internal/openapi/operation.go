package openapi

import (
	"fmt"
	"net/http"
	"strings"

	"sallyport/internal/dataset"
)

// ownTag is the tag of what the API tells about itself. No table can have its name.
const ownTag = "API"

func (b *builder) paths() object {
	paths := object{}
	for i := range b.Description.Endpoints {
		e := &b.Description.Endpoints[i]
		paths = append(paths, member{e.Path, object{{"get", b.operation(e)}}})
	}
	return append(paths, b.ownPaths()...)
}

func (b *builder) operation(e *dataset.Endpoint) object {
	op := object{{"operationId", b.operationID(e.Path)}, {"tags", []string{b.tagOf(e)}}}
	if e.Summary != "" {
		op = append(op, member{"summary", e.Summary})
	}
	op = append(op, member{"description", b.about(e)})
	if e.Deprecated != nil {
		op = append(op, member{"deprecated", true})
	}
	if list := b.parameters(e); len(list) > 0 {
		op = append(op, member{"parameters", list})
	}
	return append(op, member{"responses", b.responses(e)}, member{"x-cost", e.Cost}, member{"x-tier", e.Tier}, member{"x-tiers", b.grants(e.Path)})
}

func (b *builder) tagOf(e *dataset.Endpoint) string {
	if t := b.Description.Answers(e); t != nil {
		return t.Name
	}
	return e.Table
}

// about says who may call e, and until when.
func (b *builder) about(e *dataset.Endpoint) string {
	text := fmt.Sprintf("From tier %s. Takes %s from every limit.", e.Tier, units(e.Cost))
	if d := e.Deprecated; d != nil {
		text += " Deprecated since " + d.Since
		if d.Sunset != "" {
			text += ", gone from " + d.Sunset
		}
		if d.Successor != "" {
			text += ", succeeded by " + d.Successor
		}
		text += "."
	}
	return text
}

func units(n int) string {
	if n == 1 {
		return "1 unit"
	}
	return fmt.Sprintf("%d units", n)
}

// operationID is a word made of the path, with a number where an earlier path gives the same word.
func (b *builder) operationID(path string) string {
	word, n := wordOf(path), 1
	for _, e := range b.Description.Endpoints {
		if e.Path == path {
			break
		}
		if wordOf(e.Path) == word {
			n++
		}
	}
	if n > 1 {
		word = fmt.Sprintf("%s_%d", word, n)
	}
	return word
}

// wordOf keeps lower case letters and digits; parameters are marked.
func wordOf(path string) string {
	word := strings.NewReplacer("{", "by_", "}", "").Replace(strings.Trim(path, "/"))
	return "get_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, word)
}

// grants tells what each tier gets of a path.
func (b *builder) grants(path string) object {
	all := object{}
	for _, p := range b.Plans {
		g := p.grant(path)
		one := object{{"allowed", g.Allowed}}
		if g.Rows > 0 {
			one = append(one, member{"rows", g.Rows})
		}
		if g.Pages > 0 {
			one = append(one, member{"pages", g.Pages})
		}
		if len(g.Fields) > 0 {
			one = append(one, member{"fields", g.Fields})
		}
		if len(g.Operators) > 0 {
			one = append(one, member{"operators", g.Operators})
		}
		all = append(all, member{p.Name, one})
	}
	return all
}

// ownPaths are those that the program answers besides the description's.
func (b *builder) ownPaths() object {
	tagged := func(path, summary string, cost int, responses object) member {
		op := object{{"operationId", b.operationID(path)}, {"tags", []string{ownTag}}, {"summary", summary}, {"responses", responses}}
		if cost > 0 {
			return member{path, object{{"get", append(op, member{"x-cost", cost}, member{"x-tiers", b.grants(path)})}}}
		}
		if b.direct() {
			op = append(op, member{"security", []object{}})
		}
		return member{path, object{{"get", op}}}
	}
	p := b.Paths
	meta := ref("schemas", "Meta")
	contract := tagged(p.Contract, "This contract. Its examples are those of the caller's tier and below.", 1, b.ownResponses(p.Contract, anyObject()))
	if b.Public {
		contract = tagged(p.Contract, "This contract. Its examples are those of the lowest tier.", 0, b.probeResponses(anyObject()))
	}
	paths := object{
		tagged(p.Plans, "What each tier gets, and which one is the caller's.", 1, b.ownResponses(p.Plans, b.envelopeOf(nil, ref("schemas", "Plan"), meta))),
		tagged(p.Usage, "What is left of each limit of the caller. Takes one unit of the shortest limit alone.", 1, b.ownResponses(p.Usage, b.envelopeOf(nil, ref("schemas", "Usage"), meta))),
		contract,
	}
	if !b.direct() { // the others are for operators
		return paths
	}
	status := func(required ...string) object {
		return closed(required, object{{"status", object{{"type", "string"}}}, {"version", object{{"type", "string"}}}, {"timestamp", object{{"type", "string"}, {"format", "date-time"}}}})
	}
	ready := append(b.probeResponses(status("status")), member{"503", ref("responses", responseName(http.StatusServiceUnavailable))})
	return append(paths,
		tagged(p.Health, "Whether the process lives.", 0, b.probeResponses(status("status", "version", "timestamp"))),
		tagged(p.Ready, "Whether it can answer.", 0, ready))
}

func anyObject() object { return object{{"type", "object"}} }
