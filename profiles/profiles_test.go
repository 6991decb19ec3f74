package profiles

import (
	"slices"
	"strings"
	"testing"
)

// TestProfilesAreComplete holds each profile to what the rooms ask of one.
func TestProfilesAreComplete(t *testing.T) {
	for _, p := range All() {
		for what, missing := range map[string]bool{
			"an id":                    p.ID == "",
			"a product":                p.Product == "",
			"a basis":                  p.Basis == "",
			"what it is proven by":     p.Proven == "",
			"algorithms":               len(p.Token.Algorithms) == 0,
			"a lifetime":               p.Token.MaxLifetime == 0 || p.Token.LifetimeText == "" || p.Token.LifetimeSource == "",
			"a shape":                  p.Page.Entry == "",
			"globals":                  p.Page.Options == "" || p.Page.Loader == "",
			"an example of its script": p.Page.ScriptExample == "",
			"required options":         len(p.Page.Required) == 0,
			"names of options":         p.Page.Names["host"] == "" || p.Page.Names["integration"] == "" || p.Page.Names["token"] == "",
			"an event":                 p.Page.Event == "" || p.Page.Member == "" || p.Page.Subscription == "",
			"a time for the handler":   p.Page.HandlerSeconds == 0,
			"a method for tokens":      p.Page.Update == "",
			"hosts":                    len(p.Page.domains) == 0 || len(p.Page.Wire.Hosts) == 0,
			"calls":                    p.Page.calls.header == "",
			"a way to the mock":        len(p.Page.Redirects) == 0,
		} {
			if missing {
				t.Errorf("%s has no %s", p.ID, strings.TrimPrefix(strings.TrimPrefix(what, "an "), "a "))
			}
		}
		if !p.Page.IsDocumentedScript(p.Page.Script) || !p.Page.IsScript(p.Page.Script) {
			t.Errorf("%s: %s is not among its own scripts", p.ID, p.Page.Script)
		}
		if owner, _ := OfScript(p.Page.Script); owner.ID != p.ID {
			t.Errorf("%s: its script is taken for one of %q", p.ID, owner.ID)
		}
		if !p.Page.OwnsAddress(p.Page.Script) {
			t.Errorf("%s does not own the host of its script, which a page under test could reach", p.ID)
		}
		if hosts := p.Page.Wire.Hosts; len(hosts) > 0 && hosts[len(hosts)-1].Prefix != "" {
			t.Errorf("%s has no host for every other region", p.ID)
		}
	}
}

// TestChatsAreToldApart tells them by their ids and by the global that a page sets.
func TestChatsAreToldApart(t *testing.T) {
	for _, names := range [][]string{IDs(), Globals()} {
		sorted := slices.Sorted(slices.Values(names))
		if len(slices.Compact(sorted)) < len(names) {
			t.Errorf("not told apart: %v", names)
		}
	}
}

// TestOther finds the chat that a page embeds in place of the profile's own.
func TestOther(t *testing.T) {
	for _, test := range []struct {
		held           Profile
		globals, hosts []string
		want           string
	}{
		{WatsonAssistant, []string{WatsonxOrchestrate.Page.Options}, nil, WatsonxOrchestrate.ID},
		{WatsonxOrchestrate, nil, []string{"integrations.us-south.assistant.watson.appdomain.cloud"}, WatsonAssistant.ID},
		{WatsonAssistant, []string{WatsonAssistant.Page.Options}, nil, "none"},
		{WatsonAssistant, []string{"zE"}, nil, ""},
	} {
		other, is := test.held.Other(test.globals, test.hosts)
		if got := other.Profile; is != (test.want != "none") || is && got != test.want {
			t.Errorf("%s with %v and %v: %q, %t", test.held.ID, test.globals, test.hosts, got, is)
		}
	}
}

// TestSay leaves no placeholder in the words of any profile.
func TestSay(t *testing.T) {
	const all = "{algorithms} {event} {handlerSeconds} {lifetime} {lifetimeSource} {loader} {member} {options} {payloadMembers} {preset} {required} {reserved} {script} {subscription} {update}"
	for _, p := range append(All(), Profile{}) {
		said := p.Say(all)
		for _, name := range strings.Fields(all) {
			if strings.Contains(said, name) {
				t.Errorf("%q leaves %s", p.ID, name)
			}
		}
	}
}
