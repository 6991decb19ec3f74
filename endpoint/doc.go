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
// # How requests are sent
//
// All probes run at once and take turns at sending: one request at a time, so
// that a site that mixes up visitors who ask at the same instant shows it in the
// probes for that, [record.ProbeParallel] and [record.ProbeBusy], and in no
// other. A request that is not answered within a quarter of a second lets the
// next one go. One limiter bounds the rate of all; answers that say "too often"
// (429, 503 with Retry-After, a firewall's page) are noted with the failure
// class [record.FailureThrottled], halve the rate, and end the gathering when
// they do not stop. Redirects are never followed. The size of an answer, its
// header, and its time are bounded; compression is not asked for.
//
// # What the notes are
//
// An exchange has ID, Probe, Variant, Visitor (whose cookie jar) and Call (the
// number of the request in that jar). A token has the same, the id of its
// exchange, and the name of the User whose session it was given to. Where a
// token is owed, anything that a 2xx answer holds in its place is noted as a
// token; in the probes marked "odd" below an answer without a token is as good,
// and only what looks like a token is noted as one. Probe.Failures counts the
// requests that gave no token where one was owed.
//
// Of the probes with very many requests (anonymous, parallel, busy) only a dozen
// odd exchanges are noted; their tokens are compact ([record.Token.Compact]) and
// have no exchange.
//
// # The probes and their variants
//
// visitors: v1, v2 and v3 ask once, and three times more after 2.1 s; then a
// fresh visitor asks, variant "late". On loopback each has an address and a
// User-Agent of its own, so that they have nothing in common. The first request
// of all is v1's; it decides whether the endpoint is reachable.
//
// cookie-roles (odd): v1's cookies without one of them, "without cookie <name>".
// What it shows is noted as Identity at the cookies of all answers.
//
// network: fresh visitors of one address and agent, "same"; others that differ
// from them in one respect only, "agent", "address" and "forwarded" (two of these
// come from the same forwarded address; the last
// two on loopback only).
//
// hosts (odd): another name in Host, "host", and in X-Forwarded-Host, "forwarded host".
//
// anonymous: a1 to a1000, one call each, one after the other in the order of
// their numbers. Fewer when the endpoint is very slow: see Probe.Sent.
//
// parallel: p1 to p50, all at the same instant, twenty rounds. Smaller groups
// when that would take more than a second.
//
// busy: b1 to b20 at the same instant, up to five rounds; Probe.Latencies.
//
// request-identity (odd): a marked identity in each place of a request, offered
// by two fresh visitors, so that a sub made from it by a hash shows as well:
// "query <name>", "header <name>", "query of rarer names", "headers of rarer
// names", "basic user", "bearer" (an unsigned token),
// "<method> with JSON body", "POST with form body". The echo's Input is the
// variant.
//
// forged-cookies (odd, a fresh visitor each): "victim" is a visitor whose sub is
// then stolen. For each cookie that the endpoint sets "identity <name>: …" with
// "unissued value" and "unissued value of the same form" (two fresh visitors with
// the same value, each), "issued value" (an honest
// visitor whose other cookies the next one has), "unissued value among issued
// cookies", "sub of another visitor", "sub of another visitor with an old
// signature", "sub of another visitor, in its place" (also "in base64", "in
// hexadecimal"), "changed JSON", "changed base64 JSON", "changed base64 JSON with
// the old signature", "token with alg none", "changed token with the old
// signature"; for usual names that it does not set "unissued value". For login
// cookies "login <name>: …" with "JSON", "plain", "base64 JSON"; for SESSION_INFO
// also "raw JSON", "j:JSON", "unsigned token"; for those that a login has
// set "learnt name, JSON", "name of a user" and the changes above. Echoes have
// the Input "cookie <name>", "sub of another visitor" or "identifier of <user>".
//
// hostile-cookies (odd, a fresh visitor each): "<name>: <kind>" with the kinds
// encoded CR LF, encoded LF, encoded NUL, encoded quotes, quotes, inner quote,
// encoded non-ASCII, non-ASCII, Latin-1, encoded blank, separators, markup and
// 8 KiB, and the same "after an id"; line ends "after an issued id". Input "cookie <name>".
//
// login: for up to three users, in one jar: "before login", three times "after
// login", the third at least a second later, twice "after logout"; in a second
// jar "second session". Echoes have the Input "identifier <n> of <user>". A user
// without a login request is known by the configured header and cookies.
//
// session: the requests "login" and "logout" of other probes, none for a token.
//
// Where only users are served, every visitor above is one of them, in turn, with
// a session of its own; the odd probes share the first one's session, and those
// about anonymous visitors are skipped.
//
// cross-site-login: "before link", "link" (the login as a GET), "after link";
// the same with "form" and, for a login by JSON, "text form". The forged request
// has no token; the two others are the same browser's before and after.
//
// renewal: "first", "before expiry", "after expiry", "later", one visitor.
//
// methods (odd, a fresh visitor each): HEAD, OPTIONS, PUT, DELETE, PATCH, TRACE,
// "prefetch". Input "header X-Marked".
//
// origins (odd, a fresh visitor each): "foreign", "null", "own name as prefix",
// "own name as suffix", "own", "allowed <origin>" for configured ones, and
// "preflight <variant>" (OPTIONS) for all but the last.
//
// validators: one visitor: "first", and where that has a validator, 2.1 s later
// "if-none-match", "if-modified-since" (odd), "again".
//
// scripts (odd): the callback parameters by name, and "accept". Input "query <name>".
//
// bad-input (odd): "cookie <name>: <kind>", headers by what is wrong with them,
// "query: <kind>", the same in the session of a visitor with a token, "query in
// a session: <kind>", "path: …", "body that is no JSON", "unexpected body".
//
// reflection (odd): "query", "markup in query", "user-agent", "referer". Inputs
// "query", "User-Agent", "Referer".
//
// paths: "session" is the token of a visitor who then asks for three addresses
// that cannot exist, "unknown path". All others are the path that was asked for,
// without cookies. What was served is in Leaks, judged by content.
//
// jwks: the path that was asked for; Exchange.JWKS is nil for what is no JWKS.
//
// tls: "TLS 1.0", "TLS 1.1" (no answer, and a failure, is right) and "plain
// http" (odd).
//
// relying: "token" is where the right one comes from; then, per endpoint,
// "valid", if that is refused "valid with cookies" (and cookies with all that
// follow), "none", and forged ones: "flipped signature", "changed payload", "no
// signature", "other key", "embedded jwk", "embedded x5c", "HS256 under …",
// "kid of an empty file, …", "alg none" and its spellings, and "<jku, x5u, kid or
// iss> to our listener", whose Callbacks are the requests that came.
package endpoint
