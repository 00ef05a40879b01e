package dependencies

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"go.yaml.in/yaml/v4"

	"sallyport/internal/audit"
)

func isDockerfile(base string) bool {
	return base == "dockerfile" || base == "containerfile" || strings.HasPrefix(base, "dockerfile.") && !strings.HasSuffix(base, ".dockerignore") ||
		strings.HasSuffix(base, ".dockerfile")
}

// readDockerfile reads the images that stages start from, and what pip is told to install. Another detector says
// when the file cannot be parsed.
func (m *manifest) readDockerfile() error {
	m.each = true
	result, err := parser.Parse(bytes.NewReader(m.file.Content))
	if err != nil {
		return nil
	}
	stages, args := map[string]bool{"scratch": true}, map[string]string{}
	for _, node := range result.AST.Children {
		if node.Next == nil {
			continue
		}
		switch strings.ToLower(node.Value) {
		case "arg":
			name, value, _ := strings.Cut(node.Next.Value, "=")
			args[name] = strings.Trim(value, `"'`)
		case "from":
			m.addImage(fill(node.Next.Value, args), node.StartLine, stages)
			if as := node.Next.Next; as != nil && as.Next != nil {
				stages[strings.ToLower(as.Next.Value)] = true
			}
		case "run":
			m.addInstalled(node.Next.Value, node.StartLine)
		}
	}
	return nil
}

// fill puts the defaults of arguments in; one without leaves its $.
func fill(reference string, args map[string]string) string {
	for name, value := range args {
		if value != "" {
			reference = strings.ReplaceAll(strings.ReplaceAll(reference, "${"+name+"}", value), "$"+name, value)
		}
	}
	return reference
}

func (m *manifest) addImage(reference string, line int, known map[string]bool) {
	if reference == "" || known[strings.ToLower(reference)] || strings.ContainsAny(reference, "$@{") {
		return
	}
	name := reference[strings.LastIndex(reference, "/")+1:]
	switch base, tag, found := strings.Cut(name, ":"); {
	case !found:
		m.add(dependency{name: reference, line: line, why: fmt.Sprintf("the image %s has no tag", base)})
	case tag == "latest":
		m.add(dependency{name: reference, line: line, why: fmt.Sprintf("the image %s is whatever is latest", base)})
	}
}

// addInstalled looks for names without a version after pip install.
func (m *manifest) addInstalled(command string, line int) {
	for part := range strings.FieldsFuncSeq(command, func(r rune) bool { return strings.ContainsRune("&|;\n", r) }) {
		_, arguments, found := strings.Cut(part, "pip install ")
		if !found {
			_, arguments, found = strings.Cut(part, "pip3 install ")
		}
		if !found {
			continue
		}
		if open := openArguments(strings.Fields(arguments)); len(open) > 0 {
			m.add(dependency{name: "pip install", line: line, why: fmt.Sprintf("pip installs %s without a version", strings.Join(open, ", "))})
			return
		}
	}
}

// openArguments returns the packages that are named without a version. What installs others is no part of the
// program.
func openArguments(words []string) (open []string) {
	for i := 0; i < len(words); i++ {
		word := strings.Trim(words[i], `"'`)
		switch {
		case word == "--no-index" || word == "-r" || word == "-c" || word == "-e" || strings.HasPrefix(word, "--requirement") || strings.HasPrefix(word, "--constraint"):
			return nil
		case word == "-i" || word == "-t" || word == "--index-url" || word == "--extra-index-url" || word == "--target" || word == "--prefix" || word == "--find-links":
			i++
		case strings.HasPrefix(word, "-"), strings.ContainsAny(word, "/$*"):
		case word == "pip" || word == "setuptools" || word == "wheel" || word == "uv" || word == "poetry" || word == "pipenv":
		default:
			if d, ok := parseRequirement(word); ok && d.version == "" {
				open = append(open, d.name)
			}
		}
	}
	return open
}

// yamlParserOf knows compose files, workflows and Kubernetes manifests.
func yamlParserOf(f *audit.File) func(*manifest) error {
	base := strings.ToLower(f.Base())
	switch {
	case strings.HasPrefix(base, "docker-compose") || strings.HasPrefix(base, "podman-compose") || strings.HasPrefix(base, "compose."):
		return (*manifest).readCompose
	case path.Dir(f.Path) == ".github/workflows":
		return (*manifest).readWorkflow
	case bytes.Contains(f.Content, []byte("apiVersion:")) && bytes.Contains(f.Content, []byte("containers:")):
		return (*manifest).readPods
	}
	return nil
}

// scalars calls visit for every key with a scalar as its value, in every document. Another detector says when the
// file cannot be parsed.
func (m *manifest) scalars(visit func(parent *yaml.Node, key string, value *yaml.Node)) error {
	m.each = true
	var docs []yaml.Node
	if err := yaml.Load(m.file.Content, &docs, yaml.WithAllDocuments()); err != nil {
		return nil
	}
	for i := range docs {
		walk(&docs[i], 50, visit)
	}
	return nil
}

func walk(n *yaml.Node, depth int, visit func(parent *yaml.Node, key string, value *yaml.Node)) {
	if depth == 0 {
		return
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && child.Kind == yaml.ScalarNode {
			visit(n, n.Content[i-1].Value, child)
		}
		walk(child, depth-1, visit)
	}
}

func (m *manifest) readCompose() error {
	return m.scalars(func(parent *yaml.Node, key string, value *yaml.Node) {
		if key == "image" && !has(parent, "build") {
			m.addImage(value.Value, value.Line, nil)
		}
	})
}

func (m *manifest) readPods() error {
	return m.scalars(func(_ *yaml.Node, key string, value *yaml.Node) {
		if key == "image" {
			m.addImage(value.Value, value.Line, nil)
		}
	})
}

// readWorkflow looks for actions that are taken from a branch: what it holds tomorrow runs with the secrets of the
// repository.
func (m *manifest) readWorkflow() error {
	return m.scalars(func(_ *yaml.Node, key string, value *yaml.Node) {
		name, ref, found := strings.Cut(value.Value, "@")
		switch {
		case key == "image":
			m.addImage(value.Value, value.Line, nil)
		case key == "uses" && found && (ref == "main" || ref == "master" || ref == "latest" || ref == "dev"):
			m.add(dependency{name: name, line: value.Line, why: fmt.Sprintf("the action %s is whatever its branch %s holds", name, ref)})
		}
	})
}

func has(mapping *yaml.Node, key string) bool {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return true
		}
	}
	return false
}
