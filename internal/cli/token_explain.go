package cli

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

func newTokenExplainCommand() *cobra.Command {
	var (
		publicKeys []string
		payloadKey string
		at         instant
		profile    profiles.Profile
	)
	cmd := &cobra.Command{
		Use:   "explain [TOKEN | FILE | -]",
		Short: "Show what is in a token, whether it is accepted, and what to change",
		Long: `Show what is in a token, claim by claim; whether the integration would accept it now,
or at another time with --at; and what the documentation objects to, which is
another question: a token without "exp" is accepted, but wrong.

The token may be inside what was pasted: a whole HTTP answer, JSON, quotes, a
header, a warning before it. The text around it is pointed out, and the token judged.

Without --public-key everything but the signature is judged. The token itself is not
printed. The exit code is 0 whatever is found; for scripts use 'token verify'.`,
		Example: `  webchatspec token explain eyJhbGciOi…
  curl -s http://localhost:3001/createJWT | webchatspec token explain --public-key key.pub
  curl -si http://localhost:3001/session | webchatspec token explain
  webchatspec token explain --public-key key.pub --at +2h token.txt`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readInput(cmd, args, isPasted)
			if err != nil {
				return err
			}
			found := findToken(text)
			e := explanation{painter: newPainter(cmd.OutOrStdout()), now: time.Now(), at: at, pasted: found, token: found.token, profile: profile.OrDefault()}
			for _, name := range publicKeys {
				text, err := readFile(name)
				if err != nil {
					return fmt.Errorf("public key: %w", err)
				}
				e.keys, e.keyNames, e.keyTexts = append(e.keys, verifier.ReadKey(text)), append(e.keyNames, name), append(e.keyTexts, text)
			}
			if payloadKey != "" {
				if e.payloadKey, err = readFile(payloadKey); err != nil {
					return fmt.Errorf("payload key: %w", err)
				}
			}
			return e.write()
		},
	}
	cmd.Flags().StringArrayVar(&publicKeys, "public-key", nil, "check the signature with the public key in this `FILE`; several are tried in turn")
	cmd.Flags().StringVar(&payloadKey, "payload-key", "", "look into user_payload with the private key in this `FILE`")
	profileFlag(cmd, &profile)
	cmd.Flags().Var(&at, "at", "also decide as at this `TIME`: RFC 3339, Unix seconds, or +90s, -1h from now")
	return cmd
}

// explanation is what 'token explain' writes about one token.
type explanation struct {
	*painter
	pasted     pasted
	token      string // the one in it
	keys       []*verifier.Key
	keyNames   []string
	keyTexts   []string
	payloadKey string
	profile    profiles.Profile
	now        time.Time
	at         instant
}

func (e *explanation) write() error {
	examiner := verifier.Examiner{Keys: e.keys, KeyTexts: e.keyTexts}
	if e.payloadKey != "" {
		// A key that cannot be read is told beside the claim.
		examiner.PayloadKey, _ = parsePrivateKey(e.payloadKey)
	}
	noted := examiner.Examine(e.token, e.now, nil)
	e.around()
	if noted.Header.Kind != "invalid" {
		e.title("Header")
		e.members(noted.Header, nil)
		e.title("Payload")
		e.members(noted.Payload, e.aboutClaim)
	}
	e.title("Signature")
	e.signature()
	e.title("The integration")
	e.verdicts()
	e.title("The documentation of " + e.profile.Product)
	e.breaches(rulebook.Breaches(rulebook.OpenKept(noted, e.profile)))
	return e.err
}

// around tells what stood around the token, and what it means.
func (e *explanation) around() {
	if len(e.pasted.around) == 0 && e.pasted.others == 0 {
		return
	}
	e.title("Around the token")
	for _, what := range e.pasted.around {
		e.row("", what, "")
	}
	if e.pasted.others > 0 {
		e.row("", fmt.Sprintf("%d further tokens; the first is explained", e.pasted.others), "")
	}
	switch {
	case e.pasted.place != "":
		e.row("", "webchatspec reads it there with --token-in "+e.pasted.place, "")
	case len(e.pasted.around) > 0 && !strings.HasPrefix(e.pasted.around[0], "an HTTP answer"):
		e.row("", "the integration takes the whole text for the token: hand over the token alone", "")
	}
}

// members lists the members of an object with their secrets masked, or shows
// another value as it is. An object in a string is opened, as the integration does.
func (e *explanation) members(segment record.Segment, about func(name string, claim verifier.Value) string) {
	value, err := verifier.ParseJSON([]byte(segment.JSON))
	if err == nil && value.Kind() == verifier.String {
		if inner, err := verifier.ParseJSON([]byte(value.Text())); err == nil && inner.Kind() == verifier.Object {
			value = inner
		}
	}
	switch {
	case segment.Cut:
		e.row("", "too long to be shown", "")
		return
	case err != nil:
		e.row("", "not JSON: "+readable(segment.JSON), "")
		return
	case value.Kind() != verifier.Object:
		e.row("", fmt.Sprintf("a JSON %s, not an object: %s", value.Kind(), readable(value.Raw())), "")
		return
	}
	empty := true
	for name, member := range value.Members() {
		note := ""
		if about != nil {
			note = about(name, member)
		}
		e.row(readable(name), readable(member.Raw()), note)
		empty = false
	}
	if empty {
		e.row("", "no members", "")
	}
}

// aboutClaim says in words what a registered claim means.
func (e *explanation) aboutClaim(name string, claim verifier.Value) string {
	switch name {
	case "exp", "nbf", "iat":
		return timeInWords(claim, e.now)
	case "sub":
		return "the visitor"
	case "user_payload":
		return e.aboutPayload(claim)
	}
	return ""
}

func (e *explanation) aboutPayload(claim verifier.Value) string {
	if e.payloadKey == "" {
		return "encrypted; --payload-key looks into it"
	}
	key, err := parsePrivateKey(e.payloadKey)
	if err != nil {
		return "the payload key cannot be read: " + err.Error()
	}
	clear, err := verifier.Decrypt(claim.Text(), key)
	if err != nil {
		return err.Error()
	}
	return "decrypts to " + readable(string(clear))
}

// timeInWords shows a NumericDate as a time, and its distance from now.
func timeInWords(claim verifier.Value, now time.Time) string {
	seconds := claim.Float()
	switch {
	case claim.Kind() != verifier.Number:
		return "not a number, so no time"
	case math.IsInf(seconds, 1):
		return "infinite: never"
	case math.IsInf(seconds, 0) || math.Abs(seconds) > 253402300799:
		return "beyond the year 9999"
	}
	whole, fraction := math.Modf(seconds)
	t := time.Unix(int64(whole), int64(fraction*1e9)).UTC()
	return t.Format("2006-01-02 15:04:05 MST") + ", " + distance(t.Sub(now))
}

// distance says how far from now something is, to the precision one cares about.
func distance(d time.Duration) string {
	size := d.Abs()
	var text string
	switch {
	case size < time.Second:
		return "now"
	case size < 2*time.Minute:
		text = fmt.Sprintf("%d s", size/time.Second)
	case size < 2*time.Hour:
		text = fmt.Sprintf("%d min", size/time.Minute)
	case size < 48*time.Hour:
		text = fmt.Sprintf("%.1f h", size.Hours())
	default:
		text = fmt.Sprintf("%.0f days", size.Hours()/24)
	}
	if d < 0 {
		return text + " ago"
	}
	return "in " + text
}

func (e *explanation) signature() {
	if len(e.keys) == 0 {
		e.row("", "not checked: give the integration's public key with --public-key FILE", "")
	}
	for i, key := range e.keys {
		if err := key.Usable(); err != nil {
			e.verdict(false, e.keyNames[i], err.Error()+"; see 'webchatspec key inspect'")
			continue
		}
		scheme := key.SignatureScheme(e.token)
		e.verdict(scheme.Fits(), e.keyNames[i], scheme.Explain())
	}
}

// verdicts tells what the integration says now, and at the time asked for.
func (e *explanation) verdicts() {
	e.verdictAt("now", e.now)
	if e.at.text != "" {
		e.verdictAt("at "+e.at.time.UTC().Format(time.RFC3339), e.at.time)
	}
}

func (e *explanation) verdictAt(when string, t time.Time) {
	verdict, assumption := verifier.Preview(e.token, t), ", if the signature is right"
	for _, key := range e.keys {
		verdict, assumption = key.Verify(e.token, t), ""
		if verdict.Accepted {
			break
		}
	}
	if verdict.Accepted {
		e.verdict(true, when, "accepts it"+assumption)
		return
	}
	e.verdict(false, when, fmt.Sprintf("refuses it: %s: %s (step %d of 16)", verdict.Name, verdict.Message, verdict.Step))
}

// weight orders the levels: what must be comes before what should be.
func weight(level record.Level) int {
	return map[record.Level]int{record.Must: 2, record.Should: 1}[level]
}

// breaches lists what to change.
func (e *explanation) breaches(list []rulebook.Breach) {
	slices.SortStableFunc(list, func(a, b rulebook.Breach) int { return weight(b.Level) - weight(a.Level) })
	for _, b := range list {
		e.objection(b.Level == record.Must, string(b.Level), readable(b.Text()), b.Hint, b.ID)
	}
	if len(list) == 0 {
		e.verdict(true, "", "nothing to object to")
	}
}
