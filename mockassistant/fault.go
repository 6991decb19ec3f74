package mockassistant

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Call names what a request asks of the assistant.
type Call string

// The calls of the wire. Config is the request that carries a token; Init the
// one at page load, which does not.
const (
	CallInit      Call = "init"
	CallConfig    Call = "config"
	CallMessage   Call = "message"
	CallNotes     Call = "notes"
	CallDelete    Call = "delete"
	CallAnalytics Call = "analytics"
	CallPreflight Call = "preflight"
	CallScript    Call = "script"
	CallPreview   Call = "preview"
	CallUnknown   Call = "unknown"
)

// faultyCalls are the calls a fault can be asked for: those that carry a token.
var faultyCalls = []Call{CallConfig, CallMessage, CallNotes, CallDelete}

// Fault is a failure on demand. In JSON and on the command line it is the text
// that [ParseFault] reads.
type Fault struct {
	Name  string        // one of FaultNames
	Value time.Duration // how slow, or how far the clock is off; other faults have none
	On    []Call        // the calls it strikes; empty means messages
	Count int           // how many more calls it strikes; 0 means until cleared
}

// The faults that are no plain refusal.
const (
	faultSlow       = "slow"
	faultSkew       = "clock-skew"
	faultAnotherKey = "another-key"
	faultNoCORS     = "no-cors"
)

// The texts by which the widget recognises a token error.
const (
	textExpired   = "token expired"
	textMalformed = "token provided is malformed"
	textHeader    = "Authorization header provided but does not follow JWT format"
	textNoSession = "Session not found"
)

// refusals are the faults that answer in place of the assistant.
var refusals = map[string]Refusal{
	"token-expired":     {http.StatusUnauthorized, textExpired},
	"bare-401":          {http.StatusUnauthorized, http.StatusText(http.StatusUnauthorized)},
	"forbidden":         {http.StatusForbidden, "Forbidden"},
	"token-malformed":   {http.StatusBadRequest, textMalformed},
	"header-malformed":  {http.StatusBadRequest, textHeader},
	"session-not-found": {http.StatusNotFound, textNoSession},
	"not-found":         {http.StatusNotFound, "Not Found"},
	"rate-limited":      {http.StatusTooManyRequests, "Too Many Requests"},
	"server-error":      {http.StatusInternalServerError, "Internal Server Error"},
	"unavailable":       {http.StatusServiceUnavailable, "Service Unavailable"},
	faultNoCORS:         {http.StatusUnauthorized, textExpired},
}

// FaultNames lists the faults that exist, sorted.
func FaultNames() []string {
	names := slices.Collect(maps.Keys(refusals))
	names = append(names, faultSlow, faultSkew, faultAnotherKey)
	slices.Sort(names)
	return names
}

// ParseFault reads a fault written NAME[=DURATION][,for=N][,on=CALL+CALL], as in
// "token-expired", "slow=5s,for=3" or "server-error,on=config+message".
func ParseFault(text string) (Fault, error) {
	head, options, _ := strings.Cut(text, ",")
	name, value, hasValue := strings.Cut(head, "=")
	f := Fault{Name: name}
	if hasValue {
		d, err := time.ParseDuration(value)
		if err != nil {
			return Fault{}, fmt.Errorf("fault %q: %q is not a duration such as 5s or -2m", text, value)
		}
		f.Value = d
	}
	for option := range strings.SplitSeq(options, ",") {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "":
		case "for":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return Fault{}, fmt.Errorf("fault %q: for=%s is not a number of calls; leave it out for \"until cleared\"", text, value)
			}
			f.Count = n
		case "on":
			for call := range strings.SplitSeq(value, "+") {
				f.On = append(f.On, Call(call))
			}
		default:
			return Fault{}, fmt.Errorf("fault %q: unknown option %q; there are for=N and on=CALL+CALL", text, key)
		}
	}
	return f.complete()
}

// String writes the fault as ParseFault reads it.
func (f Fault) String() string {
	text := f.Name
	if f.Value != 0 {
		text += "=" + f.Value.String()
	}
	if f.Count > 0 {
		text += ",for=" + strconv.Itoa(f.Count)
	}
	if len(f.On) > 0 && !slices.Equal(f.On, []Call{CallMessage}) {
		names := make([]string, len(f.On))
		for i, call := range f.On {
			names[i] = string(call)
		}
		text += ",on=" + strings.Join(names, "+")
	}
	return text
}

// MarshalText writes the fault as ParseFault reads it.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText is ParseFault.
func (f *Fault) UnmarshalText(text []byte) (err error) {
	*f, err = ParseFault(string(text))
	return err
}

// complete checks a fault and fills in what was left out.
func (f Fault) complete() (Fault, error) {
	if !slices.Contains(FaultNames(), f.Name) {
		return Fault{}, fmt.Errorf("unknown fault %q; there are %s", f.Name, strings.Join(FaultNames(), ", "))
	}
	timed := f.Name == faultSlow || f.Name == faultSkew
	switch {
	case timed && f.Value == 0:
		return Fault{}, fmt.Errorf("fault %s wants a duration, as in %s=5s", f.Name, f.Name)
	case !timed && f.Value != 0:
		return Fault{}, fmt.Errorf("fault %s takes no duration", f.Name)
	case f.Name == faultSlow && (f.Value < 0 || f.Value > maxSlow):
		return Fault{}, fmt.Errorf("fault slow: %s is outside 0 to %s", f.Value, maxSlow)
	case f.Count < 0:
		return Fault{}, fmt.Errorf("fault %s: count %d is negative; 0 means until cleared", f.Name, f.Count)
	}
	if len(f.On) == 0 {
		f.On = []Call{CallMessage}
	}
	for _, call := range f.On {
		if !slices.Contains(faultyCalls, call) {
			return Fault{}, fmt.Errorf("fault %s: unknown call %q; there are %v", f.Name, call, faultyCalls)
		}
	}
	return f, nil
}

// maxSlow bounds how long a request can be made to wait.
const maxSlow = 10 * time.Minute

// faultPlan holds the faults asked for, in the order in which they were.
type faultPlan struct {
	mu     sync.Mutex
	faults []Fault
}

// disturbance is what the planned faults do to one request together.
type disturbance struct {
	names      []string
	delay      time.Duration
	skew       time.Duration
	anotherKey bool
	noCORS     bool
	refusal    *Refusal
}

// add plans one more fault.
func (p *faultPlan) add(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, f)
}

// clear forgets the faults called name, or all when name is "".
func (p *faultPlan) clear(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = slices.DeleteFunc(p.faults, func(f Fault) bool { return name == "" || f.Name == name })
}

// list returns the faults that are still to strike.
func (p *faultPlan) list() []Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Fault{}, p.faults...) // never nil: it is an empty list in JSON
}

// strike takes the faults due for one call. Of several that refuse, the one
// planned first strikes and the others keep waiting.
func (p *faultPlan) strike(call Call) (d disturbance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.faults[:0]
	for _, f := range p.faults {
		refusal, refuses := refusals[f.Name]
		if !slices.Contains(f.On, call) || (refuses && d.refusal != nil) {
			kept = append(kept, f)
			continue
		}
		d.names = append(d.names, f.Name)
		switch f.Name {
		case faultSlow:
			d.delay += f.Value
		case faultSkew:
			d.skew += f.Value
		case faultAnotherKey:
			d.anotherKey = true
		case faultNoCORS:
			d.noCORS = true
		}
		if refuses {
			d.refusal = &refusal
		}
		if f.Count != 1 {
			f.Count = max(0, f.Count-1)
			kept = append(kept, f)
		}
	}
	p.faults = kept
	return d
}
