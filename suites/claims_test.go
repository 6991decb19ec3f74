package suites

import (
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// stateOf judges a run whose tokens have these payloads and returns what became
// of one check.
func stateOf(t *testing.T, id string, payloads ...string) record.State {
	t.Helper()
	return outcome(t, Judge(runWith(payloads...), Options{}), id).State
}

func TestSubIsMissedInEveryKindOfPayload(t *testing.T) {
	for payload, want := range map[string]record.State{
		`{"sub":"a"}`:           record.Passed,
		`"{\"sub\":\"a\"}"`:     record.Passed, // opened as the integration does; token-object tells it
		`{"user":{"sub":"a"}}`:  record.Failed,
		`[{"sub":"a"}]`:         record.Failed,
		`true`:                  record.Failed,
		`{"sub":"a"`:            record.Blocked, // token-json tells it
		`{"Sub":"a","exp":1e9}`: record.Failed,
	} {
		if state := stateOf(t, "sub-present", payload); state != want {
			t.Errorf("sub-present %s for %s, want %s", state, payload, want)
		}
	}
}

func TestPersonalDataAtAnyDepth(t *testing.T) {
	for payload, want := range map[string]record.State{
		`{"sub":"a","people":[{"email":"x@shop.example"}]}`:            record.Failed,
		`{"sub":"a","contacts":["x@shop.example"]}`:                    record.Failed,
		`{"sub":"a","context":{"account":{"phone":"+1 202 5550147"}}}`: record.Failed,
		`{"sub":"a","roles":["guest"],"amr":[1,null,true]}`:            record.Passed,
		`{"sub":"a","product":{"sku":"4711"}}`:                         record.Passed,
	} {
		if state := stateOf(t, "claims-no-personal-data", payload); state != want {
			t.Errorf("claims-no-personal-data %s for %s, want %s", state, payload, want)
		}
	}
}
