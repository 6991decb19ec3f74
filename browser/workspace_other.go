//go:build !unix

package browser

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// hold opens a file in a folder, which nobody can remove as long as it is open.
// The error says that somebody else holds it.
func hold(folder string) (*os.File, error) {
	name := filepath.Join(folder, "owner")
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.Create(name)
}
