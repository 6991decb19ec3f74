package profiles

import "slices"

// Product is a web chat that can be told from others by what its page loads.
type Product struct {
	// Name is what people call it.
	Name string
	// Profile is the id of its profile, "" where there is none yet.
	Profile string

	global  string
	domains []string
}

// products are the chats that are known by sight, those with a profile first.
var products = func() []Product {
	var known []Product
	for _, p := range All() {
		known = append(known, p.product())
	}
	return append(known,
		Product{Name: "Salesforce Enhanced Web Chat", global: "embeddedservice_bootstrap", domains: []string{".salesforce-scrt.com", ".my.site.com"}},
		Product{Name: "Zendesk messaging", global: "zE", domains: []string{".zdassets.com", ".zendesk.com"}},
		Product{Name: "Intercom Messenger", global: "intercomSettings", domains: []string{".intercom.io", ".intercomcdn.com"}},
	)
}()

// WithoutProfile are the names of the chats that are known by sight only.
func WithoutProfile() []string {
	var names []string
	for _, p := range products {
		if p.Profile == "" {
			names = append(names, p.Name)
		}
	}
	return names
}

// Globals are the globals by which the embed scripts of all known products
// configure or start their chats.
func Globals() []string {
	var names []string
	for _, p := range products {
		names = append(names, p.global)
	}
	return names
}

// Other returns the product other than p's whose chat a page embeds: one of the
// page's globals or of the hosts it asked for is that product's.
func (p Profile) Other(globals, hosts []string) (Product, bool) {
	i := slices.IndexFunc(products, func(other Product) bool {
		return other.Profile != p.ID && (slices.Contains(globals, other.global) ||
			slices.ContainsFunc(hosts, func(host string) bool { return ownsHost(other.domains, host) }))
	})
	if i < 0 {
		return Product{}, false
	}
	return products[i], true
}

// IsVendorHost says whether the host is one of any vendor of chats. Nothing that
// is under test is ever let through to them.
func IsVendorHost(host string) bool {
	return slices.ContainsFunc(products, func(p Product) bool { return ownsHost(p.domains, host) })
}
