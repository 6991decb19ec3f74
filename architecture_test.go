package webchatspec_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/internal/golden"
)

const module = "github.com/webchatspec/webchatspec/"

// mayImport is the table of rooms: what each package of this module may import
// of it, tests apart. A package may also import the packages below itself.
var mayImport = map[string][]string{
	"secrets":                {},
	"address":                {},
	"profiles":               {},
	"record":                 {"secrets", "internal/input"},
	"endpoint":               {"record", "secrets", "address", "mockassistant/verifier", "mockassistant/keytext", "internal/panics", "internal/sleep"},
	"mockassistant":          {"profiles", "record", "rulebook", "secrets", "address", "internal/panics", "internal/sleep"},
	"mockassistant/verifier": {"record", "secrets"},
	"mockassistant/webchat":  {"profiles"},
	"mockassistant/keytext":  {"secrets", "mockassistant/verifier"},
	"rulebook":               {"profiles", "record", "secrets"},
	"randomness":             {"internal/panics"},
	"suites":                 {"profiles", "randomness", "record", "rulebook", "secrets", "address"},
	"browser":                {"profiles", "record", "secrets", "address", "mockassistant", "mockassistant/verifier", "internal/panics", "internal/sleep"},
	"loadgen":                {"profiles", "record", "rulebook", "secrets", "address", "endpoint", "mockassistant/verifier", "internal/input", "internal/panics", "internal/sleep"},
	"fixtures/keys":          {},
	"fixtures/frameworks":    {"fixtures/keys"},
	"fixtures/nullserver":    {"fixtures/keys"},
	"fixtures/hostile":       {"fixtures/keys", "record"},
	"fixtures/process":       {},
	"fixtures/pages":         {"profiles"},
	"fixtures/issuers":       {"profiles", "address", "fixtures/keys", "fixtures/pages"},
	"fixtures/runs":          {"record"},
	"reports":                {"record", "secrets", "internal/panics"},
	"ginkgospecs":            {"record", "suites"},
	"webchatspectest":        {"record", "suites"},
	"internal/spelling":      {},
	"internal/signature":     {},
	"internal/golden":        {},
	"internal/input":         {},
	"internal/panics":        {},
	"internal/sleep":         {},
	"docs/schema":            {},
}

// only are the packages that alone may use a library.
var only = map[string]string{
	"github.com/chromedp/chromedp":    "browser",
	"github.com/tsenart/vegeta":       "loadgen",
	"github.com/onsi/ginkgo":          "ginkgospecs",
	"github.com/spf13/cobra":          "internal/cli",
	"github.com/spf13/cobra/doc":      "scripts/manual",
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
			if owner := ownerOf(imported); owner != "" && room != owner {
				t.Errorf("%s imports %s, which only %q may use", room, imported, owner)
			}
		}
	}
}

// ownerOf is the room that alone may import the package, by the longest prefix.
func ownerOf(path string) (owner string) {
	longest := ""
	for library, room := range only {
		if strings.HasPrefix(path, library) && len(library) > len(longest) {
			longest, owner = library, room
		}
	}
	return owner
}

func TestEveryRoomIsInTheTable(t *testing.T) {
	composing := []string{"", "cmd/webchatspec", "internal/cli", "internal/config", "scripts", "scripts/manual", "docs"}
	for room := range packageImports(t) {
		if _, listed := mayImport[room]; !listed && !slices.Contains(composing, room) && !strings.HasPrefix(room, "examples/") {
			t.Errorf("package %s is not in the table of rooms", room)
		}
	}
}

// mayNotBeLinked is what the released command does without: what only tests need, and
// what is heavy for the little that would be used of it.
var mayNotBeLinked = []string{
	"testing", "github.com/onsi/", module + "ginkgospecs", module + "webchatspectest",
	"github.com/prometheus/", "google.golang.org/protobuf/", "google.golang.org/grpc", "go.opentelemetry.io/", "k8s.io/", "sigs.k8s.io/",
	"cloud.google.com/", "github.com/aws/", "github.com/Azure/",
	"gonum.org/", "codeberg.org/go-fonts/", "golang.org/x/image/font", "github.com/golang/freetype", "github.com/wcharczuk/go-chart",
	"go.yaml.in/", "gopkg.in/yaml", "golang.org/x/text/language", "github.com/invopop/jsonschema", "github.com/spf13/cobra/doc",
}

// TestTheCommandIsLean keeps what nobody uses out of the binary.
func TestTheCommandIsLean(t *testing.T) {
	linked := strings.Fields(goList(t, "-deps", "./cmd/webchatspec"))
	if !slices.Contains(linked, module+"suites") {
		t.Fatal("the command does not hold the catalogue: the list is not what it seems")
	}
	for _, path := range linked {
		for _, heavy := range mayNotBeLinked {
			if path == heavy || heavy != "testing" && strings.HasPrefix(path, heavy) {
				t.Errorf("%s is linked into the command", path)
			}
		}
	}
}

// TestGoldenLinkedModules shows each module that comes into the command, or leaves it,
// in the review of the change that does it.
func TestGoldenLinkedModules(t *testing.T) {
	modules := strings.Fields(goList(t, "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./cmd/webchatspec"))
	slices.Sort(modules)
	golden.Compare(t, "linked-modules.txt", []byte(strings.Join(slices.Compact(modules), "\n")+"\n"))
}

// goList is what 'go list' prints for Linux, wherever the test runs.
func goList(t *testing.T, arguments ...string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, arguments...)...)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// packageImports returns the direct imports of each package of the module.
func packageImports(t *testing.T) map[string][]string {
	t.Helper()
	packages := map[string][]string{}
	for line := range strings.Lines(goList(t, "-f", "{{.ImportPath}}:{{join .Imports \" \"}}", "./...")) {
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
