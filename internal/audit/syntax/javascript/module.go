package javascript

import (
	"path"
	"strings"
)

// Modules are the files of a project that import each other. It is read-only after NewModules.
type Modules struct {
	files   map[string]*File
	aliases []Alias
}

// Alias is a mapping of module names to a folder, such as "@/" to "src/" in a tsconfig.json.
type Alias struct {
	Dir    string // the files below it may use the alias; "." for all
	Prefix string // of the module's name
	Target string // what stands for the prefix, relative to the project
}

// NewModules joins files, so that Resolve and Path follow imports from one to another. Names of files are
// slash-separated paths relative to the project. It must be called before the files are used from several
// goroutines, and once for each file.
func NewModules(files []*File, aliases []Alias) *Modules {
	m := &Modules{files: make(map[string]*File, len(files)), aliases: aliases}
	for _, f := range files {
		m.files[f.Name] = f
		f.modules = m
	}
	return m
}

// Find returns the file that module stands for when the file at from names it, or nil for a package.
func (m *Modules) Find(from, module string) *File {
	if m == nil {
		return nil
	}
	if strings.HasPrefix(module, ".") {
		return m.at(path.Join(path.Dir(from), module))
	}
	for _, a := range m.aliases {
		rest, ok := strings.CutPrefix(module, a.Prefix)
		if !ok || (a.Dir != "." && !strings.HasPrefix(from, a.Dir+"/")) {
			continue
		}
		if f := m.at(path.Join(a.Target, rest)); f != nil {
			return f
		}
	}
	return nil
}

// at returns the file at a path without its ending, a folder's index, or the TypeScript behind a ".js".
func (m *Modules) at(name string) *File {
	if f := m.files[name]; f != nil {
		return f
	}
	bare := name
	if ext := path.Ext(name); ext == ".js" || ext == ".mjs" || ext == ".cjs" || ext == ".jsx" {
		bare = strings.TrimSuffix(name, ext)
	}
	for _, base := range []string{name, bare, name + "/index"} {
		for _, ext := range Extensions() {
			if f := m.files[base+ext]; f != nil {
				return f
			}
		}
	}
	return nil
}

// export returns the value that a module exports under a name, or nil.
func (m *Modules) export(from, module, name string, steps *budget) *Node {
	f := m.Find(from, module)
	if f == nil || !steps.spend() {
		return nil
	}
	if value := f.Exports[name]; value != nil {
		return value
	}
	for _, other := range f.From {
		if value := m.export(f.Name, other, name, steps); value != nil {
			return value
		}
	}
	if whole := f.Exports["default"]; whole != nil && name != "default" {
		return resolve(whole, steps).Property(name)
	}
	return nil
}

// Load returns the file of the project that the file means by a module's name, or nil.
func (f *File) Load(module string) *File { return f.modules.Find(f.Name, module) }
