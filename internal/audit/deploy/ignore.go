package deploy

import (
	"path"
	"strings"

	"sallyport/internal/audit"
)

// ignoreFile is a .dockerignore: its patterns in order. The zero value ignores nothing.
type ignoreFile []string

// ignores returns the file that a build of the image in a context goes by. One beside the Dockerfile with its
// name wins.
func ignores(p *audit.Project, i *image, context string) ignoreFile {
	for _, name := range []string{i.file.Path + ".dockerignore", path.Join(context, ".dockerignore"), path.Join(context, ".containerignore")} {
		if f := p.File(name); f != nil {
			return parseIgnore(string(f.Content))
		}
	}
	return nil
}

func parseIgnore(text string) ignoreFile {
	var list ignoreFile
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

// covers says whether a path below the context is left out: the last pattern that matches it, or a folder
// above it, decides.
func (list ignoreFile) covers(name string) bool {
	covered := false
	for _, pattern := range list {
		pattern, keep := strings.CutPrefix(pattern, "!")
		pattern = strings.Trim(path.Clean(strings.TrimSpace(pattern)), "/")
		for at := name; at != "." && at != "/"; at = path.Dir(at) {
			if matches(strings.Split(pattern, "/"), strings.Split(at, "/")) {
				covered = !keep
				break
			}
		}
	}
	return covered
}

// matches compares element by element; ** stands for any number of them. It keeps what of the name may have been
// used up, so hostile patterns cost no more than both lengths multiplied.
func matches(pattern, name []string) bool {
	reached := make([]bool, len(name)+1)
	reached[0] = true
	for _, element := range pattern {
		next := make([]bool, len(name)+1)
		for i := range reached {
			switch {
			case element == "**":
				next[i] = reached[i] || i > 0 && next[i-1]
			case i > 0 && reached[i-1]:
				ok, err := path.Match(element, name[i-1])
				next[i] = err == nil && ok
			}
		}
		reached = next
	}
	return reached[len(name)]
}
