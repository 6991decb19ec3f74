package loadgen

import (
	"fmt"
	"math/bits"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// forms holds tokens to the rules of a single token. Those are about a token's form:
// which members it has, of what kind, and how far its times lie apart. So the first
// token of each form is looked at, and speaks for the thousands like it.
type forms struct {
	examine func(token string, at time.Time) record.Token
	profile profiles.Profile

	mu     sync.Mutex
	broken map[string][]rulebook.Breach // by form: the MUSTs, and the SHOULDs that a form shows

	latest atomic.Pointer[headerShape] // most headers are the same
}

// headerShape is what the header of a token adds to its form.
type headerShape struct{ segment, shape string }

// ofForm are the rules that are a SHOULD and about nothing but a token's form. The
// others, such as that no claim is an e-mail address, one token cannot say of the next.
var ofForm = []string{
	"typ-jwt", "header-no-embedded-key", "header-no-extensions", "token-object", "times-integer",
	"exp-short-lived", "nbf-skew-room", "iat-present", "iat-not-future",
}

// mostForms bounds how many are looked at: a site that makes more has a member of its
// own in each token, and the first ones show that.
const mostForms = 32

// breaches returns what tokens of this one's form break. It was accepted, or there
// is no key to verify it with.
func (f *forms) breaches(token string, header http.Header, payload verifier.Value, received time.Time) []rulebook.Breach {
	shape := f.shapeOf(token, payload, received)
	f.mu.Lock()
	defer f.mu.Unlock()
	broken, known := f.broken[shape]
	if known || len(f.broken) >= mostForms {
		return broken
	}
	first := f.examine(token, received)
	first.ServerDate, _ = http.ParseTime(header.Get("Date"))
	first.Call = 2 // it may have been kept: how old it is, is asked of each token
	broken = slices.DeleteFunc(rulebook.Breaches(rulebook.Open(first, f.profile)), func(b rulebook.Breach) bool {
		return b.Level != record.Must && !slices.Contains(ofForm, b.ID) || b.ID == "token-accepted" // the verifier's word on each token
	})
	f.broken[shape] = broken
	return broken
}

// shapeOf writes down the form of a token.
func (f *forms) shapeOf(token string, payload verifier.Value, received time.Time) string {
	var shape strings.Builder
	segment, _, _ := strings.Cut(token, ".")
	latest := f.latest.Load()
	if latest == nil || latest.segment != segment {
		latest = &headerShape{strings.Clone(segment), shapeOfHeader(segment)}
		f.latest.Store(latest)
	}
	shape.WriteString(latest.shape)
	members(&shape, payload, 2)
	exp, iat, nbf := payload.Get("exp"), payload.Get("iat"), payload.Get("nbf")
	now := float64(received.Unix())
	fmt.Fprintf(&shape, " %d", span(exp, now))
	if iat.Kind() == verifier.Number {
		fmt.Fprintf(&shape, " %d %d", span(exp, iat.Float()), span(iat, now))
	}
	if nbf.Kind() == verifier.Number {
		fmt.Fprintf(&shape, " %d", span(nbf, now))
	}
	return shape.String()
}

// shapeOfHeader writes down the form of a token's header.
func shapeOfHeader(segment string) string {
	header, err := verifier.ParseJSON(record.DecodeSegment(segment))
	if err != nil {
		return ""
	}
	var shape strings.Builder
	members(&shape, header, 1)
	shape.WriteString(header.Get("alg").Raw() + header.Get("typ").Raw())
	return shape.String()
}

// mostShape bounds the text of a form, in bytes: a hostile site makes long names.
const mostShape = 2000

// members writes names and kinds of an object's members, and of those within them.
func members(shape *strings.Builder, object verifier.Value, depth int) {
	for name, value := range object.Members() {
		if shape.Len() > mostShape {
			return
		}
		shape.WriteString(name[:min(len(name), 100)] + ":" + value.Kind().String() + ",")
		if value.Kind() == verifier.Number && strings.ContainsAny(value.Raw(), ".eE") {
			shape.WriteString("fraction,")
		}
		if text := value.Text(); name == "user_payload" && value.Kind() == verifier.String {
			fmt.Fprintf(shape, "%d %t,", bits.Len(uint(len(text))), strings.ContainsAny(text, "{\" ")) // encrypted text has few lengths, and neither
		}
		if value.Kind() == verifier.Object && depth > 1 {
			shape.WriteByte('{')
			members(shape, value, depth-1)
			shape.WriteByte('}')
		}
	}
}

// span is how far a time lies from another, in seconds, roughly: the sign, and the
// number of binary digits. Zero is near, and where the time is no number.
func span(value verifier.Value, from float64) int {
	if value.Kind() != verifier.Number {
		return 0
	}
	const near = 8 // what clocks differ by, and answers take
	switch distance := value.Float() - from; {
	case distance > near:
		return bits.Len64(uint64(min(distance, 1e15)))
	case distance < -near:
		return -bits.Len64(uint64(min(-distance, 1e15)))
	}
	return 0
}
