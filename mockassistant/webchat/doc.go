// Package webchat holds a stand-in for the vendor's web chat widget: a script
// that a page embeds under the documented addresses, and that treats identity
// tokens as the real widget does.
//
// It follows the documented contract (options in watsonAssistantChatOptions,
// onLoad with an instance, identityTokenExpired, onError) and, where the
// documentation is silent, the observed behaviour of the widget: what is asked
// of the assistant and in which order, which answers lead to a new token, how
// long a handler may take, how often and after which pauses a message is sent
// again, and the texts of the errors. docs/widget.md tells what it does and
// what it does not do.
//
// The window is its own: small, accessible, without a framework, and without a
// single request to anything but the assistant.
//
// When the page has a function __webchatspec, as a browser driver can make it,
// the script reports through it what it does; src/report.js lists the reports.
package webchat
