package webchatspec_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/webchatspec/webchatspec/"

// mayImport is the table of rooms: what each package of this module may import
// of it, tests apart. A package may also import the packages below itself.
var mayImport = map[string][]string{
	"secrets":                {},
	"address":                {},
	"profiles":               {},
	"record":                 {"secrets", "internal/input"},
	"endpoint":               {"record", "secrets", "address", "mockassistant/verifier", "mockassistant/keytext"},
	"mockassistant":          {"profiles", "record", "rulebook", "secrets", "address"},
	"mockassistant/verifier": {"record", "secrets"},
	"mockassistant/webchat":  {"profiles"},
	"mockassistant/keytext":  {"secrets", "mockassistant/verifier"},
	"rulebook":               {"profiles", "record", "secrets"},
	"randomness":             {},
	"suites":                 {"profiles", "randomness", "record", "rulebook", "secrets", "address"},
	"browser":                {"profiles", "record", "secrets", "address", "mockassistant", "mockassistant/verifier"},
	"loadgen":                {"record", "secrets", "address", "endpoint", "mockassistant/verifier"},
	"fixtures/keys":          {},
	"fixtures/nullserver":    {"fixtures/keys"},
	"fixtures/pages":         {"profiles"},
	"fixtures/issuers":       {"profiles", "address", "fixtures/keys", "fixtures/pages"},
	"fixtures/runs":          {"record"},
	"reports":                {"record", "secrets"},
	"ginkgospecs":            {"record", "suites"},
	"webchatspectest":        {"record", "suites"},
	"internal/spelling":      {},
	"internal/signature":     {},
	"internal/golden":        {},
	"internal/input":         {},
}

// only are the packages that alone may use a library.
var only = map[string]string{
	"github.com/chromedp/chromedp":    "browser",
	"github.com/tsenart/vegeta":       "loadgen",
	"github.com/onsi/ginkgo":          "ginkgospecs",
	"gonum.org/v1/plot":               "reports",
	"github.com/spf13/cobra":          "internal/cli",
	"github.com/rogpeppe/go-internal": "internal/golden",
}

func TestRoomsImportOnlyWhatTheTableAllows(t *testing.T) {
	for room, imports := range packageImports(t) {
		allowed, listed := mayImport[room]
		for _, imported := range imports {
			inside, ours := strings.CutPrefix(imported, module)
			below := strings.HasPrefix(inside, room+"/")
			if ours && listed && !below && !slices.Contains(allowed, inside) {
				t.Errorf("%s imports %s, which the table of rooms does not allow", room, inside)
			}
			for library, owner := range only {
				if strings.HasPrefix(imported, library) && room != owner {
					t.Errorf("%s imports %s, which only %q may use", room, imported, owner)
				}
			}
		}
	}
}

func TestEveryRoomIsInTheTable(t *testing.T) {
	composing := []string{"", "cmd/webchatspec", "internal/cli", "internal/config", "internal/schema", "scripts", "scripts/manual", "docs"}
	for room := range packageImports(t) {
		if _, listed := mayImport[room]; !listed && !slices.Contains(composing, room) && !strings.HasPrefix(room, "examples/") {
			t.Errorf("package %s is not in the table of rooms", room)
		}
	}
}

// TestTheCommandHoldsNoTestFramework keeps what only tests need out of the binary.
func TestTheCommandHoldsNoTestFramework(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./cmd/webchatspec").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	if !slices.Contains(linked, module+"suites") {
		t.Fatal("the command does not hold the catalogue: the list is not what it seems")
	}
	for _, path := range linked {
		for _, framework := range []string{"testing", "github.com/onsi/", module + "ginkgospecs", module + "webchatspectest"} {
			if path == framework || strings.HasPrefix(path, framework) && framework != "testing" {
				t.Errorf("%s is linked into the command", path)
			}
		}
	}
}

// packageImports returns the direct imports of each package of the module.
func packageImports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}:{{join .Imports \" \"}}", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		path, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		room := strings.TrimPrefix(strings.TrimPrefix(path, strings.TrimSuffix(module, "/")), "/")
		packages[room] = strings.Fields(imports)
	}
	return packages
}

// vendorWords are what the contracts of vendors call their things, and their hosts.
var vendorWords = regexp.MustCompile(`(?i)watson\.|watson-(?:assistant|orchestrate)|appdomain|wxoLoader|wxOConfiguration|watsonAssistantChat|identityTokenExpired|authTokenNeeded|updateIdentityToken|updateAuthToken`)

// TestVendorsStandInTheirProfiles holds the words of vendors to the profiles, where
// one looks for them. The fixtures are sites, and speak as sites do; a comment may
// give an example, and so may a command's help.
func TestVendorsStandInTheirProfiles(t *testing.T) {
	files, err := exec.Command("git", "ls-files", "*.go", "*.js", "*.html", "*.tmpl").Output()
	if err != nil {
		t.Skipf("the files of the repository cannot be listed: %v", err)
	}
	for name := range strings.FieldsSeq(string(files)) {
		if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/") || strings.HasPrefix(name, "examples/") || strings.HasPrefix(name, "profiles/") || strings.HasPrefix(name, "fixtures/") || name == "internal/cli/profiles.go" || name == "internal/config/settings.go" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if code, _, _ := strings.Cut(line, "//"); vendorWords.MatchString(code) {
				t.Errorf("%s:%d names a vendor's thing, which belongs into its profile: %s", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}
