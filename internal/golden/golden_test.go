package golden_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/internal/golden"
)

// told keeps what a comparison says in place of failing the test.
type told struct {
	testing.TB
	text string
}

func (t *told) Helper()                        {}
func (t *told) Errorf(format string, a ...any) { t.text += fmt.Sprintf(format, a...) }

func TestAChangeIsShownWithTheCommandThatAcceptsIt(t *testing.T) {
	t.Setenv(golden.Variable, "")
	path := filepath.Join(t.TempDir(), "report.txt")
	if err := os.WriteFile(path, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	changed, same, missing := &told{TB: t}, &told{TB: t}, &told{TB: t}
	golden.CompareFile(changed, path, []byte("one\nthree\n"))
	golden.CompareFile(same, path, []byte("one\ntwo\n"))
	golden.CompareFile(missing, path+".none", []byte("one\n"))
	for _, want := range []string{"-two", "+three", "make goldens"} {
		if !strings.Contains(changed.text, want) {
			t.Errorf("the change does not tell %q:\n%s", want, changed.text)
		}
	}
	if same.text != "" || !strings.Contains(missing.text, "+one") {
		t.Errorf("the same text reads %q, a missing file %q", same.text, missing.text)
	}
	t.Setenv(golden.Variable, "update")
	golden.CompareFile(changed, path, []byte("one\nthree\n"))
	if text, _ := os.ReadFile(path); string(text) != "one\nthree\n" {
		t.Errorf("after the update the file reads %q", text)
	}
}
