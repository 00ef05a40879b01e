package main

import (
	"fmt"
	"strings"
)

const (
	mainSet  = "main"
	blindSet = "blind"
)

// A set is a folder of labelled apps with a score of its own, which stands in two sections of the report.
type set struct {
	name, folder string
	first, last  string // headings of the runs
	introduction string // Markdown before the first of them
}

// sets are all of them, in the order of the report.
func sets() []set {
	return []set{
		{name: mainSet, folder: "test/corpus/apps", first: "## First run", last: "## Last run"},
		{name: blindSet, folder: "test/corpus/blind", first: "## Blind apps, first run", last: "## Blind apps, last run",
			introduction: blindIntroduction},
	}
}

// folderOf is where the apps of a set are.
func folderOf(name string) (string, error) {
	var names []string
	for _, s := range sets() {
		if s.name == name {
			return s.folder, nil
		}
		names = append(names, s.name)
	}
	return "", fmt.Errorf("unknown set %q; hint: one of %s", name, strings.Join(names, ", "))
}

const blindIntroduction = `## Blind apps

Written by ` + "`go run ./test/accuracy -set blind`" + ` over test/corpus/blind: apps by somebody who had read neither the
rules nor the apps above, labelled and committed before the first run. They are what the score above is worth on code that
no rule was made for; the first run is the honest one. Rules were mended by what it showed, so the last run is no longer blind:
it says that those mistakes are found now, and nothing about code that nobody has seen. Nine labels were wrong
by themselves and mended after it, most of them at another line of the same mistake: relabelled.txt of the folder lists them.

`
