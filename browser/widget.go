package browser

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// kindSent is the report that our own sending of a message has settled.
const kindSent = "sent"

// report is what the widget's stand-in says through the binding. A page can
// call the binding too, so nothing in it is trusted.
type report struct {
	Kind string `json:"kind"`
	Type string `json:"type"`

	IntegrationID     any      `json:"integrationID"`
	Region            any      `json:"region"`
	ServiceInstanceID any      `json:"serviceInstanceID"`
	PresetToken       bool     `json:"presetToken"`
	Lacks             []string `json:"lacks"`
	Reason            string   `json:"reason"`
	Present           bool     `json:"present"`

	Method   string          `json:"method"`
	Argument json.RawMessage `json:"argument"`

	Handlers int          `json:"handlers"`
	Returned string       `json:"returned"`
	Error    string       `json:"error"`
	Stack    string       `json:"stack"`
	Late     bool         `json:"late"`
	Value    *tokenReport `json:"value"`

	Call        string `json:"call"`
	Token       string `json:"token"`
	Transaction string `json:"transaction"`

	Name string `json:"name"`

	ErrorType string `json:"errorType"`
	Message   string `json:"message"`
	Detail    string `json:"detail"`
	Text      string `json:"text"`
}

// tokenReport describes what stands in event.identityToken.
type tokenReport struct {
	Type  string `json:"type"`
	Token string `json:"token"`
}

// widgetLog notes what the page does with the widget, as the widget's stand-in
// reports it.
type widgetLog struct {
	*scene
	frame    string             // in which the latest widget of this load lives
	begun    int                // widgets, by all loads
	ended    bool               // the page has destroyed the latest widget of this load
	rendered bool               // the page has rendered it
	forced   bool               // the visitor opened it before that, which nobody could without a driver's hook
	sent     map[string]sending // our own messages, by their text
	received int                // answers that the widget has shown
	calls    map[string]bool    // the widget's calls at the assistant, by their transaction
}

// sending is how our own sending of a message ended in the page.
type sending struct {
	settled bool
	err     string
}

// maxReport bounds one report: a page that hands megabytes to the widget is cut off.
const maxReport = 1 << 20

// onReport notes one report from a frame, with the evidence locked.
func (w *widgetLog) onReport(frame, payload string) {
	var r report
	if len(payload) > maxReport || json.Unmarshal([]byte(payload), &r) != nil {
		w.dropLocked("reports of the widget")
		return
	}
	visit := w.visitLocked()
	if visit == nil {
		return
	}
	if r.Kind == "created" {
		w.begin(frame)
		w.onCreated(visit, r)
		return
	}
	if r.Kind == kindSent {
		w.sent[r.Text] = sending{settled: true, err: r.Error}
		return
	}
	if visit.Widget == nil {
		visit.Widget = new(record.Widget) // it can fail before it is created
	}
	w.onWidget(visit.Widget, r)
}

// begin notes that a widget begins in a frame.
func (w *widgetLog) begin(frame string) {
	w.forget()
	w.frame = frame
	w.begun++
}

// forget is for a page that is loaded anew: it has no widget yet.
func (w *widgetLog) forget() { w.frame, w.ended, w.rendered, w.forced = "", false, false, false }

func (w *widgetLog) onCreated(visit *record.Visit, r report) {
	if visit.Widget == nil || visit.Widget.IntegrationID == "" {
		widget := visit.Widget
		if widget == nil {
			widget = new(record.Widget)
		}
		widget.IntegrationID, widget.Region = textOf(r.IntegrationID), textOf(r.Region)
		widget.ServiceInstanceID = textOf(r.ServiceInstanceID)
		widget.Created, widget.HasPreset = true, r.PresetToken
		widget.Lacks = slices.DeleteFunc(r.Lacks, func(name string) bool { return !slices.Contains(w.contract.page().Required, name) })
		visit.Widget = widget
	}
	w.tellLocked(record.EventWidget, record.ActorPage, record.ActorWidget, "the widget is created for integration %q in %q", visit.Widget.IntegrationID, visit.Widget.Region)
}

// onWidget notes what the page does with the widget.
func (w *widgetLog) onWidget(widget *record.Widget, r report) {
	switch r.Kind {
	case "onLoad":
		widget.OnLoad, widget.OnLoadError, widget.Loaded = r.Present, shorten(mask(r.Error), 300), true
		if r.Error != "" {
			w.problemLocked(record.ActorPage, "onLoad threw: %s", r.Error)
		}
	case "refused":
		widget.Refused = shorten(r.Reason, 60)
		w.problemLocked(record.ActorPage, "the chat does not begin: %s", widget.Refused)
	case "render":
		widget.Rendered, w.rendered = widget.Rendered || !w.forced, true
		w.tellLocked(record.EventWidget, record.ActorPage, record.ActorWidget, "render()")
	case "subscribe":
		if len(widget.Subscribed) < 100 {
			widget.Subscribed = append(widget.Subscribed, shorten(r.Type, 60))
		}
		if r.Type == w.contract.page().Event {
			w.tellLocked(record.EventWidget, record.ActorPage, record.ActorWidget, "on %s", r.Type)
		}
	case "call":
		w.onCall(r)
	case "event-fired":
		if r.Type == w.contract.page().Event {
			w.onFired(r)
		}
	case "handler-settled":
		if r.Type == w.contract.page().Event {
			w.onSettled(r)
		} else if r.Error != "" {
			w.onHandlerError(r)
		}
	case "request":
		w.onWidgetRequest(widget, r)
	case "error":
		if len(widget.Errors) < 100 {
			widget.Errors = append(widget.Errors, record.WidgetError{
				At: w.momentLocked(), Step: w.step, Type: shorten(r.ErrorType, 60),
				Message: shorten(mask(r.Message), 300), Detail: shorten(mask(r.Detail), 300),
			})
		}
		w.tellLocked(record.EventProblem, record.ActorWidget, record.ActorPage, "onError %s: %s", r.ErrorType, r.Message)
	case "missing":
		w.onMissing(widget, r.Name)
	case "ready":
		w.tellLocked(record.EventWidget, record.ActorWidget, record.ActorVisitor, "the chat is ready")
	case "receive":
		w.received++
		w.tellLocked(record.EventMessage, record.ActorWidget, record.ActorVisitor, "shows: %s", shorten(r.Text, 120))
	}
}

// onHandlerError notes a handler of the page, of another event than that of the
// token, that threw.
func (w *widgetLog) onHandlerError(r report) {
	place := ownPlace(mask(r.Stack))
	w.tellLocked(record.EventProblem, record.ActorPage, record.ActorWidget, "its handler of %s throws: %s%s", r.Type, r.Error, inBrackets(place))
	if len(w.page.HandlerErrors) < 50 {
		w.page.HandlerErrors = append(w.page.HandlerErrors, record.HandlerError{
			Visit: w.visitIDLocked(), Visitor: w.visitor, Step: w.step, At: w.momentLocked(),
			Event: shorten(r.Type, 60), Error: shorten(mask(r.Error), 300), Place: place,
		})
	}
}

// onMissing notes something that the page looked for in the instance and that
// the stand-in does not have.
func (w *widgetLog) onMissing(widget *record.Widget, name string) {
	name = shorten(name, 60)
	if len(widget.Missing) >= 20 || slices.Contains(widget.Missing, name) {
		return
	}
	widget.Missing = append(widget.Missing, name)
	w.problemLocked(record.ActorWidget, "the stand-in has no %s", name)
}

func inBrackets(place string) string {
	if place == "" {
		return ""
	}
	return " (" + place + ")"
}

func handlers(n int) string {
	if n == 1 {
		return "1 handler"
	}
	return fmt.Sprintf("%d handlers", n)
}

// onWidgetRequest learns the token of the configuration: the one that the widget
// has before it ever asked for one.
func (w *widgetLog) onWidgetRequest(widget *record.Widget, r report) {
	if r.Transaction != "" && len(w.calls) < 10*maxMessages {
		w.calls[r.Transaction] = true
	}
	if r.Token == "" {
		return
	}
	id := w.tokens.add(r.Token, w.visitor, w.step)
	handed := slices.ContainsFunc(w.page.Calls, func(c record.InstanceCall) bool {
		return c.Visit == w.visitIDLocked() && c.Method == w.contract.page().Update
	})
	if widget.Preset == "" && w.lastFiringLocked() == nil && !handed {
		widget.Preset = id
	}
}

// maxFirings and maxCalls bound what a storm leaves behind.
const (
	maxFirings = 200
	maxCalls   = 200
)

func (w *widgetLog) onFired(r report) {
	if len(w.page.Firings) >= maxFirings {
		w.dropLocked("firings")
		return
	}
	w.page.Firings = append(w.page.Firings, record.Firing{
		Visit: w.visitIDLocked(), Visitor: w.visitor, Step: w.step, At: w.momentLocked(), Handlers: r.Handlers,
		Settled: r.Handlers <= 0, Value: record.TokenValue{Type: record.TypeUndefined},
	})
	w.tellLocked(record.EventToken, record.ActorWidget, record.ActorPage, "%s, %s", w.contract.page().Event, handlers(r.Handlers))
}

// lastFiring is the latest firing of the visit under way, or nil.
func (w *widgetLog) lastFiringLocked() *record.Firing {
	for i := range slices.Backward(w.page.Firings) {
		if f := &w.page.Firings[i]; f.Visit == w.visitIDLocked() {
			return f
		}
	}
	return nil
}

// openFiring is the firing whose handler is running, or nil.
func (w *widgetLog) openFiringLocked() *record.Firing {
	if f := w.lastFiringLocked(); f != nil && !f.Settled {
		return f
	}
	return nil
}

func (w *widgetLog) onSettled(r report) {
	firing := w.lastFiringLocked()
	if firing == nil {
		return
	}
	if r.Late {
		value := w.describeLocked(r.Value)
		firing.Late = &value
		w.tellLocked(record.EventProblem, record.ActorPage, record.ActorWidget, "assigns a token after its handler has settled").Token = value.Token
		return
	}
	firing.Ended++
	firing.Seconds = w.momentLocked() - firing.At
	firing.Returned = shorten(r.Returned, 60)
	firing.Value = w.describeLocked(r.Value)
	firing.Settled = firing.Ended >= firing.Handlers || r.Error != ""
	if r.Error != "" {
		firing.Error, firing.Place = shorten(mask(r.Error), 300), ownPlace(mask(r.Stack))
		w.tellLocked(record.EventProblem, record.ActorPage, record.ActorWidget, "its handler throws: %s%s", r.Error, inBrackets(firing.Place))
		return
	}
	w.tellLocked(record.EventToken, record.ActorPage, record.ActorWidget, "its handler settles after %s with %s", record.Span(firing.Seconds), firing.Value).Token = firing.Value.Token
}

// describe says what a value is that the page gives as a token.
func (w *widgetLog) describeLocked(given *tokenReport) record.TokenValue {
	if given == nil {
		return record.TokenValue{Type: record.TypeUndefined}
	}
	value := record.TokenValue{Type: shorten(given.Type, 60)}
	if given.Type != record.TypeString {
		return value
	}
	trimmed := strings.TrimSpace(given.Token)
	if jwtText.MatchString(trimmed) {
		value.JWT = true
		value.Token = w.tokens.add(given.Token, w.visitor, w.step)
		return value
	}
	value.Looks = looksLike(trimmed)
	value.Excerpt = shorten(mask(trimmed), 80)
	if len(secrets.Tokens(trimmed)) > 0 {
		value.Token = w.tokens.add(given.Token, w.visitor, w.step)
	}
	return value
}

var jwtText = regexp.MustCompile(`^[\w-]+=*\.[\w-]+=*\.[\w-]*=*$`)

// looksLike names what a text is that is no token.
func looksLike(text string) string {
	switch {
	case text == "":
		return record.LooksEmpty
	case strings.HasPrefix(text, "<"):
		return record.LooksHTML
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return record.LooksJSON
	case strings.HasPrefix(text, `"`):
		return record.LooksQuotes
	case len(text) > 7 && strings.EqualFold(text[:7], "Bearer "):
		return record.LooksBearer
	}
	return record.LooksOther
}

func (w *widgetLog) onCall(r report) {
	if len(w.page.Calls) >= maxCalls {
		w.dropLocked("calls")
		return
	}
	call := record.InstanceCall{
		Visit: w.visitIDLocked(), Visitor: w.visitor, Step: w.step, At: w.momentLocked(),
		Method: shorten(r.Method, 60), Error: shorten(mask(r.Error), 300),
	}
	if r.Method == w.contract.page().Update {
		given := &tokenReport{Type: kindOf(r.Argument)}
		_ = json.Unmarshal(r.Argument, &given.Token) // what is no text stays empty
		value := w.describeLocked(given)
		call.Value = &value
	}
	w.page.Calls = append(w.page.Calls, call)
	w.ended = w.ended || call.Method == record.MethodDestroy && call.Error == ""
	event := w.tellLocked(record.EventWidget, record.ActorPage, record.ActorWidget, "%s()", r.Method)
	if call.Value != nil {
		event.Token = call.Value.Token
	}
	if r.Error != "" {
		w.tellLocked(record.EventProblem, record.ActorWidget, record.ActorPage, "%s() fails: %s", r.Method, r.Error)
	}
}

// kindOf names the kind of a JSON value as JavaScript does.
func kindOf(raw json.RawMessage) string {
	switch text := string(raw); {
	case text == "":
		return record.TypeUndefined
	case text[0] == '"':
		return record.TypeString
	case text[0] == '{', text[0] == '[', text == "null":
		return "object"
	case text == "true", text == "false":
		return "boolean"
	}
	return "number"
}

// textOf shows a value of the configuration.
func textOf(value any) string {
	if value == nil {
		return ""
	}
	return shorten(fmt.Sprint(value), 100)
}
