package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// wanted is the least number of bad and of good places for each class; the main ones have more.
func wanted() map[string]int {
	const main, other = 12, 4
	counts := map[string]int{}
	for _, class := range strings.Fields(`cond-auth-skip missing-auth secret-default debug-default hardcoded-secret
		env-file-committed gitignore-missing-env docker-secret debug-endpoint error-leak raise-in-middleware xss-sink
		missing-rate-limit cors-wildcard temp-file-leak sql-injection missing-timeout non-constant-time tls-verify-off
		log-secret alert-unescaped docker-root docker-no-healthcheck security-todo`) {
		counts[class] = main
	}
	for _, class := range strings.Fields(`like-wildcard sqlite-writable lock-timeout tier-deny-list
		missing-security-headers alert-flood fake-health no-restart-policy env-file-mode env-example-missing
		unpinned-dependency vulnerable-dependency`) {
		counts[class] = other
	}
	return counts
}

func TestCorpusIsLargeEnough(t *testing.T) {
	least := wanted()
	seen := map[string]bool{}
	for _, tally := range count(corpus(t), nil) {
		seen[tally.class] = true
		if tally.bad < least[tally.class] || tally.good < least[tally.class] {
			t.Errorf("%s has %d bad and %d good places, want %d of each", tally.class, tally.bad, tally.good, least[tally.class])
		}
		if _, known := least[tally.class]; !known && tally.class != "all" {
			t.Errorf("%s is not a class", tally.class)
		}
	}
	for class := range least {
		if !seen[class] {
			t.Errorf("%s has no labels", class)
		}
	}
}

// TestCorpusGivesNothingAway fails when a file of an app names a class, which a rule could read.
func TestCorpusGivesNothingAway(t *testing.T) {
	var classes []string
	for class := range wanted() {
		classes = append(classes, class)
	}
	hint := regexp.MustCompile(strings.Join(classes, "|"))
	for _, a := range append(corpus(t), blindCorpus(t)...) {
		for _, name := range a.files {
			content, err := os.ReadFile(filepath.Join(a.dir, storedName(name)))
			if err != nil {
				t.Fatal(err)
			}
			if found := hint.Find(content); found != nil {
				t.Errorf("%s/%s says %q", a.name, name, found)
			}
		}
	}
}

// TestBlindCorpus fails when the blind apps become few, or say more of mistakes than of look-alikes.
func TestBlindCorpus(t *testing.T) {
	apps := blindCorpus(t)
	if len(apps) < 12 {
		t.Errorf("%d apps, want 12", len(apps))
	}
	known := wanted()
	tallies := count(apps, nil)
	for _, tally := range tallies[:len(tallies)-1] {
		if known[tally.class] == 0 {
			t.Errorf("%s is not a class", tally.class)
		}
		delete(known, tally.class)
	}
	for class := range known {
		t.Errorf("%s has no labels", class)
	}
	if all := tallies[len(tallies)-1]; all.bad < 200 || all.good < all.bad {
		t.Errorf("%d bad and %d good places, want 200 or more, and at least as many good ones", all.bad, all.good)
	}
}

func TestPrepareMakesARepository(t *testing.T) {
	for _, a := range corpus(t) {
		if len(a.untracked) == 0 {
			continue
		}
		dir := t.TempDir()
		if err := a.prepare(dir); err != nil {
			t.Fatal(err)
		}
		tracked := gitFiles(t, dir)
		for _, name := range a.files {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if want, given := a.modes[name]; given && info.Mode().Perm() != want {
				t.Errorf("%s/%s has mode %o, want %o", a.name, name, info.Mode().Perm(), want)
			}
		}
		for _, name := range a.untracked {
			if tracked[name] {
				t.Errorf("%s/%s is tracked", a.name, name)
			}
		}
		if len(tracked)+len(a.untracked) != len(a.files) {
			t.Errorf("%s: %d tracked and %d untracked of %d files", a.name, len(tracked), len(a.untracked), len(a.files))
		}
		return
	}
	t.Error("no app has an untracked file")
}

func gitFiles(t *testing.T, dir string) map[string]bool {
	t.Helper()
	cmd := exec.Command("git", "ls-files")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{}
	for _, name := range strings.Fields(string(out)) {
		files[name] = true
	}
	return files
}

func corpus(t *testing.T) []app {
	t.Helper()
	return loadSet(t, mainSet)
}

func blindCorpus(t *testing.T) []app {
	t.Helper()
	return loadSet(t, blindSet)
}

func loadSet(t *testing.T, name string) []app {
	t.Helper()
	folder, err := folderOf(name)
	if err != nil {
		t.Fatal(err)
	}
	apps, err := loadApps(filepath.Join("../..", folder))
	if err != nil {
		t.Fatal(err)
	}
	return apps
}
