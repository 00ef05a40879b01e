package dataset

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Parse reads a description from YAML and checks everything about it that needs no tiers and no data. The
// error joins a [*Mistake] for each thing that is wrong, with its line; file only names the source in them.
// Paths of input files stay as written: relative to the description's folder.
func Parse(data []byte, file string) (*Description, error) {
	found := &mistakes{file: file, lines: map[string]int{}}
	var root yaml.Node
	if err := yaml.Load(data, &root, yaml.WithV4Defaults()); err != nil {
		found.load(err)
		return nil, found.err()
	}
	if len(root.Content) == 0 {
		found.add("", "start with a dataset: section", "the description is empty")
		return nil, found.err()
	}
	found.shape(root.Content[0], reflect.TypeFor[Description](), "")
	d := &Description{file: file, lines: found.lines}
	if err := root.Content[0].Load(d, yaml.WithV4Defaults()); err != nil {
		found.loadUnknown(err)
	}
	if len(found.list) > 0 {
		return nil, found.err()
	}
	if err := d.Validate(nil); err != nil {
		return nil, err
	}
	return d, nil
}

// load takes over what the YAML reader found.
func (m *mistakes) load(err error) {
	var several *yaml.LoadErrors
	if errors.As(err, &several) {
		for _, one := range several.Errors {
			m.load(one)
		}
		return
	}
	one := &Mistake{File: m.file, Message: err.Error()}
	var at *yaml.LoadError
	if errors.As(err, &at) {
		one.Line, one.Message = at.Mark.Line, plain(at.Message)
	}
	m.list = append(m.list, one)
}

// plain says in words of the description what the YAML reader says in those of Go.
func plain(message string) string {
	kinds := map[string]string{"int": "a whole number", "bool": "true or false"}
	value, typ, _ := strings.Cut(strings.TrimPrefix(message, "cannot construct "), " into ")
	if kinds[typ] == "" {
		return message
	}
	_, value, _ = strings.Cut(value, " ") // behind its tag
	return fmt.Sprintf("%s expected, and not %s", kinds[typ], value)
}

// loadUnknown takes over what the YAML reader found in lines of which nothing is known yet: for the others it repeats,
// in words of Go, what shape has said.
func (m *mistakes) loadUnknown(err error) {
	told := map[int]bool{}
	for _, one := range m.list {
		told[one.Line] = true
	}
	known := len(m.list)
	m.load(err)
	m.list = append(m.list[:known], slices.DeleteFunc(m.list[known:], func(one *Mistake) bool { return told[one.Line] })...)
}

// shape notes the line of every value and reports the keys that typ does not have.
func (m *mistakes) shape(n *yaml.Node, typ reflect.Type, path string) {
	if n.Kind == yaml.AliasNode {
		m.add(path, "write the value out", "aliases are not accepted")
		return
	}
	if path != "" {
		m.lines[path] = n.Line
	}
	switch typ.Kind() {
	case reflect.Pointer:
		m.shape(n, typ.Elem(), path)
	case reflect.Struct:
		m.structShape(n, typ, path)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			m.wrongKind(n, path, "a list", listHint(n, typ.Elem()))
			return
		}
		for i, c := range n.Content {
			m.shape(c, typ.Elem(), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Map:
		m.mapShape(n, typ, path)
	default:
		if n.Kind != yaml.ScalarNode {
			m.wrongKind(n, path, "one value", "")
		}
	}
}

func (m *mistakes) structShape(n *yaml.Node, typ reflect.Type, path string) {
	fields, known := structKeys(typ)
	if n.Kind != yaml.MappingNode {
		m.wrongKind(n, path, "keys and values", "the keys are "+strings.Join(known, ", "))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		key.Tag = "!!str" // a bare null is a name here, and would be passed over as no key at all
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		m.lines[at] = key.Line
		f, ok := fields[key.Value]
		if !ok {
			m.add(at, nearest(key.Value, known), "unknown key %q", key.Value)
			continue
		}
		m.shape(n.Content[i+1], f, at)
		m.lines[at] = key.Line
	}
}

// structKeys returns the keys that typ has in YAML, in its order, and their types.
func structKeys(typ reflect.Type) (types map[string]reflect.Type, names []string) {
	types = map[string]reflect.Type{}
	for i := range typ.NumField() {
		if f := typ.Field(i); f.IsExported() {
			types[f.Tag.Get("yaml")] = f.Type
			names = append(names, f.Tag.Get("yaml"))
		}
	}
	return types, names
}

// listHint shows how one value is written as a list.
func listHint(n *yaml.Node, elem reflect.Type) string {
	if n.Kind != yaml.ScalarNode || elem.Kind() != reflect.String {
		return ""
	}
	return fmt.Sprintf("a list of one is [%q]", n.Value)
}

func (m *mistakes) mapShape(n *yaml.Node, typ reflect.Type, path string) {
	if n.Kind != yaml.MappingNode {
		m.wrongKind(n, path, "keys and values", "")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		n.Content[i].Tag = "!!str"
		m.shape(n.Content[i+1], typ.Elem(), path+"."+n.Content[i].Value)
	}
}

// wrongKind passes over an empty value: it reads as the zero value, which Validate judges.
func (m *mistakes) wrongKind(n *yaml.Node, path, want, hint string) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return
	}
	m.add(path, hint, "%s expected", want)
}
