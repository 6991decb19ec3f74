package endpoint

import (
	"crypto/md5"  //nolint:gosec // what careless sites make cookies of
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// guesser finds out whether an attacker could make the value of a cookie: one who knows
// the names and numbers of a user, and how sites usually make cookies from them.
type guesser struct {
	ids  []string  // in lower case
	when time.Time // the time of the login: times near it can be guessed
	// seen are the pieces of what the site gave to somebody else for the same purpose.
	seen []string
}

func newGuesser(user *User, when time.Time) *guesser {
	g := &guesser{when: when}
	for _, id := range append(user.identifiers(), user.Name, user.Sub) {
		if id = strings.ToLower(id); id != "" && !slices.Contains(g.ids, id) {
			g.ids = append(g.ids, id)
		}
	}
	return g
}

// guesses describes how the value could be made, or is "" if anything in it cannot be
// guessed.
func (g *guesser) guesses(value string) string {
	forms, seen := []form{{text: value}}, map[string]bool{value: true}
	for range deepestGuess {
		var inner []form
		for _, f := range forms {
			if how := g.plain(f.text); how != "" {
				return strings.Join(append(f.how, how), " of ")
			}
			for _, undo := range undoings {
				if text := undo.undo(f.text); text != "" && !seen[text] && utf8.ValidString(text) {
					seen[text] = true
					inner = append(inner, form{text, append(slices.Clip(f.how), undo.name)})
				}
			}
		}
		forms = inner
	}
	if len(value) <= mostTried && piecesOf(value) != nil && g.pieces(value) != aWord {
		return "so few characters that all can be tried"
	}
	return ""
}

const (
	mostTried     = 4      // characters of a value that can be found by trying
	deepestGuess  = 4      // nested encodings, the innermost text included
	mostNumbers   = 10_000 // the numbers below it are tried as the input of a digest
	mostSeen      = 200    // pieces of one value
	shortestPiece = 8      // the digits from which a digest is no coincidence
)

// form is a text, and the encodings from which it was decoded.
type form struct {
	text string
	how  []string
}

// undoings undo encodings that make a text look like something else.
var undoings = []struct {
	name string
	undo func(string) string
}{
	{"a URL's escape", func(text string) string { return orNothing(url.PathUnescape(text)) }},
	{"base64", func(text string) string {
		return shown(base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))))
	}},
	{"hexadecimal", func(text string) string { return shown(hex.DecodeString(text)) }},
	{"base32", func(text string) string {
		return shown(base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.TrimRight(text, "="))))
	}},
	{"the reverse", func(text string) string {
		turned := []rune(text)
		slices.Reverse(turned)
		return string(turned)
	}},
	{"rot13", func(text string) string { return strings.Map(rot13, text) }},
}

// shown returns decoded bytes if they are printable text, else "".
func shown(decoded []byte, err error) string {
	if err != nil || !utf8.Valid(decoded) || strings.ContainsFunc(string(decoded), func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return string(decoded)
}

func orNothing(text string, err error) string {
	if err != nil {
		return ""
	}
	return text
}

func rot13(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return 'a' + (r-'a'+13)%26
	case r >= 'A' && r <= 'Z':
		return 'A' + (r-'A'+13)%26
	}
	return r
}

// plain describes a text that can be guessed without decoding it: JSON, a token without a
// valid signature, or pieces each of which can be guessed. It is "" for any other.
func (g *guesser) plain(text string) string {
	var value any
	text = strings.TrimPrefix(text, "j:")
	if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &value) == nil {
		open, who := true, false
		eachString(value, "", func(_, inner string) {
			what := g.pieces(inner)
			open, who = open && what != "", who || what != "" && what != aWord
		})
		if open && who {
			return "JSON that says who it is"
		}
		return ""
	}
	if segments := strings.Split(text, "."); len(segments) == 3 && decodeObject(segments[0]) != nil && decodeObject(segments[1]) != nil {
		return g.token(segments)
	}
	for _, separators := range []string{".|:", "-_"} { // the latter also stand in base64
		at := strings.LastIndexAny(text, separators)
		if at > 0 && (g.isNamedIn(text[:at], deepestGuess) || g.saysWho(text[:at])) && signedWeakly(text[:at], text[at+1:]) {
			return "the user and a proof that anybody can make"
		}
	}
	if what := g.pieces(text); what != aWord {
		return what
	}
	return ""
}

// saysWho says whether each piece of the text can be guessed, and one is about the user.
func (g *guesser) saysWho(text string) bool {
	what := g.pieces(text)
	return what != "" && what != aWord
}

// aWord describes a text that anybody can guess and that says nothing about the user.
const aWord = "a word"

// token describes a token that anybody could have made. It is "" for any other.
func (g *guesser) token(segments []string) string {
	claims, _ := json.Marshal(decodeObject(segments[1]))
	switch {
	case g.plain(string(claims)) == "":
		return ""
	case segments[2] == "":
		return "a token without a signature"
	case signedWeakly(segments[0]+"."+segments[1], segments[2]):
		return "a token signed under a well-known secret"
	}
	return ""
}

// isNamedIn says whether a piece of the text names the user, in JSON or encoded. The other
// pieces do not matter: whoever can sign a text can put anything into it.
func (g *guesser) isNamedIn(text string, depth int) bool {
	var value any
	if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &value) == nil {
		named := false
		eachString(value, "", func(_, inner string) { named = named || slices.Contains(g.ids, strings.ToLower(inner)) })
		return named
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".|:&=;, ", r) }) {
		if slices.Contains(g.ids, strings.ToLower(part)) {
			return true
		}
		for _, undo := range undoings[:3] {
			if inner := undo.undo(part); inner != "" && inner != part && depth > 0 && g.isNamedIn(inner, depth-1) {
				return true
			}
		}
	}
	return false
}

// signedBeside says whether the value of a cookie names the user, and the proof in another
// cookie is its signature with a secret from guides. Koa and Express sign cookies so.
func (g *guesser) signedBeside(name, value, proof string) bool {
	text := name + "=" + value
	return (g.guesses(value) != "" || g.isNamedIn(value, deepestGuess)) && signedWeakly(text, proof)
}

// guessedWords often stand beside the user's name in cookies, and are no secrets.
var guessedWords = strings.Fields(`user usr uid userid id name username login logged loggedin in customer customerid cust member account session sess sid
	auth authenticated role admin true false yes no shop site web remember me s j v1 v2 anonymous guest default standard`)

// pieces describes a text each piece of which can be guessed. It is "" for any other.
func (g *guesser) pieces(text string) string {
	folded := strings.ToLower(strings.TrimSpace(text))
	if slices.Contains(g.ids, folded) {
		return "the user's name or number"
	}
	if how := g.digest(strings.TrimSpace(text)); how != "" {
		return how
	}
	what := ""
	for _, piece := range piecesOf(folded) {
		switch how := g.piece(piece); how {
		case "":
			return ""
		case aWord:
			if what == "" {
				what = aWord
			}
		default:
			what = how
		}
	}
	return what
}

// piecesOf are what stands between separators that are no digits of base64.
func piecesOf(folded string) []string {
	return strings.FieldsFunc(folded, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '+' && r != '/' && r != '-'
	})
}

// see takes the pieces of a value, and of what it is decoded to, for known.
func (g *guesser) see(value string) {
	for layer := []string{value}; len(layer) > 0 && len(g.seen) < mostSeen; {
		text := layer[0]
		layer = layer[1:]
		g.seen = append(g.seen, piecesOf(strings.ToLower(text))...)
		for _, undo := range undoings[:4] { // the others are no encodings of a whole object
			if inner := undo.undo(text); inner != "" && inner != text {
				layer = append(layer, inner)
			}
		}
	}
}

// piece describes one piece of a text, or is "" if it cannot be guessed.
func (g *guesser) piece(piece string) string {
	for _, id := range g.ids {
		if id == piece || slices.Contains(strings.FieldsFunc(id, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), piece) {
			return "the user's name or number"
		}
	}
	switch {
	case slices.Contains(guessedWords, piece), slices.Contains(g.seen, piece), len(piece) == 1: // a letter is the type of a value, as PHP writes it
		return aWord
	case isNumber(piece) && (len(piece) <= 7 || g.isNear(piece)):
		return "a small number"
	}
	if how := g.digest(strings.ReplaceAll(piece, "-", "")); how != "" {
		return how
	}
	if before, after, found := strings.Cut(piece, "-"); found && g.piece(before) != "" {
		return g.piece(after)
	}
	return ""
}

func isNumber(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// isNear says whether the digits are a Unix time near the login, in seconds or
// milliseconds.
func (g *guesser) isNear(digits string) bool {
	const near = 90 * 24 * time.Hour
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return false
	}
	return time.Unix(n, 0).Sub(g.when).Abs() < near || time.UnixMilli(n).Sub(g.when).Abs() < near
}

// digest describes a text that is the plain digest of an id or of a small number, or the
// beginning of one. It is "" for any other.
func (g *guesser) digest(text string) string {
	if len(text) < shortestPiece || len(text) > 2*sha256.Size {
		return ""
	}
	if _, err := hex.DecodeString(text[:len(text)/2*2]); err != nil {
		decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
		if err != nil || len(decoded) < 16 {
			return ""
		}
		text = hex.EncodeToString(decoded)
	}
	text = strings.ToLower(text)
	for _, id := range g.ids {
		for _, prefix := range []string{"", "user", "user:", "user-", "user_", "customer-", "session-", "session:"} {
			if how := digestOf(text, prefix+id); how != "" {
				return how + " of the user's name or number"
			}
			if how := digestOf(text, prefix+strings.ToUpper(id)); how != "" {
				return how + " of the user's name or number"
			}
		}
	}
	if whole, known := numberDigests()[text[:shortestPiece]]; known && strings.HasPrefix(whole, text) {
		return "a digest of a small number"
	}
	return ""
}

// numberDigests are the digests of small numbers, by their first digits.
var numberDigests = sync.OnceValue(func() map[string]string {
	digests := make(map[string]string, 3*mostNumbers)
	for n := range mostNumbers {
		for _, made := range digestsOf(strconv.Itoa(n)) {
			whole := hex.EncodeToString(made.sum)
			digests[whole[:shortestPiece]] = whole
		}
	}
	return digests
})

// digestOf names the hash function whose digest of the plain text begins with the digits, or
// is "".
func digestOf(digits, plain string) string {
	for _, made := range digestsOf(plain) {
		if strings.HasPrefix(hex.EncodeToString(made.sum), digits) {
			return made.name
		}
	}
	return ""
}

type digest struct {
	name string
	sum  []byte
}

func digestsOf(plain string) []digest {
	five, one, two := md5.Sum([]byte(plain)), sha1.Sum([]byte(plain)), sha256.Sum256([]byte(plain)) //nolint:gosec // see above
	return []digest{{"MD5", five[:]}, {"SHA-1", one[:]}, {"SHA-256", two[:]}}
}
