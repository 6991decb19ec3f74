package mockassistant

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Refusal is how a request is turned down: an HTTP status from 400 to 599 and
// the text that the answer's JSON body carries as "error".
type Refusal struct {
	Status int    `json:"status"`
	Text   string `json:"text"`
}

// Choices are answers for which there is no public source. A field whose Status
// is 0 takes the default from [DefaultChoices].
type Choices struct {
	MissingToken  Refusal `json:"missing-token"`  // security is on and there is no Authorization header
	RejectedToken Refusal `json:"rejected-token"` // wrong signature, algorithm or key; exp or nbf not a number
	NotYetValid   Refusal `json:"not-yet-valid"`  // nbf lies in the future
	MissingSub    Refusal `json:"missing-sub"`    // properly signed, but sub is not a non-empty string
	OtherSub      Refusal `json:"other-sub"`      // the session began with another sub
	BadPayload    Refusal `json:"bad-payload"`    // user_payload does not decrypt to JSON; Status 0: taken without private variables
}

// DefaultChoices returns what the mock answers unless told otherwise. A refused
// token gets 403, because that is the only status left for which the widget asks
// for a new one; another user's session looks like one that does not exist.
func DefaultChoices() Choices {
	return Choices{
		MissingToken:  Refusal{http.StatusForbidden, "no identity token provided"},
		RejectedToken: Refusal{http.StatusForbidden, "identity token rejected"},
		NotYetValid:   Refusal{http.StatusForbidden, "identity token not yet valid"},
		MissingSub:    Refusal{http.StatusForbidden, "identity token has no sub claim"},
		OtherSub:      Refusal{http.StatusNotFound, "Session not found"},
	}
}

// byName gives the fields of c under their names in flags, JSON and documentation.
func (c *Choices) byName() map[string]*Refusal {
	return map[string]*Refusal{
		"missing-token":  &c.MissingToken,
		"rejected-token": &c.RejectedToken,
		"not-yet-valid":  &c.NotYetValid,
		"missing-sub":    &c.MissingSub,
		"other-sub":      &c.OtherSub,
		"bad-payload":    &c.BadPayload,
	}
}

// ChoiceNames lists the names that [Choices.Set] knows, sorted.
func ChoiceNames() []string {
	return slices.Sorted(maps.Keys(new(Choices).byName()))
}

// Set changes one choice, written NAME=STATUS or NAME=STATUS:TEXT, as in
// "rejected-token=401:invalid signature".
func (c *Choices) Set(choice string) error {
	name, value, found := strings.Cut(choice, "=")
	refusal, known := c.byName()[name]
	if !found || !known {
		return fmt.Errorf("choice %q: want NAME=STATUS or NAME=STATUS:TEXT with one of the names %s", choice, strings.Join(ChoiceNames(), ", "))
	}
	number, text, _ := strings.Cut(value, ":")
	status, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("choice %q: %q is not an HTTP status", choice, number)
	}
	if text == "" {
		text = http.StatusText(status)
	}
	changed := Refusal{status, text}
	if err := changed.check(name); err != nil {
		return err
	}
	*refusal = changed
	return nil
}

// check says whether the refusal can be sent.
func (r Refusal) check(name string) error {
	if r.Status < 400 || r.Status > 599 {
		return fmt.Errorf("choice %s: status %d is not an error status; use 400 to 599", name, r.Status)
	}
	return nil
}

// complete fills in the defaults and checks the rest.
func (c Choices) complete() (Choices, error) {
	defaults := DefaultChoices()
	standard := defaults.byName()
	for name, refusal := range c.byName() {
		if refusal.Status == 0 {
			*refusal = *standard[name]
			continue
		}
		if err := refusal.check(name); err != nil {
			return Choices{}, err
		}
	}
	return c, nil
}
