//go:build unix

package browser

import (
	"errors"
	"os"
	"syscall"
)

// hold locks a folder until the file is closed, or its process ends. The error
// says that somebody else holds it.
func hold(folder string) (*os.File, error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
