package record

// The words by which the evidence of the page part says what something was.
// Who drives the page writes them, who judges it looks for them.

// How expiry came about: the clock modes.
const (
	ClockPulse = "pulse" // the clocks of page and assistant were moved past exp for one message
	ClockReal  = "real"  // it was waited for
)

// What a string looks like that is no token.
const (
	LooksEmpty  = "empty"
	LooksHTML   = "HTML"
	LooksJSON   = "JSON"
	LooksQuotes = "quotes"
	LooksBearer = "Bearer prefix"
	LooksOther  = "other text"
)

// Types of values as JavaScript names them, of which there are any number.
const (
	TypeString    = "string"
	TypeUndefined = "undefined"
	TypeNull      = "null"
	TypeResponse  = "Response"
	TypePromise   = "Promise"
)

// The page's requests by what made them; others are told in the browser's words.
const (
	TypeDocument = "Document"
	TypeFetch    = "Fetch"
	TypeXHR      = "XHR"
)

// EveryEvent subscribes to every event.
const EveryEvent = "*"

// Methods of the widget's instance whose calls are noted.
const (
	MethodUpdateUser     = "updateUserID"
	MethodDestroySession = "destroySession"
	MethodDestroy        = "destroy"
)

// Why a chat does not begin on a page.
const (
	RefusedQuirks = "quirks" // the page is in quirks mode
	RefusedRoot   = "root"   // the element that the chat goes into is not there
	RefusedToken  = "token"  // no token stands in the configuration
)

// Types of the widget's errors that something hangs on.
const (
	ErrorToken  = "IDENTITY_TOKEN"
	ErrorConfig = "INITIAL_CONFIG"
)

// Reasons of the browser for not making a request, or not showing its answer.
const (
	BlockedMixed    = "mixed-content"
	BlockedEmbedder = "coep-frame-resource-needs-coep-header"
	BlockedResource = "corp-" // begins all of that policy
	Unresolved      = "net::ERR_NAME_NOT_RESOLVED"
)

// LeakInComment is where a secret stands that stands in a comment; other places
// are told as "body".
const (
	LeakInComment = "comment"
	LeakInBody    = "body"
)

// Cause is why a step was not done.
type Cause string

// Causes of steps that were not done.
const (
	// CauseSite: what the site did or did not do. It can be judged.
	CauseSite Cause = "site"
	// CauseNotOwed: the site has nothing that this step could go through, such
	// as a token that never expires.
	CauseNotOwed Cause = "not-owed"
	// CauseUnable: it could not be done from here, such as moving the clock of a
	// page that does not answer, or a configured step that fails.
	CauseUnable Cause = "unable"
	// CauseCut: the run ended.
	CauseCut Cause = "cut"
)
