package suites

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestEachCheckStandsInOnePlace holds every entry to the function that judges
// it: the function follows the entry, and its name is the entry's id.
func TestEachCheckStandsInOnePlace(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, declaration := range file.Decls {
			id := entryID(declaration)
			if id == "" {
				continue
			}
			found++
			if i+1 == len(file.Decls) || !strings.EqualFold(functionName(file.Decls[i+1]), strings.ReplaceAll(id, "-", "")) {
				t.Errorf("%s: the function after the entry %s is not named after it", name, id)
			}
			if check, _ := Lookup(id); check.Area != "" && !strings.HasPrefix(name, check.Area) {
				t.Errorf("%s: the entry %s belongs into a file of the area %s", name, id, check.Area)
			}
		}
	}
	if found != len(Catalogue()) {
		t.Errorf("%d entries found, the catalogue has %d", found, len(Catalogue()))
	}
}

// entryID returns the id of the entry that a declaration adds, or "".
func entryID(declaration ast.Decl) string {
	id := ""
	general, ok := declaration.(*ast.GenDecl)
	if !ok {
		return ""
	}
	ast.Inspect(general, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if name, ok := call.Fun.(*ast.Ident); !ok || name.Name != "add" {
			return true
		}
		for _, element := range call.Args[0].(*ast.CompositeLit).Elts {
			member := element.(*ast.KeyValueExpr)
			if member.Key.(*ast.Ident).Name == "ID" {
				id = strings.Trim(member.Value.(*ast.BasicLit).Value, `"`)
			}
		}
		return false
	})
	return id
}

func functionName(declaration ast.Decl) string {
	if function, ok := declaration.(*ast.FuncDecl); ok {
		return function.Name.Name
	}
	return ""
}
