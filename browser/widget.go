package browser

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/record"
)

// eventExpired is the event by which the widget asks the page for a token.
const eventExpired = "identityTokenExpired"

// kindSent is the report that our own sending of a message has settled.
const kindSent = "sent"

// report is what the widget's stand-in says through the binding. A page can
// call the binding too, so nothing in it is trusted.
type report struct {
	Kind string `json:"kind"`
	Type string `json:"type"`

	IntegrationID     any  `json:"integrationID"`
	Region            any  `json:"region"`
	ServiceInstanceID any  `json:"serviceInstanceID"`
	PresetToken       bool `json:"presetToken"`
	Present           bool `json:"present"`

	Method   string          `json:"method"`
	Argument json.RawMessage `json:"argument"`

	Handlers int          `json:"handlers"`
	Returned string       `json:"returned"`
	Error    string       `json:"error"`
	Late     bool         `json:"late"`
	Value    *tokenReport `json:"value"`

	Call  string `json:"call"`
	Token string `json:"token"`

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

// maxReport bounds one report: a page that hands megabytes to the widget is cut off.
const maxReport = 1 << 20

// onReport notes one report; call with the evidence locked.
func (v *visitor) onReport(payload string) {
	var r report
	if len(payload) > maxReport || json.Unmarshal([]byte(payload), &r) != nil {
		v.drop("reports of the widget")
		return
	}
	visit := v.theVisit()
	if visit == nil {
		return
	}
	if r.Kind == "created" {
		v.onCreated(visit, r)
		return
	}
	if r.Kind == kindSent {
		v.sent[r.Text] = outcome{settled: true, err: r.Error}
		return
	}
	if visit.Widget == nil {
		visit.Widget = new(record.Widget) // it can fail before it is created
	}
	v.onWidget(visit.Widget, r)
}

func (v *visitor) onCreated(visit *record.Visit, r report) {
	if visit.Widget == nil || visit.Widget.IntegrationID == "" {
		widget := visit.Widget
		if widget == nil {
			widget = new(record.Widget)
		}
		widget.IntegrationID, widget.Region = textOf(r.IntegrationID), textOf(r.Region)
		widget.ServiceInstanceID = textOf(r.ServiceInstanceID)
		widget.Created, widget.HasPreset = true, r.PresetToken
		visit.Widget = widget
	}
	v.say("widget", "the widget is created for integration %q in %q", visit.Widget.IntegrationID, visit.Widget.Region)
}

// onWidget notes what the page does with the widget.
func (v *visitor) onWidget(widget *record.Widget, r report) {
	switch r.Kind {
	case "onLoad":
		widget.OnLoad, widget.OnLoadError, widget.Loaded = r.Present, shorten(mask(r.Error), 300), true
		if r.Error != "" {
			v.say("problem", "onLoad threw: %s", r.Error)
		}
	case "render":
		widget.Rendered = true
		v.say("widget", "the page calls render()")
	case "subscribe":
		if len(widget.Subscribed) < 100 {
			widget.Subscribed = append(widget.Subscribed, shorten(r.Type, 60))
		}
		if r.Type == eventExpired {
			v.say("widget", "the page subscribes to %s", r.Type)
		}
	case "call":
		v.onCall(r)
	case "event-fired":
		if r.Type == eventExpired {
			v.onFired(r)
		}
	case "handler-settled":
		if r.Type == eventExpired {
			v.onSettled(r)
		} else if r.Error != "" {
			v.say("problem", "the page's handler of %s threw: %s", r.Type, r.Error)
		}
	case "request":
		v.onWidgetRequest(widget, r)
	case "error":
		if len(widget.Errors) < 100 {
			widget.Errors = append(widget.Errors, record.WidgetError{
				At: v.since(), Step: v.step, Type: shorten(r.ErrorType, 60),
				Message: shorten(mask(r.Message), 300), Detail: shorten(mask(r.Detail), 300),
			})
		}
		v.say("problem", "the widget reports %s: %s", r.ErrorType, r.Message)
	case "ready":
		v.say("widget", "the chat is ready")
	case "receive":
		v.received++
		v.say("message", "the assistant answers: %s", shorten(r.Text, 120))
	}
}

// onWidgetRequest learns the token of the configuration: the one that the widget
// has before it ever asked for one.
func (v *visitor) onWidgetRequest(widget *record.Widget, r report) {
	if r.Token == "" {
		return
	}
	id := v.tokens.add(r.Token, v.name, v.step)
	handed := slices.ContainsFunc(v.page.Calls, func(c record.InstanceCall) bool {
		return c.Visit == v.visitID() && c.Method == "updateIdentityToken"
	})
	if widget.Preset == "" && v.lastFiring() == nil && !handed {
		widget.Preset = id
	}
}

// maxFirings and maxCalls bound what a storm leaves behind.
const (
	maxFirings = 200
	maxCalls   = 200
)

func (v *visitor) onFired(r report) {
	if len(v.page.Firings) >= maxFirings {
		v.drop("firings")
		return
	}
	v.page.Firings = append(v.page.Firings, record.Firing{
		Visit: v.visitID(), Visitor: v.name, Step: v.step, At: v.since(), Handlers: r.Handlers,
		Settled: r.Handlers <= 0, Value: record.TokenValue{Type: "undefined"},
	})
	v.say("token", "the widget asks for a token: %s, %d handler(s)", eventExpired, r.Handlers)
}

// lastFiring is the latest firing of the visit under way, or nil.
func (v *visitor) lastFiring() *record.Firing {
	for i := range slices.Backward(v.page.Firings) {
		if f := &v.page.Firings[i]; f.Visit == v.visitID() {
			return f
		}
	}
	return nil
}

// openFiring is the firing whose handler is running, or nil.
func (v *visitor) openFiring() *record.Firing {
	if f := v.lastFiring(); f != nil && !f.Settled {
		return f
	}
	return nil
}

func (v *visitor) onSettled(r report) {
	firing := v.lastFiring()
	if firing == nil {
		return
	}
	if r.Late {
		value := v.describe(r.Value)
		firing.Late = &value
		v.say("problem", "the page assigns a token after its handler has settled")
		return
	}
	firing.Ended++
	firing.Seconds = v.since() - firing.At
	firing.Returned = shorten(r.Returned, 60)
	firing.Value = v.describe(r.Value)
	firing.Settled = firing.Ended >= firing.Handlers || r.Error != ""
	if r.Error != "" {
		firing.Error = shorten(mask(r.Error), 300)
		v.say("problem", "the page's handler throws: %s", r.Error)
		return
	}
	v.say("token", "the page's handler settles after %.2f s with %s", firing.Seconds, firing.Value)
}

// describe says what a value is that the page gives as a token.
func (v *visitor) describe(given *tokenReport) record.TokenValue {
	if given == nil {
		return record.TokenValue{Type: "undefined"}
	}
	value := record.TokenValue{Type: shorten(given.Type, 60)}
	if given.Type != "string" {
		return value
	}
	trimmed := strings.TrimSpace(given.Token)
	if jwtText.MatchString(trimmed) {
		value.JWT = true
		value.Token = v.tokens.add(given.Token, v.name, v.step)
		return value
	}
	value.Looks = looksLike(trimmed)
	value.Excerpt = shorten(mask(trimmed), 80)
	if len(record.FindTokens(trimmed)) > 0 {
		value.Token = v.tokens.add(given.Token, v.name, v.step)
	}
	return value
}

var jwtText = regexp.MustCompile(`^[\w-]+=*\.[\w-]+=*\.[\w-]*=*$`)

// looksLike names what a text is that is no token.
func looksLike(text string) string {
	switch {
	case text == "":
		return "empty"
	case strings.HasPrefix(text, "<"):
		return "HTML"
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return "JSON"
	case strings.HasPrefix(text, `"`):
		return "quotes"
	case len(text) > 7 && strings.EqualFold(text[:7], "Bearer "):
		return "Bearer prefix"
	}
	return "other text"
}

func (v *visitor) onCall(r report) {
	if len(v.page.Calls) >= maxCalls {
		v.drop("calls")
		return
	}
	call := record.InstanceCall{
		Visit: v.visitID(), Visitor: v.name, Step: v.step, At: v.since(),
		Method: shorten(r.Method, 60), Error: shorten(mask(r.Error), 300),
	}
	if r.Method == "updateIdentityToken" {
		given := &tokenReport{Type: kindOf(r.Argument)}
		_ = json.Unmarshal(r.Argument, &given.Token) // what is no text stays empty
		value := v.describe(given)
		call.Value = &value
	}
	v.page.Calls = append(v.page.Calls, call)
	v.say("widget", "the page calls %s()", r.Method)
	if r.Error != "" {
		v.say("problem", "%s() fails: %s", r.Method, r.Error)
	}
}

// kindOf names the kind of a JSON value as JavaScript does.
func kindOf(raw json.RawMessage) string {
	switch text := string(raw); {
	case text == "":
		return "undefined"
	case text[0] == '"':
		return "string"
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

// mask cuts the signatures off the tokens in text and takes out other secrets.
func mask(text string) string {
	masked, _ := record.Mask(text)
	return masked
}

// maxMessages bounds the calls at the assistant that are noted.
const maxMessages = 300

// observe notes what the assistant answers to a call with a token.
func (v *visitor) observe(event mockassistant.Event) {
	m := event.Message
	if event.Kind != mockassistant.Answered || m == nil {
		return
	}
	v.note(func() {
		v.answered++
		if len(v.page.Messages) >= maxMessages {
			v.drop("messages")
			return
		}
		call := record.AssistantCall{
			Visit: v.visitID(), Visitor: v.name, Step: v.step, At: v.since(), Call: string(m.Call),
			Text: m.Text, Welcome: m.Welcome, Transaction: m.TransactionID, Status: m.Status,
			Reason: mask(m.Reason), Injected: m.Fault != "",
			Verdict: record.Decided{
				Judged: true, Accepted: m.Verdict.Accepted, Step: m.Verdict.Step, Name: m.Verdict.Name, Message: m.Verdict.Message,
			},
		}
		if m.Token != nil {
			call.Token = v.tokens.id(m.Token.Fingerprint)
		}
		v.page.Messages = append(v.page.Messages, call)
		v.say("message", "%s", toldAs(m))
	})
}

// toldAs is the line of the timeline for a call at the assistant.
func toldAs(m *mockassistant.Message) string {
	what := string(m.Call)
	switch {
	case m.Welcome:
		what = "the request for the greeting"
	case m.Call == mockassistant.CallMessage:
		what = fmt.Sprintf("the message %q", m.Text)
	case m.Call == mockassistant.CallConfig:
		what = "the request for the configuration"
	}
	return fmt.Sprintf("the assistant answers %d to %s: %s", m.Status, what, m.Reason)
}
