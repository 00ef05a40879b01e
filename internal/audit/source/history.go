package source

import (
	"bufio"
	"context"
	"os"
	"strings"
)

// Added is one line that a commit added.
type Added struct {
	Commit string // full id
	Date   string // of the author, RFC 3339
	Path   string
	Line   int // in the file as the commit left it
	Text   string
}

// HistorySummary says what was read.
type HistorySummary struct {
	Commits  int
	Refs     []string
	Problems []Problem
}

// History hands every line that a commit added to found, newest commit first, over the refs that a normal
// clone has: HEAD, branches, remote branches and tags. Of a merge it takes what no parent has. since, unless
// empty, leaves out what that revision reaches. History that is incomplete is a problem in the summary.
func History(ctx context.Context, dir, since string, found func(Added)) (*HistorySummary, error) {
	g := git{dir}
	s := &HistorySummary{}
	repository, _, err := g.isRepository(ctx)
	if err != nil || !repository {
		s.problem("there is no git repository that git can read")
		return s, nil
	}
	if err := s.readRefs(ctx, g); err != nil {
		s.problem(err.Error())
		return s, ctx.Err()
	}
	if shallow, err := g.output(ctx, "rev-parse", "--is-shallow-repository"); err != nil || strings.TrimSpace(shallow) != "false" {
		s.problem("the clone is shallow: older commits are missing; hint: git fetch --unshallow, or fetch-depth: 0 in CI")
	}
	if len(s.Refs) == 0 {
		return s, nil
	}
	if err := s.log(ctx, g, since, found); err != nil {
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		s.problem("git could not read all of it: " + err.Error())
	}
	return s, nil
}

func (s *HistorySummary) problem(reason string) {
	s.Problems = append(s.Problems, Problem{Class: "history", Path: ".git", Reason: reason})
}

func (s *HistorySummary) readRefs(ctx context.Context, g git) error {
	out, err := g.output(ctx, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes", "refs/tags")
	if err != nil {
		return err
	}
	s.Refs = strings.Fields(out)
	if _, err := g.output(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err == nil {
		s.Refs = append([]string{"HEAD"}, s.Refs...)
	}
	return nil
}

func (s *HistorySummary) log(ctx context.Context, g git, since string, found func(Added)) error {
	args := []string{
		"log", "-p", "-U0", "--diff-merges=dense-combined", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "-O" + os.DevNull,
		"--no-show-signature", "--no-notes", "--root", "--format=%x00%H %aI", "--branches", "--tags", "--remotes",
	}
	if s.Refs[0] == "HEAD" {
		args = append(args, "HEAD")
	}
	if since != "" {
		commit, err := g.output(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", since+"^{commit}")
		if err != nil {
			return err
		}
		args = append(args, "^"+strings.TrimSpace(commit))
	}
	var at Added
	return g.stream(ctx, func(r *bufio.Reader) error {
		return parseDiff(r, diffHandler{
			commit: func(header string) {
				at.Commit, at.Date, _ = strings.Cut(header, " ")
				s.Commits++
			},
			line: func(path string, n int, text string) {
				at.Path, at.Line, at.Text = path, n, text
				found(at)
			},
			cut: func(path string) {
				s.Problems = append(s.Problems, Problem{Class: "too-large", Path: path, Reason: "a line in commit " + at.Commit + " is longer than is looked at"})
			},
		})
	}, append(args, "--")...)
}
