package webchatspec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestWhatIsLookedForIsSent holds gathering and judging together: requests are
// told apart by the constants of record and by nothing else. Each variant that a
// check looks for is one that the endpoint part sends, and each one that it sends
// is looked for, by itself or with all of its probe.
func TestWhatIsLookedForIsSent(t *testing.T) {
	declared := variantConstants(t)
	sent, lookedFor := constantsUsed(t, "endpoint"), constantsUsed(t, "suites")
	probeOf := map[record.Variant][]string{}
	for probe, variants := range record.Variants {
		for _, variant := range variants {
			probeOf[variant] = append(probeOf[variant], probe)
		}
	}
	probeConstants := probeConstantNames(t)
	for name, variant := range declared {
		if !sent[name] {
			t.Errorf("record.%s is never sent", name)
		}
		probes := probeOf[variant]
		if len(probes) == 0 {
			t.Errorf("record.%s is in the list of no probe", name)
		}
		whole := slices.ContainsFunc(probes, func(probe string) bool { return lookedFor[probeConstants[probe]] })
		if !lookedFor[name] && !whole {
			t.Errorf("record.%s is sent and never looked at", name)
		}
	}
	if len(declared) < 50 {
		t.Errorf("only %d variants were found: the test looks at nothing", len(declared))
	}
}

// variantConstants are the constants of record of the type Variant.
func variantConstants(t *testing.T) map[string]record.Variant {
	t.Helper()
	values := map[string]record.Variant{}
	eachFile(t, "record", func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if kind, named := specType(spec); ok && named && kind == "Variant" {
				for i, name := range spec.Names {
					values[name.Name] = record.Variant(literal(spec.Values[i]))
				}
			}
			return true
		})
	})
	return values
}

func specType(spec *ast.ValueSpec) (string, bool) {
	if spec == nil {
		return "", false
	}
	kind, ok := spec.Type.(*ast.Ident)
	if !ok {
		return "", false
	}
	return kind.Name, true
}

// probeConstantNames are the names of the constants for probes, by their values.
func probeConstantNames(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	eachFile(t, "record", func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Probe") && len(spec.Values) == 1 {
				names[literal(spec.Values[0])] = spec.Names[0].Name
			}
			return true
		})
	})
	return names
}

// constantsUsed are the names of record that a room's code uses. A variant in a
// literal is an error: renaming the constant would leave it behind.
func constantsUsed(t *testing.T, room string) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	eachFile(t, room, func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "record" {
					used[n.Sel.Name] = true
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && strings.EqualFold(key.Name, "variant") && literal(n.Value) != "" {
					t.Errorf("%s: the variant %q is no constant", room, literal(n.Value))
				}
			case *ast.BinaryExpr:
				if x, ok := n.X.(*ast.SelectorExpr); ok && strings.EqualFold(x.Sel.Name, "variant") && literal(n.Y) != "" {
					t.Errorf("%s: the variant %q is no constant", room, literal(n.Y))
				}
			}
			return true
		})
	})
	return used
}

// literal is the text of a string literal, or "".
func literal(e ast.Expr) string {
	if text, ok := e.(*ast.BasicLit); ok && text.Kind == token.STRING {
		return strings.Trim(text.Value, "`\"")
	}
	return ""
}

// eachFile parses the files of a room, tests apart.
func eachFile(t *testing.T, room string, look func(*ast.File)) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(room, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files in %s: %v", room, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		look(file)
	}
}

// TestEveryProbeHasAnEntry keeps the list of variants whole.
func TestEveryProbeHasAnEntry(t *testing.T) {
	names := probeConstantNames(t)
	for _, probe := range slices.Sorted(maps.Keys(record.Variants)) {
		if names[probe] == "" {
			t.Errorf("variants are listed for %q, which is no probe", probe)
		}
	}
}
