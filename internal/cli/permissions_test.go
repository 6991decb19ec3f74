//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
)

// What is nobody else's can be read by its owner only; a public key is for everybody.
func TestWhoMayReadWhatIsWritten(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	for _, args := range [][]string{
		{"key", "new", "--private-out", in("key.pem"), "--public-out", in("key.pub")},
		{"token", "mint", "--public-key-out", in("minted.pub")},
		append([]string{"check", "--only", "exp-present", "--format", "html,json,junit,markdown", "--out", in("report")}, site(t, issuers.Options{})...),
	} {
		if code, output := command(t.Context(), args...); code != ExitOK {
			t.Fatalf("%v: exit %d\n%s", args, code, output)
		}
	}
	found := map[string]os.FileMode{}
	for _, pattern := range []string{"*", "report/*"} {
		files, err := filepath.Glob(in(pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err != nil {
				t.Error(err)
			} else if !info.IsDir() {
				found[filepath.Base(file)] = info.Mode().Perm()
			}
		}
	}
	for name, mode := range found {
		want := os.FileMode(0o600)
		if filepath.Ext(name) == ".pub" {
			want = 0o644
		}
		if mode != want {
			t.Errorf("%s can be read by %v, want %v", name, mode, want)
		}
	}
	if len(found) < 7 {
		t.Errorf("only %v were written", found)
	}
}
