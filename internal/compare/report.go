package compare

import (
	"fmt"
	"io"
	"strings"
)

// Differ says whether something differs that no allowance justifies.
func (r *Report) Differ() bool { return r.Different > 0 }

// Incomplete says whether something could not be compared.
func (r *Report) Incomplete() bool { return r.Failed > 0 }

// WriteText writes the report for people: each exchange that differs or failed, the allowances with their reasons
// and how often they were needed, and one line of counts.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, x := range r.Exchanges {
		x.writeText(&b)
	}
	r.writeAllowances(&b)
	fmt.Fprintf(&b, "%d requests: %d equal, %d with justified differences, %d different, %d failed\n",
		r.Requests, r.Equal, r.Justified, r.Different, r.Failed)
	_, err := io.WriteString(w, b.String())
	return err
}

// writeText leaves out what is allowed: the list of allowances counts it.
func (x *Exchange) writeText(b *strings.Builder) {
	var lines strings.Builder
	allowed := 0
	for _, d := range x.Differences {
		if d.Reason != "" {
			allowed++
			continue
		}
		fmt.Fprintf(&lines, "  %s: %s -> %s\n", d.Place, d.Old, d.New)
	}
	if x.Failure != "" {
		fmt.Fprintf(&lines, "  failed: %s\n", x.Failure)
	}
	if lines.Len() == 0 {
		return
	}
	fmt.Fprintf(b, "%d %s\n%s", x.Number, printable(x.Request), printable(lines.String()))
	if allowed > 0 {
		fmt.Fprintf(b, "  and %d justified\n", allowed)
	}
	b.WriteByte('\n')
}

func (r *Report) writeAllowances(b *strings.Builder) {
	for i := range r.Allowed {
		a := &r.Allowed[i]
		if a.Differences == 0 {
			fmt.Fprintf(b, "allowed, and not needed: %s\n", printable(a.describe()))
			continue
		}
		fmt.Fprintf(b, "allowed %d in %d exchanges: %s\n", a.Differences, a.Exchanges, printable(a.describe()))
	}
	if len(r.Allowed) > 0 {
		b.WriteByte('\n')
	}
}

func (a *Allowance) describe() string {
	text := strings.Join(a.Where, ", ")
	if a.Requests != nil {
		text += " of " + strings.Join(a.Requests, ", ")
	}
	if a.OldStatus != 0 || a.NewStatus != 0 {
		text += fmt.Sprintf(" (%s -> %s)", statusText(a.OldStatus), statusText(a.NewStatus))
	}
	return text + ": " + a.Reason
}

func statusText(status int) string {
	if status == 0 {
		return "any"
	}
	return fmt.Sprint(status)
}

// printable keeps what servers send from writing to the terminal: control characters, but for the line breaks
// of the report itself.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c != '\n' && (c < ' ' || c >= 0x7F && c <= 0x9F || c == 0x2028 || c == 0x2029) {
			return '\uFFFD'
		}
		return c
	}, text)
}
