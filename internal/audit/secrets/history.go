package secrets

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// HistoryOptions say what of the history is reported.
type HistoryOptions struct {
	Since string       // leaves out what this revision reaches; "" for nothing
	Rule  finding.Rule // secret-in-history
	// TreeReported says that the class hardcoded-secret is reported, too. A secret that it tells about is
	// then not told a second time.
	TreeReported bool
}

// History looks through every line that a commit added, and returns one finding for each secret, at the first
// commit that had it. Memory is bounded by the size of the batches that are under way, not by the history. The
// summary tells what was read; a folder without a repository has no history, and no problem.
func History(ctx context.Context, p *audit.Project, o HistoryOptions) ([]finding.Finding, *source.HistorySummary, error) {
	if !p.Git {
		return nil, &source.HistorySummary{}, nil
	}
	scan := scanOf(p)
	if scan.err != nil {
		return nil, &source.HistorySummary{}, scan.err
	}
	leaks := &leaks{first: map[string]leak{}}
	pool := newPool(scan.matcher, leaks)
	summary, err := source.History(ctx, p.Dir, o.Since, pool.add)
	pool.close()
	if err != nil {
		return nil, summary, fmt.Errorf("reading history: %w", err)
	}
	if leaks.full {
		summary.Problems = append(summary.Problems, source.Problem{Class: "too-large", Path: ".git", Reason: fmt.Sprintf("more than %d secrets", maxLeaks)})
	}
	found, err := leaks.findings(ctx, p, scan, o)
	return found, summary, err
}

// leak is where a secret was added first.
type leak struct {
	hit
	source.Added
	snippet  string
	sequence int // of the batch, and with it the age
}

// older says whether l came before other. History runs from the newest commit to the oldest.
func (l leak) older(other leak) bool { return l.sequence > other.sequence }

// maxLeaks bounds what is kept of a history that is full of secrets.
const maxLeaks = 20_000

// leaks keeps the oldest place of each secret.
type leaks struct {
	mu    sync.Mutex
	first map[string]leak
	full  bool
}

func (s *leaks) add(list []leak) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range list {
		known, ok := s.first[l.value]
		switch {
		case !ok && len(s.first) >= maxLeaks:
			s.full = true
		case !ok || l.older(known):
			s.first[l.value] = l
		}
	}
}

// batch is added text of one file in one commit, or a part of it.
type batch struct {
	at       source.Added
	numbers  []int // of the lines
	lines    []string
	size     int
	sequence int
}

// maxBatch is how much text one batch holds, in bytes.
const maxBatch = 1 << 20

// pool hands batches to the processors. The queue is short, so that git waits when they cannot follow.
type pool struct {
	matcher *matcher
	leaks   *leaks
	queue   chan []batch
	wg      sync.WaitGroup
	current batch
	ready   []batch
	size    int // of ready
	number  int
}

func newPool(m *matcher, l *leaks) *pool {
	p := &pool{matcher: m, leaks: l, queue: make(chan []batch, 1)}
	for range runtime.GOMAXPROCS(0) {
		p.wg.Go(func() {
			for list := range p.queue {
				for _, b := range list {
					p.leaks.add(p.matcher.batch(b))
				}
			}
		})
	}
	return p
}

// add takes the next line of history.
func (p *pool) add(a source.Added) {
	b := &p.current
	next := len(b.lines) == 0 || b.at.Commit != a.Commit || b.at.Path != a.Path || b.numbers[len(b.numbers)-1]+1 != a.Line
	if next || b.size > maxBatch {
		p.flush()
		p.current = batch{at: a, sequence: p.number}
		p.current.at.Text = ""
		p.number++
	}
	b.numbers, b.lines = append(b.numbers, a.Line), append(b.lines, a.Text)
	b.size += len(a.Text) + 64
}

// flush puts the current batch aside and hands out those that are enough for a processor.
func (p *pool) flush() {
	if len(p.current.lines) > 0 {
		p.ready = append(p.ready, p.current)
		p.size += p.current.size
	}
	p.current = batch{}
	if p.size > maxBatch/4 {
		p.queue <- p.ready
		p.ready, p.size = nil, 0
	}
}

func (p *pool) close() {
	p.flush()
	p.queue <- p.ready
	close(p.queue)
	p.wg.Wait()
}

// batch finds the secrets of a batch.
func (m *matcher) batch(b batch) []leak {
	if source.IsForeign(b.at.Path) {
		return nil
	}
	facts := factsOf(b.at.Path)
	if !m.looksAt(facts) {
		return nil
	}
	var found []leak
	place := &place{facts: facts, lines: b.lines}
	for place.at = range place.lines {
		hits := m.find(place)
		for _, h := range hits {
			if h.severity < finding.Medium || facts.example && !h.isReal() || isAccepted(place) {
				continue
			}
			at := b.at
			at.Line = b.numbers[place.at]
			h.value, h.name = strings.Clone(h.value), strings.Clone(h.name) // not the whole line
			found = append(found, leak{hit: h, Added: at, snippet: snippet(place.text(), h, hits), sequence: b.sequence})
		}
	}
	return found
}

// isAccepted says whether the line was suppressed when it was added.
func isAccepted(p *place) bool {
	from := max(0, p.at-1)
	for _, s := range audit.ParseSuppressions([]byte(strings.Join(p.lines[from:p.at+1], "\n"))) {
		if (s.Line == p.at-from+1) != s.Next && (slices.Contains(s.Rules, "SP201") || slices.Contains(s.Rules, "SP202")) {
			return true
		}
	}
	return false
}

// findings reports what the tree does not tell already.
func (s *leaks) findings(ctx context.Context, p *audit.Project, scan *scan, o HistoryOptions) ([]finding.Finding, error) {
	told := scan.told(p)
	head := head{dir: p.Dir}
	var list []finding.Finding
	for _, l := range slices.SortedFunc(maps.Values(s.first), leak.compare) {
		if o.TreeReported && told[l.value] {
			continue
		}
		standing, err := head.has(ctx, l.Path, l.value)
		if err != nil {
			return nil, fmt.Errorf("reading HEAD: %w", err)
		}
		list = append(list, l.finding(o.Rule, standing || told[l.value]))
	}
	return list, nil
}

func (l leak) compare(other leak) int {
	return cmp.Or(cmp.Compare(l.Path, other.Path), cmp.Compare(l.Commit, other.Commit), cmp.Compare(l.Line, other.Line), cmp.Compare(l.start, other.start))
}

// head reads files of HEAD, and keeps the last one: secrets of one file are asked for one after the other.
type head struct {
	dir, path string
	content   string
}

func (h *head) has(ctx context.Context, path, value string) (bool, error) {
	if h.path != path {
		content, err := source.ReadHead(ctx, h.dir, path)
		if err != nil {
			return false, err
		}
		h.path, h.content = path, string(content)
	}
	return strings.Contains(h.content, value), nil
}

// told are the values that the classes about the tree report.
func (s *scan) told(p *audit.Project) map[string]bool {
	told := map[string]bool{}
	for _, f := range p.Files {
		if !isShared(p, f) {
			continue
		}
		for _, h := range s.files[f.Path] {
			if f.Touches(h.line, h.line) {
				told[h.value] = true
			}
		}
	}
	return told
}

func (l leak) finding(rule finding.Rule, standing bool) finding.Finding {
	where := "HEAD does not have it any more, but every clone does"
	if standing {
		where = "it still stands in HEAD"
	}
	what := l.pattern.what
	if l.pattern.id == "assignment" {
		what = "a literal value of " + l.name
	}
	day, _, _ := strings.Cut(l.Date, "T")
	return finding.Finding{
		Rule: rule.ID, Class: rule.Class, Severity: min(rule.Severity, l.severity), Confidence: l.confidence,
		Location: finding.Location{Path: l.Path, Line: l.Line, EndLine: l.Line, Column: l.start + 1, Commit: l.Commit},
		Message:  fmt.Sprintf("commit %.10s of %s added %s to %s; %s", l.Commit, day, what, l.Path, where),
		Fix:      rule.Fix, CWE: rule.CWE, OWASP: append(append([]string{}, rule.OWASP2021...), rule.OWASP2025...),
		Fingerprint: audit.Fingerprint(rule.ID, l.Path, fmt.Sprintf("%s %d %d", l.Commit, l.Line, l.start), ""),
		Snippet:     l.snippet, Author: l.Date, InHead: &standing,
	}
}

// snippet is a part of the line around the secret, without any secret of the line.
func snippet(text string, h hit, hits []hit) string {
	from := max(0, h.start-80)
	return strings.ToValidUTF8(strings.TrimSpace(window(conceal(text, hits), from, 180)), "")
}
