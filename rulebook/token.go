package rulebook

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// Token is a token with its header and claims opened. Its ReceivedAt and
// ServerDate are the clocks by which its times are judged.
type Token struct {
	record.Token
	Profile       profiles.Profile           // the contract that it is held to
	HeaderMembers map[string]json.RawMessage // nil when the header is no JSON object
	Claims        map[string]json.RawMessage // nil when the payload is no JSON object
}

// Open opens a token that was received as the answer to a request for it, to be
// held to the contract of a profile.
func Open(t record.Token, profile profiles.Profile) Token {
	return Token{Token: t, Profile: profile.OrDefault(), HeaderMembers: t.Header.Members(), Claims: t.Payload.Members()}
}

// OpenKept opens a token that may have been kept for a while before it was seen
// at its ReceivedAt: its times are judged as of the time of its making, which is
// its iat unless that lies ahead.
func OpenKept(t record.Token, profile profiles.Profile) Token {
	opened := Open(t, profile)
	opened.ServerDate = time.Time{}
	if made := opened.IssuedAt(); made.Before(t.ReceivedAt) {
		opened.ReceivedAt = made
	}
	if life, ok := opened.Ahead(opened.ReceivedAt); ok && life > 0 && t.Verdict.Name == expired {
		opened.Verdict = record.Decided{} // it has grown old since, which is no breach
	}
	return opened
}

// expired is the integration's name for a token whose exp has come.
const expired = "TokenExpiredError"

// Sub returns the sub claim if it is a string.
func (t Token) Sub() (string, bool) { return t.StringClaim("sub") }

// StringClaim returns the claim if it is a string.
func (t Token) StringClaim(name string) (string, bool) {
	var s *string
	if json.Unmarshal(t.Claims[name], &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// NumberClaim returns the claim if it is a JSON number; numbers too large for a
// float64 are infinite, as for the integration.
func (t Token) NumberClaim(name string) (float64, bool) {
	raw := string(t.Claims[name])
	if raw == "" || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return 0, false
	}
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil && !math.IsInf(n, 0) {
		return 0, false
	}
	return n, true
}

// Alg returns the header parameter alg, "" when it is no string.
func (t Token) Alg() string {
	var name string
	_ = json.Unmarshal(t.HeaderMembers["alg"], &name) // anything but a string leaves it empty
	return name
}

// IssuedAt is the best guess of when the server made the token: its iat where it
// is a plausible number, else the Date of the answer, else the time of receipt.
func (t Token) IssuedAt() time.Time {
	server := t.ServerTime()
	if iat, ok := t.NumberClaim("iat"); ok && math.Abs(iat-float64(server.Unix())) < 366*24*3600 {
		return time.Unix(0, int64(iat*1e9))
	}
	return server
}

// ServerTime is the server's clock when it answered: the Date header, else the
// time of receipt.
func (t Token) ServerTime() time.Time {
	if t.ServerDate.IsZero() {
		return t.ReceivedAt
	}
	return t.ServerDate
}

// Ahead is how far exp lies after from; false when there is no numeric exp.
func (t Token) Ahead(from time.Time) (time.Duration, bool) {
	exp, ok := t.NumberClaim("exp")
	if !ok {
		return 0, false
	}
	seconds := exp - float64(from.UnixNano())/1e9
	const most = float64(math.MaxInt64 / int64(time.Second))
	return time.Duration(max(-most, min(most, seconds)) * float64(time.Second)), true
}
