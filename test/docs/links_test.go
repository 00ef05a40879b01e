package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// TestLinksResolve follows every link into the repository, to the heading when it names one. Links to
// elsewhere are not followed: a test must pass without a network.
func TestLinksResolve(t *testing.T) {
	all := map[string]*document{}
	for _, d := range documents(t) {
		all[d.path] = d
	}
	for _, d := range all {
		for _, target := range links(d.prose) {
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			to := d.path
			if file != "" {
				to = path.Join(path.Dir(d.path), file)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil {
				t.Errorf("%s links to %s, which is not there", d.path, target)
				continue
			}
			if anchor != "" && (all[to] == nil || !all[to].hasAnchor(anchor)) {
				t.Errorf("%s links to %s, which has no such heading", d.path, target)
			}
		}
	}
}

func links(prose string) []string {
	var targets []string
	for _, form := range []string{`\]\(([^)\s]+)\)`, `(?:src|srcset|href)="([^"]+)"`, `(?m)^\[[^\]]+\]:\s+(\S+)`} {
		for _, m := range regexp.MustCompile(form).FindAllStringSubmatch(prose, -1) {
			targets = append(targets, m[1])
		}
	}
	return targets
}

// hasAnchor knows how Markdown sites name headings: lower case, spaces to hyphens, punctuation dropped.
func (d *document) hasAnchor(anchor string) bool {
	for _, h := range d.headings {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ' || r == '-':
				return '-'
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, h.title)
		if slug == anchor {
			return true
		}
	}
	return false
}
