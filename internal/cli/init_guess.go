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
		var answer struct{ Errors []struct{ Message string } }
		if got.err != nil || json.Unmarshal(got.Body, &answer) != nil {
			return nil, nil
		}
		known, nested = slices.Clone(asked), nil
		refused := false
		var further []string
		for _, problem := range answer.Errors {
			if wants := wantsFields.FindStringSubmatch(problem.Message); wants != nil {
				nested = append(nested, wants[1])
				continue
			}
			no := unknownField.FindStringSubmatch(problem.Message)
			if no == nil {
				continue
			}
			refused = refused || no[1] == nowhere
			known = slices.DeleteFunc(known, func(field string) bool { return field == no[1] })
			if _, hint, suggests := strings.Cut(problem.Message, "Did you mean"); suggests {
				for _, name := range suggested.FindAllStringSubmatch(hint, -1) {
					if callWords.MatchString(name[1]) && !slices.Contains(asked, name[1]) && !slices.Contains(further, name[1]) {
						further = append(further, name[1])
					}
				}
			}
		}
		if !refused { // it speaks otherwise of what it does not know
			return nil, nil
		}
		if len(further) == 0 {
			return known, nested
		}
		asked = append(known, further...)
	}
	return known, nested
}
