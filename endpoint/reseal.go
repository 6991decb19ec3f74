package endpoint

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// sealed is a cookie's value whose proof anybody can make. With returns the value for
// another text, and the cookies that have to be sent beside it.
type sealed struct {
	text string
	with func(text string) (value string, beside []Cookie)
}

// reseal changes the text in a cookie and renews its proof, where anybody can make one.
func (f cookieForger) reseal(ctx context.Context, cookie Cookie, all []Cookie, victimSub string) {
	own := openSeal(cookie, all)
	if own == nil {
		return
	}
	send := func(text string, inputs map[string]string) {
		value, beside := own.with(text)
		f.send(ctx, record.VariantResealed, Cookie{cookie.Name, value}, inputs, beside...)
	}
	if alike, part := sameShape(own.text); part != "" {
		for range timesEach {
			send(unescaped(alike), inCookie(cookie.Name, part))
		}
	}
	head, body := tokenHead(own.text)
	for _, changed := range rewritten(body) {
		send(head+unescaped(changed.text), inCookie(cookie.Name, changed.mark))
	}
	if len(victimSub) < 4 {
		return
	}
	stolen := map[string]string{"sub of another visitor": victimSub}
	if own.text == f.firstAnswer.sub {
		send(victimSub, stolen)
	}
	for _, text := range withOtherSub(body, f.firstAnswer.sub, victimSub) {
		send(head+unescaped(text), stolen)
	}
}

// tokenHead splits a token without its signature into the header with its dot, and the
// payload. The head of any other text is "".
func tokenHead(text string) (head, body string) {
	if header, claims, found := strings.Cut(text, "."); found && decodeObject(header) != nil && decodeObject(claims) != nil {
		return header + ".", claims
	}
	return "", text
}

// openSeal finds the proof of a cookie's value: before or behind the text, in another
// member of its JSON, or in a separate cookie. It returns nil where there is no proof that
// anybody can make.
func openSeal(cookie Cookie, all []Cookie) *sealed {
	plain, write := unescaped(cookie.Value), url.PathEscape
	if plain == cookie.Value {
		write = func(text string) string { return text }
	}
	if own := sealedBeside(cookie, all, plain, write); own != nil {
		return own
	}
	for _, inner := range []*sealed{sealedMember(plain), sealedText(plain)} {
		if inner != nil {
			return &sealed{inner.text, func(text string) (string, []Cookie) {
				value, beside := inner.with(text)
				return write(value), beside
			}}
		}
	}
	return nil
}

// sealedBeside finds the proof in a separate cookie, where Koa and cookie-session put it.
func sealedBeside(cookie Cookie, all []Cookie, plain string, write func(string) string) *sealed {
	i := slices.IndexFunc(all, func(other Cookie) bool { return other.Name == cookie.Name+".sig" })
	if i < 0 {
		return nil
	}
	prove := weakProof(cookie.Name+"="+cookie.Value, all[i].Value)
	if prove == nil {
		return nil
	}
	return &sealed{plain, func(text string) (string, []Cookie) {
		value := write(text)
		return value, []Cookie{{cookie.Name + ".sig", prove(cookie.Name + "=" + value)}}
	}}
}

// sealedMember finds a member of a JSON object that is the proof of another one.
func sealedMember(plain string) *sealed {
	var object map[string]any
	if json.Unmarshal([]byte(plain), &object) != nil || len(object) > 8 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		text, isText := object[name].(string)
		for _, other := range slices.Sorted(maps.Keys(object)) {
			given, isProof := object[other].(string)
			if !isText || !isProof || name == other {
				continue
			}
			if prove := weakProof(text, given); prove != nil {
				return &sealed{text, func(text string) (string, []Cookie) {
					changed := maps.Clone(object)
					changed[name], changed[other] = text, prove(text)
					value, _ := json.Marshal(changed) // decoded from JSON, so it can be encoded
					return string(value), nil
				}}
			}
		}
	}
	return nil
}

// sealedText finds the proof before or behind the text. Express proves what follows "s:",
// and writes the proof in standard base64 without padding.
func sealedText(plain string) *sealed {
	rest, signed := strings.CutPrefix(plain, "s:")
	prefix := plain[:len(plain)-len(rest)]
	for _, sign := range ".|:~-_" {
		at := string(sign)
		if i := strings.LastIndex(rest, at); i > 0 {
			if prove := weakProof(rest[:i], rest[i+1:]); prove != nil {
				return &sealed{rest[:i], func(text string) (string, []Cookie) {
					given := prove(text)
					if signed {
						given = strings.NewReplacer("-", "+", "_", "/").Replace(given)
					}
					return prefix + text + at + given, nil
				}}
			}
		}
		if i := strings.Index(rest, at); i > 0 && !signed {
			if prove := weakProof(rest[i+1:], rest[:i]); prove != nil {
				return &sealed{rest[i+1:], func(text string) (string, []Cookie) { return prove(text) + at + text, nil }}
			}
		}
	}
	return nil
}
