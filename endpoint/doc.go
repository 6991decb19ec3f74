// Package endpoint is the token endpoint under test: it asks as visitors, users
// and attackers do, and notes what it saw. It never judges; the checks do that,
// from the notes. Only what would be lost is decided on arrival, because
// signatures and secrets are cut before anything is written: the verifier's
// verdict on each token, how it was signed, what user_payload holds, secrets
// that stand where they do not belong (leaks), and marked inputs that came back
// (echoes).
//
//	client, err := endpoint.New(endpoint.Config{URL: "http://127.0.0.1:3001/createJWT"})
//	evidence, err := client.Gather(ctx, []string{record.ProbeVisitors}, nil)
//
// # What comes before a token
//
// A [Request] is a step of a visit, a login or a logout. Its answer gives values
// to later requests of the same visitor ([Request.Take]); they fill "{name}" in
// addresses, headers, forms, JSON and bodies ([Values]). Load uses the same steps:
// [Client.Before], [Request.For], [Request.Learn], [Client.RequestFor].
//
// # The way of an answer
//
// Probes (one file each) decide what is asked. The sender sends it at its pace and
// reads the answer as a browser does. The examiner finds what stands in it and
// cuts what is secret. The notebook keeps it. Nothing climbs back on that way.
//
// # How requests are sent
//
// All probes run at once and take turns at sending: one request at a time, so
// that a site that mixes up visitors who ask at the same instant shows it in the
// probes for that, [record.ProbeParallel] and [record.ProbeBusy], and in no
// other. A request that is not answered within a quarter of a second lets the
// next one go, as many as the endpoint was seen to take. One limiter bounds the
// rate of all; answers that say "too often" (429, 503 with Retry-After, a
// firewall's page) halve it, which [record.Pace] tells, and end the gathering when
// they do not stop. Odd requests have connections of their own. Redirects are
// never followed. Where none of the first answers holds anything like a token,
// the rest is not sent.
//
// # What the notes are
//
// An exchange says by Probe and [record.Variant] what it was for, by About what it
// was about. Where a token is owed, what may be meant for one is noted as a token;
// in the other probes only what looks like one. Probe.Failures counts the
// requests that gave no token where one was owed. Of the probes with very many
// requests only a dozen odd exchanges are noted; their tokens are compact
// ([record.Token.Compact]) and have no exchange.
package endpoint
