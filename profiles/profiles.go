// Package profiles has the contracts of the vendors whose web chats take identity
// tokens: what a token may hold and how long it may live, how a page embeds the
// chat, and how the chat asks the page for a fresh token.
//
// A [Profile] is one vendor's contract in one place. The rooms that need a part
// of it take the profile and hold nothing of a vendor themselves: no host, no
// global, no event, no limit. A vendor whose chat is only known by sight, so that
// a page of it can be named, is a [Product].
//
// What a profile says is documented by the vendor, or its comment says where it
// was seen. What no public source says is the choice of the mock assistant and
// stands there.
package profiles

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Profile is one vendor's contract.
type Profile struct {
	// ID is how users choose it: --profile ID.
	ID string
	// Product is what people call the chat.
	Product string
	// Basis says what the profile was made from, Proven what it was compared with.
	Basis, Proven string
	// Caveat is what cannot be known of the chat from outside, to be said with each
	// result; "" where there is nothing of the kind.
	Caveat string

	Token Token
	Page  Page

	// absent says of checks that the contract does not have them, and why.
	absent map[string]string
	// sources are where the contract says what checks ask for, by their ids;
	// document is the source of those that are not listed.
	sources  map[string]string
	document string
	// documents are the addresses of the vendor's documents and their sections, by
	// how sources name them.
	documents map[string]string
}

// Token is the part of a contract that a token has to keep.
type Token struct {
	// Algorithms are those with which a token may be signed, as its header names them.
	Algorithms []string
	// MaxLifetime is how long a token may live at the most, LifetimeText the same
	// in words, and LifetimeSource where that is written.
	MaxLifetime    time.Duration
	LifetimeText   string
	LifetimeSource string
	// ContextPrefix begins the names of context variables that are the vendor's
	// own; "" where tokens carry no claim "context".
	ContextPrefix string
	// PayloadMembers are all the members that user_payload may have; nil is any.
	PayloadMembers []string
}

// Entry is the shape of the embed contract.
type Entry string

// The shapes of embed contracts.
const (
	// EntryFunction starts the chat with the script, from the configuration in a
	// global; and a function does that for pages that want to do it themselves.
	EntryFunction Entry = "function"
	// EntryInit starts the chat when the page calls init() of a loader.
	EntryInit Entry = "init"
)

// Page is the part of a contract that the page has to keep. Its exported fields
// reach the stand-in for the chat as JSON.
type Page struct {
	Entry Entry `json:"entry"`
	// Options is the global that holds the chat's configuration.
	Options string `json:"options"`
	// Loader is the global through which a page can start the chat itself.
	Loader string `json:"loader"`
	// Script is a documented address of the chat's script, for pages of our own.
	Script string `json:"-"`
	// ScriptExample shows the documented address of the chat's script.
	ScriptExample string `json:"-"`
	// Preset is the member of the configuration that takes the first token.
	Preset string `json:"preset"`
	// Event is what the chat fires when it needs a token, and Member the member
	// of the event that takes it. Subscription is the line that a page writes.
	Event        string `json:"event"`
	Member       string `json:"member"`
	Subscription string `json:"-"`
	// NamedEvents is set where on() takes the event and the handler one after the
	// other, and not as members of an object.
	NamedEvents bool `json:"namedEvents"`
	// HandlerSeconds is how long the page has to answer the event.
	HandlerSeconds int `json:"handlerSeconds"`
	// EventHasToken is set where the event comes with the expired token in Member.
	EventHasToken bool `json:"eventHasToken"`
	// Update is the method of the chat's instance that takes a token at any time.
	// UpdateAnswers is set where a handler may call it in place of setting Member.
	Update        string `json:"update"`
	UpdateAnswers bool   `json:"updateAnswers"`
	// Required are the members that the configuration must have, as paths.
	Required []string `json:"required"`
	// Names are the paths in the configuration of what a chat needs to know, those of
	// them that the contract has: integration, region, agent, host, root, token,
	// tokenFunction, onLoad.
	Names map[string]string `json:"names"`
	// Wire is how the stand-in for the chat calls its assistant.
	Wire Wire `json:"wire"`
	// Redirects are the ways in which a page can have its chat talk to a mock.
	Redirects []Redirect `json:"-"`

	domains []string
	scripts scripts
	calls   calls
}

// Wire says where a chat finds its assistant, and what it tells it with each call.
type Wire struct {
	// Hosts are tried in turn for a page that names no host.
	Hosts []RegionHost `json:"hosts"`
	// Headers go with each message.
	Headers map[string]string `json:"headers"`
}

// RegionHost is where the assistants of some regions are.
type RegionHost struct {
	Prefix string `json:"prefix"` // of the names of those regions
	Origin string `json:"origin"` // with {region} for the rest of the name
}

// Redirect is a way in which a page can have its chat talk to a mock: what a site
// changes, and how, with {origin} and {script} for the mock's addresses.
type Redirect struct{ What, How string }

// Default is the profile of a run that names none.
func Default() Profile { return WatsonAssistant }

// All returns all profiles, the default one first. The slice is the caller's.
func All() []Profile { return []Profile{WatsonAssistant, WatsonxOrchestrate} }

// IDs returns the ids of all profiles.
func IDs() []string {
	var ids []string
	for _, p := range All() {
		ids = append(ids, p.ID)
	}
	return ids
}

// Lookup returns the profile with the id; "" is the default one.
func Lookup(id string) (Profile, bool) {
	if id == "" {
		return Default(), true
	}
	i := slices.IndexFunc(All(), func(p Profile) bool { return p.ID == id })
	if i < 0 {
		return Profile{}, false
	}
	return All()[i], true
}

// OrDefault returns the profile, and the default one for the zero value.
func (p Profile) OrDefault() Profile {
	if p.ID == "" {
		return Default()
	}
	return p
}

// Product is what the profile's chat looks like from outside.
func (p Profile) product() Product {
	return Product{Name: p.Product, Profile: p.ID, global: p.Page.Options, domains: p.Page.domains}
}

// ownsHost says whether the name of a host ends with one of the domains.
func ownsHost(domains []string, host string) bool {
	return slices.ContainsFunc(domains, func(domain string) bool { return strings.HasSuffix("."+host, domain) })
}

// Has says whether the profile's contract has what belongs to the profile with the
// id; "" belongs to every contract.
func (p Profile) Has(id string) bool { return id == "" || id == p.OrDefault().ID }

// Absent says why the contract does not have what the check asks for; "" where it
// does.
func (p Profile) Absent(check string) string { return p.absent[check] }

// Named are the ids of the checks that the profile says something about.
func (p Profile) Named() []string {
	return append(slices.Sorted(maps.Keys(p.absent)), slices.Sorted(maps.Keys(p.sources))...)
}

// Source returns where it is written what the check asks for: the source of the
// catalogue, in which "vendor: …" is the document of the default profile's vendor,
// with the profile's own in its place.
func (p Profile) Source(check, source string) string {
	if own := p.sources[check]; own != "" {
		return own
	}
	if p.document == "" {
		return source
	}
	parts := strings.Split(source, "; ")
	for i, part := range parts {
		if strings.HasPrefix(part, "vendor:") {
			parts[i] = p.document
		}
	}
	return strings.Join(slices.Compact(parts), "; ")
}

// Say returns a text of the catalogue in the words of the profile: {event},
// {member}, {update}, {preset}, {options}, {loader}, {required}, {script},
// {subscription}, {handlerSeconds}, {algorithms}, {payloadMembers}, {reserved},
// {lifetime} and {lifetimeSource} stand for what the contract calls them.
func (p Profile) Say(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	p = p.OrDefault()
	page := p.Page
	return strings.NewReplacer(
		"{algorithms}", strings.Join(p.Token.Algorithms, `" or "`), "{handlerSeconds}", strconv.Itoa(page.HandlerSeconds),
		"{payloadMembers}", enumerate(p.Token.PayloadMembers), "{reserved}", p.Token.ContextPrefix, "{lifetime}", p.Token.LifetimeText, "{lifetimeSource}", p.Token.LifetimeSource,
		"{event}", page.Event, "{member}", page.Member, "{update}", page.Update, "{preset}", page.Preset,
		"{options}", page.Options, "{loader}", page.Loader, "{script}", page.ScriptExample, "{required}", enumerate(page.Required), "{subscription}", page.Subscription,
	).Replace(text)
}

// enumerate joins names as a sentence does.
func enumerate(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
