package browser

import (
	"slices"
	"sync/atomic"

	"github.com/webchatspec/webchatspec/profiles"
)

// contract is the vendor's contract that the page is held to: the one that was
// chosen, or else that of the first chat which the page embeds.
type contract struct {
	profile atomic.Pointer[profiles.Profile]
	settled bool // chosen, or found on the page; read and set with the evidence locked
}

func newContract(chosen profiles.Profile) *contract {
	c := &contract{settled: chosen.ID != ""}
	held := chosen.OrDefault()
	c.profile.Store(&held)
	return c
}

// page is the part of the contract that the page has to keep.
func (c *contract) page() profiles.Page { return c.profile.Load().Page }

// meetLocked takes the profile of a chat that the page embeds for the contract,
// where there is none yet. A page that embeds another chat than it is held to is
// noted as such.
func (s *scene) meetLocked(embedded profiles.Profile) {
	c := s.contract
	if !c.settled {
		c.settled = true
		c.profile.Store(&embedded)
		s.page.Profile = embedded.ID
	}
	if visit := s.visitLocked(); visit != nil && embedded.ID != c.profile.Load().ID {
		visit.OtherProduct, visit.OtherProfile = embedded.Product, embedded.ID
	}
}

// meetScriptLocked is meetLocked for the address of a script.
func (s *scene) meetScriptLocked(address string) {
	if embedded, is := profiles.OfScript(address); is {
		s.meetLocked(embedded)
	}
}

// meetOnPageLocked is meetLocked for a page that has loaded no script of a chat,
// going by its globals and the hosts that it asked for.
func (s *scene) meetOnPageLocked(globals, hosts []string) {
	product, is := s.contract.profile.Load().Other(globals, hosts)
	if !is {
		return
	}
	if embedded, has := profiles.Lookup(product.Profile); has && product.Profile != "" {
		s.meetLocked(embedded)
		return
	}
	if visit := s.visitLocked(); visit != nil {
		visit.OtherProduct = product.Name
	}
}

// chatPatterns are the addresses of every profile's chat that have to be looked at
// before they are asked: which of them a page embeds is seen by its asking.
func chatPatterns() []string {
	var patterns []string
	for _, p := range profiles.All() {
		patterns = append(patterns, p.Page.Patterns()...)
	}
	slices.Sort(patterns)
	return slices.Compact(patterns)
}
