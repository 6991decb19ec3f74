package webchatspec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestPageWordsAreSentAndLookedFor holds the words of the page part together:
// each constant by which the evidence says what something was is written by who
// drives the page and looked for by who judges it, and neither uses a text of
// its own in its place.
func TestPageWordsAreSentAndLookedFor(t *testing.T) {
	told := map[string]bool{ // told to readers only
		"LooksOther": true, "LeakInBody": true, "CauseSite": true, "CauseCut": true, "PhaseIn": true, "PhaseAfter": true, "PhaseBefore": true,
		"PhaseLogin": true, "PhaseLogout": true, "StepAfter": true,
		"EventStep": true, "EventAction": true, "EventClock": true, "EventWidget": true, "EventToken": true, "EventMessage": true,
		"EventRequest": true, "EventProblem": true, "WorkerDedicated": true, "WorkerShared": true,
		"ErrorConfig": true, "RefusedRoot": true, "RefusedToken": true, "RefusedQuirks": true,
		"ActorVisitor": true, "ActorPage": true, "ActorWidget": true, "ActorEndpoint": true, "ActorAssistant": true,
	}
	named := map[string]bool{ // written as the browser or the page names them
		"TypeNull": true, "TypeResponse": true, "TypePromise": true, "TypeDocument": true,
		"MethodUpdateUser": true, "MethodDestroySession": true, "ErrorToken": true,
		"RefusedRoot": true, "RefusedToken": true, "RefusedQuirks": true,
		"BlockedMixed": true, "BlockedEmbedder": true, "BlockedResource": true,
	}
	sent, lookedFor := recordNames(t, "browser/*.go"), recordNames(t, "suites/page*.go", "reports/*.go")
	for name := range constants(t, "record/pagewords.go", "record/page.go", "record/timeline.go") {
		if !sent[name] && !named[name] {
			t.Errorf("record.%s is looked for, perhaps, and never sent: browser does not use it", name)
		}
		if !lookedFor[name] && !told[name] {
			t.Errorf("record.%s is sent, and nobody looks for it", name)
		}
	}
	for place, text := range comparedTexts(t, "suites/page*.go") {
		t.Errorf("%s compares with the text %s: give it a constant in record", place, text)
	}
}

func parsed(t *testing.T, patterns ...string) (files []*ast.File, set *token.FileSet) {
	t.Helper()
	set = token.NewFileSet()
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	return files, set
}

// constants are the names of the constants that the files declare.
func constants(t *testing.T, patterns ...string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	files, _ := parsed(t, patterns...)
	for _, file := range files {
		for _, declaration := range file.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || general.Tok != token.CONST {
				continue
			}
			for _, spec := range general.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					names[name.Name] = true
				}
			}
		}
	}
	return names
}

// recordNames are the names of package record that the files use.
func recordNames(t *testing.T, patterns ...string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	files, _ := parsed(t, patterns...)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok {
				if of, ok := selector.X.(*ast.Ident); ok && of.Name == "record" {
					names[selector.Sel.Name] = true
				}
			}
			return true
		})
	}
	return names
}

// comparedTexts are the literals with which members of the evidence are
// compared, by their places. The empty text is none.
func comparedTexts(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	files, set := parsed(t, patterns...)
	note := func(e ast.Expr) {
		if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == token.STRING && literal.Value != `""` {
			found[set.Position(e.Pos()).String()] = literal.Value
		}
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				_, ofMember := n.X.(*ast.SelectorExpr)
				if ofMember && (n.Op == token.EQL || n.Op == token.NEQ) {
					note(n.Y)
				}
			case *ast.CaseClause:
				for _, e := range n.List {
					note(e)
				}
			}
			return true
		})
	}
	return found
}
