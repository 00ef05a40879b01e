package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// alertUnescaped finds text of users and exceptions in messages whose markup is read by the other side.
func alertUnescaped(p *audit.Pass) {
	all := unitsOf(p.Project)
	helpers, always := formattedHelpers(all), formatsAlways(all)
	scopesOf(p.Project).each(all, func(sc *scope, s *state, stmt python.Stmt) {
		seen := false
		ownCalls(stmt, func(c *python.Call) {
			e := formattedText(sc, c)
			if e == nil {
				e = helpers.given(all, sc.unit, c)
			}
			if e != nil && sc.forgetsEscaping(e) && !seen {
				seen = true
				report(p, sc.unit, c, "What the neighbouring functions escape goes into a formatted message as it is.")
			}
			if e == nil && always && isBot(sc.unit) {
				e = defaultText(c)
			}
			if e == nil || seen {
				return
			}
			if t := s.of(unescaped(sc, e)); t.err || t.user {
				seen = true
				report(p, sc.unit, c, "Text of a user or of an exception goes into a formatted message without being escaped.")
			}
		})
	})
}

// unescaped returns an expression unless escaping stands around it; parts that are escaped carry nothing anyway,
// because the functions that escape are not among those whose result carries what they are given.
func unescaped(sc *scope, e python.Expr) python.Expr {
	escaped := false
	look := func(e python.Expr) {
		calls(e, func(c *python.Call) { escaped = escaped || isMarkupEscape(c) })
	}
	look(e)
	for _, v := range sc.built(e) {
		look(v)
		python.Inspect(v, func(n python.Node) bool {
			if name, ok := n.(*python.Name); ok && sc.local[name.ID] != nil {
				look(sc.local[name.ID])
			}
			return true
		})
	}
	if escaped {
		return &python.Constant{}
	}
	return e
}

func isMarkupEscape(c *python.Call) bool {
	name := strings.ToLower(last(plain(c.Func)))
	return strings.Contains(name, "escape") || name == "hquote" || name == "quote" || strings.HasPrefix(name, "sanit") || name == "mention_html"
}

// formattedText returns the text of a message that is sent with a parse mode.
func formattedText(sc *scope, c *python.Call) python.Expr {
	if isFormat(keyword(c, "parse_mode")) {
		if t := or2(keyword(c, "text"), keyword(c, "caption")); t != nil {
			return t
		}
		if n := len(c.Args); n > 0 {
			return c.Args[min(n-1, 1)]
		}
	}
	if isMethod(c, "reply_html", "reply_markdown", "reply_markdown_v2") && len(c.Args) > 0 {
		return c.Args[0]
	}
	for _, k := range c.Keywords { // json={"text": ..., "parse_mode": "HTML"}
		e := k.Value
		if v, ok := sc.local[plain(e)]; ok {
			e = v
		}
		if d, ok := e.(*python.Dict); ok && isFormat(entry(d, "parse_mode")) {
			return entry(d, "text")
		}
		if d, ok := e.(*python.Dict); ok && sc.formatSwitch(plain(k.Value)) != nil {
			return entry(d, "text")
		}
	}
	return nil
}

// formatsAlways says whether a bot of the project is made with a parse mode for all its messages.
func formatsAlways(all *units) bool {
	found := false
	for _, u := range all.sources() {
		calls(u.module, func(c *python.Call) {
			maker := slices.Contains([]string{"Bot", "TeleBot", "AsyncTeleBot", "DefaultBotProperties", "Defaults", "Client"}, last(plain(c.Func)))
			found = found || maker && isBot(u) && isFormat(keyword(c, "parse_mode"))
		})
	}
	return found
}

// defaultText returns the text of a message that is sent with the bot's own parse mode, or nil.
func defaultText(c *python.Call) python.Expr {
	switch {
	case keyword(c, "parse_mode") != nil || keyword(c, "entities") != nil:
		return nil
	case isMethod(c, "answer", "reply", "reply_text", "edit_text"):
		return argument(c, 0, "text")
	case isMethod(c, "send_message", "reply_to"):
		return argument(c, 1, "text")
	}
	return nil
}

// entry is the value of a key in a display, or nil.
func entry(d *python.Dict, key string) python.Expr {
	for i, k := range d.Keys {
		if s, ok := text(k); ok && s == key {
			return d.Values[i]
		}
	}
	return nil
}

func isFormat(e python.Expr) bool {
	if e == nil || isNone(e) {
		return false
	}
	s, ok := text(e)
	if !ok {
		s = last(plain(e))
	}
	s = strings.ToLower(s)
	return s == "html" || strings.HasPrefix(s, "markdown")
}
