package record

import "time"

// Page is the evidence of driving one embed page in a browser: what the page
// did with the widget and its tokens, and what the mock assistant answered.
type Page struct {
	URL     string `json:"url"`
	Browser string `json:"browser,omitempty"`
	// ClockMode is how expiry came about: "pulse" (both clocks moved past exp for
	// one message), "real" (waited for), "" when no expiry was reached.
	ClockMode string `json:"clockMode,omitempty"`
	// SkewSeconds is by how much a pulse moved the clocks.
	SkewSeconds float64   `json:"skewSeconds,omitempty"`
	StartedAt   time.Time `json:"startedAt"`
	// DriftSeconds is by how much the issuer's clock is ahead of this machine's,
	// going by the iat of its newest token; 0 when it is less than two seconds.
	DriftSeconds float64 `json:"driftSeconds,omitempty"`
	// Endpoint is the token endpoint, when it was named; else it is found by its answers.
	Endpoint string `json:"endpoint,omitempty"`
	// Profile is the id of the profile whose chat the page was seen to embed; "" when
	// a profile was chosen, or no chat of any profile was seen.
	Profile string `json:"profile,omitempty"`
	// LogsOut is set when a logout action was configured.
	LogsOut bool `json:"logsOut,omitempty"`
	// LogsOutOnly is set when visitors have logged in before they come to the chat,
	// and no login action was configured for it.
	LogsOutOnly bool `json:"logsOutOnly,omitempty"`

	Visits      []Visit         `json:"visits"`
	Steps       []PageStep      `json:"steps"`
	Timeline    []PageEvent     `json:"timeline"`
	Firings     []Firing        `json:"firings"`
	Calls       []InstanceCall  `json:"calls,omitempty"`
	Messages    []AssistantCall `json:"messages"`
	Requests    []PageRequest   `json:"requests"`
	Violations  []Violation     `json:"violations,omitempty"`
	Exposures   []Exposure      `json:"exposures,omitempty"`
	Assets      []Asset         `json:"assets,omitempty"`
	Tokens      []Token         `json:"tokens"`
	Screenshots []Screenshot    `json:"screenshots,omitempty"`
	// BlockedHosts are hosts that the page asked for and that were not allowed,
	// or do not exist.
	BlockedHosts []string `json:"blockedHosts,omitempty"`
	// VendorHosts are hosts of a vendor of chats that the page asked for. They
	// are never let through.
	VendorHosts []string `json:"vendorHosts,omitempty"`
	// Actions are the configured things that visitors did on the page.
	Actions []PageAction `json:"actions,omitempty"`
	// HandlerErrors are errors that handlers of the page threw, those of the
	// renewal event apart, which stand in Firings.
	HandlerErrors []HandlerError `json:"handlerErrors,omitempty"`
	// Workers is set when the page has begun workers, service workers apart,
	// WorkersWatched when all that they asked for was seen.
	Workers        bool `json:"workers,omitempty"`
	WorkersWatched bool `json:"workersWatched,omitempty"`
	// TellsPeopleApart is set when the configuration has visitors log in as
	// different people.
	TellsPeopleApart bool `json:"tellsPeopleApart,omitempty"`
	// Interrupted is set when the run ended before the visitors had.
	Interrupted bool `json:"interrupted,omitempty"`
	// HeldOpen is set when the browser stayed open for a person to look at. What
	// ends that cuts nothing off.
	HeldOpen bool `json:"heldOpen,omitempty"`
	// SignedIn is set when the visitors may be users of the site: something was
	// typed or evaluated before the chat, or the site was said to have no
	// anonymous visitors.
	SignedIn bool `json:"signedIn,omitempty"`
	// Dropped counts what was left out because there was too much of it, by kind.
	Dropped map[string]int `json:"dropped,omitempty"`
}

// Steps of a visit, in the order in which they are gone through.
const (
	StepLoad      = "load"          // the page is loaded and the widget begins
	StepFirst     = "first message" // the chat is opened and a message is sent
	StepExpiry    = "expiry"        // a message after the token has expired
	StepReload    = "reload"        // the page is loaded again, and a message sent
	StepSleep     = "sleep"         // a message after the computer has slept past the token's expiry
	StepRejection = "rejection"     // the assistant rejects every token
	StepLogin     = "login"         // the configured login action
	StepLogout    = "logout"        // the configured logout action
	StepNext      = "next person"   // another person logs in at the same browser
	StepAfter     = "after"         // the configured steps after the chat
)

// Visitors who come to the page, each with an own cookie jar.
const (
	VisitorFirst  = "first"  // goes through the expiry
	VisitorSecond = "second" // reloads, lets the computer sleep, and is then rejected
	VisitorUser   = "user"   // logs in and out, and leaves the browser to the next person
)

// PageStep is one step of one visitor and how it ended.
type PageStep struct {
	Visitor string  `json:"visitor"`
	Name    string  `json:"name"`
	At      float64 `json:"at"` // seconds since the start
	Seconds float64 `json:"seconds"`
	// Done is set when what the step is for came about, such as a message answered.
	Done bool `json:"done"`
	// Ended says how it ended when it is not done, Cause why.
	Ended string `json:"ended,omitempty"`
	Cause Cause  `json:"cause,omitempty"`
	// Text is the message that the step sent.
	Text string `json:"text,omitempty"`
	// Usable says whether the page still answered at the end of the step.
	Usable bool `json:"usable"`
}

// Visit is one load of the page by one visitor.
type Visit struct {
	ID      string  `json:"id"`
	Visitor string  `json:"visitor"`
	Step    string  `json:"step"`
	At      float64 `json:"at"`
	URL     string  `json:"url"` // where the page ended up, masked
	Title   string  `json:"title,omitempty"`
	// Tried is what the visitor did on a page that did not load the widget by
	// itself, such as "moves the pointer and scrolls", in order. When the widget
	// has begun, the last is what it came after.
	Tried []string `json:"tried,omitempty"`
	// WantsPassword is set when a page without the widget has a field for a
	// password, Consent names a button on it that looks like one for consent,
	// and OtherProduct the product whose chat it embeds instead.
	WantsPassword bool   `json:"wantsPassword,omitempty"`
	Consent       string `json:"consent,omitempty"`
	OtherProduct  string `json:"otherProduct,omitempty"`
	// OtherProfile is the id of that product's profile, where it has one.
	OtherProfile string `json:"otherProfile,omitempty"`
	// Scripts are the script elements of the page that look like the widget's.
	Scripts []WidgetScript `json:"scripts,omitempty"`
	// Widget is what the page made of the widget; nil when it never began.
	Widget *Widget `json:"widget,omitempty"`
	// PageErrors are uncaught exceptions of the page, masked.
	PageErrors []string `json:"pageErrors,omitempty"`
	// ServiceWorker is set when a service worker controlled the page.
	ServiceWorker bool `json:"serviceWorker,omitempty"`
}

// WidgetScript is the widget's script as the page asks for it.
type WidgetScript struct {
	URL       string `json:"url"`
	Integrity string `json:"integrity,omitempty"`
	// Documented is set for the addresses that the vendor documents.
	Documented bool `json:"documented"`
	// Asked is set when the browser has asked for it.
	Asked bool `json:"asked"`
}

// Widget is what the page told the widget.
type Widget struct {
	IntegrationID     string `json:"integrationID,omitempty"`
	Region            string `json:"region,omitempty"`
	ServiceInstanceID string `json:"serviceInstanceID,omitempty"`
	// Preset is the id of the token in the configuration, when it was sent.
	Preset string `json:"preset,omitempty"`
	// Created is set when the widget began; it can fail before that.
	Created bool `json:"created"`
	// Lacks are the required members that the page's configuration does not have.
	Lacks []string `json:"lacks,omitempty"`
	// Refused says why the chat does not begin on this page: one of the Refused
	// constants, or "".
	Refused string `json:"refused,omitempty"`
	// HasPreset is set when the configuration has a token.
	HasPreset bool `json:"hasPreset,omitempty"`
	// OnLoad is set when the page gave an onLoad function, Loaded when it has
	// run, with the error it ended with.
	OnLoad      bool   `json:"onLoad"`
	Loaded      bool   `json:"loaded"`
	OnLoadError string `json:"onLoadError,omitempty"`
	Rendered    bool   `json:"rendered"`
	// Subscribed are the types of the events that the page listens to, in order.
	Subscribed []string      `json:"subscribed,omitempty"`
	Errors     []WidgetError `json:"errors,omitempty"`
	// Missing are members of the instance that the page looked for and that the
	// widget's stand-in does not have, such as "customPanels.getPanels".
	Missing []string `json:"missing,omitempty"`
}

// WidgetError is what the widget told the page's onError.
type WidgetError struct {
	At      float64 `json:"at"`
	Step    string  `json:"step"`
	Type    string  `json:"type"` // such as "IDENTITY_TOKEN"
	Message string  `json:"message"`
	Detail  string  `json:"detail,omitempty"`
}

// Firing is one event by which the widget asks for a token, and what the page's handler made of it.
type Firing struct {
	Visit    string  `json:"visit"`
	Visitor  string  `json:"visitor"`
	Step     string  `json:"step"`
	At       float64 `json:"at"`
	Handlers int     `json:"handlers"` // how many were to be called
	Ended    int     `json:"ended"`    // how many have ended
	Settled  bool    `json:"settled"`
	// Seconds is how long the handler took, or was waited for when it did not settle.
	Seconds  float64    `json:"seconds"`
	Error    string     `json:"error,omitempty"`    // what it threw
	Place    string     `json:"place,omitempty"`    // where in the page's scripts
	Returned string     `json:"returned,omitempty"` // type of what it returned
	Value    TokenValue `json:"value"`              // event.identityToken when it settled
	// Late is set when a value was assigned after the handler had settled.
	Late *TokenValue `json:"late,omitempty"`
	// Requests are the ids of the page's requests while the handler ran.
	Requests []string `json:"requests,omitempty"`
}

// HandlerError is an error that a handler of the page threw.
type HandlerError struct {
	Visit   string  `json:"visit"`
	Visitor string  `json:"visitor"`
	Step    string  `json:"step"`
	At      float64 `json:"at"`
	Event   string  `json:"event"` // whose handler
	Error   string  `json:"error"`
	Place   string  `json:"place,omitempty"` // where in the page's scripts
}

// PageAction is one configured thing that a visitor did on the page.
type PageAction struct {
	Visitor string  `json:"visitor"`
	Step    string  `json:"step"`
	Phase   string  `json:"phase"` // one of the Phase constants
	At      float64 `json:"at"`
	Seconds float64 `json:"seconds"`
	What    string  `json:"what"` // such as "click #accept"; never what was typed
	// Failure says why it could not be done; empty when it was.
	Failure string `json:"failure,omitempty"`
}

// When configured actions are done.
const (
	PhaseBefore = "before" // before the chat, at each load of the page
	PhaseIn     = "in"     // in the open chat, before the first message
	PhaseAfter  = "after"  // after the chat
	PhaseLogin  = "login"
	PhaseLogout = "logout"
)

// TokenValue is what a page hands to the widget as a token.
type TokenValue struct {
	Type string `json:"type"` // as JavaScript names it: "string", "Response", "undefined" …
	// Token is the id of the token, when the value is, or holds, one.
	Token string `json:"token,omitempty"`
	// JWT is set when the value is the text of a token and nothing else.
	JWT bool `json:"jwt"`
	// Looks is what a string that is no token looks like: "JSON", "HTML", "quotes", "Bearer prefix", "empty", "other text".
	Looks string `json:"looks,omitempty"`
	// Excerpt is the beginning of such a string, masked.
	Excerpt string `json:"excerpt,omitempty"`
}

// InstanceCall is a call of the page at the widget's instance.
type InstanceCall struct {
	Visit   string      `json:"visit"`
	Visitor string      `json:"visitor"`
	Step    string      `json:"step"`
	At      float64     `json:"at"`
	Method  string      `json:"method"`
	Value   *TokenValue `json:"value,omitempty"` // of the method that takes a token
	Error   string      `json:"error,omitempty"`
}

// AssistantCall is a request with a token that reached the mock assistant.
type AssistantCall struct {
	Visit   string  `json:"visit"`
	Visitor string  `json:"visitor"`
	Step    string  `json:"step"`
	At      float64 `json:"at"`
	Call    string  `json:"call"` // "config", "message", "notes" or "delete"
	Text    string  `json:"text,omitempty"`
	Welcome bool    `json:"welcome,omitempty"`
	Token   string  `json:"token,omitempty"` // id
	// Transaction is the same for a message that is sent again.
	Transaction string  `json:"transaction,omitempty"`
	Status      int     `json:"status"`
	Reason      string  `json:"reason,omitempty"`
	Verdict     Decided `json:"verdict"`
	// Session is the conversation that it belongs to, as far as the assistant knows it.
	Session string `json:"session,omitempty"`
	// Injected is set when the assistant refused because the step wanted it to.
	Injected bool `json:"injected,omitempty"`
}

// PageRequest is a request of the page to its own and other servers, the
// vendor's hosts apart.
type PageRequest struct {
	ID      string  `json:"id"`
	Visit   string  `json:"visit"`
	Visitor string  `json:"visitor"`
	Step    string  `json:"step"`
	At      float64 `json:"at"`
	Seconds float64 `json:"seconds,omitempty"`
	Method  string  `json:"method"`
	URL     string  `json:"url"`  // masked
	Type    string  `json:"type"` // "Document", "Script", "Fetch", "XHR" …
	Status  int     `json:"status,omitempty"`
	MIME    string  `json:"mime,omitempty"`
	Bytes   int64   `json:"bytes,omitempty"`
	// Cache is one of the Cache constants when the answer did not come from the network.
	Cache string `json:"cache,omitempty"`
	// CacheHeaders are those headers of the answer that tell of caches, by name.
	CacheHeaders map[string]string `json:"cacheHeaders,omitempty"`
	// RedirectedTo is where the last redirect pointed, masked.
	RedirectedTo string `json:"redirectedTo,omitempty"`
	// CORS is the browser's reason for refusing a cross-origin answer, Blocked
	// any other, such as "csp" or "mixed-content".
	CORS    string `json:"cors,omitempty"`
	Blocked string `json:"blocked,omitempty"`
	Failure string `json:"failure,omitempty"`
	// BlockedCookies are names of cookies that were not sent or not kept, with the reason.
	BlockedCookies []string `json:"blockedCookies,omitempty"`
	// Tokens are the ids of the tokens in the answer.
	Tokens []string `json:"tokens,omitempty"`
	// CrossSite is set when it went to another site than the page's.
	CrossSite bool `json:"crossSite,omitempty"`
	// Unread is set when the answer could not be looked into.
	Unread bool `json:"unread,omitempty"`
	// Issuer is set for requests to the token endpoint.
	Issuer bool `json:"issuer,omitempty"`
	// Credentials number what the page said in headers about who asks, such as in
	// Authorization, from 1: requests with the same number said the same. It is 0 for one
	// that said nothing. The browser's cookies are none of it.
	Credentials int `json:"credentials,omitempty"`
	// Worker is the kind of the worker that asked, one of the Worker constants; "" for
	// the page itself. A service worker asks on behalf of a request of the page, or by
	// itself.
	Worker string `json:"worker,omitempty"`
}

// The kinds of workers.
const (
	WorkerDedicated = "dedicated"
	WorkerShared    = "shared"
	WorkerService   = "service"
)

// Where an answer can come from instead of the network.
const (
	CacheHTTP          = "http"
	CacheServiceWorker = "service worker"
)

// Violation is something that the page's Content-Security-Policy blocked.
type Violation struct {
	Visit     string `json:"visit"`
	Visitor   string `json:"visitor"`
	Step      string `json:"step"`
	Directive string `json:"directive"`
	Blocked   string `json:"blocked,omitempty"` // the address; empty for inline code
	// Inline is set when a script in the page itself was blocked.
	Inline bool `json:"inline,omitempty"`
	// Vendor is set for addresses that the widget needs.
	Vendor bool `json:"vendor,omitempty"`
	// Issuer is set for the token endpoint, Renewing when the page's handler of
	// the renewal event was running.
	Issuer   bool `json:"issuer,omitempty"`
	Renewing bool `json:"renewing,omitempty"`
}

// Exposure is a token in a place where it does not belong.
type Exposure struct {
	Visit   string `json:"visit"`
	Visitor string `json:"visitor"`
	Step    string `json:"step"`
	Kind    string `json:"kind"`  // one of the Exposed constants
	Where   string `json:"where"` // the address, the storage key, the console method
	Token   string `json:"token"` // id
}

// Places where a token does not belong.
const (
	ExposedURL      = "url"      // the address of a request
	ExposedLocation = "location" // the address of the page
	ExposedReferer  = "referer"
	ExposedLocal    = "localStorage"
	ExposedSession  = "sessionStorage"
	ExposedCookie   = "cookie" // one that scripts can read
	ExposedConsole  = "console"
	// ExposedCache and ExposedDatabase are looked into only where a page keeps an
	// expired token.
	ExposedCache    = "Cache Storage"
	ExposedDatabase = "IndexedDB"
)

// Asset is a document or script of the page that was searched for secrets.
type Asset struct {
	Visit   string `json:"visit"`
	Visitor string `json:"visitor"`
	URL     string `json:"url"`
	Kind    string `json:"kind"` // one of the Asset constants
	Bytes   int    `json:"bytes"`
	// Cut is set when only its beginning was searched.
	Cut    bool     `json:"cut,omitempty"`
	Leaks  []Leak   `json:"leaks,omitempty"`
	Tokens []string `json:"tokens,omitempty"` // ids of this issuer's tokens in it
}

// Kinds of assets.
const (
	AssetDocument  = "document"
	AssetScript    = "script"
	AssetSourceMap = "source map"
	AssetErrorPage = "error page"
)

// Screenshot is a picture of the page.
type Screenshot struct {
	Visitor string  `json:"visitor"`
	Step    string  `json:"step"`
	At      float64 `json:"at"`
	Caption string  `json:"caption"`
	PNG     []byte  `json:"png"` // base64 in JSON
}

// String describes the value in a few words.
func (v TokenValue) String() string {
	switch {
	case v.JWT:
		return "a token"
	case v.Type == TypeString:
		return "a string that is not a token (" + v.Looks + ")"
	case v.Type == TypeUndefined, v.Type == TypeNull:
		return "no token"
	}
	return "a value of type " + v.Type
}
