package secrets

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/zricethezav/gitleaks/v8/config"

	"sallyport/internal/finding"
)

// pattern is one kind of secret. Either regex or locate finds it, and only around one of the keywords.
type pattern struct {
	id         string
	what       string // "a key of OpenAI"
	keywords   []string
	severity   finding.Severity
	confidence finding.Confidence
	sure       bool // nothing else looks like it, so that it counts in tests and documentation, too
	word       bool // a person chose the value, so it need not look random
	once       bool // one for each file is enough
	regex      *regexp.Regexp
	group      int // that holds the value; 0 for the first that matched
	entropy    float64
	allow      []*config.Allowlist
	path       *regexp.Regexp
	check      func(*place, *hit) bool              // may refuse, and change the severity
	locate     func(p *place, keywordEnd int) []hit // instead of regex
}

// hit is a secret in a line. Its value goes nowhere.
type hit struct {
	pattern    *pattern
	start, end int    // of what to hide, in the line
	value      string // tells secrets apart; of a private key a part of it
	name       string // of the variable; may be empty
	severity   finding.Severity
	confidence finding.Confidence
}

// matcher finds secrets in lines. It is read-only and safe for concurrent use.
type matcher struct {
	words    *automaton
	owners   [][]int // patterns of each keyword
	patterns []*pattern
	allow    []*config.Allowlist
	values   filter
	grammar  grammar
}

// newMatcher compiles every pattern, which takes some hundredths of a second.
func newMatcher() (*matcher, error) {
	m := &matcher{values: newFilter(), grammar: newGrammar()}
	borrowed, allow, err := gitleaksPatterns()
	if err != nil {
		return nil, err
	}
	m.allow = allow
	m.patterns = slices.Concat(providerPatterns(), []*pattern{jsonWebToken(), privateKey()}, borrowed, []*pattern{m.addresses()}, sinkPatterns(), cookie(), []*pattern{m.assignment()})
	index := map[string]int{}
	var words []string
	for i, p := range m.patterns {
		for _, word := range p.keywords {
			k, known := index[word]
			if !known {
				k = len(words)
				index[word] = k
				words, m.owners = append(words, word), append(m.owners, nil)
			}
			m.owners[k] = append(m.owners[k], i)
		}
	}
	m.words = newAutomaton(words)
	return m, nil
}

// looksAt says whether lines of the file are looked at, at all.
func (m *matcher) looksAt(f *facts) bool {
	if f.nature == nothing {
		return false
	}
	for _, a := range m.allow {
		if a.PathAllowed(f.path) {
			return false
		}
	}
	return true
}

// around is how much text before and behind a keyword a pattern sees on long lines, in bytes.
const (
	before = 128
	behind = 2048
)

// find returns the secrets of a line, from left to right, no two of them at the same place.
func (m *matcher) find(p *place) []hit {
	var hits []hit
	var seen map[int]int // pattern -> end of what it saw
	text := p.text()
	m.words.scan(text, func(keyword, end int) {
		for _, i := range m.owners[keyword] {
			pattern := m.patterns[i]
			if pattern.locate != nil {
				hits = m.take(p, pattern, pattern.locate(p, end), hits)
				continue
			}
			from, to := max(0, end-before), min(len(text), end+behind)
			if seen == nil {
				seen = map[int]int{}
			}
			if seen[i] >= end+behind/2 || seen[i] == len(text) {
				continue
			}
			seen[i] = to
			hits = m.take(p, pattern, pattern.search(text, from, to), hits)
		}
	})
	return distinct(hits, m.patterns)
}

// search runs the expression over a part of the line.
func (p *pattern) search(text string, from, to int) []hit {
	var hits []hit
	for _, match := range p.regex.FindAllStringSubmatchIndex(text[from:to], 20) {
		start, end := match[0], match[1]
		for group := 1; group < len(match)/2; group++ {
			if match[2*group] >= 0 && (p.group == group || p.group == 0) {
				start, end = match[2*group], match[2*group+1]
				break
			}
		}
		if start < end {
			hits = append(hits, hit{start: from + start, end: from + end, value: text[from+start : from+end]})
		}
	}
	return hits
}

// take adds the hits that are secrets.
func (m *matcher) take(p *place, pattern *pattern, found, hits []hit) []hit {
	for _, h := range found {
		h.pattern = pattern
		if pattern.locate == nil && !m.accepts(p, &h) {
			continue
		}
		if p.test || p.sample || p.nature == prose {
			h.severity = min(h.severity, finding.Medium)
		}
		h.confidence = cmp.Or(h.confidence, finding.Sure)
		hits = append(hits, h)
	}
	return hits
}

// accepts filters what an expression found.
func (m *matcher) accepts(p *place, h *hit) bool {
	pattern := h.pattern
	h.severity, h.confidence = pattern.severity, pattern.confidence
	switch {
	case p.nature == prose && onlyWords(h.value), // "my-super-secret-key"
		pattern.word && p.sample,
		!pattern.sure && (p.test || p.nature == prose || p.locale || p.nature == other && !pattern.once || p.isComment() && pattern.word || p.inDocstring()),
		pattern.path != nil && !pattern.path.MatchString(p.path),
		entropy(h.value) < pattern.entropy,
		m.values.harmless(h.value):
		return false
	case pattern.word:
		if m.isReference(h.value) {
			return false
		}
	case m.values.placeholder(h.value) || isSequence(h.value) || !pattern.sure && !isRandom(h.value):
		return false
	}
	if m.isAllowed(p, h) {
		return false
	}
	return pattern.check == nil || pattern.check(p, h)
}

// isReference says whether a word is no value at all.
func (m *matcher) isReference(v string) bool {
	return len(v) < 2 || m.values.reference.MatchString(v) || pair(v, "{", "}") || pair(v, "<", ">") || slices.Contains(m.values.words, v) || isSequence(v) && len(v) > 12
}

// isAllowed asks the allowlists of gitleaks: of the rule, and for everything.
func (m *matcher) isAllowed(p *place, h *hit) bool {
	for _, list := range [][]*config.Allowlist{h.pattern.allow, m.allow} {
		for _, a := range list {
			target := h.value
			if a.RegexTarget == "line" {
				target = cut(p.text())
			}
			word, _ := a.ContainsStopWord(h.value)
			regex, path := a.RegexAllowed(target), a.PathAllowed(p.path)
			if a.MatchCondition == config.AllowlistMatchAnd {
				if (regex || len(a.Regexes) == 0) && (path || len(a.Paths) == 0) && (word || len(a.StopWords) == 0) {
					return true
				}
				continue
			}
			if regex || path || word {
				return true
			}
		}
	}
	return false
}

// isReal says whether a hit is a value that somebody gave out or a machine made.
func (h *hit) isReal() bool {
	return h.severity >= finding.High && (h.pattern.sure || isRandom(h.value) || h.pattern.id == "url-password")
}

// distinct orders hits and keeps, of those that overlap, the one whose pattern says most.
func distinct(hits []hit, patterns []*pattern) []hit {
	if len(hits) < 2 {
		return hits
	}
	rank := func(h hit) int { return slices.Index(patterns, h.pattern) }
	slices.SortStableFunc(hits, func(a, b hit) int { return rank(a) - rank(b) })
	var kept []hit
	for _, h := range hits {
		if !slices.ContainsFunc(kept, func(k hit) bool { return h.start < k.end && k.start < h.end }) {
			kept = append(kept, h)
		}
	}
	slices.SortFunc(kept, func(a, b hit) int { return a.start - b.start })
	return kept
}
