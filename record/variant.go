package record

// Variant says which of its probe's requests a request was. The constants below
// are all there are: the gatherer sends each of them, and the checks compare with
// them and with nothing else. What differs within a variant, such as the name of
// a cookie, stands in About.
type Variant string

// Variants of [ProbeVisitors]; the others have none.
const (
	// VariantLate is a fresh visitor who comes when the first ones have asked
	// several times.
	VariantLate Variant = "late"
)

// VariantWithoutCookie is the first visitor of [ProbeCookieRoles] without the
// cookie that About names.
const VariantWithoutCookie Variant = "without cookie"

// Variants of [ProbeNetwork].
const (
	VariantSameNetwork      Variant = "same network"      // address and agent in common
	VariantOtherAgent       Variant = "other agent"       // the address in common
	VariantOtherAddress     Variant = "other address"     // the agent in common
	VariantForwardedAddress Variant = "forwarded address" // About is the address in the proxies' headers
)

// Variants of [ProbeHosts].
const (
	VariantOtherHost     Variant = "other host"
	VariantForwardedHost Variant = "forwarded host"
)

// Variants of [ProbeRequestIdentity]: where the identity is offered. About names
// the parameter, the header or the method.
const (
	VariantQuery        Variant = "query"
	VariantHeader       Variant = "header"
	VariantOtherMethod  Variant = "query, with another method"
	VariantProxyHeaders Variant = "headers of identity-aware proxies"
	VariantBelow        Variant = "path below the endpoint"
	VariantJSONWanted   Variant = "query, with JSON wanted"
	VariantConfigured   Variant = "configured value replaced"
	// VariantVisitorID is the same in the place of the visitor's own id, by which the
	// configuration says that the site knows its visitors.
	VariantVisitorID Variant = "visitor's own id replaced"
	VariantBasicUser Variant = "basic user"
	VariantBearer    Variant = "bearer"
	VariantJSONBody  Variant = "JSON body"
	VariantFormBody  Variant = "form body"
	// VariantOthersRequest is what the page of another user asks, in the session of one:
	// the other's address, body and values. About is the other.
	VariantOthersRequest Variant = "request of another user"
	// VariantChangedVisit asks after a visit of which one request had the identity: it was
	// a [VariantOfferedVisit]. About says which.
	VariantChangedVisit Variant = "request before the token"
	// VariantRemadeHeader is a header that says who a user is, with the user's name and
	// otherwise invented, from nobody. About says which.
	VariantRemadeHeader Variant = "header with an invented rest"
	// VariantChosenLife asks for a token that lives long. About says where and how.
	VariantChosenLife Variant = "long life asked for"
)

// Variants of [ProbeForgedCookies] and [ProbeForgedLogins]; About is the cookie's
// name. The first two are honest.
const (
	VariantVictim           Variant = "victim"       // whose sub others put into a cookie
	VariantIssued           Variant = "issued value" // who gives the other cookies to VariantAmongIssued
	VariantUnissued         Variant = "unissued value"
	VariantUnissuedAlike    Variant = "unissued value of the same form"
	VariantAmongIssued      Variant = "unissued value among issued cookies"
	VariantOtherSub         Variant = "sub of another visitor"
	VariantOtherSubSigned   Variant = "sub of another visitor with an old signature"
	VariantOtherSubInPlace  Variant = "sub of another visitor, in its place"
	VariantOtherSubBase64   Variant = "sub of another visitor, in base64"
	VariantOtherSubHex      Variant = "sub of another visitor, in hexadecimal"
	VariantChangedJSON      Variant = "changed JSON"
	VariantChangedBase64    Variant = "changed base64 JSON"
	VariantChangedSigned    Variant = "changed base64 JSON with the old signature"
	VariantUnsignedCookie   Variant = "token with alg none"
	VariantChangedToken     Variant = "changed token with the old signature"
	VariantResealed         Variant = "changed, with a signature that anybody can make"
	VariantLoginJSON        Variant = "login as JSON"
	VariantLoginPlain       Variant = "login as plain text"
	VariantLoginBase64      Variant = "login as base64 JSON"
	VariantLoginRawJSON     Variant = "login as raw JSON"
	VariantLoginPrefixed    Variant = "login as j:JSON"
	VariantLoginUnsigned    Variant = "login as an unsigned token"
	VariantLoginNameOfAUser Variant = "name of a user"
	// VariantRespelledName comes from the user, who has typed the name in other capitals.
	VariantRespelledName Variant = "name in other capitals"
	VariantLoginGuessed  Variant = "login cookie made by guessing"
)

// Variants of [ProbeHostileCookies]; About is the cookie's name and what is
// hostile about its value.
const (
	VariantHostile            Variant = "hostile value"
	VariantHostileAfterID     Variant = "hostile value after an id"
	VariantHostileAfterIssued Variant = "hostile value after an issued id"
	// VariantHostileRefusable is a value that a server may turn away by closing
	// the connection: no HTTP, or longer than usual.
	VariantHostileRefusable Variant = "hostile value beyond HTTP"
)

// Variants of [ProbeLogin].
const (
	VariantBeforeLogin   Variant = "before login"
	VariantAfterLogin    Variant = "after login"
	VariantAfterLogout   Variant = "after logout"
	VariantNobodyYet     Variant = "without a login that everybody needs"
	VariantSecondSession Variant = "second session"
	// VariantLoginIncomplete comes from somebody who has given a user's name and no
	// password, or not yet the code that belongs to it: the steps were [VariantHalfLogin].
	VariantLoginIncomplete Variant = "login that is not complete"
	// VariantFixedSession asks with the cookies from before the login, as somebody
	// would who had given them to the user; VariantKeptSession with those from
	// before the logout.
	VariantFixedSession Variant = "session from before the login"
	VariantKeptSession  Variant = "session from before the logout"
	VariantNextUser     Variant = "next user in the same browser"
	VariantBesideUser   Variant = "user beside another one"
)

// Variants of [ProbeSession]; About is the name of the user.
const (
	VariantVisit  Variant = "visit"
	VariantLogin  Variant = "login"
	VariantLogout Variant = "logout"
	// VariantOfferedVisit is a visit in which an identity is offered: the site may refuse it.
	VariantOfferedVisit Variant = "visit with an identity"
	// VariantLoginAdopting is a login with session cookies that nobody has given out:
	// the site may refuse it.
	VariantLoginAdopting Variant = "login in an invented session"
	// VariantLoginRespelled has the user's name in other capitals: the site may refuse it.
	VariantLoginRespelled Variant = "login in other capitals"
	// VariantLoginOver is that of a user where another one is still logged in, and with a
	// wrong password: the site may refuse it.
	VariantLoginOver Variant = "login where somebody is logged in"
	// VariantHalfLogin is the beginning of a login, of which the rest is never sent.
	VariantHalfLogin Variant = "half of a login"
	// VariantLoginForging is the rest of a login whose values forged ones may have used up:
	// the site may well refuse it.
	VariantLoginForging Variant = "rest of a login beside forged ones"
)

// Variants of [ProbeCrossSiteLogin]; About begins with one of the ForgedBy constants, and
// goes on with the origin where that is not a foreign one.
const (
	VariantBeforeForgery Variant = "before the forged login"
	VariantForgery       Variant = "forged login"
	VariantAfterForgery  Variant = "after the forged login"
)

// How a login is forged: by a link, which a single sign-on may have given to somebody
// else; by a form, with all of its fields or without those that the site gives; by the
// JSON of the login as a form can send it; by the link with which the site lets in whoever
// opens it.
const (
	ForgedByLink     = "link"
	ForgedBySentLink = "opening of a link that the site has sent"
	ForgedByForm     = "form"
	ForgedByOwnForm  = "form without what the site gives"
	ForgedByTextForm = "text form"
)

// Variants of [ProbeRenewal]; the first is also one of [ProbeValidators].
const (
	VariantFirst        Variant = "first"
	VariantBeforeExpiry Variant = "before expiry"
	VariantAfterExpiry  Variant = "after expiry"
	VariantLater        Variant = "later"
)

// Variants of [ProbeMethods]. The request says which method it was.
const (
	VariantMethod      Variant = "method"
	VariantKnownMethod Variant = "method, from a known visitor"
	// VariantMethodOfNobody comes from somebody who has not logged in, where only users are served.
	VariantMethodOfNobody Variant = "method, without a login"
	VariantPrefetch       Variant = "prefetch"
)

// Variants of [ProbeOrigins]; a request with the method OPTIONS is the preflight.
const (
	VariantForeignOrigin Variant = "foreign origin"
	VariantNullOrigin    Variant = "null origin"
	VariantPrefixOrigin  Variant = "own name as prefix"
	VariantSuffixOrigin  Variant = "own name as suffix"
	VariantBelowOrigin   Variant = "below the own name"
	VariantClearOrigin   Variant = "own name without https"
	VariantOwnOrigin     Variant = "own origin"
	VariantAllowedOrigin Variant = "allowed origin" // About is the origin
)

// Variants of [ProbeValidators].
const (
	VariantIfNoneMatch     Variant = "if-none-match"
	VariantIfModifiedSince Variant = "if-modified-since"
	VariantAgain           Variant = "again"
	// VariantOthersValidator is a fresh visitor with the validator of another one.
	VariantOthersValidator Variant = "validator of another visitor"
)

// Variants of [ProbeScripts].
const (
	VariantCallback     Variant = "callback" // About is the parameter's name
	VariantScriptAccept Variant = "accept"
	VariantScriptFormat Variant = "script format" // About is the query, or the end of the path
	VariantWindow       Variant = "window"        // the address is opened in a window
)

// Variants of [ProbeBadInput]; About says what is wrong.
const (
	VariantBadCookie Variant = "cookie"
	VariantBadHeader Variant = "bad header"
	// VariantBadLarge is longer than servers commonly take: closing the connection is an answer.
	VariantBadLarge       Variant = "large header"
	VariantBadQuery       Variant = "bad query"
	VariantBadQueryInside Variant = "bad query in a session"
	VariantBadPath        Variant = "bad path"
	VariantBadBody        Variant = "bad body"
	VariantUnexpectedBody Variant = "unexpected body"
)

// Variants of [ProbeReflection].
const (
	VariantReflectQuery   Variant = "marked query"
	VariantReflectMarkup  Variant = "markup in query"
	VariantReflectAgent   Variant = "marked user-agent"
	VariantReflectReferer Variant = "marked referer"
)

// Variants of [ProbePaths] and [ProbeJWKS].
const (
	// VariantInSession is the token of a visitor in whose session others ask;
	// also one of [ProbeBadInput].
	VariantInSession   Variant = "session"
	VariantUnknownPath Variant = "unknown path" // what answers is the site's page for errors
	VariantPath        Variant = "path"         // About is the path
)

// Variants of [ProbeTLS].
const (
	VariantOldTLS    Variant = "old TLS" // About is the version
	VariantPlainHTTP Variant = "plain http"
)

// Variants of [ProbeRelying].
const (
	VariantToken            Variant = "token" // where the right one comes from
	VariantValid            Variant = "valid"
	VariantValidWithCookies Variant = "valid with cookies"
	VariantNone             Variant = "none"
	VariantForged           Variant = "forged"          // About says how
	VariantPointing         Variant = "pointing"        // About is the member that points to our listener
	VariantOtherAlgorithm   Variant = "other algorithm" // of the right key; About is its name
)

// Variants lists the variants of each probe that has any.
var Variants = map[string][]Variant{
	ProbeVisitors:    {VariantLate},
	ProbeCookieRoles: {VariantWithoutCookie},
	ProbeNetwork:     {VariantSameNetwork, VariantOtherAgent, VariantOtherAddress, VariantForwardedAddress},
	ProbeHosts:       {VariantOtherHost, VariantForwardedHost},
	ProbeRequestIdentity: {
		VariantQuery, VariantHeader, VariantOtherMethod, VariantBasicUser, VariantBearer,
		VariantJSONBody, VariantFormBody, VariantProxyHeaders, VariantBelow, VariantJSONWanted, VariantConfigured, VariantVisitorID, VariantVictim,
		VariantOthersRequest, VariantRemadeHeader, VariantChosenLife, VariantChangedVisit,
	},
	ProbeForgedCookies: {
		VariantVictim, VariantIssued, VariantUnissued, VariantUnissuedAlike, VariantAmongIssued,
		VariantOtherSub, VariantLoginNameOfAUser, VariantOtherSubSigned, VariantOtherSubInPlace, VariantOtherSubBase64, VariantOtherSubHex,
		VariantChangedJSON, VariantChangedBase64, VariantChangedSigned, VariantUnsignedCookie, VariantChangedToken, VariantResealed,
	},
	ProbeForgedLogins: {
		VariantLoginJSON, VariantLoginPlain, VariantLoginBase64, VariantLoginRawJSON, VariantLoginPrefixed,
		VariantLoginUnsigned, VariantLoginNameOfAUser, VariantRespelledName, VariantLoginGuessed, VariantVictim, VariantOtherSub, VariantUnissuedAlike,
		VariantChangedJSON, VariantChangedBase64, VariantChangedSigned, VariantUnsignedCookie, VariantChangedToken,
	},
	ProbeHostileCookies: {VariantHostile, VariantHostileAfterID, VariantHostileAfterIssued, VariantHostileRefusable},
	ProbeLogin:          {VariantNobodyYet, VariantLoginIncomplete, VariantBeforeLogin, VariantAfterLogin, VariantAfterLogout, VariantSecondSession, VariantFixedSession, VariantKeptSession, VariantNextUser, VariantBesideUser},
	ProbeSession:        {VariantVisit, VariantOfferedVisit, VariantLogin, VariantLogout, VariantLoginAdopting, VariantLoginRespelled, VariantLoginOver, VariantHalfLogin, VariantLoginForging},
	ProbeCrossSiteLogin: {VariantBeforeForgery, VariantForgery, VariantAfterForgery},
	ProbeRenewal:        {VariantFirst, VariantBeforeExpiry, VariantAfterExpiry, VariantLater},
	ProbeMethods:        {VariantMethod, VariantKnownMethod, VariantMethodOfNobody, VariantPrefetch},
	ProbeOrigins: {
		VariantForeignOrigin, VariantNullOrigin, VariantPrefixOrigin, VariantSuffixOrigin, VariantBelowOrigin, VariantClearOrigin,
		VariantOwnOrigin, VariantAllowedOrigin,
	},
	ProbeValidators: {VariantFirst, VariantIfNoneMatch, VariantIfModifiedSince, VariantAgain, VariantOthersValidator},
	ProbeScripts:    {VariantCallback, VariantScriptAccept, VariantScriptFormat, VariantWindow},
	ProbeBadInput: {
		VariantBadCookie, VariantBadHeader, VariantBadLarge, VariantBadQuery, VariantBadQueryInside, VariantBadPath,
		VariantBadBody, VariantUnexpectedBody, VariantInSession,
	},
	ProbeReflection: {VariantReflectQuery, VariantReflectMarkup, VariantReflectAgent, VariantReflectReferer},
	ProbePaths:      {VariantInSession, VariantUnknownPath, VariantPath},
	ProbeJWKS:       {VariantPath},
	ProbeTLS:        {VariantOldTLS, VariantPlainHTTP},
	ProbeRelying:    {VariantToken, VariantValid, VariantValidWithCookies, VariantNone, VariantForged, VariantPointing, VariantOtherAlgorithm},
}

// What stands before the rest of [Exchange.About] for forgeries whose signature is
// right: the site's own token, and one that was signed with its key.
const (
	AboutExpired  = "the right token, expired"
	AboutRightKey = "right signature"
)
