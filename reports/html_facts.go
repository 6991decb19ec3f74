package reports

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// htmlKey is a row of the table of keys.
type htmlKey struct{ Number, Source, Kind, Fingerprint, Use, Class string }

func htmlKeys(evidence record.Evidence) []htmlKey {
	fitting := map[int]int{}
	for _, token := range evidence.Tokens {
		fitting[token.Signature.Key]++
	}
	var rows []htmlKey
	for i, key := range evidence.Keys {
		row := htmlKey{
			Number: fmt.Sprint(i + 1), Source: line(key.Source, nameLimit), Kind: keyKind(key),
			Fingerprint: line(shortFingerprint(key.Fingerprint), nameLimit), Class: "passed",
			Use: fmt.Sprintf("fits %s", counted(fitting[i+1], "token")),
		}
		switch {
		case key.Unusable != "":
			row.Use, row.Class = line(key.Unusable, valueLimit), "failed"
		case key.Reference:
			row.Use, row.Class = "for comparison only", ""
		case fitting[i+1] == 0:
			row.Class = ""
		}
		rows = append(rows, row)
	}
	return rows
}

// keyKind describes a key: "rsa, 2048 bits, exponent 65537 (spki)".
func keyKind(key record.Key) string {
	if key.Looks != "" {
		return line(key.Looks, nameLimit)
	}
	text := line(key.Kind, nameLimit)
	if key.Bits > 0 {
		text += fmt.Sprintf(", %d bits", key.Bits)
	}
	if key.Exponent != "" {
		text += ", exponent " + line(key.Exponent, nameLimit)
	}
	if key.Form != "" && key.Form != "none" {
		text += " (" + line(key.Form, nameLimit) + ")"
	}
	return text
}

// tokenFacts sums up the tokens that were seen outside the load.
func tokenFacts(tokens []record.Token) []fact {
	if len(tokens) == 0 {
		return nil
	}
	distinct, algorithms, subs, refusals := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	lives, sizes := newSpan(), newSpan()
	accepted, judged := 0, 0
	for _, token := range tokens {
		header, payload := token.Header.Members(), token.Payload.Members()
		distinct[token.Fingerprint]++
		algorithms[memberText(header["alg"])]++
		if sub, ok := payload["sub"]; ok {
			subs[memberText(sub)]++
		}
		if exp, err := strconv.ParseFloat(string(payload["exp"]), 64); err == nil {
			lives.add(exp - issuedAt(token, payload["iat"]))
		}
		sizes.add(float64(token.Bytes))
		switch {
		case token.Verdict.Judged && token.Verdict.Accepted:
			accepted, judged = accepted+1, judged+1
		case token.Verdict.Judged:
			judged++
			refusals[line(token.Verdict.Name+": "+token.Verdict.Message, nameLimit)]++
		}
	}
	facts := []fact{
		{Label: "Seen", Text: grouped("%d tokens, %d different, of %d sub values", len(tokens), len(distinct), len(subs))},
		{Label: "Algorithm", Text: tallyText(algorithms)},
		{Label: "Life", Text: lives.text(seconds)},
		{Label: "Size", Text: sizes.text(func(n float64) string { return record.Count(n) + " bytes" })},
		{Label: "The assistant", Text: "no key to verify with"},
	}
	if judged > 0 {
		facts[4].Text = grouped("would have accepted %d of %d", accepted, judged)
		if len(refusals) > 0 {
			facts[4].Text += "; refused the others: " + tallyText(refusals)
		}
	}
	return slices.DeleteFunc(facts, func(f fact) bool { return f.Text == "" })
}

// issuedAt is the token's iat, or the time of receipt where it has none.
func issuedAt(token record.Token, iat json.RawMessage) float64 {
	if at, err := strconv.ParseFloat(string(iat), 64); err == nil {
		return at
	}
	return float64(token.ReceivedAt.Unix())
}

// memberText returns a JSON member as text: a string without its quotes.
func memberText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return line(text, nameLimit)
	}
	return line(string(raw), nameLimit)
}

// tallyText lists a few counted texts, the commonest first: "RS256 (22), none (1)".
func tallyText(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	if len(names) == 1 {
		return names[0]
	}
	const shown = 5
	var parts []string
	for _, name := range names[:min(shown, len(names))] {
		parts = append(parts, grouped("%s (%d)", name, counts[name]))
	}
	if len(names) > shown {
		parts = append(parts, fmt.Sprintf("%d more", len(names)-shown))
	}
	return strings.Join(parts, ", ")
}

// span is the range of the values that were added.
type span struct{ low, high float64 }

func newSpan() span { return span{math.Inf(1), math.Inf(-1)} }

func (s *span) add(value float64) {
	if !math.IsNaN(value) && !math.IsInf(value, 0) {
		s.low, s.high = min(s.low, value), max(s.high, value)
	}
}

// text returns "low to high", one value when both read the same, "" for nothing.
func (s *span) text(format func(float64) string) string {
	if s.low > s.high {
		return ""
	}
	if low, high := format(s.low), format(s.high); low != high {
		return low + " to " + high
	}
	return format(s.low)
}
