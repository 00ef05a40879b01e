package deploy

import (
	"path"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// stack is a compose file.
type stack struct {
	file     *audit.File
	services []service
}

// service is one service of a compose file.
type service struct {
	name string
	line int
	node
}

func parseStack(f *audit.File) (*stack, error) {
	doc, err := document(f)
	if err != nil {
		return nil, err
	}
	s := &stack{file: f}
	for _, e := range doc.get("services").entries() {
		s.services = append(s.services, service{e.key, e.line, e.value})
	}
	return s, nil
}

// settings are the environment of every service.
func (s *stack) settings() []setting {
	if forDevelopment(s.file.Base()) {
		return nil
	}
	var list []setting
	for _, service := range s.services {
		list = append(list, settingsOf(s.file, service.get("environment"))...)
	}
	return list
}

// settingsOf reads an environment that is a mapping or a list of NAME=value.
func settingsOf(f *audit.File, environment node) []setting {
	var list []setting
	for _, e := range environment.entries() {
		list = append(list, setting{f, e.line, e.key, e.value.text()})
	}
	for _, item := range environment.items() {
		name, value, _ := strings.Cut(item.text(), "=")
		list = append(list, setting{f, item.Line, name, value})
	}
	return list
}

// builds says whether a service is built from the Dockerfile.
func (s *stack) builds(service service, i *image) bool {
	build := service.get("build")
	if !build.exists() {
		return false
	}
	context, name := build.text(), ""
	if context == "" {
		context, name = build.get("context").text(), build.get("dockerfile").text()
	}
	if name == "" {
		name = "Dockerfile"
	}
	return path.Join(path.Dir(s.file.Path), context, name) == i.file.Path
}

// ofImage returns the services of all stacks that are built from the Dockerfile.
func (all *files) ofImage(i *image) []service {
	var list []service
	for _, s := range all.stacks {
		for _, service := range s.services {
			if s.builds(service, i) {
				list = append(list, service)
			}
		}
	}
	return list
}

// sameService returns the definitions of a service in the stacks of one folder: they add to each other.
func (all *files) sameService(s *stack, name string) []service {
	var list []service
	for _, other := range all.stacks {
		for _, service := range other.services {
			if service.name == name && path.Dir(other.file.Path) == path.Dir(s.file.Path) {
				list = append(list, service)
			}
		}
	}
	return list
}

// extended returns the service of the same file that this one extends. known is false when it stands elsewhere.
func (s *stack) extended(from service) (parent service, known bool) {
	extends := from.get("extends")
	name := extends.text()
	if name == "" {
		name = extends.get("service").text()
	}
	i := slices.IndexFunc(s.services, func(other service) bool { return other.name == name && other.line != from.line })
	if extends.get("file").exists() || i < 0 {
		return service{}, false
	}
	return s.services[i], true
}
