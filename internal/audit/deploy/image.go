package deploy

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"sallyport/internal/audit"
)

// image is a Dockerfile.
type image struct {
	file   *audit.File
	args   map[string]string // defaults of arguments before the first FROM
	stages []*stage
}

// stage is what follows one FROM.
type stage struct {
	file  *audit.File
	name  string
	base  string // the image's reference, with arguments filled in; "" when they are unknown
	from  *stage // the earlier stage that it starts from, or nil
	line  int
	steps []step
}

// step is one instruction.
type step struct {
	command   string // in lower case
	words     []string
	flags     []string
	text      string // as it is written
	line, end int
}

func parseImage(f *audit.File) (*image, error) {
	result, err := parser.Parse(bytes.NewReader(f.Content))
	if err != nil {
		return nil, fmt.Errorf("parsing Dockerfile: %w", err)
	}
	i := &image{file: f, args: map[string]string{}}
	for _, node := range result.AST.Children {
		i.add(stepOf(node))
	}
	return i, nil
}

func stepOf(node *parser.Node) step {
	s := step{command: strings.ToLower(node.Value), flags: node.Flags, text: node.Original, line: node.StartLine, end: node.EndLine}
	for n := node.Next; n != nil; n = n.Next {
		s.words = append(s.words, n.Value)
	}
	for _, h := range node.Heredocs {
		s.text += "\n" + h.Content
	}
	return s
}

func (i *image) add(s step) {
	switch {
	case s.command == "from" && len(s.words) > 0:
		i.begin(s)
	case len(i.stages) > 0:
		last := i.stages[len(i.stages)-1]
		last.steps = append(last.steps, s)
	case s.command == "arg":
		for _, word := range s.words {
			name, value, _ := strings.Cut(word, "=")
			i.args[name] = unquote(value)
		}
	}
}

func (i *image) begin(s step) {
	st := &stage{file: i.file, line: s.line, base: expand(s.words[0], i.args)}
	if len(s.words) >= 3 && strings.EqualFold(s.words[1], "as") {
		st.name = strings.ToLower(s.words[2])
	}
	for _, earlier := range i.stages {
		if earlier.name != "" && earlier.name == strings.ToLower(st.base) {
			st.from = earlier
		}
	}
	i.stages = append(i.stages, st)
}

// expand fills in arguments: $NAME, ${NAME} and ${NAME:-default}. It returns "" when one is unknown.
func expand(text string, args map[string]string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, rest := variable(after)
		name, standard, _ := strings.Cut(name, ":-")
		value := args[name]
		if value == "" {
			value = standard
		}
		if value == "" {
			return ""
		}
		out.WriteString(value)
		text = rest
	}
}

// variable cuts the name, or what stands in braces, from what follows a dollar.
func variable(text string) (name, rest string) {
	if inner, ok := strings.CutPrefix(text, "{"); ok {
		end := closing(inner)
		return inner[:end], inner[min(end+1, len(inner)):]
	}
	end := 0
	for end < len(text) && isName(text[end:end+1]) {
		end++
	}
	return text[:end], text[end:]
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// last returns the stage that a build without --target makes, or nil.
func (i *image) last() *stage {
	if len(i.stages) == 0 {
		return nil
	}
	return i.stages[len(i.stages)-1]
}

// lineage is the stage and those that it starts from, newest first.
func (st *stage) lineage() []*stage {
	var list []*stage
	for ; st != nil && !slices.Contains(list, st); st = st.from {
		list = append(list, st)
	}
	return list
}

// find returns the last step of a command that is in force in the stage, its parents' included.
func (st *stage) find(commands ...string) (step, bool) {
	for _, at := range st.lineage() {
		for _, s := range slices.Backward(at.steps) {
			if slices.Contains(commands, s.command) {
				return s, true
			}
		}
	}
	return step{}, false
}

// root returns the reference of the image that the stage stands on.
func (st *stage) root() string {
	list := st.lineage()
	return list[len(list)-1].base
}

// place returns the line that starts the program, or that of FROM: it is where a reader looks.
func (st *stage) place() int {
	for _, s := range slices.Backward(st.steps) {
		if s.command == "cmd" || s.command == "entrypoint" {
			return s.line
		}
	}
	return st.line
}

// assignment is one name and value of ENV or ARG.
type assignment struct {
	name, value string
	line        int
}

func (st *stage) assignments(s step) []assignment {
	var list []assignment
	switch s.command {
	case "env":
		for w := s.words; len(w) >= 3; w = w[3:] {
			list = append(list, assignment{w[0], unquote(w[1]), st.lineOf(s, w[0])})
		}
	case "arg":
		for _, word := range s.words {
			name, value, _ := strings.Cut(word, "=")
			list = append(list, assignment{name, unquote(value), st.lineOf(s, name)})
		}
	}
	return list
}

// lineOf finds a name in an instruction of several lines.
func (st *stage) lineOf(s step, name string) int {
	for n := s.line; n <= s.end; n++ {
		for word := range strings.FieldsSeq(st.file.Line(n)) {
			if word == name || strings.HasPrefix(word, name+"=") {
				return n
			}
		}
	}
	return s.line
}

// settings are the values of ENV in the image that is made.
func (i *image) settings() []setting {
	var list []setting
	if i.last() == nil || forDevelopment(i.file.Path) {
		return nil
	}
	for _, st := range i.last().lineage() {
		for _, s := range st.steps {
			for _, a := range st.assignments(s) {
				if s.command == "env" {
					list = append(list, setting{i.file, a.line, a.name, a.value})
				}
			}
		}
	}
	return list
}

// context returns the folder that a build reads by default.
func (i *image) context() string { return path.Dir(i.file.Path) }
