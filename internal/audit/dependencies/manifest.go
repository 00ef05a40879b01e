package dependencies

import (
	"path"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// The ecosystems, by their names in OSV.
const (
	pypi   = "PyPI"
	npm    = "npm"
	golang = "Go"
)

// dependency is one package that a file asks for.
type dependency struct {
	ecosystem, name string
	version         string // exact; "" when the file leaves it open
	line            int
	dev             bool   // for development alone
	why             string // what is open, when it is not a range of versions
}

// manifest is a file that names dependencies.
type manifest struct {
	file    *audit.File
	list    []dependency
	locks   []string // names of lock files that pin what this file leaves open; none when it pins itself
	library bool     // it is made to be installed into other programs, where ranges are right
	each    bool     // every open dependency is a place of its own
}

// manifests returns the project's, which are parsed once.
func manifests(p *audit.Project) []*manifest { return audit.Memo(p, read) }

func read(p *audit.Project) []*manifest {
	var all []*manifest
	for _, f := range p.Files {
		if f.Test || f.Ignored && !f.Tracked {
			continue
		}
		parse := parserOf(f)
		if parse == nil {
			continue
		}
		m := &manifest{file: f}
		if err := parse(m); err != nil {
			p.NotAnalysed(finding.NotAnalysed{Class: "unparsable", Path: f.Path, Reason: err.Error()})
			continue
		}
		all = append(all, m)
	}
	return all
}

func parserOf(f *audit.File) func(*manifest) error {
	base := strings.ToLower(f.Base())
	switch base {
	case "pyproject.toml":
		return (*manifest).readPyproject
	case "pipfile":
		return (*manifest).readPipfile
	case "poetry.lock", "uv.lock", "pdm.lock":
		return (*manifest).readPythonLock
	case "pipfile.lock":
		return (*manifest).readPipfileLock
	case "package.json":
		return (*manifest).readPackageJSON
	case "package-lock.json", "npm-shrinkwrap.json":
		return (*manifest).readPackageLock
	case "yarn.lock":
		return (*manifest).readYarnLock
	case "pnpm-lock.yaml":
		return (*manifest).readPNPMLock
	case "bun.lock":
		return (*manifest).readBunLock
	case "go.mod":
		return (*manifest).readGoMod
	}
	switch {
	case isRequirements(f.Path):
		return (*manifest).readRequirements
	case isDockerfile(base):
		return (*manifest).readDockerfile
	case f.Ext() == ".yml" || f.Ext() == ".yaml":
		return yamlParserOf(f)
	}
	return nil
}

func (m *manifest) add(d dependency) { m.list = append(m.list, d) }

// locked says whether one of the manifest's lock files stands beside it or in a folder above. A file that was too
// large to be read counts: it is there.
func (m *manifest) locked(p *audit.Project) bool {
	for dir := path.Dir(m.file.Path); ; dir = path.Dir(dir) {
		for _, name := range m.locks {
			at := path.Join(dir, name)
			if p.Tracked[at] || p.File(at) != nil || tooLarge(p, at) {
				return true
			}
		}
		if dir == "." || dir == "/" {
			return false
		}
	}
}

func tooLarge(p *audit.Project, name string) bool {
	for _, problem := range p.Problems {
		if problem.Path == name {
			return true
		}
	}
	return false
}
