package record

// PageEvent is one line of the timeline of the page part: something that
// somebody did, to whom, and when. [Page].Timeline has all of them, of all
// visitors, in the order of time: the data of a sequence diagram.
type PageEvent struct {
	At      float64 `json:"at"` // seconds since the start
	Visitor string  `json:"visitor"`
	Step    string  `json:"step"`
	Kind    string  `json:"kind"` // one of the Event constants
	Text    string  `json:"text"`
	// From did it, To is whom it reached: both one of the Actor constants. The
	// same in both for what somebody does alone; both empty where nobody in
	// particular did it, such as a step that begins.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Token is the id of the token that went along, when one did.
	Token string `json:"token,omitempty"`
	// Request is the id of the page's request that this line is about.
	Request string `json:"request,omitempty"`
	// Status is the HTTP status of an answer; 0 for what is no answer.
	Status int `json:"status,omitempty"`
}

// Kinds of events.
const (
	EventStep    = "step"    // a step begins
	EventAction  = "action"  // the visitor does something: clicks, types, scrolls
	EventClock   = "clock"   // the clocks are moved, or time is waited out
	EventWidget  = "widget"  // the page and its widget talk
	EventToken   = "token"   // a token is asked for, or handed over
	EventMessage = "message" // a call at the assistant, or its answer
	EventRequest = "request" // a request of the page, or its answer
	EventProblem = "problem" // something went wrong
)

// Actors of a timeline, in the order in which a sequence diagram has them.
const (
	ActorVisitor   = "visitor"
	ActorPage      = "page"
	ActorWidget    = "widget"
	ActorEndpoint  = "endpoint"
	ActorAssistant = "assistant"
)

// Actors are all of them.
var Actors = []string{ActorVisitor, ActorPage, ActorWidget, ActorEndpoint, ActorAssistant}
