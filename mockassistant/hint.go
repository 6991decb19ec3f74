package mockassistant

import (
	"strings"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/profiles"
)

// Hints for refusals that are not about the token's verdict.
const (
	hintTooLong  = "Keep a token under 4 KiB: it rides on each message. Profile data does not belong in it."
	hintNoSub    = "Set sub to an id of the user that stays the same and tells nothing about the person."
	hintGone     = "Nothing is wrong on the site: the widget begins a new session by itself."
	hintOtherSub = "The widget begins a new session by itself. If this comes again, the sub of one user changes from token to token: keep an anonymous visitor's id in a cookie that the server sets."
)

// tokenHint says what to change on the site so that the next token is accepted.
// It goes by the verifier's step, which tells how far this one came.
func tokenHint(v verifier.Verdict, token *Token, profile profiles.Profile) string {
	switch step := v.Step; {
	case step <= 2:
		return profile.Say("The page's handler for {event} has to set event.{member} before it returns, or before the promise that it returns settles.")
	case step <= stepLastFormat && strings.HasPrefix(token.Cut, "[object"):
		return profile.Say("The page set an object in place of its text: event.{member} = await response.text().")
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
	case v.Name == "TokenExpiredError":
		return "The widget now asks the page for another token. If that one has expired as well, it comes from a cache, or the issuer's clock is wrong."
	case step == 16:
		return "exp must be a number: the seconds since 1970."
	}
	return "The public key given here cannot check RS256 signatures; see 'webchatspec key inspect'."
}
