package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// binder fills settings from the nodes of a YAML document and notes the line of every key.
type binder struct {
	file    string
	origins map[string]Origin
	fail    func(*Error)
}

// parse returns the top node of the one document in data; nil for an empty one.
func parse(data []byte) (*yaml.Node, *Error) {
	var doc yaml.Node
	err := yaml.Load(data, &doc)
	if err == nil && len(doc.Content) == 1 {
		return doc.Content[0], nil
	}
	if emptyDocument(data) {
		return nil, nil
	}
	e := &Error{Kind: Invalid, Key: "(file)", Problem: "is not one YAML document"}
	if syntax, ok := errors.AsType[*yaml.LoadError](err); ok {
		e.Origin.Line = max(syntax.Mark.Line, 0)
		if !strings.Contains(syntax.Message, "anchor") { // that message repeats text of the file
			e.Problem = "is not YAML: " + strings.TrimPrefix(syntax.Message, "yaml: ")
		}
	}
	return nil, e
}

// emptyDocument says whether there is nothing but white space, comments and document marks.
func emptyDocument(data []byte) bool {
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line != "" && line != "---" && !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return true
}

func (b *binder) errorAt(n *yaml.Node, key string, kind Kind, problem, hint string) {
	b.fail(&Error{Key: key, Kind: kind, Origin: b.at(n), Problem: problem, Hint: hint})
}

func (b *binder) at(n *yaml.Node) Origin {
	return Origin{Source: FromFile, Name: b.file, Line: n.Line}
}

// bind sets v from n. It sets nothing that is not exactly of v's type.
func (b *binder) bind(n *yaml.Node, v reflect.Value, key string) {
	b.origins[key] = b.at(n)
	if !b.plain(n, key) {
		return
	}
	switch {
	case v.Kind() == reflect.Struct:
		b.bindStruct(n, v, key)
	case v.Kind() == reflect.Slice:
		b.bindList(n, v, key)
	case v.Kind() == reflect.Map:
		b.bindMap(n, v, key)
	default:
		b.bindScalar(n, v, key)
	}
}

// plain refuses what a configuration does not need and what hides values from its reader.
func (b *binder) plain(n *yaml.Node, key string) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		b.errorAt(n, key, Invalid, "uses an anchor or alias", "write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		b.errorAt(n, key, Invalid, "uses a tag", "write the plain value")
	case n.ShortTag() == "!!null":
		b.errorAt(n, key, Missing, "has no value", "give one, or remove the key")
	default:
		return true
	}
	return false
}

func (b *binder) bindStruct(n *yaml.Node, v reflect.Value, key string) {
	fields := fieldsByName(v)
	b.eachPair(n, key, func(name string, at, value *yaml.Node) {
		if field, ok := fields[name]; ok {
			b.bind(value, field, join(key, name))
			return
		}
		b.unknown(at, key, name, v)
	})
}

// eachPair visits the pairs of a mapping with distinct plain names.
func (b *binder) eachPair(n *yaml.Node, key string, visit func(name string, at, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		b.errorAt(n, orFile(key), Invalid, "is not a mapping of names to values", "")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		at, value := n.Content[i], n.Content[i+1]
		name := at.Value
		if at.Kind != yaml.ScalarNode || at.Anchor != "" || at.ShortTag() == "!!merge" || name == "" {
			b.errorAt(at, orFile(key), Invalid, "has a name that is not plain text", "")
			continue
		}
		if line, twice := seen[name]; twice {
			b.errorAt(at, join(key, printable(name)), Invalid, fmt.Sprintf("is given twice, first on line %d", line), "")
			continue
		}
		seen[name] = at.Line
		visit(name, at, value)
	}
}

func orFile(key string) string {
	if key == "" {
		return "(file)"
	}
	return key
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// printable is a name as an error may repeat it.
func printable(name string) string {
	if shown := show(name); shown != `"`+name+`"` {
		return shown
	}
	return name
}

func (b *binder) bindList(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind != yaml.SequenceNode {
		b.errorAt(n, key, Invalid, "is not a list", "write one item a line, each after \"- \"")
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		b.bind(item, list.Index(i), key+"["+strconv.Itoa(i)+"]")
	}
	v.Set(list)
}

func (b *binder) bindMap(n *yaml.Node, v reflect.Value, key string) {
	m := map[string]string{}
	b.eachPair(n, key, func(name string, _, value *yaml.Node) {
		var text string
		b.bind(value, reflect.ValueOf(&text).Elem(), key+"["+printable(name)+"]")
		m[name] = text
	})
	v.Set(reflect.ValueOf(m))
}

func (b *binder) bindScalar(n *yaml.Node, v reflect.Value, key string) {
	tags, want := tagsOf(v)
	switch {
	case n.Kind != yaml.ScalarNode || !strings.Contains(tags, n.ShortTag()):
		b.errorAt(n, key, Invalid, "is not "+want, "")
	case n.Value == "":
		b.errorAt(n, key, Missing, "is empty", "give a value, or remove the key")
	case looksSecret(n.Value):
		b.errorAt(n, key, Prohibited, "looks like a secret, and secrets never stand in this file", secretHint(key))
	default:
		if err := setText(v, n.Value); err != nil {
			b.fail(&Error{Key: key, Value: show(n.Value), Kind: Invalid, Origin: b.at(n), Problem: err.Error()})
		}
	}
}

// tagsOf returns the YAML tags that v takes, and how to say so.
func tagsOf(v reflect.Value) (tags, want string) {
	switch v.Interface().(type) {
	case time.Duration:
		return "!!str", "a duration with its unit, such as 5s"
	case Size:
		return "!!int !!str", "a size such as 16KiB"
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		return "!!int", "a whole number"
	case reflect.Bool:
		return "!!bool", "true or false"
	}
	return "!!str", "text (put it in quotes)"
}

func fieldsByName(v reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for field, value := range v.Fields() {
		if field.Anonymous { // its keys are those of v
			maps.Copy(fields, fieldsByName(value))
			continue
		}
		fields[field.Tag.Get("yaml")] = value
	}
	return fields
}
