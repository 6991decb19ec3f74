// Package input opens files that a user names, of which nothing is known before:
// a device that never ends, a pipe that nobody writes to or reads, a folder.
package input

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"syscall"
)

// File returns what is in the file name, which may have at most most bytes. A
// named pipe that nobody writes to is empty, and not waited for.
func File(name string, most int64) ([]byte, error) {
	f, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return All(f, name, most)
}

// Open opens the file name for reading, without waiting for who writes to it.
func Open(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// Create opens the file name for writing, empty, and makes it where there is none. A
// named pipe that nobody reads is an error, and not waited for.
func Create(name string, mode os.FileMode) (*os.File, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NONBLOCK, mode)
}

// All returns what is in r, which the error calls by its name.
func All(r io.Reader, name string, most int64) ([]byte, error) {
	var text bytes.Buffer
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			if info.Size() > most {
				return nil, tooLarge(name, most)
			}
			text.Grow(int(info.Size()) + bytes.MinRead) // what grows on the way costs twice its size
		}
	}
	if _, err := text.ReadFrom(io.LimitReader(r, most+1)); err != nil {
		return nil, err
	}
	if int64(text.Len()) > most {
		return nil, tooLarge(name, most)
	}
	return text.Bytes(), nil
}

func tooLarge(name string, most int64) error {
	return fmt.Errorf("%s is larger than %d MiB", name, most>>20)
}
