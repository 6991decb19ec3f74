// Package golden compares what a test made with a file of the repository. A
// failure prints the difference and the one command that writes all such files
// anew: make goldens.
package golden

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
)

// Variable is the environment variable that has the files written: "update".
const Variable = "GOLDEN"

// Compare compares got with the file testdata/name of the test's package. The
// name of a test that uses it holds "Golden", so that make goldens finds it.
func Compare(t testing.TB, name string, got []byte) {
	t.Helper()
	CompareFile(t, filepath.Join("testdata", filepath.FromSlash(name)), got)
}

// CompareFile is [Compare] for a file at another place, such as documentation.
func CompareFile(t testing.TB, path string, got []byte) {
	t.Helper()
	if os.Getenv(Variable) == "update" {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, got, 0o644)); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if difference := diff.Diff("in the repository: "+path, want, "made now", got); difference != nil {
		t.Errorf("%s has changed. If that is meant, run 'make goldens' and look at the change with git.\n%s", path, difference)
	}
}
