package mockassistant

import (
	"net/http"
	"strings"
)

// hint says what the team behind the page has to change so that such a message
// gets through, or "" when it did or when it was made to fail.
func hint(m *Message) string {
	if m.Status < http.StatusBadRequest || m.Fault != "" {
		return ""
	}
	if m.Enforced && !m.Verdict.Accepted {
		return tokenHint(m)
	}
	switch m.Status {
	case http.StatusNotFound:
		return "The widget begins a new session by itself. If it comes back, the sub of this user changes from token to token: keep it in a cookie that the server sets."
	case http.StatusForbidden:
		return "Set sub to an id of the user that stays the same and tells nothing about the person."
	}
	return ""
}

// tokenHint goes by the verifier's step, which says how far the token came.
func tokenHint(m *Message) string {
	switch step := m.Verdict.Step; {
	case step == 1:
		return "The page's handler for identityTokenExpired has to set event.identityToken before it returns, or before the promise that it returns settles."
	case step <= stepLastFormat && m.Token != nil && strings.HasPrefix(m.Token.Cut, "[object"):
		return "The page set an object in place of its text: event.identityToken = await response.text()."
	case step <= stepLastFormat:
		return `Set the bare text of the token, without quotes, without "Bearer " and without anything round it.`
	case step == 7:
		return "The token is not signed: sign it with RS256 and the private key that belongs to the public key given here."
	case step == 10:
		return `Sign with RS256: the token's header must have exactly "alg": "RS256".`
	case step == 13:
		return "The token was signed with a private key that does not belong to the public key given here. Compare the two with 'webchatspec key inspect'."
	case step == 15:
		return "Leave nbf out, or let it be a number of seconds since 1970 that is not ahead of the assistant's clock."
	case m.Verdict.Name == "TokenExpiredError":
		return "The widget now asks the page for another token. If that one has expired as well, it comes from a cache, or the issuer's clock is wrong."
	case step == 16:
		return "exp must be a number: the seconds since 1970."
	}
	return "The public key given here cannot check RS256 signatures; see 'webchatspec key inspect'."
}
