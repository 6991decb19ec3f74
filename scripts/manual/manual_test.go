package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/internal/cli"
)

// TestManualHasAPageForEachCommand also holds the pages to the date that is given.
func TestManualHasAPageForEachCommand(t *testing.T) {
	folder := t.TempDir()
	if err := write(folder, time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	for _, cmd := range cli.Command().Commands() {
		page, err := os.ReadFile(filepath.Join(folder, "webchatspec-"+cmd.Name()+".1"))
		if cmd.Hidden || cmd.Name() == "help" || cmd.IsAdditionalHelpTopicCommand() {
			continue
		}
		if err != nil {
			t.Errorf("%s has no page: %v", cmd.Name(), err)
			continue
		}
		for _, want := range []string{"Jan 2027", cmd.Short} {
			if !strings.Contains(string(page), want) {
				t.Errorf("the page of %s lacks %q", cmd.Name(), want)
			}
		}
	}
}
