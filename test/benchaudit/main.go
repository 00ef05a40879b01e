// Command benchaudit measures the audit of a long history against git log -p alone, which reads the same commits, and a
// commit with the hook against one without. They run by turns over repositories that it makes. It prints ratios: absolute numbers mean nothing on another
// machine.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	commits := flag.Int("commits", 7000, "commits of the history")
	rounds := flag.Int("rounds", 3, "runs of each")
	repository := flag.String("repository", "", "measure over this repository and make none")
	hook := flag.Bool("hook", false, "measure the hook alone")
	only := flag.String("make", "", "make the repository in this folder, and measure nothing")
	flag.Parse()
	if *only != "" {
		exit(makeRepository(*only, *commits))
	}
	exit(run(*commits, *rounds, *repository, *hook))
}

// exit ends the program, with a word when err is one.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchaudit:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// usage is what one run took, with all processes that it started.
type usage struct {
	wall, cpu time.Duration
	memory    int64 // largest resident set of one process, in bytes
}

func run(commits, rounds int, repository string, hook bool) error {
	dir, err := os.MkdirTemp("", "sallyport-benchaudit-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "sallyport")
	build := exec.Command("go", "build", "-o", binary, "./cmd/sallyport")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the command: %w: %s", err, out)
	}
	if hook {
		return measureHook(dir, binary, rounds)
	}
	if err := measureHistory(dir, binary, commits, rounds, repository); err != nil {
		return err
	}
	return measureHook(dir, binary, rounds)
}

func measureHistory(dir, binary string, commits, rounds int, repository string) error {
	wanted := 0
	if repository == "" {
		// in a process of its own: the largest memory of a child counts what its parent had when it began
		repository, wanted = filepath.Join(dir, "repository"), planted
		if out, err := exec.Command(os.Args[0], "-make", repository, "-commits", strconv.Itoa(commits)).CombinedOutput(); err != nil {
			return fmt.Errorf("making the repository: %w: %s", err, out)
		}
	}
	audit := []string{binary, "audit", "--only", "secret-in-history", "--format", "json", "--fail-on", "none", repository}
	log := []string{"git", "-C", repository, "log", "-p", "--diff-merges=dense-combined", "-U0", "--no-renames", "--branches", "--tags", "--remotes", "HEAD"}
	if err := check(audit, wanted); err != nil {
		return err
	}
	var audits, logs []usage
	for range rounds {
		for list, command := range map[*[]usage][]string{&audits: audit, &logs: log} {
			u, err := measure(command)
			if err != nil {
				return err
			}
			*list = append(*list, u)
		}
	}
	return show(median(audits), median(logs))
}

// check wants every planted secret found: a fast audit that finds nothing is no audit.
func check(audit []string, wanted int) error {
	out, err := exec.Command(audit[0], audit[1:]...).Output()
	if err != nil {
		return fmt.Errorf("auditing: %w", err)
	}
	if found := bytes.Count(out, []byte(`"class":"secret-in-history"`)); found < wanted {
		return fmt.Errorf("auditing: %d of %d planted secrets were found", found, wanted)
	}
	fmt.Printf("%d planted secrets, all found; %s\n", wanted, commitsOf(string(out)))
	return nil
}

func commitsOf(out string) string {
	_, rest, _ := strings.Cut(out, `"commits":`)
	number, _, _ := strings.Cut(rest, ",")
	return number + " commits"
}

func measure(command []string) (usage, error) {
	cmd := exec.Command(command[0], command[1:]...)
	start := time.Now()
	err := cmd.Run()
	if cmd.ProcessState == nil {
		return usage{}, err
	}
	rusage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return usage{}, errors.New("this system does not tell what a process used")
	}
	u := usage{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), memory: int64(rusage.Maxrss) << 10}
	if err != nil {
		return u, fmt.Errorf("running %s: %w", filepath.Base(command[0]), err)
	}
	return u, nil
}

// median takes each measure by itself.
func median(list []usage) usage {
	middle := func(of func(usage) int64) int64 {
		var values []int64
		for _, u := range list {
			values = append(values, of(u))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return usage{
		wall:   time.Duration(middle(func(u usage) int64 { return int64(u.wall) })),
		cpu:    time.Duration(middle(func(u usage) int64 { return int64(u.cpu) })),
		memory: middle(func(u usage) int64 { return u.memory }),
	}
}

func show(audit, log usage) error {
	_, err := fmt.Printf("%-14s %10s %10s %10s\n%-14s %10.2f %10.2f %10d\n%-14s %10.2f %10.2f %10d\n%-14s %10.2f %10.2f %10.2f\n",
		"", "time s", "cpu s", "peak MiB",
		"audit", audit.wall.Seconds(), audit.cpu.Seconds(), audit.memory>>20,
		"git log -p", log.wall.Seconds(), log.cpu.Seconds(), log.memory>>20,
		"ratio", ratio(int64(audit.wall), int64(log.wall)), ratio(int64(audit.cpu), int64(log.cpu)), ratio(audit.memory, log.memory))
	return err
}

func ratio(a, b int64) float64 { return float64(a) / float64(max(b, 1)) }
