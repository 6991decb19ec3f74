// Package browser drives an embed page, unchanged, in headless Chromium: from
// the first message through the expiry of its token to a renewed one, with
// several visitors at once, and notes what the page did.
//
// [Gather] answers the vendor's hosts itself. Requests to them are intercepted
// in the browser and handed to a mock assistant in this process, one for each
// visitor, so that the page loads the widget from its documented address and no
// token can leave the machine: every host that is not loopback, the page's own,
// or allowed by the user does not resolve. CSP, CORS and mixed content rules
// stay in force.
//
// # Time
//
// A token that lives an hour expires in seconds by a pulse: once the issuer would
// sign another token (two seconds after the first), the assistant's clock and
// the page's Date are moved just past exp, one message is sent and judged, and
// both clocks return. The issuer's clock is left alone: its next token is valid
// for as long as has really passed since the first. Timers of the page run in
// real time, so one that waits for exp does not spin. Tokens that live no longer
// than Config.MaxWait are waited for instead.
//
// Gather never judges: package suites does, from the [record.Page] it returns.
package browser
