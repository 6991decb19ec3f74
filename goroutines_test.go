package webchatspec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"strings"
	"testing"
)

// TestEveryGoroutineTellsOfItsPanic keeps the runtime from printing what the command
// would have masked. A goroutine is begun by go, or by the method Go of a group.
func TestEveryGoroutineTellsOfItsPanic(t *testing.T) {
	names, err := exec.Command("git", "ls-files", "*.go").Output()
	if err != nil {
		t.Skipf("the files of the repository cannot be listed: %v", err)
	}
	found := 0
	for name := range strings.FieldsSeq(string(names)) {
		if room, _, _ := strings.Cut(name, "/"); strings.HasSuffix(name, "_test.go") || room == "fixtures" || room == "examples" || room == "scripts" {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if begun := goroutine(node); begun != nil {
				found++
				if !tellsOfPanic(begun) {
					t.Errorf("%s: the goroutine does not begin with defer panics.Tell()", files.Position(node.Pos()))
				}
			}
			return true
		})
	}
	if found < 20 {
		t.Errorf("%d goroutines found", found)
	}
}

// goroutine is the function that a statement or a call runs in a goroutine of its own.
func goroutine(node ast.Node) ast.Expr {
	switch n := node.(type) {
	case *ast.GoStmt:
		return n.Call.Fun
	case *ast.CallExpr:
		if method, ok := n.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Go" && len(n.Args) == 1 {
			return n.Args[0]
		}
	}
	return nil
}

func tellsOfPanic(begun ast.Expr) bool {
	function, ok := begun.(*ast.FuncLit)
	if !ok || len(function.Body.List) == 0 {
		return false
	}
	deferred, ok := function.Body.List[0].(*ast.DeferStmt)
	if !ok {
		return false
	}
	called, ok := deferred.Call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := called.X.(*ast.Ident)
	return ok && from.Name == "panics" && called.Sel.Name == "Tell"
}
