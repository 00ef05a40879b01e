package deploy

import (
	"bytes"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"

	"sallyport/internal/audit"
)

// node is a value of YAML in which aliases are followed. The zero node is nothing.
type node struct{ *yaml.Node }

// maxAlias bounds how far aliases and merges are followed.
const maxAlias = 20

// documents parses every document of a file. One that is a template of YAML is parsed without its directives.
func documents(f *audit.File) ([]node, error) {
	var list []yaml.Node
	err := yaml.Load(f.Content, &list, yaml.WithAllDocuments())
	if err != nil && bytes.Contains(f.Content, []byte("{{")) {
		list = nil
		err = yaml.Load(withoutDirectives(f.Content), &list, yaml.WithAllDocuments())
	}
	if err != nil {
		return nil, fmt.Errorf("parsing YAML: %w", err)
	}
	var found []node
	for i := range list {
		found = append(found, resolve(&list[i]))
	}
	return found, nil
}

// withoutDirectives empties lines that hold a directive of a template alone, and puts a word where one stands for
// a value. Lines keep their numbers.
func withoutDirectives(content []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(content) {
		if text := bytes.TrimSpace(line); bytes.HasPrefix(text, []byte("{{")) && bytes.HasSuffix(text, []byte("}}")) {
			out.WriteByte('\n')
			continue
		}
		for {
			before, after, found := bytes.Cut(line, []byte("{{"))
			_, rest, closed := bytes.Cut(after, []byte("}}"))
			out.Write(before)
			if !found || !closed {
				out.Write(after)
				break
			}
			out.WriteByte('x')
			line = rest
		}
	}
	return out.Bytes()
}

func document(f *audit.File) (node, error) {
	list, err := documents(f)
	if err != nil {
		return node{}, err
	}
	if len(list) != 1 {
		return node{}, errors.New("parsing YAML: one document is expected")
	}
	return list[0], nil
}

func resolve(n *yaml.Node) node {
	for range maxAlias {
		switch {
		case n == nil:
			return node{}
		case n.Kind == yaml.AliasNode:
			n = n.Alias
		case n.Kind == yaml.DocumentNode && len(n.Content) > 0:
			n = n.Content[0]
		default:
			return node{n}
		}
	}
	return node{}
}

// entry is a key of a mapping and its value.
type entry struct {
	key   string
	line  int
	value node
}

// maxEntries bounds what merges add up to: each may name many others.
const maxEntries = 10_000

// entries returns what a mapping holds, merged mappings last.
func (n node) entries() []entry {
	budget := maxEntries
	return n.merged(maxAlias, &budget)
}

func (n node) merged(depth int, budget *int) []entry {
	if n.Node == nil || n.Kind != yaml.MappingNode || depth == 0 {
		return nil
	}
	var own, merged []entry
	for i := 0; i+1 < len(n.Content) && *budget > 0; i += 2 {
		*budget--
		key, value := n.Content[i], resolve(n.Content[i+1])
		switch {
		case key.Value != "<<":
			own = append(own, entry{key.Value, key.Line, value})
		case value.Node != nil && value.Kind == yaml.SequenceNode:
			for _, item := range value.items() {
				merged = append(merged, item.merged(depth-1, budget)...)
			}
		default:
			merged = append(merged, value.merged(depth-1, budget)...)
		}
	}
	return append(own, merged...)
}

// get follows keys through mappings.
func (n node) get(keys ...string) node {
	for _, key := range keys {
		var next node
		for _, e := range n.entries() {
			if e.key == key {
				next = e.value
				break
			}
		}
		n = next
	}
	return n
}

func (n node) items() []node {
	if n.Node == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	var list []node
	for _, item := range n.Content {
		list = append(list, resolve(item))
	}
	return list
}

func (n node) exists() bool { return n.Node != nil }

// text returns a scalar's value, "" for everything else.
func (n node) text() string {
	if n.Node == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// words returns a scalar, or the scalars of a sequence: a command in either form.
func (n node) words() []string {
	if t := n.text(); t != "" {
		return []string{t}
	}
	var list []string
	for _, item := range n.items() {
		list = append(list, item.text())
	}
	return list
}
