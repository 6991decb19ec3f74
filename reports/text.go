package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// Limits of quoted texts, in characters. The run file has the whole texts.
const (
	nameLimit  = 200  // ids, names, kinds
	valueLimit = 1200 // expected, actual and other evidence
	proseLimit = 4000 // why, fix, hint, reproduce line
)

// line returns text fit for one line of a report, of at most limit characters.
// Line breaks are shown as escapes.
func line(text string, limit int) string {
	return fit(text, limit, false)
}

// block is [line] for a text that may have several lines.
func block(text string, limit int) string {
	return fit(strings.ReplaceAll(text, "\r\n", "\n"), limit, true)
}

// fit looks at no more of text than it can show, so that megabytes cost no time.
func fit(text string, limit int, multiline bool) string {
	whole := len(text)
	const longest = utf8.UTFMax // bytes of a character
	shown := visible(strings.TrimSpace(strings.ToValidUTF8(text[:min(whole, longest*limit)], "\ufffd")), multiline)
	short := firstRunes(shown, limit)
	if cut := len(short) < len(shown) || whole > longest*limit; cut {
		short = strings.TrimRight(short, " \n") + grouped(" … (cut, %d bytes in all)", whole)
	}
	masked, _ := secrets.Mask(short)
	return masked
}

// firstRunes returns the first n characters of text.
func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// visible writes characters that act on what shows them, or that cannot be
// seen, as escapes that developers know, such as \n, \x1b and \u202e: control
// characters, bidirectional and zero-width marks, tags, line separators, and the
// non-characters that XML forbids.
func visible(text string, multiline bool) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' && multiline:
			b.WriteRune(r)
		case r == '\t':
			b.WriteByte(' ')
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// grouped is fmt.Sprintf with the thousands of whole numbers grouped: 12,345.
func grouped(format string, values ...any) string {
	for i, value := range values {
		switch n := value.(type) {
		case int:
			values[i] = number(n)
		case int64:
			values[i] = number(n)
		}
	}
	return fmt.Sprintf(format, values...)
}

type number int64

// Format writes the number for every verb.
func (n number) Format(f fmt.State, _ rune) { fmt.Fprint(f, record.Count(int64(n))) }

// counted returns "1 check", "2 checks".
func counted[N int | int64](n N, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return grouped("%d %s", n, noun)
}

// seconds returns a time of s seconds as every surface writes it.
func seconds(s float64) string { return record.Span(s) }

// perSecond returns a rate as every surface writes it.
func perSecond(rate float64) string { return record.PerSecond(rate) }

// percent returns a share between 0 and 1 as "0.2 %".
func percent(share float64) string {
	switch {
	case math.IsNaN(share) || math.IsInf(share, 0):
		return "unknown"
	case share > 0 && share < 0.0001:
		return "below 0.01 %"
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", share*100), "0"), ".") + " %"
}

// instant returns a moment in UTC, to the second: "22 November 2026, 08:35:07 UTC".
func instant(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.UTC().Format("2 January 2006, 15:04:05 UTC")
}
