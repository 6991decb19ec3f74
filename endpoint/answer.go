package endpoint

import (
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// answer is what came back, before it is cut for the record.
type answer struct {
	exchange record.Exchange
	visitor  *visitor // who asked; nil for nobody
	status   int
	header   http.Header
	body     []byte
	token    *record.Token
	text     string // the token, complete: never to be noted
	sub      string
	next     *Request // to which a followed redirect leads; nil for none
	// inPayload are the inputs of the request that came back in user_payload.
	inPayload []string
}

// ok says whether the answer holds a token.
func (a *answer) ok() bool { return a.token != nil }

// expiry is the exp of the token, in seconds since the epoch; false where there is none.
func (a *answer) expiry() (exp float64, ok bool) {
	exp, ok = claimsOf(a.text)["exp"].(float64)
	return exp, ok
}

// reply is the answer in the form in which callers outside this package see it.
func (a *answer) reply(from *url.URL) Reply { return Reply{from, a.status, a.header, a.body} }

// opening begins the record of an exchange, before there is an answer.
func opening(a *ask, request *http.Request) record.Exchange {
	exchange := record.Exchange{Probe: a.probe, Variant: a.variant, About: a.about, Relying: a.relying, StartedAt: time.Now()}
	if a.visitor != nil {
		exchange.Visitor = a.visitor.name
		if request != nil && !a.foreign {
			exchange.Call = a.visitor.nextCall()
		}
	}
	return exchange
}

// read takes in the body of the answer, at most limit bytes of it, and unpacks it as a
// browser does.
func (a *answer) read(response *http.Response, limit int64) error {
	defer response.Body.Close()
	a.status, a.header = response.StatusCode, response.Header
	if response.StatusCode == http.StatusSwitchingProtocols {
		return ErrSwitched // the body is now the connection itself, which may never end
	}
	packed, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	a.body = packed
	if err == nil && int64(len(packed)) > limit {
		a.body = packed[:limit]
		return errTooLarge
	}
	if err != nil || len(packed) == 0 {
		return err
	}
	a.body, a.exchange.BadEncoding, err = Unpack(packed, response.Header, limit)
	return err
}
