package docs

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestEveryRoomIsDescribed wants each package in the table of architecture.md.
func TestEveryRoomIsDescribed(t *testing.T) {
	page, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "list", "../...").Output()
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/webchatspec/webchatspec/"
	for line := range strings.Lines(string(out)) {
		room, inside := strings.CutPrefix(strings.TrimSpace(line), module)
		if !inside || strings.HasPrefix(room, "examples/") || room == "docs" || strings.HasPrefix(room, "scripts") {
			continue
		}
		if !strings.Contains(string(page), "`"+room+"`") {
			t.Errorf("architecture.md does not say what %s owns", room)
		}
	}
}
