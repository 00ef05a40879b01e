package scaffold

import (
	"fmt"
	"strings"
)

// compare returns the lines of f that existing lacks, and shows them with the comments above them. Nothing of
// existing is shown: it may hold secrets. Order, indentation and repetition do not count.
func compare(f File, existing []byte) (diff string, lacks []string) {
	has := map[string]bool{}
	for line := range strings.Lines(string(existing)) {
		has[f.key(line)] = true
	}
	var b strings.Builder
	var run []string // lines in a row that are missing
	start, number := 0, 0
	flush := func() {
		if found := settings(run); len(found) > 0 {
			lacks = append(lacks, found...)
			fmt.Fprintf(&b, "@@ +%d,%d @@\n+%s\n", start, len(run), strings.Join(run, "\n+"))
		}
		run = nil
	}
	for line := range strings.Lines(string(f.Content)) {
		number++
		if key := f.key(line); key == "" || has[key] {
			flush()
			continue
		}
		if len(run) == 0 {
			start = number
		}
		run = append(run, f.shown(line))
	}
	flush()
	if len(lacks) == 0 {
		return "", nil
	}
	return fmt.Sprintf("--- %s\n+++ %[1]s, as init would write it\n%s", f.Name, b.String()), lacks
}

// key is what two lines must share to be the same: of secrets the name alone.
func (f File) key(line string) string {
	line = strings.TrimSpace(line)
	if f.kind != secrets || strings.HasPrefix(line, "#") {
		return line
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(line, "export "), "=")
	return strings.TrimSpace(name)
}

// shown is a line as the diff shows it, without the value of a secret.
func (f File) shown(line string) string {
	line = strings.TrimRight(line, "\r\n")
	if name, _, found := strings.Cut(line, "="); found && f.kind == secrets && !strings.HasPrefix(line, "#") {
		return name + "="
	}
	return line
}

// settings returns those lines that are not comments alone.
func settings(lines []string) []string {
	var found []string
	for _, line := range lines {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			found = append(found, line)
		}
	}
	return found
}
