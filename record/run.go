// Package record is the data model of a run: what was tested, the evidence that was
// gathered, the outcomes that were judged from it, and the load figures.
//
// The run file, run.json, is the one interface between gathering, judging and reporting,
// between commands, between machines and between versions:
//
//	run, err := record.ReadFile("webchatspec-report/run.json")
//	if err != nil {
//		return err
//	}
//	for _, o := range run.With(record.Fails) {
//		fmt.Println(o.Level, o.ID, o.Findings[0].Actual)
//	}
//
// An [Outcome] says what was seen of one check. Whether it fails the run is another
// question, since that depends on the check's level, on waivers and on what was asked
// for; [Run.Effect] answers it, [Run.With] lists outcomes by the answer, and [Run.Decide]
// gives the verdict. The command, the reports and the test adapters all ask here.
//
// Instants are RFC 3339, durations are seconds, rates are per second. Later versions add
// keys and never rename them. Nothing in a run is a complete live token or a private key:
// see [NewToken] and [Run.Mask].
package record

import (
	"fmt"
	"time"
)

// SchemaVersion is the version of the run file that this package writes.
// It grows when a key changes its meaning or goes away, not when one is added.
const SchemaVersion = 1

// Verdict is the answer of a whole run.
type Verdict string

// The verdicts of a run.
const (
	VerdictPassed       Verdict = "passed"
	VerdictFailed       Verdict = "failed"
	VerdictInconclusive Verdict = "inconclusive"
	VerdictInterrupted  Verdict = "interrupted"
)

// Run is one run: gathering fills Evidence and Load, judging Outcomes and Verdict.
type Run struct {
	SchemaVersion int       `json:"schemaVersion"`
	Tool          Tool      `json:"tool"`
	StartedAt     time.Time `json:"startedAt"`
	FinishedAt    time.Time `json:"finishedAt"`
	Verdict       Verdict   `json:"verdict"`
	// TimeUp is set when the time for the run was up before its end.
	TimeUp bool `json:"timeUp,omitempty"`
	// RequestsUp is set when as many requests had been sent before its end as the site
	// was said to bear.
	RequestsUp  bool `json:"requestsUp,omitempty"`
	Interrupted bool `json:"interrupted,omitempty"`
	// FailOn is the lowest level whose failures fail the run; "" is MUST.
	FailOn Level `json:"failOn,omitempty"`
	// Only and Skip are the words that chose the checks: ids, areas and levels.
	Only     []string  `json:"only,omitempty"`
	Skip     []string  `json:"skip,omitempty"`
	Target   Target    `json:"target"`
	Parts    []Part    `json:"stages,omitempty"`
	Outcomes []Outcome `json:"outcomes"`
	Evidence Evidence  `json:"evidence"`
	Load     []Load    `json:"load,omitempty"`
	// Capacity is the answer of a search for the highest rate, when there was one.
	Capacity *Capacity `json:"capacity,omitempty"`
	// Comparison is of several endpoints side by side, when there was one.
	Comparison *Comparison `json:"comparison,omitempty"`
	// Baseline is a former run that this one is compared with, when one was named.
	Baseline *Baseline `json:"baseline,omitempty"`
	// Configuration is the settings by which the run was made, as YAML and without
	// secrets.
	Configuration string `json:"configuration,omitempty"`
}

// Tool names the program that wrote the run.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Target is what was tested.
type Target struct {
	// Profile is the id of the vendor's contract that it was held to; "" is the default one.
	Profile string `json:"profile,omitempty"`
	// ProfileBy says how it came to that profile: "chosen", "page" when nobody chose
	// one and the page embeds that chat, "" for the default.
	ProfileBy string `json:"profileBy,omitempty"`
	// Product is what people call the chat of that contract, and Caveat what cannot be
	// known of it from outside, to be said with each result.
	Product   string     `json:"product,omitempty"`
	Caveat    string     `json:"caveat,omitempty"`
	Endpoint  string     `json:"endpoint,omitempty"`
	Page      string     `json:"page,omitempty"`
	PublicKey *PublicKey `json:"publicKey,omitempty"`
	// Demo is set when the built-in demo site was tested because none was named.
	Demo bool `json:"demo,omitempty"`
	// Loopback is set when the endpoint is on this machine.
	Loopback bool `json:"loopback,omitempty"`
	// EndpointAt and PageAt say where the configuration names the two, if a file does.
	EndpointAt *Place `json:"endpointAt,omitempty"`
	PageAt     *Place `json:"pageAt,omitempty"`
	// TokenIn says where the token stands in an answer, as the configuration writes it.
	TokenIn string `json:"tokenIn,omitempty"`
}

// How a run came to its profile.
const (
	ProfileChosen = "chosen"
	ProfileByPage = "page"
)

// Place is a line of a file.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line"` // from 1
}

// PublicKey is the short description of a key.
type PublicKey struct {
	Kind        string `json:"kind"`
	Bits        int    `json:"bits,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
}

// Part is one part of a run and how long it took.
type Part struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	// Failure says why the part could not be done, when it could not.
	Failure *Failure `json:"failure,omitempty"`
}

// Failure is why something outside could not be reached or used.
type Failure struct {
	// Class is one of the Failure constants.
	Class   string `json:"class"`
	Message string `json:"message"`
}

// Error makes a Failure an error: its message.
func (f Failure) Error() string { return f.Message }

// Classes of failures.
const (
	FailureRefused     = "refused"      // nothing listens there
	FailureTimeout     = "timeout"      // no complete answer within the limit
	FailureDNS         = "dns"          // the name does not resolve
	FailureTLS         = "tls"          // the certificate or the handshake is not right
	FailureProtocol    = "protocol"     // the answer is not HTTP
	FailureTooLarge    = "too-large"    // the answer is over the size limit
	FailureClosed      = "closed"       // the connection ended early
	FailureThrottled   = "throttled"    // 429 or a firewall's page
	FailureNoBrowser   = "no-browser"   // no Chromium was found or it did not start
	FailureTimeUp      = "time-up"      // the time for the run was up
	FailureRequestsUp  = "requests-up"  // as many requests as the site was said to bear had been sent
	FailureInterrupted = "interrupted"  // the user stopped the run
	FailureOther       = "other"        // anything else: the message says what
	FailureNotAllowed  = "not-allowed"  // a host or probe that the user has not consented to
	FailureUnreachable = "unreachable"  // no route, or another error on connecting
	FailureRedirect    = "redirect"     // the answer points elsewhere; tokens are not carried along
	FailureBadConfig   = "bad-settings" // what was asked for cannot be done as configured
)

// Level is how much a check weighs.
type Level string

// The levels of checks.
const (
	Must   Level = "MUST"   // the documentation requires it, or the chat breaks or is endangered without it
	Should Level = "SHOULD" // the documentation advises it
	May    Level = "MAY"    // hygiene
)

// State is what became of a check.
type State string

// The states of an outcome. Only Passed is green.
const (
	Passed        State = "passed"
	Failed        State = "failed"
	NotApplicable State = "not-applicable"
	Blocked       State = "blocked"
	NotRun        State = "not-run"
	Inconclusive  State = "inconclusive"
	Waived        State = "waived"
)

// Outcome is what became of one check of the catalogue, with all it found.
type Outcome struct {
	ID     string `json:"id"`
	Area   string `json:"area"`
	Level  Level  `json:"level"`
	Title  string `json:"title"`
	Why    string `json:"why,omitempty"`
	Fix    string `json:"fix,omitempty"`
	Source string `json:"source,omitempty"`
	// Links are the parts of the source that can be read on the web.
	Links     []Link  `json:"links,omitempty"`
	State     State   `json:"state"`
	Reason    string  `json:"reason,omitempty"`
	BlockedBy string  `json:"blockedBy,omitempty"`
	Waiver    *Waiver `json:"waiver,omitempty"`
	// Remedy is what would have had a check judged that was not: a command, a flag
	// or a setting; "" where that is not known.
	Remedy    string    `json:"remedy,omitempty"`
	Reproduce string    `json:"reproduce,omitempty"`
	Findings  []Finding `json:"findings,omitempty"`
	// Wanted is set when the check could not run for want of something that was asked for.
	Wanted bool `json:"wanted,omitempty"`
	// Warning is set when an inconclusive outcome is told but does not count in the verdict.
	Warning bool `json:"warning,omitempty"`
}

// Link is where something can be read.
type Link struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// Finding is one thing a check saw that should be otherwise.
type Finding struct {
	Requirement string `json:"requirement"`
	Expected    string `json:"expected"`
	Actual      string `json:"actual"`
	Hint        string `json:"hint,omitempty"`
	// Exchange names the exchange in the evidence that shows it, when one does.
	Exchange string `json:"exchange,omitempty"`
}

// Waiver is the agreement to live with a failed check for a while.
type Waiver struct {
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	Expires string `json:"expires"` // a date, 2006-01-02
	// Standing is what became of it, one of the Waiver constants; "" before judging.
	Standing string `json:"standing,omitempty"`
}

// What becomes of waivers.
const (
	WaiverHolds    = "holds"    // the check failed, and that is agreed to
	WaiverExpired  = "expired"  // the check failed, and the last day is over
	WaiverUnneeded = "unneeded" // the check passed: the waiver has to go
	WaiverIdle     = "idle"     // the check was not judged
)

// Evidence is all that was seen. It holds no judgement except each token's
// verdict, which must be noted on arrival because the signature is not kept.
type Evidence struct {
	Keys      []Key      `json:"keys,omitempty"`
	Probes    []Probe    `json:"probes,omitempty"`
	Tokens    []Token    `json:"tokens"`
	Exchanges []Exchange `json:"exchanges"`
	// Pace says that the endpoint asked for less, and how much less it was then
	// asked; nil when it did not.
	Pace *Pace `json:"pace,omitempty"`
	// UsersOnly says why the endpoint was taken for one that serves users only; ""
	// when it was not, or when the configuration says so.
	UsersOnly string `json:"usersOnly,omitempty"`
	// Users are the people with a login that were configured.
	Users []User `json:"users,omitempty"`
	Page  *Page  `json:"page,omitempty"`
}

// Pace is how the token endpoint was asked, where it wanted to be asked less.
type Pace struct {
	Throttled int     `json:"throttled"` // answers that said "too often"
	Rate      float64 `json:"rate"`      // requests a second at the beginning
	LoweredTo float64 `json:"loweredTo"`
	// Waited is for how many seconds nothing was sent for it.
	Waited float64 `json:"waited,omitempty"`
	// Ended says why it was not asked any more in the end; "" when it was.
	Ended string `json:"ended,omitempty"`
}

// Remarks say, in a sentence each, what was decided on the way about how the
// endpoint is asked.
func (e Evidence) Remarks() []string {
	var remarks []string
	if e.UsersOnly != "" {
		remarks = append(remarks, "it was taken for one that serves only people who are logged in: "+e.UsersOnly)
	}
	if p := e.Pace; p != nil {
		told := fmt.Sprintf("it answered %s requests with \"too many\", so it was asked at most %s instead of %s", Count(p.Throttled), PerSecond(p.LoweredTo), PerSecond(p.Rate))
		if p.Waited > 0 {
			told += ", after pauses of " + Span(p.Waited) + " in all"
		}
		if p.Ended != "" {
			told += "; then no more: " + p.Ended
		}
		remarks = append(remarks, told)
	}
	for _, p := range e.Probes {
		if what := shortenable[p.Name]; p.Shortened != "" && what != "" && p.Sent < p.Requests {
			remarks = append(remarks, fmt.Sprintf("%s of %s %s were sent in the time there is for them, since %s: what shows in more of them alone was not seen", Count(p.Sent), Count(p.Requests), what, p.Shortened))
		}
	}
	return remarks
}

// shortenable are the probes of very many requests that may be shortened, in words.
var shortenable = map[string]string{
	ProbeAnonymous: "requests of fresh visitors",
	ProbeParallel:  "requests of visitors who ask at the same instant",
}

// User is a configured person with a login.
type User struct {
	Name string `json:"name"`
	// Sub is the subject that the configuration expects; "" for any.
	Sub string `json:"sub,omitempty"`
	// Unnamed is set when the login says nothing of who it is, and so begins a new
	// session of anybody.
	Unnamed bool `json:"unnamed,omitempty"`
}
