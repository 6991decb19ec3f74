package endpoint

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// tokenParameters are the names under which a page may hand its former token back.
var tokenParameters = []string{"token", "jwt", "oldToken", "refresh_token", "identityToken", "identity_token", "idToken", "id_token", "accessToken", "access_token", "refreshToken", "old_token", "previousToken", "currentToken", "chatToken", "authToken", "expiredToken"}

// returnedTokens are requests that hand a token back, as those for a renewal do: a site may
// read whose it is without looking at its signature.
func (c *Client) returnedTokens() []carrier {
	tokens := func(put func(*ask, map[string]string)) func(*ask, map[string]string) {
		return encodedBy(func(id []byte) string { return missigned(string(id)) }, put)
	}
	const about = "in a token"
	return []carrier{
		{variant: record.VariantQuery, about: about, names: tokenParameters[:4], put: tokens(putQuery)}, // an address has room for few
		{variant: record.VariantJSONBody, about: about, names: tokenParameters, put: tokens(c.sending(http.MethodPost, "application/json", flatJSON))},
		{variant: record.VariantFormBody, about: about, names: tokenParameters, put: tokens(c.sending(http.MethodPost, formType, flatForm))},
	}
}

// missigned is a token like the site's own but for its signature, which is nobody's.
func missigned(id string) string {
	claims := claimsFor(id)
	claims["iat"], claims["exp"] = time.Now().Unix(), time.Now().Add(time.Hour).Unix()
	payload, _ := json.Marshal(claims) // texts and numbers can be encoded
	signature := slices.Repeat([]byte(mark()), 64)[:64]
	return strings.Join([]string{
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)),
		base64.RawURLEncoding.EncodeToString(payload), base64.RawURLEncoding.EncodeToString(signature),
	}, ".")
}

// insideHeaders are those by which proxies and services say that a request is their own.
var insideHeaders = map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Real-Ip": "127.0.0.1", "X-Client-Ip": "127.0.0.1", "X-Internal": "true", "X-Internal-Request": "true"}

// insideCarriers come from an address of the site's own network, as a proxy would tell it: a
// site may believe the headers of its own services, and take anybody for one.
var insideCarriers = fromInside(slices.Concat(identityHeaders, rareHeaders[:headersAtOnce-len(insideHeaders)-len(identityHeaders)]), []string{"X-Auth-Request-User", "X-Auth-Request-Email", "X-Forwarded-Email", "X-User-Email", "X-Auth-Userid", "X-Consumer-Id", "X-Consumer-Username", "X-Consumer-Custom-Id", "X-Authenticated-Userid", "X-Jwt-Sub", "X-Userinfo", "X-User-Info", "X-Tenant-Id", "X-Employee-Id", "X-Contact-Id"})

func fromInside(groups ...[]string) (list []carrier) {
	for _, names := range groups {
		list = append(list, carrier{variant: record.VariantHeader, about: "from an address of the own network,", names: names, put: func(a *ask, values map[string]string) {
			putHeaders(a, values)
			for name, value := range insideHeaders {
				a.header.Set(name, value)
			}
		}})
	}
	return list
}

// unsetVariables are variables of a GraphQL query and parameters of a JSON-RPC call of which
// the configured body has none.
func (c *Client) unsetVariables(names []string) []carrier {
	var body map[string]any
	if json.Unmarshal([]byte(c.config.Body), &body) != nil {
		return nil
	}
	member := ""
	query, _ := body["query"].(string)
	switch {
	case isGraphQL(strings.TrimSpace(query)) && body["variables"] == nil:
		member = "variables"
	case body["jsonrpc"] != nil && body["params"] == nil:
		member = "params"
	default:
		return nil
	}
	return []carrier{{variant: record.VariantJSONBody, about: member + " that are not configured,", names: names, put: func(a *ask, values map[string]string) {
		var changed map[string]any
		_ = json.Unmarshal([]byte(c.config.Body), &changed) // it was read above
		changed[member] = values
		text, _ := json.Marshal(changed) // decoded from JSON, so it can be encoded
		a.body = string(text)
	}}}
}
