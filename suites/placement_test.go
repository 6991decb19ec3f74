package suites

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEachCheckStandsInOnePlace holds every entry to the function that judges
// it: the function follows the entry, and its name is the entry's id. Rules of a
// single token stand so in the rulebook.
func TestEachCheckStandsInOnePlace(t *testing.T) {
	found := 0
	for _, name := range sources(t, "*.go", "../rulebook/*.go") {
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
			if i+1 == len(file.Decls) || !namedAfter(functionName(file.Decls[i+1]), id) {
				t.Errorf("%s: the function after the entry %s is not named after it", name, id)
			}
			isRule := strings.HasPrefix(name, "../rulebook")
			if check, _ := Lookup(id); check.Area != "" && !strings.HasPrefix(name, check.Area) && !isRule {
				t.Errorf("%s: the entry %s belongs into a file of the area %s", name, id, check.Area)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if pair, ok := n.(*ast.KeyValueExpr); ok {
				checkWider(t, pair)
			}
			return true
		})
	}
	if found != len(Whole()) {
		t.Errorf("%d entries found, the catalogue has %d", found, len(Whole()))
	}
}

// checkWider holds what a run adds to a rule to the rule's name:
// "token-bare": {judge: tokenBare}.
func checkWider(t *testing.T, pair *ast.KeyValueExpr) {
	id, isText := pair.Key.(*ast.BasicLit)
	members, isStruct := pair.Value.(*ast.CompositeLit)
	if !isText || !isStruct {
		return
	}
	for _, element := range members.Elts {
		member, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if name, ok := member.Key.(*ast.Ident); !ok || name.Name != "judge" {
			continue
		}
		if judge, ok := member.Value.(*ast.Ident); !ok || !namedAfter(judge.Name, strings.Trim(id.Value, `"`)) {
			t.Errorf("the function that widens the rule %s is not named after it", id.Value)
		}
	}
}

func namedAfter(function, id string) bool {
	return strings.EqualFold(function, strings.ReplaceAll(id, "-", ""))
}

// sources returns the files of the patterns that are no tests.
func sources(t *testing.T, patterns ...string) []string {
	t.Helper()
	var names []string
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, files...)
	}
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
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
