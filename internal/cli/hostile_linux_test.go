package cli

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/hostile"
)

// What an endpoint sends to fill the memory of whoever asks does not, whatever asks,
// and no command is content with it.
func TestHostileEndpointsDoNotFillTheMemory(t *testing.T) {
	folder := t.TempDir()
	commands := map[string][]string{
		"check": {"check", "--timeout", "5s", "--out", folder, "--quiet"},
		"load":  {"load", "--load-rate", "200", "--load-duration", "500ms", "--out", folder, "--quiet"},
		"init":  {"init", "--force", "--write", filepath.Join(folder, "init.yaml")},
	}
	var all sync.WaitGroup
	slots := make(chan struct{}, 2)
	for _, kind := range hostile.Named("endless body", "endless headers", "br bomb", "zstd bomb", "cookies") {
		server, err := kind.Start()
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		for name, args := range commands {
			all.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				mebibytes, output := peak(t, append(args, server.URL)...)
				t.Logf("%s, %s: %d MiB", name, kind.Name, mebibytes)
				if mebibytes > 150 || strings.Contains(output, "PASSED") {
					t.Errorf("%s, %s: %d MiB\n%.2000s", name, kind.Name, mebibytes, output)
				}
			})
		}
	}
	all.Wait()
}
