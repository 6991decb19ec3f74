package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// schemaQuery asks a GraphQL server for the fields that it has (GraphQL §4.5).
const schemaQuery = `{ __schema { queryType { name } mutationType { name } types { name fields { name args { type { kind } } type { kind name ofType { kind name ofType { kind name } } } } } } }`

// graphSchema is its answer.
type graphSchema struct {
	Query    graphNamed `json:"queryType"`
	Mutation graphNamed `json:"mutationType"`
	Types    []struct {
		Name   string
		Fields []graphField
	}
}

type graphNamed struct{ Name string }

type graphField struct {
	Name string
	Args []struct{ Type graphType }
	Type graphType
}

type graphType struct {
	Kind, Name string
	OfType     *graphType
}

// base is the type without what it is wrapped in. A list is none: its length is
// nothing to build on.
func (t graphType) base() (name string, isList bool) {
	for at := &t; at != nil; at = at.OfType {
		if at.Kind == "LIST" {
			return "", true
		}
		name = at.Name
	}
	return name, false
}

// graphWords match what a GraphQL server says of a request that has no query.
var graphWords = regexp.MustCompile(`(?i)graphql|\bquer(?:y|ies)\b|\boperations?\b|syntax error|mutation|schema`)

// speaksGraphQL says whether the answers are those of a GraphQL server. Other interfaces
// have a list of errors, too.
func (s *survey) speaksGraphQL() bool {
	called := graphWords.MatchString(s.base.URL)
	return slices.ContainsFunc(s.answers, func(got surveyed) bool {
		var answer struct {
			Errors []struct{ Message string }
		}
		return json.Unmarshal(got.Body, &answer) == nil && len(answer.Errors) > 0 && answer.Errors[0].Message != "" &&
			(called || graphWords.MatchString(answer.Errors[0].Message))
	})
}

// asQuery asks a GraphQL server that tells its schema for the field that sounds most
// like a token, of those that want no argument.
func (s *survey) asQuery(ctx context.Context) (surveyed, bool) {
	if s.base.Body != "" || !s.speaksGraphQL() {
		return surveyed{}, false
	}
	got := s.try(ctx, graphQuery(schemaQuery))
	var answer struct {
		Data struct {
			Schema graphSchema `json:"__schema"`
		}
	}
	if got.err != nil || json.Unmarshal(got.Body, &answer) != nil {
		return surveyed{}, false
	}
	queries := answer.Data.Schema.queries()
	if len(queries) == 0 {
		return s.guessQuery(ctx)
	}
	const most = 6
	for _, query := range queries[:min(len(queries), most)] {
		if got := s.try(ctx, graphQuery(query)); got.token != "" {
			return got, true
		}
	}
	return surveyed{}, false
}

func graphQuery(query string) way {
	body, _ := json.Marshal(map[string]string{"query": query}) // a text
	return way{method: http.MethodPost, body: string(body), header: jsonBody}
}

// queries are those for a text that sounds like a token, the likeliest first.
func (s graphSchema) queries() []string {
	types := map[string][]graphField{}
	for _, t := range s.Types {
		types[t.Name] = t.Fields
	}
	var paths [][]string
	const deepest = 4 // with the root
	var walk func(name string, path []string)
	walk = func(name string, path []string) {
		for _, field := range types[name] {
			inner, isList := field.Type.base()
			if field.wantsArguments() || isList || len(path) >= deepest {
				continue
			}
			below := append(slices.Clone(path), field.Name)
			if len(types[inner]) > 0 {
				walk(inner, below)
			} else if text := strings.ToLower(field.Name); strings.Contains(text, "token") || strings.Contains(text, "jwt") {
				paths = append(paths, below)
			}
		}
	}
	walk(s.Mutation.Name, []string{"mutation"})
	walk(s.Query.Name, []string{"query"})
	slices.SortStableFunc(paths, func(a, b []string) int {
		return cmp.Compare(likely(strings.Join(b, ".")), likely(strings.Join(a, ".")))
	})
	var queries []string
	for _, path := range paths {
		queries = append(queries, strings.Join(path, " { ")+strings.Repeat(" }", len(path)-1))
	}
	return queries
}

// wantsArguments says whether the field cannot be asked for by its name alone.
func (f graphField) wantsArguments() bool {
	for _, argument := range f.Args {
		if argument.Type.Kind == "NON_NULL" {
			return true
		}
	}
	return false
}
