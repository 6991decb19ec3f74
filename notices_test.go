package webchatspec

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Who passes the command on must pass on the licences of what is in it.
func TestTheLicencesOfAllDependenciesAreThere(t *testing.T) {
	notices, err := os.ReadFile("THIRD_PARTY_NOTICES")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./cmd/webchatspec").Output()
	if err != nil {
		t.Fatal(err)
	}
	for module := range strings.Lines(string(out)) {
		if !strings.Contains(string(notices), "\n"+module) {
			t.Errorf("%s is missing: run 'make notices'", strings.TrimSpace(module))
		}
	}
}
