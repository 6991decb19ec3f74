// Package address knows where requests go: which names and addresses are this
// machine, what the user said in the place of DNS, whether a proxy stands in
// between, and so whether a request leaves this machine at all. Load and probes
// that intrude go elsewhere only with consent, and every room asks here whether
// they do.
//
// A name says little: what counts is where its connection leads.
//
//	book := address.Book{"shop.example:8443": "127.0.0.1"} // --resolve shop.example:8443=127.0.0.1
//	book.IsLocal(ctx, endpoint)                            // true
//
// looks where requests to an address would go, and [OnlyLocal] holds a dialer to
// it when they are sent, for DNS may answer otherwise the next time.
package address
