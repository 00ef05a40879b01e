// Command bench measures the built server against a floor, a bare net/http handler with a fixed body, in one
// interleaved run. It prints ratios: absolute numbers mean nothing on another machine.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == floorArgument {
		serveFloor()
		return
	}
	duration := flag.Duration("duration", 2*time.Second, "time of one measurement")
	rounds := flag.Int("rounds", 5, "measurements of each variant")
	connections := flag.Int("connections", 64, "connections")
	only := flag.String("only", "", "regular expression for the variants to measure; the floor is always one")
	profile := flag.String("profile", "", "folder for profiles of the command, one of the processor and one of the memory for each variant")
	flag.Parse()
	if err := run(*duration, *rounds, *connections, *only, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// variant is one kind of request to one server.
type variant struct {
	name     string
	server   *process
	requests [][]byte // asked in turn
	status   string   // that every answer must have
	ratios   []ratio
}

// ratio compares one sample with the floor's just before it: what else the machine does changes by the second.
type ratio struct{ throughput, efficiency float64 }

// sample is one measurement.
type sample struct {
	throughput float64       // answers a second
	cpu        time.Duration // of the server, for each answer
}

func run(duration time.Duration, rounds, connections int, only, profile string) error {
	dir, err := os.MkdirTemp("", "sallyport-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	variants, stop, err := start(dir, profile != "")
	defer stop()
	if err != nil {
		return err
	}
	wanted, err := regexp.Compile("^floor$|" + only)
	if err != nil {
		return err
	}
	variants = slices.DeleteFunc(variants, func(v *variant) bool { return !wanted.MatchString(v.name) })
	for round := range rounds {
		for _, v := range variants[1:] {
			progress("round %d of %d: %s", round+1, rounds, v.name)
			if err := compare(variants[0], v, duration, connections); err != nil {
				return err
			}
		}
	}
	progress("")
	print(variants)
	if profile != "" {
		return profileAll(profile, variants[1:], duration, connections)
	}
	if only != "" {
		return nil
	}
	return printAlone()
}

// progress is one line on a terminal.
func progress(format string, args ...any) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintf(os.Stderr, "\r\x1b[K"+format, args...)
	}
}

// compare measures the floor and then v.
func compare(floor, v *variant, duration time.Duration, connections int) error {
	least, err := measure(floor, duration, connections)
	if err != nil {
		return fmt.Errorf("measuring the floor: %w", err)
	}
	s, err := measure(v, duration, connections)
	if err != nil {
		return fmt.Errorf("measuring %s: %w", v.name, err)
	}
	v.ratios = append(v.ratios, ratio{s.throughput / least.throughput, float64(least.cpu) / float64(s.cpu)})
	return nil
}

func print(variants []*variant) {
	all, own := variants[0].server.resident()
	fmt.Printf("floor: resident %d MB, its own %d MB\n\n", all>>20, own>>20)
	fmt.Printf("%-40s %22s %22s %18s\n", "variant", "throughput / floor", "CPU efficiency / floor", "resident, own")
	for _, v := range variants[1:] {
		var throughput, efficiency []float64
		for _, r := range v.ratios {
			throughput, efficiency = append(throughput, r.throughput), append(efficiency, r.efficiency)
		}
		all, own := v.server.resident()
		fmt.Printf("%-40s %22s %22s %6d MB, %4d MB\n", v.name, median(throughput), median(efficiency), all>>20, own>>20)
	}
}

// printAlone measures what needs no network.
func printAlone() error {
	fmt.Println()
	for _, b := range alone() {
		r := testing.Benchmark(b.run)
		if r.N == 0 {
			return fmt.Errorf("%s failed", b.name)
		}
		fmt.Printf("%-40s %8d ns %5d allocations %7d bytes a request\n", b.name, r.NsPerOp(), r.AllocsPerOp(), r.AllocedBytesPerOp())
	}
	return printCustomers(1_000_000)
}

// median is the middle with its range.
func median(values []float64) string {
	slices.Sort(values)
	return fmt.Sprintf("%.2f (%.2f to %.2f)", values[len(values)/2], values[0], values[len(values)-1])
}
