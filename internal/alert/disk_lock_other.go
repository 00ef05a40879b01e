//go:build !unix

package alert

import (
	"errors"
	"os"
)

// errLocked says that another process has a file.
var errLocked = errors.New("another process has it")

// lockFile fails: without a lock two processes would send the same alerts.
func lockFile(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func lock(*os.File) error { return errors.ErrUnsupported }
