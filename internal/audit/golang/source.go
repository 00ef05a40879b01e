package golang

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// program is all Go of a project that runs: no tests.
type program struct {
	files    []*file
	packages map[string]*pkg        // by folder and name
	methods  map[string][]*function // of all packages, by name
	units    []*unit
	ofDecl   map[*ast.FuncDecl]*unit
	calls    map[string][]callSite // by the last name of what is called
	runners  map[*ast.FuncDecl]int // functions that run a parameter as a query, and which
	fields   map[string]ast.Expr   // of structs, by name: the call that reads the environment for it
	routes   []*route
}

// file is one parsed file.
type file struct {
	*audit.File
	tree    *ast.File
	set     *token.FileSet
	imports map[string]string // by local name
	pkg     *pkg
}

// pkg is what one package declares.
type pkg struct {
	functions map[string]*function
	values    map[string]ast.Expr // of variables and constants; nil when they have none
	constants map[string]bool
	structs   map[string]*ast.StructType
}

// function is a declared function or method.
type function struct {
	file *file
	*ast.FuncDecl
}

// load returns the project's Go, which is parsed once.
func load(p *audit.Project) *program { return audit.Memo(p, build) }

func build(p *audit.Project) *program {
	prog := &program{packages: map[string]*pkg{}, methods: map[string][]*function{}, ofDecl: map[*ast.FuncDecl]*unit{}, calls: map[string][]callSite{}, runners: map[*ast.FuncDecl]int{}, fields: map[string]ast.Expr{}}
	var chosen []*audit.File
	for _, f := range p.Files {
		if f.Ext() == ".go" && !f.Test && !helpsTests(path.Dir(f.Path)) && (!f.Ignored || f.Tracked) {
			chosen = append(chosen, f)
		}
	}
	prog.files = parseAll(p, chosen)
	for _, f := range prog.files {
		prog.declare(f)
	}
	for _, f := range prog.files {
		for _, u := range unitsOf(f) {
			prog.add(u)
		}
	}
	prog.findRunners()
	prog.routes = routesOf(prog)
	return prog
}

// callSite is a call and the unit that it stands in.
type callSite struct {
	*unit
	call *ast.CallExpr
}

func (prog *program) add(u *unit) {
	u.prog = prog
	prog.units = append(prog.units, u)
	if u.fn != nil {
		prog.ofDecl[u.fn.FuncDecl] = u
	}
	each(u.node, func(call *ast.CallExpr) {
		name := lastName(call.Fun)
		prog.calls[name] = append(prog.calls[name], callSite{u, call})
		if _, ok := u.envName(call); ok {
			prog.addField(u, call)
		}
	})
}

// addField notes which field a call fills: Key: os.Getenv("KEY"), or s.Key = os.Getenv("KEY").
func (prog *program) addField(u *unit, call *ast.CallExpr) {
	switch parent := u.parents[call].(type) {
	case *ast.KeyValueExpr:
		prog.fields[lastName(parent.Key)] = call
	case *ast.AssignStmt:
		if field, ok := parent.Lhs[0].(*ast.SelectorExpr); ok && parent.Rhs[0] == call {
			prog.fields[field.Sel.Name] = call
		}
	}
}

// helpsTests knows packages for tests and examples by the names of their folders, such as httptest and testutil.
func helpsTests(dir string) bool {
	for name := range strings.SplitSeq(dir, "/") {
		if len(name) > len("test") && (strings.HasSuffix(name, "test") || strings.HasPrefix(name, "test")) || strings.HasPrefix(name, "_") || name == "examples" {
			return true
		}
	}
	return false
}

func parseAll(p *audit.Project, chosen []*audit.File) []*file {
	parsed := make([]*file, len(chosen))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < len(chosen); i += workers {
				parsed[i] = parse(p, chosen[i])
			}
		})
	}
	wg.Wait()
	var list []*file
	for _, f := range parsed {
		if f.tree != nil {
			list = append(list, f)
		}
	}
	return list
}

func parse(p *audit.Project, source *audit.File) *file {
	f := &file{File: source, set: token.NewFileSet(), imports: map[string]string{}}
	tree, err := parser.ParseFile(f.set, source.Path, source.Content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		p.NotAnalysed(finding.NotAnalysed{Class: "unparsable", Path: source.Path, Reason: err.Error()})
	}
	if tree == nil || isScript(tree) {
		return f
	}
	f.tree = tree
	for _, spec := range tree.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		f.imports[localName(spec, name)] = name
	}
	return f
}

// isScript says whether a file is left out of every build, as tools for the authors are.
func isScript(tree *ast.File) bool {
	for _, group := range tree.Comments {
		for _, c := range group.List {
			if c.Pos() < tree.Package && c.Text == "//go:build ignore" {
				return true
			}
		}
	}
	return false
}

// localName is the name under which a package is used: its last element that is no version.
func localName(spec *ast.ImportSpec, name string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	base := path.Base(name)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(name))
	}
	base, _, _ = strings.Cut(base, ".v")
	base = strings.TrimPrefix(base, "go-")
	return strings.TrimSuffix(base, "-go")
}

// declare takes in what a file declares.
func (prog *program) declare(f *file) {
	key := path.Dir(f.Path) + " " + f.tree.Name.Name
	if prog.packages[key] == nil {
		prog.packages[key] = &pkg{functions: map[string]*function{}, values: map[string]ast.Expr{}, constants: map[string]bool{}, structs: map[string]*ast.StructType{}}
	}
	f.pkg = prog.packages[key]
	for _, decl := range f.tree.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			fn := &function{f, d}
			if d.Recv == nil {
				f.pkg.functions[d.Name.Name] = fn
			}
			prog.methods[d.Name.Name] = append(prog.methods[d.Name.Name], fn)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				f.pkg.declareSpec(spec, d.Tok == token.CONST)
			}
		}
	}
}

func (p *pkg) declareSpec(spec ast.Spec, constant bool) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for i, name := range s.Names {
			p.values[name.Name], p.constants[name.Name] = nil, constant
			if i < len(s.Values) {
				p.values[name.Name] = s.Values[i]
			}
		}
	case *ast.TypeSpec:
		if t, ok := s.Type.(*ast.StructType); ok {
			p.structs[s.Name.Name] = t
		}
	}
}

func (f *file) line(n ast.Node) int { return f.set.Position(n.Pos()).Line }

// uses says whether the file imports a package whose path starts with one of these.
func (f *file) uses(paths ...string) bool {
	for _, imported := range f.imports {
		for _, p := range paths {
			if imported == p || strings.HasPrefix(imported, p+"/") {
				return true
			}
		}
	}
	return false
}

func (prog *program) uses(paths ...string) bool {
	for _, f := range prog.files {
		if f.uses(paths...) {
			return true
		}
	}
	return false
}

// called returns the import path and the name of a function of another package: "net/http", "Error". For methods
// the path is empty.
func (f *file) called(fun ast.Expr) (imported, name string) {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.SelectorExpr:
		if x, ok := fun.X.(*ast.Ident); ok {
			return f.imports[x.Name], fun.Sel.Name
		}
		return "", fun.Sel.Name
	case *ast.Ident:
		return "", fun.Name
	case *ast.IndexExpr:
		return f.called(fun.X)
	case *ast.CallExpr:
		return f.called(fun.Fun)
	}
	return "", ""
}

// is says whether a call is of a function of a package: is(call, "os", "Getenv").
func (f *file) is(call *ast.CallExpr, imported string, names ...string) bool {
	p, name := f.called(call.Fun)
	if p != imported {
		return false
	}
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// resolve returns the functions of the project that a call may reach: few, or none.
func (prog *program) resolve(f *file, fun ast.Expr) []*function {
	if call, ok := ast.Unparen(fun).(*ast.CallExpr); ok { // what a function of the project makes
		return prog.resolve(f, call.Fun)
	}
	imported, name := f.called(fun)
	if id, ok := ast.Unparen(fun).(*ast.Ident); ok {
		if fn := f.pkg.functions[id.Name]; fn != nil {
			return []*function{fn}
		}
		return nil
	}
	candidates := prog.methods[name]
	var list []*function
	for _, fn := range candidates {
		switch {
		case imported == "" && fn.Recv != nil,
			imported != "" && fn.Recv == nil && strings.HasSuffix(imported, "/"+path.Dir(fn.file.Path)):
			list = append(list, fn)
		}
	}
	if len(list) > 3 {
		return nil
	}
	return list
}
