package openapi

import (
	"cmp"
	"slices"
	"strconv"

	"sallyport/internal/dataset"
)

// shape is how answers are written: as this program does, or as the compatibility of the description says.
type shape struct {
	envelope dataset.Envelope
	errors   dataset.ErrorForm
	numbers  *dataset.PageNumbers
	nulls    bool   // members without a value are null
	join     string // lists are texts with this between their values
	ignore   bool   // unknown parameters are passed over
	keyless  bool   // a key that no row has is answered with nothing
	nothing  bool   // a question that no row answers is 404
}

func shapeOf(d *dataset.Description) shape {
	s := shape{envelope: dataset.Envelope{Success: "success", Count: "count", Data: "data", Meta: "meta"}}
	c := d.Compatibility
	if c == nil {
		return s
	}
	s.nulls, s.join, s.numbers = c.Nulls == dataset.NullsKeep, c.JoinLists, c.PageNumbers
	s.ignore = c.UnknownParameters == dataset.UnknownIgnore
	if c.Envelope != nil {
		s.envelope = *c.Envelope
	}
	if c.Errors != nil {
		s.errors = *c.Errors
	}
	if c.NotFound != nil {
		s.keyless, s.nothing = c.NotFound.Key == dataset.NothingEmpty, c.NotFound.Rows == dataset.NothingRefused
	}
	return s
}

// sent is the status that goes out in the place of another.
func (s *shape) sent(status int) int {
	return cmp.Or(s.errors.Statuses[strconv.Itoa(status)], status)
}

// one says whether data is a single object.
func (s *shape) one(e *dataset.Endpoint) bool {
	return s.envelope.Single == dataset.SingleObject && (e.Kind == dataset.KindGet || e.Kind == dataset.KindStats)
}

// missing says whether e can be answered 404.
func (s *shape) missing(e *dataset.Endpoint) bool {
	byKey := e.Kind == dataset.KindGet || e.Join != ""
	return byKey && !s.keyless || paged(e) && s.nothing
}

// status is one that goes out, with what it means.
type status struct {
	sent    int
	meaning string
}

// statuses returns what goes out for some statuses, in order. Two can become one.
func (s *shape) statuses(list []int) []status {
	var all []status
	for _, one := range list {
		sent := s.sent(one)
		if i := slices.IndexFunc(all, func(known status) bool { return known.sent == sent }); i >= 0 {
			all[i].meaning += " " + meaning(one)
			continue
		}
		all = append(all, status{sent, meaning(one)})
	}
	slices.SortFunc(all, func(a, b status) int { return a.sent - b.sent })
	return all
}

// envelopeOf is the form of an answer with data. e is nil for a path of the program itself.
func (b *builder) envelopeOf(e *dataset.Endpoint, items, meta object) object {
	named, properties, required := b.shape.envelope, object{}, []string{}
	add := func(name string, schema object) {
		if name != "" {
			properties, required = append(properties, member{name, schema}), append(required, name)
		}
	}
	add(named.Success, object{{"type", "boolean"}, {"enum", []bool{true}}})
	one := e != nil && b.shape.one(e)
	if !one {
		add(named.Count, count("Rows of this answer."))
	}
	if e != nil && e.Numbered() {
		add(named.Total, count("Rows of all pages."))
		if b.shape.numbers != nil {
			add(named.Page, count("Number of the page."))
		}
	}
	switch {
	case one && e.Kind == dataset.KindGet && b.shape.keyless:
		add(named.Data, b.orNull(items))
	case one:
		add(named.Data, items)
	default:
		add(named.Data, listOf(items))
	}
	add(named.Meta, meta)
	return closed(required, properties)
}

// orNull is a schema, or null.
func (b *builder) orNull(schema object) object {
	if b.Version == V30 {
		return object{{"allOf", []object{schema}}, {"nullable", true}}
	}
	return object{{"anyOf", []object{schema, {{"type", "null"}}}}}
}

// problem is the schema of an error's body, and its media type.
func (b *builder) problem() (schema object, mediaType string) {
	text := object{{"type", "string"}, {"description", "What is wrong, in a fixed text."}}
	switch b.shape.errors.Style {
	case dataset.StyleDetail:
		if b.shape.errors.Invalid == dataset.InvalidList {
			text = object{{"oneOf", []object{text, listOf(anyObject())}}}
		}
		return closed([]string{"detail"}, object{{"detail", text}}), "application/json"
	case dataset.StyleEnvelope:
		o := object{{"error", text}}
		if name := b.shape.envelope.Success; name != "" && b.Description.Compatibility.Envelope != nil {
			o = append(object{{name, object{{"type", "boolean"}, {"enum", []bool{false}}}}}, o...)
		}
		return closed([]string{"error"}, o), "application/json"
	}
	return b.problemDetails(), problemType
}

// numberParameter is that of the page's number.
func (s *shape) numberParameter() object {
	return object{{"name", s.numbers.Parameter}, {"in", "query"}, {"required", false},
		{"description", "Number of the page, from 1; instead of a cursor."},
		{"schema", object{{"type", "integer"}, {"minimum", 1}, {"maximum", s.numbers.Most}}}}
}
