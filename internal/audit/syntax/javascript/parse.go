// Package javascript reads JavaScript, TypeScript, JSX and TSX into one small tree whose places are those of
// the original file. esbuild normalises every dialect into one, goja's parser reads that, and the tree is
// rebuilt here so that imports, destructuring and computed names read as they were written. What exists for
// the type checker alone is not there.
package javascript

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
	"github.com/evanw/esbuild/pkg/api"
)

// MaxSize is the size of the largest file that is read, in bytes.
const MaxSize = 2 << 20

// File is one parsed file or fragment. It is read-only and safe for concurrent use.
type File struct {
	Name    string // as given to Parse
	Program *Node
	// Imports are the names that import statements bring in one by one. A whole module, and what require
	// returns, are values of variables: see Path.
	Imports map[string]Import
	// Requires are all modules that are loaded, as written, without "node:".
	Requires []string
	// Exports are the values that the file gives to others, by name; "default" for the default one and for
	// what module.exports is set to.
	Exports map[string]*Node
	// From are the modules of which everything is exported again.
	From []string

	scopes  map[*Node]scope
	modules *Modules
}

// Import is a name from another module.
type Import struct {
	Module string // as written, without "node:"
	Name   string // the exported name, or "default"
}

// Extensions returns the endings of file names that Parse knows, with their dots.
func Extensions() []string {
	return []string{".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"}
}

// Parse reads a file. Its dialect follows from the ending of name. An error names file and line.
func Parse(source []byte, name string) (*File, error) { return ParseFragment(source, name, 1, 1) }

// ParseFragment reads a script inside another file, whose first character stands at firstLine and
// firstColumn, both from 1. A name that ends in nothing known is read as JavaScript; put ".ts" behind it for
// TypeScript.
func ParseFragment(source []byte, name string, firstLine, firstColumn int) (file *File, err error) {
	defer func() {
		if v := recover(); v != nil {
			file, err = nil, fmt.Errorf("parsing %s:%d: the parser failed: %v", name, firstLine, v)
		}
	}()
	if len(source) > MaxSize {
		return nil, fmt.Errorf("parsing %s:%d: larger than %d bytes", name, firstLine, MaxSize)
	}
	text := strings.ToValidUTF8(string(source), "\uFFFD")
	text, line := bounded(text)
	if line > 0 {
		return nil, fmt.Errorf("parsing %s:%d: nested too deeply", name, firstLine+line-1)
	}
	c := &converter{file: &File{Name: name}, source: text, firstLine: firstLine, firstColumn: firstColumn}
	if err := c.read(); err != nil {
		return nil, err
	}
	return c.file, nil
}

// read parses with as little rewriting as goja allows, and with more when that fails.
func (c *converter) read() error {
	first := c.readAs(api.ESNext)
	if first == nil {
		return nil
	}
	if c.readAs(api.ES2017) == nil {
		return nil
	}
	return first
}

func (c *converter) readAs(target api.Target) error {
	result, err := c.normalise(target)
	if err != nil {
		return err
	}
	c.code = string(result.Code)
	if c.places, err = readSourceMap(result.Map); err != nil {
		return err
	}
	c.codeLines, c.sourceLines = lineStarts(c.code), lineStarts(c.source)
	program, err := parser.ParseFile(nil, c.file.Name, wrapper+c.code+"\n})", parser.IgnoreRegExpErrors, parser.WithDisableSourceMaps)
	if err != nil {
		return c.gojaError(err)
	}
	return c.program(wrapped(program))
}

// wrapper opens the function that a module's code runs in, which makes return legal outside of functions.
const wrapper = "(async function() {"

// wrapped returns the statements inside of the wrapper.
func wrapped(p *ast.Program) []ast.Statement {
	if s, ok := p.Body[0].(*ast.ExpressionStatement); ok && len(p.Body) == 1 {
		if f, ok := s.Expression.(*ast.FunctionLiteral); ok {
			return f.Body.List
		}
	}
	return nil
}

func (c *converter) gojaError(err error) error {
	line, reason := c.firstLine, err.Error()
	var list parser.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		reason = list[0].Message
		if s, ok := c.places.find(list[0].Position.Line-1, list[0].Position.Column-1); ok {
			line += s.line
		}
	}
	return fmt.Errorf("parsing %s:%d: %s", c.file.Name, line, reason)
}

// normalise turns the source into a dialect that goja reads.
func (c *converter) normalise(target api.Target) (api.TransformResult, error) {
	result := c.transform(c.source, target)
	if plain, changed := withoutTopAwait(c.source, result.Errors); changed {
		result = c.transform(plain, target)
	}
	if len(result.Errors) == 0 {
		return result, nil
	}
	line, e := c.firstLine, result.Errors[0]
	if e.Location != nil {
		line += e.Location.Line - 1
	}
	return result, fmt.Errorf("parsing %s:%d: %s", c.file.Name, line, e.Text)
}

func (c *converter) transform(source string, target api.Target) api.TransformResult {
	return api.Transform(source, api.TransformOptions{
		Loader: loader(c.file.Name), Format: api.FormatCommonJS, Target: target, Sourcemap: api.SourceMapExternal,
		SourcesContent: api.SourcesContentExclude, JSX: api.JSXTransform, JSXFactory: jsxFactory, JSXFragment: jsxFragment,
		LegalComments: api.LegalCommentsNone, TreeShaking: api.TreeShakingFalse, LogLevel: api.LogLevelSilent,
		TsconfigRaw: `{"compilerOptions":{"experimentalDecorators":true}}`,
		Supported: map[string]bool{
			"dynamic-import": false, "async-generator": false, "decorators": false,
			"using": false, "hashbang": false,
		},
	})
}

// The calls that JSX becomes.
const (
	jsxFactory  = "__jsx"
	jsxFragment = "__fragment"
)

func loader(name string) api.Loader {
	switch strings.ToLower(path.Ext(name)) {
	case ".ts", ".mts", ".cts":
		return api.LoaderTS
	case ".tsx":
		return api.LoaderTSX
	}
	return api.LoaderJSX
}

// withoutTopAwait writes "void " for each await outside of functions, which CommonJS does not have: of the
// same length and precedence, so that no place moves. The converter reads it as the await it was.
func withoutTopAwait(source string, problems []api.Message) (string, bool) {
	text, starts, changed := []byte(source), lineStarts(source), false
	for _, p := range problems {
		at := p.Location
		if !strings.Contains(p.Text, "op-level await") || at == nil || at.Line > len(starts) {
			continue
		}
		offset := starts[at.Line-1] + at.Column
		if !strings.HasPrefix(source[min(offset, len(source)):], "await") {
			continue
		}
		copy(text[offset:], "void ")
		changed = true
	}
	return string(text), changed
}

// program converts what goja read.
func (c *converter) program(body []ast.Statement) error {
	c.file.Imports, c.file.Exports = map[string]Import{}, map[string]*Node{}
	c.file.scopes, c.file.From, c.file.Requires = map[*Node]scope{}, nil, nil
	c.exports, c.scopes, c.depth = nil, nil, 0
	c.modules = map[string]string{}
	root := c.add(&Node{Kind: Program, Line: c.firstLine, Column: c.firstColumn})
	c.file.Program = root
	c.open(root, true)
	for _, s := range body {
		if c.preamble(s) {
			continue
		}
		if n := c.statement(s); n != nil {
			root.Kids = append(root.Kids, n)
		}
	}
	for _, e := range c.exports {
		value := c.expression(e.value)
		value.Parent = root
		c.file.Exports[e.name] = value
	}
	c.close()
	if c.tooDeep {
		return fmt.Errorf("parsing %s:%d: nested too deeply", c.file.Name, c.firstLine)
	}
	setParents(root)
	c.file.finish()
	return nil
}

func setParents(n *Node) {
	for _, k := range n.Kids {
		if k != nil {
			k.Parent = n
			setParents(k)
		}
	}
}
