// Package python detects mistakes in Python source.
package python

import (
	"path"
	"runtime"
	"strings"
	"sync"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// unit is one parsed file with the names that its top level defines.
type unit struct {
	file      *audit.File
	module    *python.Module
	name      string                         // dotted, from the audited folder: "app.core.config"
	imports   map[string]string              // local name to dotted name: "get" to "requests.get"
	assigned  map[string]python.Expr         // last value of each top-level name
	functions map[string]*python.FunctionDef // top level; methods are "Class.method"
	classes   map[string]*python.ClassDef
}

// units are all files of a project, parsed once.
type units struct {
	list   []*unit          // by path
	byName map[string]*unit // by dotted name and by each of its tails that is unique
}

// unitsOf parses the project's Python files on all processors.
func unitsOf(p *audit.Project) *units { return audit.Memo(p, parseAll) }

func parseAll(p *audit.Project) *units {
	var files []*audit.File
	for _, f := range p.Files {
		if f.Ext() == ".py" && (!f.Ignored || f.Tracked) {
			files = append(files, f)
		}
	}
	all := &units{list: make([]*unit, len(files)), byName: map[string]*unit{}}
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, f := range files {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			all.list[i] = parse(p, f)
		})
	}
	wg.Wait()
	all.index()
	return all
}

func parse(p *audit.Project, f *audit.File) *unit {
	module, errs := python.Parse(f.Content, f.Path)
	if len(errs) > 0 {
		p.NotAnalysed(finding.NotAnalysed{Class: "unparsable", Path: f.Path, Reason: errs[0].Error()})
	}
	u := &unit{
		file: f, module: module, name: moduleName(f.Path), imports: map[string]string{}, assigned: map[string]python.Expr{},
		functions: map[string]*python.FunctionDef{}, classes: map[string]*python.ClassDef{},
	}
	u.define(module.Body)
	return u
}

func moduleName(file string) string {
	name := strings.TrimSuffix(file, path.Ext(file))
	return strings.ReplaceAll(strings.TrimSuffix(name, "/__init__"), "/", ".")
}

// define notes what statements define, also below if and try, where modules choose between definitions.
func (u *unit) define(body []python.Stmt) {
	for _, s := range body {
		switch s := s.(type) {
		case *python.Import:
			for _, a := range s.Names {
				u.importName(a)
			}
		case *python.ImportFrom:
			for _, a := range s.Names {
				u.imports[or(a.AsName, a.Name)] = u.absolute(s) + "." + a.Name
			}
		case *python.Assign:
			for _, target := range s.Targets {
				u.assign(target, s.Value)
			}
		case *python.AnnAssign:
			if s.Value != nil {
				u.assign(s.Target, s.Value)
			}
		case *python.FunctionDef:
			u.functions[s.Name] = s
		case *python.ClassDef:
			u.class(s)
		case *python.If:
			u.define(s.Body)
			u.define(s.OrElse)
		case *python.Try:
			u.define(s.Body)
			for _, h := range s.Handlers {
				u.define(h.Body)
			}
		case *python.With:
			u.define(s.Body)
		}
	}
}

func (u *unit) importName(a *python.Alias) {
	if a.AsName != "" {
		u.imports[a.AsName] = a.Name
		return
	}
	first, _, _ := strings.Cut(a.Name, ".")
	u.imports[first] = first
}

// absolute resolves the dots of a relative import.
func (u *unit) absolute(s *python.ImportFrom) string {
	if s.Level == 0 {
		return s.Module
	}
	parts := strings.Split(u.name, ".")
	keep := len(parts) - s.Level
	if u.file.Base() == "__init__.py" {
		keep++
	}
	prefix := strings.Join(parts[:max(0, min(keep, len(parts)))], ".")
	return strings.Trim(prefix+"."+s.Module, ".")
}

func (u *unit) assign(target, value python.Expr) {
	if n, ok := target.(*python.Name); ok {
		u.assigned[n.ID] = value
		return
	}
	names, values := elements(target), elements(value) // a, b = 1, 2
	if len(names) == len(values) {
		for i := range names {
			u.assign(names[i], values[i])
		}
	}
}

func (u *unit) class(c *python.ClassDef) {
	u.classes[c.Name] = c
	for _, s := range c.Body {
		if f, ok := s.(*python.FunctionDef); ok {
			u.functions[c.Name+"."+f.Name] = f
		}
	}
}

// index makes units findable by the names that imports use: a project's folder may be its own root or lie
// below one, so "core.config" finds "backend/core/config.py" when nothing else ends so.
func (all *units) index() {
	count := map[string]int{}
	for _, u := range all.list {
		for _, tail := range tails(u.name) {
			count[tail]++
		}
	}
	for _, u := range all.list {
		for _, tail := range tails(u.name) {
			if tail == u.name || count[tail] == 1 {
				all.byName[tail] = u
			}
		}
	}
}

func tails(name string) []string {
	list := []string{name}
	for {
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			return list
		}
		list, name = append(list, rest), rest
	}
}

// find returns the unit and the rest of a dotted name: "core.config.settings.KEY" gives the unit core.config
// and "settings.KEY".
func (all *units) find(dotted string) (u *unit, rest string) {
	for module := dotted; module != ""; {
		if u := all.byName[module]; u != nil {
			return u, strings.TrimPrefix(strings.TrimPrefix(dotted, module), ".")
		}
		i := strings.LastIndexByte(module, '.')
		if i < 0 {
			return nil, ""
		}
		module = module[:i]
	}
	return nil, ""
}

// dotted returns the name that an expression has after imports: "requests.get" for get after
// "from requests import get", "request.state.tier" for an attribute chain, "" for anything else.
func (u *unit) dotted(e python.Expr) string {
	name := plain(e)
	first, rest, more := strings.Cut(name, ".")
	full, ok := u.imports[first]
	switch {
	case !ok:
		return name
	case more:
		return full + "." + rest
	}
	return full
}

// plain is the chain of names as it is written: "self.client.get".
func plain(e python.Expr) string {
	switch e := e.(type) {
	case *python.Name:
		return e.ID
	case *python.Attribute:
		if base := plain(e.Value); base != "" {
			return base + "." + e.Attr
		}
	case *python.Await:
		return plain(e.Value)
	}
	return ""
}

// last returns the last element of a dotted name.
func last(dotted string) string { return dotted[strings.LastIndexByte(dotted, '.')+1:] }

// text returns the value of a string constant.
func text(e python.Expr) (string, bool) {
	c, ok := e.(*python.Constant)
	if !ok || c.Kind != python.String {
		return "", false
	}
	return c.Value, true
}

// keyword returns the value of a call's argument by name, or nil.
func keyword(c *python.Call, name string) python.Expr {
	for _, k := range c.Keywords {
		if k.Arg == name {
			return k.Value
		}
	}
	return nil
}

// argument returns a call's argument by position or name, or nil.
func argument(c *python.Call, i int, name string) python.Expr {
	if i >= 0 && i < len(c.Args) {
		return c.Args[i]
	}
	return keyword(c, name)
}

// line is where a node begins.
func line(n python.Node) int { return n.Pos().Line }

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// calls hands every call below n to f, lambdas and nested functions included.
func calls(n python.Node, f func(*python.Call)) {
	python.Inspect(n, func(n python.Node) bool {
		if c, ok := n.(*python.Call); ok {
			f(c)
		}
		return true
	})
}

// sources are the units whose code runs: no tests.
func (all *units) sources() []*unit {
	var list []*unit
	for _, u := range all.list {
		if !u.file.Test {
			list = append(list, u)
		}
	}
	return list
}
