package python

import (
	"slices"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// unlimitedPages finds buttons and fields of Streamlit pages whose use does costly work: each visitor has them, and a
// script presses them faster.
func unlimitedPages(p *audit.Pass) {
	all := unitsOf(p.Project)
	costs := newCosts(all)
	for _, u := range all.sources() {
		if !u.usesStreamlit() || limitsByHand(u.module) {
			continue
		}
		pressed := u.pressedNames()
		python.Inspect(u.module, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.If:
				if !isPressed(u, n.Test, pressed) || asksLimiter(all, u, n) {
					return true
				}
				return !reportPage(p, u, n, costlyBlock(costs, u, n.Body))
			case *python.Call:
				for _, name := range []string{"on_click", "on_change", "on_submit"} {
					if f, owner := all.function(u, keyword(n, name)); f != nil && !limitsByHand(f) && !asksLimiter(all, owner, f) {
						reportPage(p, u, n, costs.of(owner, f, 4))
					}
				}
			}
			return true
		})
	}
}

// costlyBlock says what a block does that is costly; "" when nothing.
func costlyBlock(costs *costs, u *unit, body []python.Stmt) string {
	for _, s := range body {
		if what := costs.of(u, s, 4); what != "" {
			return what
		}
	}
	return ""
}

func reportPage(p *audit.Pass, u *unit, at python.Node, what string) bool {
	if what == "" || what == "checks a password or code" {
		return false
	}
	p.Report(audit.Report{
		File: u.file, Line: line(at), Column: at.Pos().Column + 1, Confidence: finding.Likely,
		Message: "each use of this field or button " + what + ", and nothing limits how often",
		Fix:     "Count uses for each signed-in user in a store of the server, and refuse beyond a number a day; what st.session_state counts begins anew with each reload.",
	})
	return true
}

func (u *unit) usesStreamlit() bool {
	for _, dotted := range u.imports {
		if dotted == "streamlit" {
			return true
		}
	}
	return false
}

// isPressed says whether a condition holds when somebody used a button or a field.
func isPressed(u *unit, test python.Expr, pressed map[string]bool) bool {
	found := false
	python.Inspect(test, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.UnaryOp:
			return n.Op != python.Not
		case *python.Call:
			found = found || isWidget(n)
		case *python.Name:
			found = found || pressed[n.ID]
		}
		return !found
	})
	return found
}

func isWidget(c *python.Call) bool {
	a, ok := c.Func.(*python.Attribute)
	return ok && slices.Contains([]string{"button", "form_submit_button", "chat_input", "audio_input", "camera_input"}, a.Attr)
}

// pressedNames are the variables that hold what a button or a field gave.
func (u *unit) pressedNames() map[string]bool {
	names := map[string]bool{}
	python.Inspect(u.module, func(n python.Node) bool {
		if a, ok := n.(*python.Assign); ok && len(a.Targets) == 1 {
			if c, ok := a.Value.(*python.Call); ok && isWidget(c) && plain(a.Targets[0]) != "" {
				names[plain(a.Targets[0])] = true
			}
		}
		return true
	})
	return names
}
