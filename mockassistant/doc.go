// Package mockassistant stands in for the assistant behind a web chat: it speaks
// the wire that the chat widget uses, decides about identity tokens as the real
// integration does, and fails on demand.
//
// A [Server] is an [http.Handler] that answers whatever host it is asked under.
// It can listen on a port of its own, as `webchatspec mock` does, or be the
// in-process handler behind a browser whose requests to the vendor's hosts are
// intercepted:
//
//	assistant, err := mockassistant.New(mockassistant.Config{PublicKeys: []string{pem}})
//	…
//	http.Handle("/", assistant)              // wire, widget script, preview link
//	http.Handle("/", assistant.Management()) // on another address
//
// With security on, every call but the first config request needs a token that
// package verifier accepts under one of the public keys; a session, created
// implicitly by its first message, stays bound to the sub claim it began with.
// Each answer tells the page's author who he is to the assistant. What the
// token's user_payload holds is shown by [Server.Management] and [Server.History]
// only, never to the browser.
//
// What the vendor documents or publishes is kept to the letter. What is not
// public is the mock's own choice: [Choices] holds those that matter, and
// docs/mock.md lists all.
package mockassistant
