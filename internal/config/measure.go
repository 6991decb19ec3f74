package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What bounds a configuration, several times what a large one has: the time and
// memory that YAML costs grow much faster than its text.
const (
	maxYAML    = 1 << 20 // bytes
	maxKeys    = 10_000  // and entries of lists
	maxNesting = 60
	maxNodes   = 20_000 // with each alias in full
)

// parseYAML reads YAML text that may be anything.
func parseYAML(text []byte) (*ast.File, error) {
	if len(text) > maxYAML {
		return nil, fmt.Errorf("it is larger than %d MiB", maxYAML>>20)
	}
	if err := measureTokens(lexer.Tokenize(string(text))); err != nil {
		return nil, err
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, errors.New(strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	sizes := sizes{}
	for _, document := range file.Docs {
		if sizes.of(document.Body) > maxNodes {
			return nil, fmt.Errorf("it has more than %d values, each alias in full", maxNodes)
		}
	}
	return file, nil
}

// measureTokens bounds the number of keys and the nesting before they are parsed.
func measureTokens(tokens token.Tokens) error {
	keys, brackets, dashes := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.MappingValueType, token.MappingKeyType, token.CollectEntryType:
			keys++
		case token.SequenceEntryType:
			keys++
			dashes++
			if t.Prev == nil || t.Prev.Type != token.SequenceEntryType {
				dashes = 1
			}
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets--
		}
		if max(brackets, dashes) > maxNesting {
			return fmt.Errorf("line %d: nested more than %d deep", t.Position.Line, maxNesting)
		}
	}
	if keys > maxKeys {
		return fmt.Errorf("it has more than %d keys", maxKeys)
	}
	return nil
}

// sizes has how many values stand in what an anchor names.
type sizes map[string]int

// of counts the values in a node, with each alias in full, up to above the limit.
func (s sizes) of(node ast.Node) int {
	size := 1
	add := func(inner ast.Node) { size = min(size+s.of(inner), maxNodes+1) }
	switch node := node.(type) {
	case *ast.AnchorNode:
		add(node.Value)
		s[node.Name.GetToken().Value] = size
	case *ast.AliasNode:
		size = max(1, s[node.Value.GetToken().Value])
	case *ast.TagNode:
		add(node.Value)
	case *ast.MappingNode:
		for _, value := range node.Values {
			add(value)
		}
	case *ast.MappingValueNode:
		add(node.Value)
	case *ast.SequenceNode:
		for _, value := range node.Values {
			add(value)
		}
	}
	return size
}
