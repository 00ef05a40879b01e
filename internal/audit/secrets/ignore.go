package secrets

import (
	"path"
	"strings"

	"sallyport/internal/audit"
)

// ignoreRule is one line of a .gitignore file, as gitignore(5) defines it.
type ignoreRule struct {
	segments []string // "**" stands for any number of folders
	negated  bool
	folders  bool // it matches folders alone
}

// ignoreRules are those of one file. The last one that matches decides.
type ignoreRules struct {
	folder string // that holds the file; "" for the root
	rules  []ignoreRule
}

func parseIgnore(folder string, content []byte) ignoreRules {
	parsed := ignoreRules{folder: folder}
	for line := range strings.Lines(string(content)) {
		line = strings.TrimRight(line, "\r\n")
		if trimmed := strings.TrimRight(line, " "); !strings.HasSuffix(trimmed, `\`) {
			line = trimmed
		}
		var r ignoreRule
		if line, r.negated = strings.CutPrefix(line, "!"); line == "" || strings.HasPrefix(line, "#") && !r.negated {
			continue
		}
		if line, r.folders = strings.CutSuffix(line, "/"); line == "" {
			continue
		}
		if !strings.Contains(line, "/") {
			line = "**/" + line
		}
		r.segments = strings.Split(strings.ReplaceAll(strings.TrimPrefix(line, "/"), "[!", "[^"), "/")
		parsed.rules = append(parsed.rules, r)
	}
	return parsed
}

// decide says what the rules say about a path below their folder: whether any matched, and whether it is ignored.
func (s ignoreRules) decide(name string, isFolder bool) (matched, ignored bool) {
	if s.folder != "" {
		rest, below := strings.CutPrefix(name, s.folder+"/")
		if !below {
			return false, false
		}
		name = rest
	}
	for _, r := range s.rules {
		if (isFolder || !r.folders) && matchSegments(r.segments, strings.Split(name, "/")) {
			matched, ignored = true, !r.negated
		}
	}
	return matched, ignored
}

// maxSegments bounds the work on a rule, whose "**" may match in many ways.
const maxSegments = 30

func matchSegments(pattern, name []string) bool {
	if len(pattern) > maxSegments || len(name) > maxSegments {
		return false
	}
	reach := map[int]bool{0: true} // how much of name the pattern so far may have taken
	for i, p := range pattern {
		next := map[int]bool{}
		for at := range reach {
			switch {
			case p == "**" && i == len(pattern)-1:
				if at < len(name) {
					return true
				}
			case p == "**":
				for n := at; n <= len(name); n++ {
					next[n] = true
				}
			case at < len(name):
				if ok, err := path.Match(p, name[at]); ok && err == nil {
					next[at+1] = true
				}
			}
		}
		reach = next
	}
	return reach[len(name)]
}

// isIgnored says whether the .gitignore files of the project ignore a path. A file in an ignored folder is
// ignored, whatever later rules say.
func isIgnored(p *audit.Project, name string) bool {
	parts := strings.Split(name, "/")
	for n := 1; n <= len(parts); n++ {
		ignored := false
		for depth := range n {
			folder := strings.Join(parts[:depth], "/")
			f := p.File(path.Join(folder, ".gitignore"))
			if f == nil {
				continue
			}
			if matched, verdict := parseIgnore(folder, f.Content).decide(strings.Join(parts[:n], "/"), n < len(parts)); matched {
				ignored = verdict
			}
		}
		if ignored {
			return true
		}
	}
	return false
}
