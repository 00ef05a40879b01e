package dataset

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Begins returns the first instant of Since, and of Sunset, which is zero when none is named.
func (d *Deprecation) Begins() (since, sunset time.Time) {
	since, _ = time.Parse(time.DateOnly, d.Since) // Validate has read both
	sunset, _ = time.Parse(time.DateOnly, d.Sunset)
	return since, sunset
}

// deprecation wants real days in their order, and a successor that can stand in a Link header.
func (c *checker) deprecation(e *Endpoint, path string) {
	d := e.Deprecated
	if d == nil || !c.required(path+".since", d.Since) {
		return
	}
	since, ok := c.day(path+".since", d.Since)
	if d.Sunset != "" {
		sunset, real := c.day(path+".sunset", d.Sunset)
		if ok && real && !sunset.After(since) {
			c.add(path+".sunset", "leave time to move", "%s is not after %s", d.Sunset, d.Since)
		}
	}
	c.successor(e, path+".successor")
}

func (c *checker) day(path, text string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		c.add(path, "", "%q is not a day such as 2026-12-31", text)
	}
	return day, err == nil
}

func (c *checker) successor(e *Endpoint, path string) {
	name := e.Deprecated.Successor
	if name == "" {
		return
	}
	braces := regexp.MustCompile(`\{[^{}]*\}`)
	for _, one := range braces.FindAllString(name, -1) {
		if !slices.Contains(e.PathParameters(), strings.Trim(one, "{}")) {
			c.add(path, "", "%s is no parameter of the path %s", one, e.Path)
		}
	}
	plain := braces.ReplaceAllString(name, "x")
	u, err := url.Parse(plain)
	local := err == nil && u.Scheme == "" && u.Host == "" && strings.HasPrefix(plain, "/")
	remote := err == nil && u.Scheme == "https" && u.Host != ""
	if !local && !remote || regexp.MustCompile(`[^!-~]|[<>"{}\\]`).MatchString(plain) {
		c.add(path, "such as /v2/item/{id}", "%q is neither a path nor a URL of https", name)
	}
	if name == e.Path {
		c.add(path, "", "an endpoint does not succeed itself")
	}
}

// example wants a value that the parameter takes.
func (c *checker) example(p *Parameter, path string) {
	if p.Example == "" {
		return
	}
	if len(p.Enum) > 0 {
		var all []string
		for _, choice := range p.Enum {
			all = append(all, choice.Value)
		}
		c.known(path, "value", p.Example, all)
	}
	pattern, err := regexp.Compile(`\A(?:` + p.Pattern + `)\z`)
	if err == nil && p.Pattern != "" && !pattern.MatchString(p.Example) {
		c.add(path, "", "%q does not match the pattern", p.Example)
	}
	if n := utf8.RuneCountInString(p.Example); p.Max > 0 && n > p.Max {
		c.add(path, "", "%d characters, and %d is the most", n, p.Max)
	}
}
