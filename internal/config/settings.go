// Package config turns a configuration file, the environment and flags into the
// configuration of a run. It is strict: an unknown key is an error that names
// its place and the key that was probably meant.
package config

import "time"

// Settings is the configuration as people write it: the keys of
// webchatspec.yaml. Files are named by their paths, relative to the working
// directory. In every text, ${NAME} stands for the environment variable NAME,
// so that secrets need not be in the file; $$ is a dollar sign.
type Settings struct {
	Endpoint  string            `yaml:"endpoint" doc:"address of the token endpoint"`
	Method    string            `yaml:"method" doc:"request method; GET when left out"`
	Headers   map[string]string `yaml:"headers" doc:"headers that go with every request for a token"`
	Cookies   map[string]string `yaml:"cookies" doc:"cookies that go with every request for a token"`
	Body      string            `yaml:"body" doc:"body that goes with every request for a token"`
	TokenIn   string            `yaml:"tokenIn" doc:"where the token stands in an answer: body, json:MEMBER or header:NAME"`
	Anonymous *bool             `yaml:"anonymous" doc:"whether the endpoint serves visitors who are not logged in; true when left out"`
	Users     []User            `yaml:"users" doc:"people with a login"`
	Origins   []string          `yaml:"origins" doc:"origins that the endpoint is meant to allow"`
	Relying   []Call            `yaml:"relying" doc:"endpoints of the site that take the token back; {token} marks where it goes, else it is the bearer token"`

	PublicKeys []string `yaml:"publicKeys" doc:"files with the public keys that the assistant verifies with"`
	KnownKeys  []string `yaml:"knownKeys" doc:"files with public keys known to be published"`
	OtherKeys  []string `yaml:"otherKeys" doc:"files with further public keys to look for common factors with"`
	Payload    Payload  `yaml:"payload" doc:"a test pair in the place of the vendor's, to look into user_payload"`

	TLS           TLS               `yaml:"tls" doc:"certificates"`
	PlainEndpoint string            `yaml:"plainEndpoint" doc:"where the endpoint would answer without TLS"`
	Resolve       map[string]string `yaml:"resolve" doc:"addresses for host or host:port, in the place of DNS"`

	Timeout     time.Duration `yaml:"timeout" doc:"bound on one request, such as 10s"`
	MaxWait     time.Duration `yaml:"maxWait" doc:"longest wait for a token to expire, such as 6s"`
	Rate        float64       `yaml:"rate" doc:"most requests a second of the token part"`
	Concurrency int           `yaml:"concurrency" doc:"most requests in flight of the token part"`
	Consent     bool          `yaml:"consent" doc:"allow intrusive probes on hosts other than loopback"`

	Page Page `yaml:"page" doc:"the embed page"`
	Load Load `yaml:"load" doc:"the load part"`

	Only    []string `yaml:"only" doc:"judge only these checks: ids, areas or levels"`
	Skip    []string `yaml:"skip" doc:"leave these checks out: ids, areas or levels"`
	FailOn  string   `yaml:"failOn" doc:"lowest level whose failures fail the run: must or should"`
	Waivers string   `yaml:"waivers" doc:"file with failures to live with for a while"`

	Out     string   `yaml:"out" doc:"folder for the reports"`
	Formats []string `yaml:"formats" doc:"reports to write: html, junit, json, markdown"`
}

// User is a person with a login.
type User struct {
	Name        string            `yaml:"name" doc:"what the user is called in the report"`
	Headers     map[string]string `yaml:"headers" doc:"headers that say who it is"`
	Cookies     map[string]string `yaml:"cookies" doc:"cookies that say who it is"`
	Login       *Call             `yaml:"login" doc:"the request that logs in"`
	Logout      *Call             `yaml:"logout" doc:"the request that logs out"`
	Sub         string            `yaml:"sub" doc:"the subject expected in this user's tokens"`
	Identifiers []string          `yaml:"identifiers" doc:"texts that point to this person, such as a customer number"`
}

// Call is a request to the site other than the one for a token.
type Call struct {
	Method  string            `yaml:"method" doc:"request method; POST where something is sent, else GET"`
	URL     string            `yaml:"url" doc:"address, may be relative to the endpoint"`
	Headers map[string]string `yaml:"headers" doc:"headers"`
	Form    map[string]string `yaml:"form" doc:"form fields to send"`
	JSON    string            `yaml:"json" doc:"JSON text to send"`
}

// Payload is a key pair for user_payload.
type Payload struct {
	PublicKey  string `yaml:"publicKey" doc:"file with the public key"`
	PrivateKey string `yaml:"privateKey" doc:"file with the private key"`
}

// TLS has the certificates of both sides.
type TLS struct {
	CA   string `yaml:"ca" doc:"file with further certificate authorities to trust"`
	Cert string `yaml:"cert" doc:"file with the client certificate"`
	Key  string `yaml:"key" doc:"file with the key of the client certificate"`
}

// Page is the embed page and how it is driven.
type Page struct {
	URL        string        `yaml:"url" doc:"address of the embed page"`
	Begin      *Action       `yaml:"begin" doc:"what a visitor does before the chat loads, such as consenting"`
	Login      *Action       `yaml:"login" doc:"how a visitor of the page logs in"`
	Logout     *Action       `yaml:"logout" doc:"how a visitor of the page logs out"`
	AllowHosts []string      `yaml:"allowHosts" doc:"further hosts that the page may load from"`
	Chromium   string        `yaml:"chromium" doc:"path of the browser"`
	Timeout    time.Duration `yaml:"timeout" doc:"bound on each wait for the page, such as 35s"`
}

// Action is something a user does on the page.
type Action struct {
	Click  string `yaml:"click" doc:"CSS selector of what to click"`
	Script string `yaml:"script" doc:"JavaScript expression to evaluate in the page"`
}

// Load is the load put on the endpoint.
type Load struct {
	Rate       float64       `yaml:"rate" doc:"requests a second"`
	Duration   time.Duration `yaml:"duration" doc:"how long, such as 30s"`
	WarmUp     time.Duration `yaml:"warmUp" doc:"how long before anything counts"`
	Users      int           `yaml:"users" doc:"how many users take turns"`
	Timeout    time.Duration `yaml:"timeout" doc:"bound on one request under load"`
	MaxAge     time.Duration `yaml:"maxAge" doc:"age from which a token does not count as newly issued"`
	AllowHosts []string      `yaml:"allowHosts" doc:"hosts other than loopback that load may go to"`
	Objective  Objective     `yaml:"objective" doc:"what the figures are held to"`
}

// Objective is a service objective.
type Objective struct {
	Percentile float64       `yaml:"percentile" doc:"percentile of the latency, such as 99"`
	Latency    time.Duration `yaml:"latency" doc:"latency at that percentile, such as 500ms"`
	ErrorShare float64       `yaml:"errorShare" doc:"allowed share of failed requests, 0 to 1"`
}
