// Command prove removes one protection after another from a copy of this module, and wants the test that is named
// for it to fail. A protection that no test misses is not proven.
//
// Each file in patches is one protection: a txtar archive that says which test must fail and, as pairs of
// sections, which text to replace by which. The text must occur exactly once, so that a patch cannot rot.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"text/tabwriter"
)

func main() {
	only := flag.String("only", "", "protections whose name matches this `pattern`")
	flag.Parse()
	if err := run(os.Stdout, *only); err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, only string) (err error) {
	matching, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	patches, err := load("test/prove/patches", matching)
	if err != nil {
		return err
	}
	m, err := copyModule(".")
	if err != nil {
		return fmt.Errorf("copying the module: %w", err)
	}
	defer func() {
		if removed := os.RemoveAll(m.dir); err == nil {
			err = removed
		}
	}()
	missed, table := 0, tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, p := range patches {
		verdict := m.prove(p)
		if verdict != nil {
			missed++
			fmt.Fprintf(table, "NO\t%s\t%s %s\t%v\n", p.name, p.pkg, p.test, verdict)
		} else {
			fmt.Fprintf(table, "proven\t%s\t%s %s\t%s\n", p.name, p.pkg, p.test, p.removes)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d of %d protections are not proven", missed, len(patches))
	}
	_, err = fmt.Fprintf(out, "%d protections, each missed by its test when it is gone\n", len(patches))
	return err
}
