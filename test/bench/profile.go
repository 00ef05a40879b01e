package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// profiler is a further file of the command for a run with -profile. At SIGUSR1 it starts a profile of the processor,
// and at the next one it ends it and adds one of the memory. The product itself has nothing of it.
const profiler = `package main

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"syscall"
)

var _ = profile(os.Getenv("BENCH_PROFILE"))

func profile(path string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for range signals {
			f, err := os.Create(path + ".cpu")
			if err != nil {
				continue
			}
			pprof.StartCPUProfile(f)
			<-signals
			pprof.StopCPUProfile()
			f.Close()
			if f, err = os.Create(path + ".heap"); err == nil {
				runtime.GC()
				pprof.Lookup("heap").WriteTo(f, 0)
				f.Close()
			}
		}
	}()
	return nil
}
`

func profileAll(folder string, variants []*variant, duration time.Duration, connections int) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, v := range variants {
		if err := profileInto(folder, v, duration, connections); err != nil {
			return fmt.Errorf("profiling %s: %w", v.name, err)
		}
	}
	return nil
}

// profileInto loads v once more, and keeps what its server's profiler says under its name in the folder.
func profileInto(folder string, v *variant, duration time.Duration, connections int) error {
	if err := v.server.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		return err
	}
	if _, err := load(v, duration, connections); err != nil {
		return err
	}
	if err := v.server.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		return err
	}
	time.Sleep(time.Second) // until it is written
	for _, kind := range []string{".cpu", ".heap"} {
		if err := os.Rename(v.server.profile+kind, filepath.Join(folder, fileName(v.name)+kind)); err != nil {
			return err
		}
	}
	return nil
}

// fileName keeps letters and digits of a variant's name.
func fileName(name string) string {
	text := []byte(name)
	for i, c := range text {
		if c < '0' || c > '9' && c < 'A' || c > 'z' {
			text[i] = '-'
		}
	}
	return string(text)
}
