package record

import (
	"time"

	"github.com/webchatspec/webchatspec/secrets"
)

// Probe is one planned group of requests and what became of it.
type Probe struct {
	Name     string `json:"name"`
	Requests int    `json:"requests"`
	// Skipped says why the probe was not sent; empty when it was.
	Skipped string `json:"skipped,omitempty"`
	// Remedy is the flag or setting that would have it sent, when one would.
	Remedy string `json:"remedy,omitempty"`
	// NotApplicable is set when it was skipped because the site has nothing that
	// it could probe: no login, plain http on loopback.
	NotApplicable bool `json:"notApplicable,omitempty"`
	// Wanted is set when it was skipped for want of something that was asked for.
	Wanted bool `json:"wanted,omitempty"`
	// Intrusive is set for probes that need the user's consent outside loopback.
	Intrusive bool    `json:"intrusive,omitempty"`
	Seconds   float64 `json:"seconds,omitempty"`
	// Cut is set when the run ended before the probe was done.
	Cut bool `json:"cut,omitempty"`
	// Shortened says why fewer requests were sent than there were to be: for want of time.
	Shortened string `json:"shortened,omitempty"`
	// Sent is how many requests were really sent.
	Sent int `json:"sent,omitempty"`
	// Failures counts the requests that gave no token where one was owed, by
	// class: a Failure constant, "status <code>" or "no token".
	Failures map[string]int `json:"failures,omitempty"`
	// Latencies are the times to the complete answer, in seconds, of the probe
	// that measures them ([ProbeBusy]).
	Latencies []float64 `json:"latencies,omitempty"`
	// Contention is by how many times longer than its processor time work took on
	// this machine meanwhile, where the site is on it, too: 1 when it had nothing
	// else to do, 0 when it is not known.
	Contention float64 `json:"contention,omitempty"`
}

// Exchange is one request to the site under test and its answer.
type Exchange struct {
	ID      string  `json:"id"`
	Probe   string  `json:"probe"`
	Variant Variant `json:"variant,omitempty"`
	// About is what the variant is about: the name of a cookie, a path, a kind of forgery.
	About string `json:"about,omitempty"`
	// Relying is the number, from 1, of the endpoint that takes the token back; 0 for others.
	Relying int    `json:"relying,omitempty"`
	Visitor string `json:"visitor,omitempty"` // whose cookie jar was used
	Call    int    `json:"call,omitempty"`    // number of the request in that jar, from 1

	StartedAt time.Time `json:"startedAt"`
	Seconds   float64   `json:"seconds"`
	Request   Request   `json:"request"`
	Response  *Response `json:"response,omitempty"`
	Failure   *Failure  `json:"failure,omitempty"`

	// Refused says why a step of a visit or a login came to nothing; "" when it did not.
	Refused string `json:"refused,omitempty"`

	// Token is the id of the token found in the answer, or "".
	Token string `json:"token,omitempty"`
	// Echoes are inputs of the request that came back in the answer.
	Echoes []Echo `json:"echoes,omitempty"`
	// Leaks are secrets in the answer that do not belong there.
	Leaks []Leak `json:"leaks,omitempty"`
	// Callbacks are requests that the site made to our listener because of this one.
	Callbacks []string `json:"callbacks,omitempty"`
	// BadEncoding says why the body could not be unpacked as its Content-Encoding
	// says; "" when there was none or all was well.
	BadEncoding string `json:"badEncoding,omitempty"`
	// JWKS are the keys in the answer, when it is a JWKS (RFC 7517 §5).
	JWKS []ServedKey `json:"jwks,omitempty"`
}

// Request is what was sent. Secret values are masked.
type Request struct {
	Method string              `json:"method"`
	URL    string              `json:"url"`
	Header map[string][]string `json:"header,omitempty"`
	Body   string              `json:"body,omitempty"`
}

// Response is what came back. Secret values are masked.
type Response struct {
	Status int                 `json:"status"`
	Proto  string              `json:"proto,omitempty"`
	Header map[string][]string `json:"header,omitempty"`
	// Cookies are the cookies set, without their values.
	Cookies []Cookie `json:"cookies,omitempty"`
	// Bytes is the size of the body that was read; Cut is set when there was more.
	Bytes int64 `json:"bytes"`
	Cut   bool  `json:"cut,omitempty"`
	// Excerpt is the beginning of the body, masked.
	Excerpt string `json:"excerpt,omitempty"`
	TLS     *TLS   `json:"tls,omitempty"`
}

// Cookie is a cookie that the site set; its value is kept as a fingerprint only.
type Cookie struct {
	Name        string    `json:"name"`
	Fingerprint string    `json:"fingerprint"`
	ValueBytes  int       `json:"valueBytes"`
	HTTPOnly    bool      `json:"httpOnly,omitempty"`
	Secure      bool      `json:"secure,omitempty"`
	SameSite    string    `json:"sameSite,omitempty"`
	Path        string    `json:"path,omitempty"`
	Domain      string    `json:"domain,omitempty"`
	MaxAge      int       `json:"maxAge,omitempty"` // seconds; as net/http has it: 0 unset, <0 delete
	Expires     time.Time `json:"expires,omitzero"` // zero when not given
	// Dropped says why a browser does not keep the cookie; "" when it does.
	Dropped string `json:"dropped,omitempty"`
	// Cut says what browsers do not take for a part of the cookie, though the site seems
	// to have meant it; "" when there is nothing.
	Cut        string `json:"cut,omitempty"`
	HoldsToken bool   `json:"holdsToken,omitempty"`
	HoldsSub   bool   `json:"holdsSub,omitempty"` // the value is, or contains, the sub of the token
	// Identity is set when the cookie carries the identity: without it, the same
	// visitor was given another sub.
	Identity bool `json:"identity,omitempty"`
}

// ServedKey is one key of a JWKS that the site serves.
type ServedKey struct {
	Kind  string `json:"kind"` // the member "kty"
	KeyID string `json:"keyID,omitempty"`
	// Private names the members that only the key's owner may have, such as "d".
	Private []string `json:"private,omitempty"`
	// Key is the number, from 1, of the same key in Evidence.Keys; 0 for none.
	Key int `json:"key,omitempty"`
	// Modulus is that of an RSA key, hexadecimal.
	Modulus string `json:"modulus,omitempty"`
	// Exponent is the public one of an RSA key, decimal.
	Exponent string `json:"exponent,omitempty"`
}

// TLS is what the handshake agreed on.
type TLS struct {
	Version string `json:"version"`
	Cipher  string `json:"cipher,omitempty"`
	Issuer  string `json:"issuer,omitempty"`
}

// InputControl is the input that names nobody, sent beside those that do: a claim
// in which it comes back repeats the request, whoever it names.
const InputControl = "control"

// InputLoginName is what the name of an input begins with that is the name with which
// a user logs in, or an e-mail address.
const InputLoginName = "login name of "

// EchoPayload is the place of what came back in the claim user_payload, clear or
// encrypted for a key that was given.
const EchoPayload = "user_payload"

// Echo is an input that came back: Input names it (never its value), Where is
// "body", "header:<name>", "cookie:<name>", "claim:<path>", "sub" or [EchoPayload].
type Echo struct {
	Input string `json:"input"`
	// User is the configured user to whom the input points, if it does.
	User  string `json:"user,omitempty"`
	Where string `json:"where"`
	// Hashed is by what the input was hashed, where its hash came back.
	Hashed string `json:"hashed,omitempty"`
}

// Leak is a secret or a detail where it does not belong. Kind is one of the
// Leak constants, Where as in [Echo], Excerpt a masked piece of the text.
type Leak struct {
	Kind    string `json:"kind"`
	Where   string `json:"where"`
	Excerpt string `json:"excerpt,omitempty"`
}

// Kinds of leaks.
const (
	LeakPrivateKey    = secrets.PrivateKey
	LeakPrivateJWK    = secrets.PrivateJWK
	LeakToken         = secrets.Token
	LeakSecret        = "secret"
	LeakStackTrace    = "stack trace"
	LeakServerPath    = "server path"
	LeakDirectoryList = "directory list"
	LeakSourceCode    = "server source"
)

// Key is one public key that was given for the run, as the integration reads it.
type Key struct {
	Source      string `json:"source"` // where the text came from: a file name, "configuration", "demo"
	Form        string `json:"form"`   // "spki", "pkcs1", "certificate", "private" or "none"
	Kind        string `json:"kind"`   // "rsa", "rsa-pss", "ec", "ed25519", …, "secret" when it is no key to the integration
	Bits        int    `json:"bits,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"` // "sha256:<hex>" of the SPKI
	Modulus     string `json:"modulus,omitempty"`     // hexadecimal
	Exponent    string `json:"exponent,omitempty"`    // decimal
	// Unusable says why the integration cannot verify with it; empty when it can.
	Unusable string `json:"unusable,omitempty"`
	// Looks is what the text looks like when it is not of a form the integration reads, such as "OpenSSH public key".
	Looks string `json:"looks,omitempty"`
	// Private is set when there is private key material in the text, however it is wrapped.
	Private bool `json:"private,omitempty"`
	// Misread is set when the integration takes a key from the text that is not the one that is meant.
	Misread bool `json:"misread,omitempty"`
	// Notes say what else is in the text, Convert how to get the right text with the usual tools.
	Notes   []string `json:"notes,omitempty"`
	Convert string   `json:"convert,omitempty"`
	// ListedAs is the name under which a list that the user added has this key.
	ListedAs string `json:"listedAs,omitempty"`
	// Reference is set for keys given only for comparison, not to verify with.
	Reference bool `json:"reference,omitempty"`
}
