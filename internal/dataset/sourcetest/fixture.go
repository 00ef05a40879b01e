package sourcetest

import (
	"fmt"
	"strings"
	"testing"

	"sallyport/internal/dataset"
)

const description = `
dataset: {name: conformance, version: "1"}
sources:
    - {name: any, csv: {file: any.csv}}
tables:
    - name: item
      from: [any]
      key: code
      columns:
          - {name: code, fold: code, tier: FREE}
          - {name: names, list: true, fold: name, index: [exact, prefix, trigram], tier: FREE}
          - {name: title, fold: name, index: [exact, prefix, trigram], tier: FREE}
          - {name: word, index: [exact, prefix, trigram], tier: FREE}
          - {name: korean, fold: korean, index: [exact, prefix], tier: FREE}
          - {name: groups, list: true, fold: slug, index: [exact], tier: FREE}
          - {name: level, type: integer, index: [exact], tier: FREE}
          - {name: weight, type: number, tier: PAID}
          - {name: sound, type: boolean, index: [exact], tier: PAID}
          - {name: numbers, type: integer, list: true, tier: PAID}
          - {name: secret, index: [exact], hidden: true}
          - {name: parts, list: true, fold: code, tier: PAID}
    - name: part
      from: [any]
      key: number
      columns:
          - {name: number, type: integer, tier: FREE}
          - {name: mark, fold: code, index: [exact], tier: FREE}
          - {name: label, tier: FREE}
          - {name: shape, index: [exact], tier: FREE}
synonyms:
    - {table: item, column: names, source: any, canonical: a, member: b}
joins:
    - {name: parts, table: item, column: parts, to: part, on: mark}
endpoints:
    - {path: "/item/{code}", kind: get, table: item, tier: FREE, cost: 1, parameters: [{name: code}]}
    - {path: "/part/{number}", kind: get, table: part, tier: FREE, cost: 1, parameters: [{name: number}]}
    - path: /names
      kind: lookup
      table: item
      tier: FREE
      cost: 1
      parameters:
          - {name: q, columns: [names], modes: [{name: exact}, {name: prefix}]}
          - {name: level, columns: [level]}
    - path: /either
      kind: lookup
      table: item
      tier: FREE
      cost: 1
      parameters:
          - {name: q, columns: [names, title], modes: [{name: exact}, {name: prefix}]}
    - path: /word
      kind: lookup
      table: item
      tier: FREE
      cost: 1
      parameters:
          - {name: q, columns: [word], modes: [{name: exact}, {name: prefix}]}
          - {name: level, columns: [level], enum: [{value: "1"}, {value: "2"}]}
    - path: /korean
      kind: lookup
      table: item
      tier: FREE
      cost: 1
      parameters: [{name: q, columns: [korean], modes: [{name: exact}, {name: prefix}]}]
    - path: /search
      kind: search
      table: item
      tier: FREE
      cost: 3
      parameters:
          - {name: q, min: 3, columns: [names, title, word], modes: [{name: contains}]}
          - {name: field, picks: column, default: all, enum: [{value: all, columns: [names, title, word]}, {value: word, columns: [word]}]}
          - {name: group, columns: [groups]}
    - path: /list
      kind: list
      table: item
      tier: FREE
      cost: 2
      sort: [level, title]
      parameters: [{name: group, columns: [groups]}, {name: level, columns: [level]}]
    - path: /plain
      kind: list
      table: item
      tier: PAID
      cost: 2
      parameters: [{name: sound, columns: [sound], enum: [{value: "true"}, {value: "false"}]}]
    - path: /heavy
      kind: list
      table: item
      tier: PAID
      cost: 2
      sort: [weight, sound]
    - path: /secret
      kind: list
      table: item
      tier: PAID
      cost: 2
      parameters: [{name: s, required: true, columns: [secret]}]
    - path: /item/{code}/parts
      kind: list
      table: item
      join: parts
      tier: PAID
      cost: 2
      parameters: [{name: code}, {name: shape, columns: [shape]}]
    - {path: /groups, kind: values, table: item, column: groups, tier: FREE, cost: 1}
    - {path: /stats, kind: stats, table: item, groups: [level, word], tier: FREE, cost: 1}
`

// hostile is text that some part of a search engine could take for something else than text.
func hostile() []string {
	return []string{
		"%", "_", "%%%", "___", `\`, `\%`, "a%", "a_c", "*", "water*", "?", "[a-z]", "'", `"`, `""`, `"""`, "' OR 1=1 --",
		`" OR "1"="1`, "'; DROP TABLE t_item; --", "NEAR(a b)", "names : water", "water OR lily", "water AND", "NOT",
		"(", ")", "{names} : w", "^water", "-water", "+", "a\x00b", "water\x00", "\x00", "\xff", "wat\xc3", "\x1f",
		"wat\x1fer", "\u202ewater", "\ufeffwater", "\U0010ffff", "\u0301", "ﬁn", "ẞ", "İ", "ǅ", "\u00ad", " ", "\t\n",
		strings.Repeat("a", 10_000), strings.Repeat("%", 99), strings.Repeat("é", 99), strings.Repeat(`"`, 99),
		"-1", "0x1", "1e400", "NaN", "9223372036854775808", "?1", ":v", "@v", "$v", "]", "`", "--", "/*", ";",
	}
}

// content makes a small world in which every search finds something: rows share words, lists hold several
// values in one range, some values are missing, and some look like syntax.
func content() dataset.Content {
	words := []string{"water", "Water lily", "WATERS", "wax", "wa%x", "wa_x", `wa\x`, "water*", `"wax"`, "été", "Ete",
		"'wax", "beeswax", "cera alba", "1,2-Hexanediol", "1, 2-hexanediol", "ﬁne", "zinc", "zi\U0010fffd", "zi\U0010ffff"}
	koreans := []string{"물", "정제수", "정제 수", "카올린", "1,2-헥산다이올"}
	var items []dataset.Record
	for i := range 60 {
		pick := func(step int) string { return words[(i*7+step*3)%len(words)] }
		item := dataset.Record{
			{fmt.Sprintf("K %02d", (i*37)%60)},
			{pick(0), pick(1), pick(i % 5)},
			{pick(2) + " " + pick(3)},
			{pick(4)},
			{koreans[i%len(koreans)]},
			{fmt.Sprintf("Group %d", i%4), fmt.Sprintf("GROUP-%d", i%3)},
			{fmt.Sprint(i%4 - 1)},
			{fmt.Sprint(float64(i%9)*1.5 - 4)},
			{fmt.Sprint(i%3 == 0)},
			{fmt.Sprint(i), fmt.Sprint(-i)},
			{fmt.Sprintf("s%d", i%2)},
			{fmt.Sprintf("p%d", i%7), "P 3", "gone"},
		}
		for column := 1; column < len(item); column++ {
			if (i+column)%11 == 0 {
				item[column] = nil
			}
		}
		items = append(items, item)
	}
	parts := []dataset.Record{
		{{"10"}, {"P1"}, {"one"}, {"round"}}, {{"9"}, {"P2"}, {"two"}, {"flat"}}, {{"100"}, {"P3"}, {"three"}, {"round"}},
		{{"11"}, {"P 3"}, {"three again"}, {"flat"}}, {{"-5"}, {"P5"}, {"five"}, nil}, {{"7"}, nil, {"unmarked"}, {"flat"}},
	}
	return dataset.Content{
		Tables:   map[string][]dataset.Record{"item": items, "part": parts},
		Synonyms: [][][]string{{{"Beeswax", "Cera alba", "bee wax"}, {"AQUA", "water", "zinc"}, {"zinc", "été"}}},
	}
}

func parsed(t testing.TB) *dataset.Description {
	t.Helper()
	d, err := dataset.Parse([]byte(description), "conformance.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return d
}
