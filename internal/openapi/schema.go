package openapi

import (
	"sallyport/internal/dataset"
)

// matchMember marks rows that were found by a synonym alone.
const matchMember = "match"

func described(kind, text string) object { return object{{"type", kind}, {"description", text}} }

func count(text string) object {
	return object{{"type", "integer"}, {"format", "int64"}, {"minimum", 0}, {"description", text}}
}

func listOf(items object) object { return object{{"type", "array"}, {"items", items}} }

// closed is an object whose members are known. More may come in a later version, so that it is not closed to
// clients.
func closed(required []string, properties object) object {
	o := object{{"type", "object"}}
	if len(required) > 0 {
		o = append(o, member{"required", required})
	}
	return append(o, member{"properties", properties})
}

// nullable is a schema that also takes null, in the words of the version.
func (b *builder) nullable(kind string, rest ...member) object {
	if b.Version == V30 {
		return append(object{{"type", kind}, {"nullable", true}}, rest...)
	}
	return append(object{{"type", []string{kind, "null"}}}, rest...)
}

func (b *builder) tierSchema(text string) object {
	return object{{"type", "string"}, {"enum", b.tiers()}, {"description", text}}
}

func (b *builder) schemas() object {
	schemas := object{}
	problem, _ := b.problem()
	for _, t := range b.served() {
		schemas = append(schemas, member{t.Name, b.row(t)})
	}
	schemas = append(schemas, object{
		{"Value", closed([]string{"value", "slug", "count"}, object{
			{"value", object{{"type", "string"}}},
			{"slug", described("string", "The value as a part of a path.")},
			{"count", count("Rows that have it.")},
		})},
		{"Dataset", closed([]string{"name", "version"}, b.datasetMembers())},
		{"Meta", b.meta()},
		{"PageMeta", object{{"allOf", []object{ref("schemas", "Meta"), b.pageMeta()}}}},
		{"Problem", problem},
	}...)
	return append(schemas, b.planSchemas()...)
}

// row is the schema of a table's rows for every tier: x-tier tells who sees what.
func (b *builder) row(t *dataset.Table) object {
	properties := object{}
	for i := range t.Columns {
		if c := &t.Columns[i]; !c.Hidden {
			properties = append(properties, member{c.Name, b.column(c)})
		}
	}
	return closed(nil, properties)
}

func (b *builder) column(c *dataset.Column) object {
	s := typed(c)
	switch {
	case c.List && b.shape.join != "":
		s = object{{"type", "string"}}
	case c.List && !b.shape.nulls:
		s = append(listOf(s), member{"minItems", 1})
	case c.List:
		s = listOf(s)
	}
	if kind, ok := s[0].value.(string); ok && b.shape.nulls && kind != "array" {
		s = b.nullable(kind, s[1:]...)
	}
	text := c.Summary
	if text != "" {
		text += " "
	}
	return append(s, member{"description", text + "From tier " + c.Tier + "."}, member{"x-tier", c.Tier})
}

func typed(c *dataset.Column) object {
	switch orText(c) {
	case dataset.Integer:
		return object{{"type", "integer"}, {"format", "int64"}}
	case dataset.Number:
		return object{{"type", "number"}, {"format", "double"}}
	case dataset.Boolean:
		return object{{"type", "boolean"}}
	}
	return object{{"type", "string"}}
}

func (b *builder) datasetMembers() object {
	text := func(s string) object { return described("string", s) }
	return object{
		{"name", text("Name.")}, {"version", text("Version.")}, {"date", text("Day on which the data was current.")},
		{"licence", text("In totals.")}, {"attribution", text("In totals.")}, {"disclaimer", text("In totals.")},
	}
}

func (b *builder) meta() object {
	return closed([]string{"tier", "dataset"}, object{
		{"tier", b.tierSchema("Tier that answered.")},
		{"match", object{{"type", "string"}, {"enum", []string{"exact", "synonym", "prefix", "contains"}}, {"description", "How rows were found."}}},
		{"more_rows_in", b.tierSchema("Tier that has the pages which this one has not.")},
		{"more_fields_in", b.tierSchema("Next tier whose rows have more members.")},
		{"dataset", ref("schemas", "Dataset")},
	})
}

func (b *builder) pageMeta() object {
	return closed([]string{"limit", "next_cursor"}, object{
		{"limit", count("Rows a page.")},
		{"next_cursor", b.nullable("string", member{"description", "The parameter cursor of the next page; null when there is none."})},
	})
}

// answer is the schema of a 200 of e.
func (b *builder) answer(e *dataset.Endpoint) object {
	meta := ref("schemas", "Meta")
	if paged(e) {
		meta = ref("schemas", "PageMeta")
	}
	switch e.Kind {
	case dataset.KindValues:
		return b.envelopeOf(e, ref("schemas", "Value"), meta)
	case dataset.KindStats:
		return b.envelopeOf(e, b.totals(e), meta)
	}
	row := ref("schemas", b.Description.Answers(e).Name)
	if b.shape.envelope.Meta != "" && b.synonymous(e) {
		mark := object{{"type", "string"}, {"enum", []string{"synonym"}}, {"description", "The row was found by a synonym alone."}}
		row = object{{"allOf", []object{row, closed(nil, object{{matchMember, mark}})}}}
	}
	return b.envelopeOf(e, row, meta)
}

// totals has the rows of each table, and for each group how many rows have each value.
func (b *builder) totals(e *dataset.Endpoint) object {
	rows, values := object{}, object{}
	for _, t := range b.Description.Tables {
		rows = append(rows, member{t.Name, count("Rows.")})
	}
	for _, name := range e.Groups {
		values = append(values, member{name, listOf(ref("schemas", "Value"))})
	}
	if b.shape.one(e) && len(e.Groups) == 0 {
		return closed(nil, rows)
	}
	return closed([]string{"rows", "values"}, object{{"rows", closed(nil, rows)}, {"values", closed(e.Groups, values)}})
}

// synonymous says whether rows of e may be found by synonyms.
func (b *builder) synonymous(e *dataset.Endpoint) bool {
	if e.Kind != dataset.KindLookup {
		return false
	}
	for _, p := range e.Parameters {
		sets := [][]string{p.Columns}
		for _, choice := range p.Enum {
			sets = append(sets, choice.Columns)
		}
		for _, on := range sets {
			if len(on) > 0 && b.Description.SynonymColumn(e.Table, on) != "" {
				return true
			}
		}
	}
	return false
}

// paged says whether answers of e come in pages.
func paged(e *dataset.Endpoint) bool {
	switch e.Kind {
	case dataset.KindLookup, dataset.KindSearch, dataset.KindList, dataset.KindValues:
		return true
	}
	return false
}
