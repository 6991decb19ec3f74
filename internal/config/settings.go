// Package config turns a configuration file, the environment and flags into the
// configuration of a run: [Flags.Read] reads the three, [Settings.Build] makes
// the configuration. It is strict: what it does not know is an error that names
// the place and the word that was probably meant.
//
// # How to add a setting
//
// Add a field to [Settings], or to the struct inside it where the setting
// belongs, and one line to build.go that hands it to the room that uses it. All
// else comes from the field's tags: the key of the file, the environment
// variable, the flag of each command that has a use for it, the JSON Schema
// ('make docs' writes the published one anew) and the help.
//
//	yaml:"maxWait"       the key, and with the keys around it the environment
//	                     variable: page.maxWait is WEBCHATSPEC_PAGE_MAX_WAIT
//	doc:"…"              what it is, for the help and the schema
//	for:"tokens load"    the parts that use it; those of the struct around it when left out
//	topic:"Load"         the heading in the help for the flags of this field and the next
//	                     ones, up to another topic
//	flag:"max-wait"      the flag, in the commands of those parts; none when left out
//	arg:"FILE"           what the help calls the value; FILE and FOLDER mark paths,
//	                     which in a file are relative to that file
//	default:"6s"         what the room takes when nothing is given, for the help
//	above:"0"            the value must be greater; without it at least 0
//	upTo:"100"           and not greater than this
//	values:"format"      the words that it takes: see [Words]
//	pair:":"             what separates name and value in the flag of a map
//	split:","            what separates the values in the flag of a list
//
// TestEachSettingReachesItsRoom fails when build.go forgets the setting.
package config

import (
	"time"

	"github.com/webchatspec/webchatspec/secrets"
)

// Settings is the configuration as people write it: the keys of
// webchatspec.yaml. In every text of the file, ${NAME} stands for the
// environment variable NAME, so that secrets need not be in the file; $$ is a
// dollar sign.
type Settings struct {
	Profile   string            `topic:"Token endpoint" yaml:"profile" flag:"profile" arg:"PROFILE" values:"profile" for:"page judge" doc:"chat product whose contract the site is checked against, one that 'webchatspec profiles' lists; by default that of the chat in the page, or else the first of the list"`
	Endpoint  string            `yaml:"endpoint" flag:"endpoint" arg:"URL" for:"tokens page load" doc:"address of the token endpoint"`
	Method    string            `yaml:"method" flag:"method" arg:"METHOD" for:"tokens load" default:"GET" doc:"request method for a token"`
	Headers   map[string]string `yaml:"headers" flag:"header" arg:"'NAME: VALUE'" pair:":" for:"tokens load" doc:"header to send with every request for a token; repeat it for several"`
	Cookies   map[string]string `yaml:"cookies" flag:"cookie" arg:"NAME=VALUE" pair:"=" for:"tokens load" doc:"cookie to send with every request for a token; repeat it for several"`
	Body      string            `yaml:"body" flag:"body" arg:"TEXT" for:"tokens load" doc:"body to send with every request for a token"`
	TokenIn   string            `yaml:"tokenIn" flag:"token-in" arg:"PLACE" for:"tokens load" default:"body" doc:"where an answer holds the token: body, json:PATH such as json:data.0.token, header:NAME, cookie:NAME, form:FIELD, meta:NAME, html:SELECTOR, html:SELECTOR@ATTRIBUTE or match:PATTERN; in html:script#chat | json:token the second place looks within the first"`
	Take      map[string]string `yaml:"take" for:"tokens load" doc:"values that each answer with a token gives to the visitor's next request, where they replace {name}: the place of each by its name; the first ones come from visit or login"`
	Anonymous *bool             `yaml:"anonymous" flag:"anonymous" for:"tokens page load" default:"decided by the first answers" doc:"whether the endpoint serves visitors who are not logged in"`
	Visit     Calls             `yaml:"visit" for:"tokens page load" doc:"requests that each visitor sends before the first one for a token, such as the page that begins a session"`
	Users     []User            `yaml:"users" for:"tokens page load" doc:"test users with a login; where the site serves nobody else, the visitors of the page log in with their requests, too"`
	Hosts     []string          `yaml:"hosts" for:"tokens page load" doc:"further hosts to which redirects and forms of visit and login may lead, such as the identity provider"`
	Origins   []string          `yaml:"origins" for:"tokens" doc:"origins that the endpoint is meant to allow"`
	Relying   []Request         `yaml:"relying" for:"tokens" doc:"endpoints of the site to which the token is sent back; {token} marks where it goes, otherwise it is sent as a bearer token"`

	SigningKey string `yaml:"signingKey" flag:"signing-key" arg:"FILE" for:"tokens" doc:"private key of a test site (never that of the real site), to send the endpoints under relying tokens that have a valid signature and break one rule"`

	PublicKeys []string `topic:"Keys" yaml:"publicKeys" flag:"public-key" arg:"FILE" for:"tokens page load" doc:"public key that the assistant verifies tokens with; repeat it while keys are rotated"`
	KnownKeys  []string `yaml:"knownKeys" flag:"known-keys" arg:"FILE" for:"tokens" doc:"further public keys that are known to be published, and so must not be used"`
	OtherKeys  []string `yaml:"otherKeys" flag:"other-key" arg:"FILE" for:"tokens" doc:"further public key, to check for common factors"`
	Payload    Payload  `yaml:"payload" for:"tokens" doc:"a test key pair that replaces the vendor's, to look into user_payload"`

	TLS           TLS               `topic:"Connections" yaml:"tls" doc:"certificates"`
	PlainEndpoint string            `yaml:"plainEndpoint" arg:"URL" for:"tokens" doc:"address at which the endpoint would answer without TLS"`
	Resolve       map[string]string `yaml:"resolve" flag:"resolve" arg:"HOST[:PORT]=ADDRESS" pair:"=" for:"tokens page load" doc:"address to use for a host instead of asking DNS"`

	Timeout     time.Duration `topic:"Limits and consent" yaml:"timeout" flag:"timeout" for:"tokens" above:"0" default:"10s" doc:"time limit for one request"`
	MaxWait     time.Duration `yaml:"maxWait" flag:"max-wait" for:"tokens page" default:"6s, for the page 60s" doc:"longest wait for a token to expire; 0s does not wait"`
	Rate        float64       `yaml:"rate" flag:"rate" for:"tokens load" above:"0" default:"1000 on this machine, 20 elsewhere; under load as --load-rate says" doc:"maximum requests per second while checking tokens and under load, including logins, searches and overloads; a load that asks for more is refused, and so is a comparison"`
	Concurrency int           `yaml:"concurrency" flag:"concurrency" for:"tokens" above:"0" default:"32" doc:"maximum requests in flight while checking tokens"`
	MaxRequests int           `yaml:"maxRequests" flag:"max-requests" for:"tokens page load" above:"0" default:"as many as the plan says" doc:"maximum requests of the whole run, including visits, logins, the page, the load, searches and comparisons; what does not fit is not run, and the run is inconclusive if a MUST is among it"`
	MaxTime     time.Duration `yaml:"maxTime" flag:"max-time" for:"tokens page load" above:"0" default:"15m plus the length of the load" doc:"time limit for the whole run; the rest is not run"`
	Consent     bool          `yaml:"consent" flag:"yes" for:"tokens" doc:"allow intrusive requests to a host that is not this machine"`

	Page Page `topic:"Page" yaml:"page" for:"page" doc:"the embed page"`
	Load Load `topic:"Load" yaml:"load" for:"rate" doc:"the load part"`

	Only    []string `topic:"Checks and verdict" yaml:"only" flag:"only" arg:"WORDS" values:"check" for:"judge" doc:"judge only these checks: ids, areas or levels"`
	Skip    []string `yaml:"skip" flag:"skip" arg:"WORDS" values:"check" for:"judge" doc:"leave these checks out: ids, areas or levels"`
	FailOn  string   `yaml:"failOn" flag:"fail-on" arg:"LEVEL" values:"level" for:"judge" default:"must" doc:"lowest level whose failures fail the run: must or should"`
	Waivers string   `yaml:"waivers" flag:"waivers" arg:"FILE" for:"judge" doc:"accepted failures, each with an owner and an end date"`

	Out     string   `topic:"Reports" yaml:"out" flag:"out" arg:"FOLDER" for:"report" default:"webchatspec-report" doc:"folder for the reports; - writes the run file to standard output, as one line"`
	Formats []string `yaml:"formats" flag:"format" arg:"WORDS" values:"format" for:"report" default:"json, html, junit, markdown" doc:"reports to write"`

	places map[string]string // where each key was given, such as "--rate"
	told   *secrets.Known    // values that came from the environment
}

// User is a person with a login.
type User struct {
	Name        string            `yaml:"name" doc:"what the user is called in the report"`
	Headers     map[string]string `yaml:"headers" doc:"headers that say who it is"`
	Cookies     map[string]string `yaml:"cookies" doc:"cookies that say who it is"`
	Login       Calls             `yaml:"login" doc:"the request that logs in, or several"`
	Logout      Calls             `yaml:"logout" doc:"the request that logs out, or several"`
	Values      map[string]string `yaml:"values" doc:"values that replace {name} in this user's requests, and in what the page's steps and login type or run"`
	URL         string            `yaml:"url" doc:"address of this user's token endpoint, instead of the one for everybody"`
	Body        string            `yaml:"body" doc:"body of this user's requests for a token, instead of the one for everybody"`
	Sub         string            `yaml:"sub" doc:"the subject expected in this user's tokens"`
	Identifiers []string          `yaml:"identifiers" doc:"texts that point to this person, such as a customer number"`
}

// Request is a request to the site other than the one for a token.
type Request struct {
	Method  string            `yaml:"method" doc:"request method; by default POST if something is sent, otherwise GET"`
	URL     string            `yaml:"url" jsonschema:"required" doc:"address, may be relative to the endpoint"`
	Headers map[string]string `yaml:"headers" doc:"headers"`
	Form    map[string]string `yaml:"form" doc:"form fields to send"`
	JSON    string            `yaml:"json" doc:"JSON text to send, or any other text if the headers have a Content-Type"`
	Take    map[string]string `yaml:"take" doc:"values to take from the answer for later requests, where they replace {name}: the place of each by its name, written as tokenIn is, or query:PARAMETER of the address to which the answer redirects"`
	Follow  bool              `yaml:"follow" doc:"whether to follow redirects that lead to hosts named in the configuration"`
}

// Calls are requests that are sent one after the other. In a file a single one may stand
// without a list.
type Calls []Request

// Payload is a key pair for user_payload.
type Payload struct {
	PublicKey  string `yaml:"publicKey" arg:"FILE" jsonschema:"required" doc:"file with the public key"`
	PrivateKey string `yaml:"privateKey" arg:"FILE" jsonschema:"required" doc:"file with the private key"`
}

// TLS has the certificates of both sides.
type TLS struct {
	CA   string `yaml:"ca" flag:"ca" arg:"FILE" for:"tokens page load" doc:"further certificate authorities to trust"`
	Cert string `yaml:"cert" flag:"cert" arg:"FILE" for:"tokens page load" doc:"client certificate"`
	Key  string `yaml:"key" flag:"cert-key" arg:"FILE" for:"tokens page load" doc:"private key of the client certificate"`
}

// Page is the embed page and how it is driven.
type Page struct {
	URL        string            `yaml:"url" flag:"page" arg:"URL" doc:"address of the embed page"`
	Begin      *Action           `yaml:"begin" doc:"what a visitor does before the chat loads, such as consenting"`
	Steps      PageSteps         `yaml:"steps" doc:"what visitors do on the page, one after the other"`
	Login      *Action           `yaml:"login" doc:"how a visitor of the page logs in"`
	Logout     *Action           `yaml:"logout" doc:"how a visitor of the page logs out"`
	Headers    map[string]string `yaml:"headers" doc:"headers that go to the page's and the endpoint's origin unless the page sets them, such as the password of a staging site"`
	Cookies    map[string]string `yaml:"cookies" doc:"cookies that each visitor brings along"`
	AllowHosts []string          `yaml:"allowHosts" flag:"allow-host" arg:"HOST" split:"," doc:"further hosts that the page may load from"`
	// Vendors is separate from AllowHosts so that nobody opens that way by accident.
	Vendors  []string      `yaml:"letTokensReachVendor" flag:"let-tokens-reach-vendor" arg:"HOST" split:"," doc:"host of a chat vendor that the page may reach with live tokens; by default none can be reached"`
	Chromium string        `yaml:"chromium" flag:"chromium" arg:"PATH" doc:"path of the browser"`
	Trace    string        `yaml:"trace" flag:"trace" arg:"FOLDER" doc:"folder for HTTP archives of the page's requests and its document at each step"`
	Remote   string        `yaml:"remote" flag:"remote-browser" arg:"URL" doc:"debugging address of a browser that is already running, such as http://127.0.0.1:9222; it keeps its own network: --resolve, certificates and the limit on memory do not apply to it (docs/page.md)"`
	Headed   bool          `yaml:"headed" flag:"headed" doc:"show the browser's window"`
	KeepOpen bool          `yaml:"keepOpen" flag:"keep-browser-open" doc:"leave the browser open at the end, until you close it"`
	Timeout  time.Duration `yaml:"timeout" flag:"page-timeout" above:"0" default:"35s" doc:"time limit for each wait for the page, including a widget that loads late"`
}

// PageSteps are what visitors do on the page beside the chat.
type PageSteps struct {
	Before []PageStep `yaml:"before" doc:"before the chat, at each load of the page, such as a consent, a login or a button"`
	In     []PageStep `yaml:"in" doc:"in the open chat, before the first message, such as a form or a panel"`
	After  []PageStep `yaml:"after" doc:"after the message that is sent when the token has expired"`
}

// PageStep is one thing that a visitor does. It has one of these keys; text goes with
// type and select.
type PageStep struct {
	Navigate       string `yaml:"navigate" doc:"address to go to, may be relative to the page"`
	Click          string `yaml:"click" doc:"CSS selector of what to click"`
	Type           string `yaml:"type" doc:"CSS selector of the field to type the text into"`
	Text           string `yaml:"text" doc:"what to type or to select; take secrets from the environment"`
	Press          string `yaml:"press" doc:"key to press, such as Enter"`
	Select         string `yaml:"select" doc:"CSS selector of the list in which to choose the text"`
	WaitFor        string `yaml:"waitFor" doc:"CSS selector of what to wait for until it is seen"`
	WaitForRequest string `yaml:"waitForRequest" doc:"part of the address of a request whose answer to wait for"`
	Evaluate       string `yaml:"evaluate" doc:"JavaScript to evaluate in the page; its promise is waited for"`
}

// Action is something a user does on the page.
type Action struct {
	Click  string `yaml:"click" doc:"CSS selector of what to click"`
	Script string `yaml:"script" doc:"JavaScript expression to evaluate in the page"`
}

// Load is the load put on the endpoint.
type Load struct {
	Rate       float64       `yaml:"rate" flag:"load-rate" above:"0" default:"120" doc:"requests per second, of all shards together"`
	Duration   time.Duration `yaml:"duration" flag:"load-duration" above:"0" default:"5s" doc:"duration of the load"`
	WarmUp     time.Duration `yaml:"warmUp" flag:"warm-up" default:"0s" doc:"how long requests are sent before they count"`
	Stages     []string      `yaml:"stages" flag:"stage" arg:"STAGE" doc:"a constant rate or a ramp, such as 200:1m, 10..200:30s, or 30s:200 for a ramp from the rate before, instead of rate and duration; several follow each other"`
	Users      int           `yaml:"users" flag:"load-users" above:"0" default:"20" doc:"number of users who take turns, in all shards together"`
	Timeout    time.Duration `yaml:"timeout" above:"0" default:"10s" for:"load rate" doc:"time limit for one request under load"`
	MaxAge     time.Duration `yaml:"maxAge" above:"0" for:"load rate" doc:"age from which a token no longer counts as newly issued"`
	AllowHosts []string      `yaml:"allowHosts" flag:"allow-load" arg:"HOST" split:"," for:"load rate" doc:"hosts other than this machine that load may go to"`
	Objective  Objective     `yaml:"objective" doc:"objective that the load has to meet"`

	Capacity       bool    `yaml:"capacity" flag:"capacity" doc:"also search for the highest rate that meets the objective"`
	CapacityTo     float64 `yaml:"capacityTo" flag:"capacity-to" above:"0" default:"10000" doc:"highest rate that the capacity search tries"`
	Overload       bool    `yaml:"overload" flag:"overload" doc:"also overload the endpoint, then see whether it recovers"`
	OverloadFactor float64 `yaml:"overloadFactor" flag:"overload-factor" above:"0" default:"4" doc:"the overload as a multiple of the rate"`
	Shard          string  `yaml:"shard" flag:"shard" arg:"I/N" doc:"the shard of the load that this machine sends, such as 2/3, or auto (auto/3) to read it from the job engine; merge the runs afterwards"`
	StartAt        string  `yaml:"startAt" flag:"start-at" arg:"INSTANT" doc:"when the load begins, so that shards begin together: RFC 3339, Unix seconds, or +30s from now"`
	MaxInFlight    int     `yaml:"maxInFlight" flag:"max-in-flight" above:"0" doc:"maximum requests in flight under load (default: as many as fall due within the time limit, at most 500)"`
	AbortOn        string  `yaml:"abortOn" flag:"abort-on" arg:"failures=SHARE" doc:"stop when more than this share of the requests has failed, such as failures=5%"`
	Raw            string  `yaml:"raw" flag:"raw" arg:"FILE" doc:"also write each answer to this file in vegeta's format, for vegeta report and vegeta plot"`
	Metrics        string  `yaml:"metrics" flag:"metrics" arg:"ADDRESS" doc:"serve the figures to Prometheus while the load runs, such as 127.0.0.1:9464"`
}

// Objective is a service objective.
type Objective struct {
	Percentile float64       `yaml:"percentile" flag:"load-percentile" above:"0" upTo:"100" default:"99" doc:"objective: percentile of the latency"`
	Latency    time.Duration `yaml:"latency" flag:"load-latency" above:"0" default:"500ms" doc:"objective: latency at the percentile"`
	ErrorShare float64       `yaml:"errorShare" flag:"load-errors" upTo:"1" default:"0" for:"load rate" doc:"objective: allowed share of failed requests, from 0 to 1"`
}
