package cli

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// tokenFields are names that fields for a token have in GraphQL, the likeliest first.
var tokenFields = []string{
	"chatToken", "createChatToken", "chatIdentityToken", "identityToken", "getChatToken", "webChatToken", "webchatToken",
	"generateChatToken", "issueChatToken", "chatJwt", "chatAuth", "chatSession", "createChatSession", "chatCredentials", "token", "jwt",
}

// innerFields are names of those below them.
var innerFields = []string{"token", "jwt", "identityToken", "chatToken", "accessToken", "value", "idToken"}

// The messages with which GraphQL servers refuse a query (graphql-js, and those that
// follow it).
var (
	unknownField = regexp.MustCompile(`(?i)(?:Cannot query field|Field|Unknown field) ["'\x60](\w+)["'\x60](?: on type| doesn't exist| does not exist| is not defined|.* in type .* is undefined)?`)
	wantsFields  = regexp.MustCompile(`(?i)Field ["'\x60](\w+)["'\x60] of type .* must have a (?:selection|sub)`)
	suggested    = regexp.MustCompile(`["'\x60](\w+)["'\x60]`)
)

// guessQuery asks a GraphQL server that does not tell its schema: for fields with usual
// names, and those that its refusals suggest. Nothing is run of a query with a field
// that is unknown.
func (s *survey) guessQuery(ctx context.Context) (surveyed, bool) {
	for _, kind := range []string{"query", "mutation"} {
		known, nested := s.fieldsOf(ctx, tokenFields, func(fields string) string { return kind + " { " + fields + " }" })
		const most = 3
		for _, field := range known[:min(len(known), most)] {
			query := kind + " { " + field + " }"
			if slices.Contains(nested, field) {
				within := func(fields string) string { return kind + " { " + field + " { " + fields + " } }" }
				below, _ := s.fieldsOf(ctx, innerFields, within)
				if len(below) == 0 {
					continue
				}
				query = within(below[0])
			}
			got := s.try(ctx, graphQuery(query))
			if got.token != "" {
				return got, true
			}
			if s.called == "" && got.err == nil {
				s.called = got.body
			}
		}
	}
	return surveyed{}, false
}

// fieldsOf returns which of the fields the server knows where the query has them, with
// those that it suggests, and which of them want fields of their own. It asks for what is
// certainly unknown as well, so that no query is run.
func (s *survey) fieldsOf(ctx context.Context, fields []string, query func(string) string) (known, nested []string) {
	const nowhere = "webchatspecNoSuchField"
	asked := slices.Clone(fields)
	for range 2 { // what the first refusals suggest is asked for as well
		got := s.try(ctx, graphQuery(query(strings.Join(append(slices.Clone(asked), nowhere), " "))))
		refused, ok := readRefusals(got.Body)
		if got.err != nil || !ok || !slices.Contains(refused.unknown, nowhere) { // or it speaks otherwise of what it does not know
			return nil, nil
		}
		known = slices.DeleteFunc(slices.Clone(asked), func(field string) bool { return slices.Contains(refused.unknown, field) })
		further := slices.DeleteFunc(refused.suggested, func(name string) bool { return !callWords.MatchString(name) || slices.Contains(asked, name) })
		if nested = refused.nested; len(further) == 0 {
			break
		}
		asked = append(slices.Clone(known), further...)
	}
	return known, nested
}

// refusals are the fields that a GraphQL server names when it refuses a query.
type refusals struct {
	unknown   []string
	nested    []string // known, and in want of fields of their own
	suggested []string // in the place of unknown ones, each once
}

// readRefusals reads the errors of an answer. It is false where that has none to read.
func readRefusals(body []byte) (r refusals, ok bool) {
	var answer struct{ Errors []struct{ Message string } }
	if json.Unmarshal(body, &answer) != nil {
		return r, false
	}
	for _, problem := range answer.Errors {
		if wants := wantsFields.FindStringSubmatch(problem.Message); wants != nil {
			r.nested = append(r.nested, wants[1])
			continue
		}
		no := unknownField.FindStringSubmatch(problem.Message)
		if no == nil {
			continue
		}
		r.unknown = append(r.unknown, no[1])
		_, hint, _ := strings.Cut(problem.Message, "Did you mean")
		for _, name := range suggested.FindAllStringSubmatch(hint, -1) {
			if !slices.Contains(r.suggested, name[1]) {
				r.suggested = append(r.suggested, name[1])
			}
		}
	}
	return r, true
}
