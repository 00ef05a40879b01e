// Package servicetest starts real services for tests: each in its own temporary folder, on a free port of the
// loopback interface, and stopped by its process id when the test ends.
//
// A service that is not installed skips the test with a message. With SALLYPORT_TEST_SERVICES=require in the
// environment it fails the test instead, so that nothing is skipped unseen where everything is installed.
package servicetest

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// Require is the environment variable that turns skips into failures when its value is "require".
const Require = "SALLYPORT_TEST_SERVICES"

// Find returns the path of an installed program. It also looks where Debian keeps servers, which is not in
// the PATH of every user. Without the program it skips or fails the test.
func Find(t testing.TB, program string) string {
	t.Helper()
	for _, name := range []string{program, "/usr/sbin/" + program, "/usr/local/sbin/" + program} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv(Require) == "require" {
		t.Fatalf("%s is not installed, and %s=require wants it", program, Require)
	}
	t.Skipf("%s is not installed", program)
	return ""
}

// FreeAddress returns a loopback address with a port that nobody listens on. Another program could take it
// before the service does; the service then fails to start, and the test with it.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Port returns the port of an address as text.
func Port(t testing.TB, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		t.Fatal(err)
	}
	return port
}
