package secrets

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Known holds the values of secrets that were told to us or met on the way, each
// with the name that stands for it. The zero value is ready to use, a nil one
// knows nothing; it is safe for concurrent use.
type Known struct {
	mu     sync.RWMutex
	names  map[string]named    // by value
	masker *strings.Replacer   // nil when a value has come since it was made
	begins map[string][]pair   // the forms that are long enough to be cut, by their first bytes, made with masker
	ends   map[string][]pair   // and by their last
	found  map[string][]string // the values that In looks for, by their first bytes
}

// shortest is the shortest value that is masked, in bytes: shorter ones stand in
// any text. shortestFound is that of one that is told to stand in a text, and
// shortestLine that of one of several lines, which may be words of no secret.
const (
	shortest      = 4
	shortestFound = 8
	shortestLine  = 16
)

// literals stand in any text, too, and let nobody in: a header may well say "true".
var literals = map[string]bool{"true": true, "false": true, "null": true, "none": true}

// maxKnown bounds the values that are held: a site may set new cookies for ever.
const maxKnown = 20_000

// pair is a form of a value and what stands for it.
type pair struct{ form, name string }

// named is what is held of a value.
type named struct {
	name string
	live bool
}

// Add makes value known under a name. The first name of a value stays. Places for values
// such as {visitor}, values too short to be told from other text, and words that stand in any, are left out. Of a value with several lines
// each is known, too, for they are often told one by one.
func (k *Known) Add(name, value string) {
	k.add(value, named{name: name})
	if lines := strings.Split(strings.TrimSpace(value), "\n"); len(lines) > 1 {
		for _, line := range lines {
			if line = strings.TrimSpace(line); len(line) >= shortestLine {
				k.add(line, named{name: name})
			}
		}
	}
}

// AddLive is [Known.Add] for what a site gave on the way, such as a cookie.
// There may be very many of these, so that they are known as they are and as an
// address has them, and not in the encodings in which only told secrets are
// looked for.
func (k *Known) AddLive(name, value string) { k.add(value, named{name, true}) }

func (k *Known) add(value string, as named) {
	value = strings.TrimSpace(value)
	if len(value) < shortest || literals[strings.ToLower(value)] || onlyPlace.MatchString(value) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, known := k.names[value]; known || len(k.names) >= maxKnown {
		return
	}
	if k.names == nil {
		k.names = map[string]named{}
	}
	value = strings.Clone(value)
	k.names[value] = as
	k.masker = nil
	if len(value) >= shortestFound {
		if k.found == nil {
			k.found = map[string][]string{}
		}
		k.found[value[:shortestFound]] = append(k.found[value[:shortestFound]], value)
	}
}

// AddAll makes known what others know.
func (k *Known) AddAll(others ...*Known) {
	for _, other := range others {
		if other == nil {
			continue
		}
		other.mu.RLock()
		held := maps.Clone(other.names)
		other.mu.RUnlock()
		for value, as := range held {
			k.add(value, as)
		}
	}
}

// Values returns the names of the secrets by value.
func (k *Known) Values() map[string]string {
	if k == nil {
		return nil
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	values := make(map[string]string, len(k.names))
	for value, as := range k.names {
		values[value] = as.name
	}
	return values
}

// Mask replaces every known value in text, in each of its encodings, by its
// name, and what is packed with one in it; and what [Mask] knows by its form.
func (k *Known) Mask(text string) string {
	// Signatures first: a token in which a value was replaced is none any more.
	text = k.MaskValues(k.maskTokens(text))
	return Masked(maskPacked(text, func(unpacked string) bool { return k.MaskValues(unpacked) != unpacked }))
}

// maskTokens cuts the signatures off the tokens in text, and takes out whole segments
// that say a known value in an encoding of its own.
func (k *Known) maskTokens(text string) string {
	masked, _ := replaceTokens(text, func(token string) string {
		segments := strings.Split(token, ".")
		for i, segment := range segments[:2] {
			said := base64Text(segment)
			if inner := string(said); k.MaskValues(inner) != inner {
				segments[i] = Mark("segment")
			}
		}
		segments[2] = cutMark
		return strings.Join(segments, ".")
	})
	return masked
}

// MaskValues is [Known.Mask] without the secrets known by their form.
func (k *Known) MaskValues(text string) string {
	if k == nil || len(text) < shortest {
		return text
	}
	masker := k.replacer()
	if masker == nil {
		return text
	}
	return k.maskCut(masker.Replace(text))
}

// cutMarks stand where a text was cut short.
var cutMarks = []string{"…", "..."}

// shortestPiece is the shortest piece of a secret that is masked where a text was
// cut short, in bytes.
const shortestPiece = 6

// maskCut replaces what is left of secrets that were cut: before a mark that says
// so their beginnings, and after it their ends, wherever it stands, for what was
// cut may have been quoted since.
func (k *Known) maskCut(text string) string {
	for _, mark := range cutMarks {
		pieces := strings.Split(text, mark)
		if len(pieces) == 1 {
			continue
		}
		k.mu.RLock()
		for i := range pieces {
			if i < len(pieces)-1 {
				pieces[i] = k.maskBeginningLocked(pieces[i])
			}
			if i > 0 {
				pieces[i] = k.maskEndLocked(pieces[i])
			}
		}
		k.mu.RUnlock()
		text = strings.Join(pieces, mark)
	}
	return text
}

// maskBeginningLocked replaces the beginning of a secret with which text ends.
func (k *Known) maskBeginningLocked(text string) string {
	for at := range len(text) - shortestPiece + 1 {
		for _, begin := range k.begins[text[at:at+shortestPiece]] {
			if strings.HasPrefix(begin.form, text[at:]) {
				return text[:at] + "«" + begin.name + "»"
			}
		}
	}
	return text
}

// maskEndLocked replaces the end of a secret with which text begins.
func (k *Known) maskEndLocked(text string) string {
	for at := len(text); at >= shortestPiece; at-- {
		for _, end := range k.ends[text[at-shortestPiece:at]] {
			if strings.HasSuffix(end.form, text[:at]) {
				return "«" + end.name + "»" + text[at:]
			}
		}
	}
	return text
}

// replacer returns what replaces all values, or nil when there is none.
func (k *Known) replacer() *strings.Replacer {
	k.mu.RLock()
	masker, none := k.masker, len(k.names) == 0
	k.mu.RUnlock()
	if masker != nil || none {
		return masker
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.masker == nil {
		k.masker = strings.NewReplacer(k.pairsLocked()...)
	}
	return k.masker
}

// pairsLocked are the forms of all values with what stands for them: longer ones
// first, so that one within another leaves no rest of it.
func (k *Known) pairsLocked() []string {
	var pairs []pair
	k.begins, k.ends = map[string][]pair{}, map[string][]pair{}
	seen := map[string]bool{}
	for _, value := range slices.Sorted(maps.Keys(k.names)) {
		for _, form := range k.names[value].forms(value) {
			if !seen[form] {
				seen[form] = true
				pairs = append(pairs, pair{form, k.names[value].name})
				if first, last := form[:min(len(form), shortestPiece)], form[max(0, len(form)-shortestPiece):]; len(form) > shortestPiece {
					k.begins[first] = append(k.begins[first], pair{form, k.names[value].name})
					k.ends[last] = append(k.ends[last], pair{form, k.names[value].name})
				}
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(len(b.form), len(a.form)) })
	flat := make([]string, 0, 2*len(pairs))
	for _, p := range pairs {
		flat = append(flat, p.form, "«"+p.name+"»")
	}
	return flat
}

// forms are the ways in which the value is looked for.
func (n named) forms(value string) []string {
	if n.live {
		return compact(append([]string{value}, percent(value)...))
	}
	return Written(value)
}

// MaskFound is [Known.MaskValues] for values as they are and of 8 bytes and more. It
// takes the same time however many are known and however often one is added.
func (k *Known) MaskFound(text string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	var b strings.Builder
	done := 0
	for at := 0; at+shortestFound <= len(text); at++ {
		longest := ""
		for _, value := range k.found[text[at:at+shortestFound]] {
			if len(value) > len(longest) && strings.HasPrefix(text[at:], value) {
				longest = value
			}
		}
		if longest != "" {
			b.WriteString(text[done:at] + "«" + k.names[longest].name + "»")
			done = at + len(longest)
			at = done - 1
		}
	}
	return b.String() + text[done:]
}

// In returns the name of a secret that stands in text as it is, the longest one
// of several, or "". It takes the same time however many are known: a site may
// have set thousands of cookies.
func (k *Known) In(text string) string {
	if k == nil {
		return ""
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	longest := ""
	for at := 0; at+shortestFound <= len(text); at++ {
		for _, value := range k.found[text[at:at+shortestFound]] {
			if len(value) > len(longest) && strings.HasPrefix(text[at:], value) {
				longest = value
			}
		}
	}
	return k.names[longest].name
}
