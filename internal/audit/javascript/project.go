// Package javascript finds mistakes in JavaScript and TypeScript: servers, bots, and what runs in browsers.
package javascript

import (
	"encoding/json"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/audit/syntax/markup"
	"sallyport/internal/finding"
)

type node = syntax.Node

// unit is one parsed file or fragment.
type unit struct {
	file     *audit.File
	tree     *syntax.File
	fragment bool
	calls    []*node // Call and New, in order of the source
}

// facts are what the detectors ask about a project.
type facts struct {
	units    []*unit // code that runs: no tests
	byTree   map[*syntax.File]*unit
	checked  map[string]bool // environment variables without which the project does not start
	routes   []*route
	routers  map[*node]*router
	verdicts verdicts
	sites    map[*node][]*node
	tests    map[string][]*node // names that decide, by themselves
	helpers  map[*node][]int    // functions that answer with their parameters, and which
}

// question is what was asked about a node.
type question struct {
	about *node
	what  string
	steps int
}

// verdicts remembers answers, so that no question about the same code is worked out twice. It is safe for
// concurrent use.
type verdicts struct {
	mu    sync.Mutex
	known map[question]bool
}

func (v *verdicts) once(q question, ask func() bool) bool {
	v.mu.Lock()
	yes, ok := v.known[q]
	v.mu.Unlock()
	if ok {
		return yes
	}
	yes = ask()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil {
		v.known = map[question]bool{}
	}
	v.known[q] = yes
	return yes
}

// factsOf reads a project once.
func factsOf(p *audit.Project) *facts { return audit.Memo(p, build) }

func build(p *audit.Project) *facts {
	f := &facts{byTree: map[*syntax.File]*unit{}, checked: map[string]bool{}, routers: map[*node]*router{}, sites: map[*node][]*node{}, tests: map[string][]*node{}, helpers: map[*node][]int{}}
	var trees []*syntax.File
	for _, u := range parse(p) {
		trees = append(trees, u.tree)
		f.byTree[u.tree] = u
		if !u.file.Test {
			f.units = append(f.units, u)
		}
	}
	syntax.NewModules(trees, aliasesOf(p))
	for _, u := range f.units {
		u.collect()
	}
	f.callSites()
	f.each(func(_ *unit, n *node) { f.noteTest(n) })
	f.findHelpers()
	f.checkedVariables()
	f.findRoutes()
	return f
}

// relevant says whether a file is this package's to read: a script, or a page that may hold some.
func relevant(f *audit.File) bool {
	known := slices.Contains(syntax.Extensions(), f.Ext()) || slices.Contains(markup.Extensions(), f.Ext())
	return known && (f.Tracked || !f.Ignored) && !strings.HasSuffix(f.Path, ".d.ts")
}

// parse reads all files on several processors, in order.
func parse(p *audit.Project) []*unit {
	var files []*audit.File
	for _, f := range p.Files {
		if relevant(f) {
			files = append(files, f)
		}
	}
	units := make([][]*unit, len(files))
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, file := range files {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			units[i] = parseFile(p, file)
		})
	}
	wg.Wait()
	return slices.Concat(units...)
}

// parseFile reads a script, or the scripts inside of a page. What cannot be read is noted once for a file.
func parseFile(p *audit.Project, file *audit.File) (units []*unit) {
	noted := false
	add := func(tree *syntax.File, err error, fragment bool) {
		switch {
		case err == nil:
			units = append(units, &unit{file: file, tree: tree, fragment: fragment})
		case !noted:
			noted = true
			p.NotAnalysed(finding.NotAnalysed{Class: "unparsable", Path: file.Path, Reason: err.Error()})
		}
	}
	if slices.Contains(syntax.Extensions(), file.Ext()) {
		tree, err := syntax.Parse(file.Content, file.Path)
		add(tree, err, false)
		return units
	}
	for _, s := range markup.Fragments(file.Content, file.Path) {
		tree, err := syntax.ParseFragment(s.Source, file.Path+s.Ext, s.Line, s.Column)
		add(tree, err, true)
	}
	return units
}

func (u *unit) collect() {
	syntax.Walk(u.tree.Program, func(n *node) bool {
		if n.Is(syntax.Call, syntax.New) {
			u.calls = append(u.calls, n)
		}
		return true
	})
}

// callSites joins functions of the project with the calls of them.
func (f *facts) callSites() {
	for _, u := range f.units {
		for _, call := range u.calls {
			if target := syntax.Resolve(call.Callee()); target.Is(syntax.Function) {
				f.sites[target] = append(f.sites[target], call)
			}
		}
	}
}

// each calls visit for every node of the code that runs.
func (f *facts) each(visit func(*unit, *node)) {
	for _, u := range f.units {
		syntax.Walk(u.tree.Program, func(n *node) bool {
			visit(u, n)
			return true
		})
	}
}

// eachCall calls visit for every call, with the path of what is called.
func (f *facts) eachCall(visit func(u *unit, call *node, path string)) {
	for _, u := range f.units {
		for _, call := range u.calls {
			visit(u, call, syntax.Path(call.Callee()))
		}
	}
}

// report notes a place.
func (f *facts) report(p *audit.Pass, n *node, message string, more ...func(*audit.Report)) {
	u := f.byTree[n.File()]
	if u == nil {
		return
	}
	r := audit.Report{File: u.file, Line: n.Line, EndLine: n.EndLine, Column: n.Column, Message: message}
	for _, change := range more {
		change(&r)
	}
	p.Report(r)
}

func severity(s finding.Severity) func(*audit.Report) {
	return func(r *audit.Report) { r.Severity = &s }
}

func confidence(c finding.Confidence) func(*audit.Report) {
	return func(r *audit.Report) { r.Confidence = c }
}

// aliasesOf reads the paths of tsconfig.json and jsconfig.json files; without any, "@/" and "~/" are tried as
// the usual frameworks have them.
func aliasesOf(p *audit.Project) []syntax.Alias {
	var list []syntax.Alias
	for _, f := range p.Files {
		if base := f.Base(); base != "tsconfig.json" && base != "jsconfig.json" {
			continue
		}
		var config struct {
			CompilerOptions struct {
				BaseURL string `json:"baseUrl"`
				Paths   map[string][]string
			}
		}
		if json.Unmarshal(syntax.StripComments(f.Content), &config) != nil {
			continue
		}
		dir := path.Dir(f.Path)
		base := path.Join(dir, config.CompilerOptions.BaseURL)
		for _, from := range slices.Sorted(maps.Keys(config.CompilerOptions.Paths)) {
			for _, to := range config.CompilerOptions.Paths[from] {
				list = append(list, syntax.Alias{Dir: dir, Prefix: strings.TrimSuffix(from, "*"), Target: path.Join(base, strings.TrimSuffix(to, "*"))})
			}
		}
		if config.CompilerOptions.BaseURL != "" {
			list = append(list, syntax.Alias{Dir: dir, Target: base})
		}
	}
	for _, prefix := range []string{"@/", "~/"} {
		for _, target := range []string{"src", "."} {
			list = append(list, syntax.Alias{Dir: ".", Prefix: prefix, Target: target})
		}
	}
	return append(list, syntax.Alias{Dir: ".", Prefix: "$lib/", Target: "src/lib"})
}
