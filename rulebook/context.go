package rulebook

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// The rules of contracts in which a token carries variables of the conversation.

var _ = add(Rule{
	ID: "context-plain", Area: AreaClaims, Level: record.Must, Profile: profiles.WatsonxOrchestrate.ID,
	Title:  "context, if present, is a flat JSON object: its members are strings, numbers, true, false or null",
	Why:    "The assistant takes simple values as context variables; an object, a list or a text with JSON in it does not become one.",
	Fix:    "Make context a flat object: one member for each variable, with a simple value.",
	Source: "vendor: context variables",
	Faults: []string{"context-nested", "context-text", "context-list"},
	look:   contextPlain,
})

func contextPlain(t Token) *record.Finding {
	claim, ok := t.Claims["context"]
	if !ok || isFingerprint(claim) {
		return nil
	}
	const expected = "context is an object of simple values"
	members, isObject := objectOf(claim)
	if !isObject {
		return breaks(expected, "context %s", record.QuoteJSON(claim))
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if value := string(members[name]); strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
			return breaks(expected, "context.%s is no simple value: %s", name, record.QuoteJSON(members[name]))
		}
	}
	return nil
}

var _ = add(Rule{
	ID: "context-names", Area: AreaClaims, Level: record.Must, Profile: profiles.WatsonxOrchestrate.ID,
	Title:    "The names in context do not begin with {reserved}",
	Why:      "Names with this prefix belong to the assistant: it ignores what the site sends there, or misreads it.",
	Fix:      "Rename the variable so that it does not begin with {reserved}.",
	Source:   "vendor: context variables",
	Faults:   []string{"context-reserved", "context-reserved-case", "context-reserved-among"},
	YieldsTo: []string{"context-plain"},
	look:     contextNames,
})

func contextNames(t Token) *record.Finding {
	members, _ := objectOf(t.Claims["context"])
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if strings.HasPrefix(strings.ToLower(name), t.Profile.Token.ContextPrefix) {
			return breaks("names in context that do not begin with {reserved}", "context.%s", name)
		}
	}
	return nil
}

// isFingerprint says whether a claim was too long to be kept of one token of very
// many: its fingerprint stands in its place.
func isFingerprint(claim json.RawMessage) bool { return strings.HasPrefix(string(claim), `"sha256:`) }

// objectOf returns the members of a JSON object.
func objectOf(claim json.RawMessage) (map[string]json.RawMessage, bool) {
	var members map[string]json.RawMessage
	err := json.Unmarshal(claim, &members)
	return members, err == nil && members != nil
}
