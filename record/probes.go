package record

// Names of the probes: the groups of requests that gather token evidence. A
// check names the probes it needs, the gatherer plans those and no others.
const (
	// ProbeVisitors: fresh visitors without cookies, each asked several times in
	// one cookie jar, with a pause so that a second "iat" is seen.
	ProbeVisitors = "visitors"
	// ProbeCookieRoles: the first visitor again, each time without one of its
	// cookies, to see which of them carry the identity.
	ProbeCookieRoles = "cookie-roles"
	// ProbeHosts: the endpoint under another host name.
	ProbeHosts = "hosts"
	// ProbeNetwork: fresh visitors from other loopback addresses and agents.
	ProbeNetwork = "network"
	// ProbeAnonymous: a thousand fresh visitors, one call each.
	ProbeAnonymous = "anonymous"
	// ProbeParallel: fifty visitors at once, twenty rounds.
	ProbeParallel = "parallel"
	// ProbeRequestIdentity: identities put into query, headers, body.
	ProbeRequestIdentity = "request-identity"
	// ProbeForgedCookies: identity cookies that were never issued.
	ProbeForgedCookies = "forged-cookies"
	// ProbeForgedLogins: login cookies that were never issued.
	ProbeForgedLogins = "forged-logins"
	// ProbeHostileCookies: cookies with line breaks, quotes, 8 KiB.
	ProbeHostileCookies = "hostile-cookies"
	// ProbeLogin: a configured user logs in within a session, and out again.
	ProbeLogin = "login"
	// ProbeSession: the logins and logouts that other probes need; they carry no
	// tokens.
	ProbeSession = "session"
	// ProbeCrossSiteLogin: login as another site's form would send it.
	ProbeCrossSiteLogin = "cross-site-login"
	// ProbeRenewal: a visitor asks again after the first token has expired.
	ProbeRenewal = "renewal"
	// ProbeMethods: HEAD, OPTIONS, PUT, DELETE, PATCH, TRACE and prefetch.
	ProbeMethods = "methods"
	// ProbeOrigins: foreign origins, the null origin, and preflights.
	ProbeOrigins = "origins"
	// ProbeValidators: conditional requests with the former validator.
	ProbeValidators = "validators"
	// ProbeScripts: callback parameters that would make the answer a script.
	ProbeScripts = "scripts"
	// ProbeBadInput: cookies, percent sequences and headers that are not as expected.
	ProbeBadInput = "bad-input"
	// ProbeReflection: marked query, agent and referer.
	ProbeReflection = "reflection"
	// ProbePaths: common paths under which keys and sources are served by mistake.
	ProbePaths = "paths"
	// ProbeTLS: the transport: plain http, version, chain.
	ProbeTLS = "tls"
	// ProbeJWKS: the well-known places of a JWKS.
	ProbeJWKS = "jwks"
	// ProbeBusy: twenty requests in flight, for the latency under light load.
	ProbeBusy = "busy"
	// ProbeRelying: forged tokens given to endpoints that take the token back.
	ProbeRelying = "relying"
	// ProbePage: the embed page in a browser.
	ProbePage = "page"
	// ProbeLoad: the load run.
	ProbeLoad = "load"
	// ProbeCapacity: a search for the highest rate.
	ProbeCapacity = "capacity"
	// ProbeRecovery: an overload and the time after it.
	ProbeRecovery = "recovery"
)
