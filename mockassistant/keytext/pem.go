package keytext

import (
	"encoding/base64"
	"html"
	"regexp"
	"strings"
)

// What mail, chat, word processors and files of settings do to a PEM text.
var (
	oddDash     = regexp.MustCompile(`[\x{2010}-\x{2015}\x{2212}\x{FE58}\x{FE63}\x{FF0D}]`)
	invisible   = regexp.MustCompile(`[\x{200B}-\x{200F}\x{2060}\x{FEFF}\x{00AD}]`)
	pemBegin    = regexp.MustCompile(`(?i)(?:- ?){1,10}\s*BEGIN[ _]([A-Z0-9_ ]+?)\s*(?:- ?){1,10}`)
	pemEnd      = regexp.MustCompile(`(?i)(?:- ?){1,10}\s*END[ _]([A-Z0-9_ ]+?)\s*(?:- ?){1,10}|- ?- ?-`)
	escaped     = regexp.MustCompile(`\\+(?:r\\+n|u000[dDaA]|[rnt])`)
	markup      = regexp.MustCompile(`(?i)<br\s*/?>|</?(?:p|div|span|pre|code)\b[^>]*>|&#(?:10|13|x0?[AaDd]);|%0[AaDd]`)
	pasted      = regexp.MustCompile(`["'` + "`" + `]\s*(?:[+.,&\\]|\|\|)?\s*(?:["'` + "`" + `]|$)`)
	linePrefix  = regexp.MustCompile(`(?m)^[ \t]*(?:[>|#*;]|//|\d+[.:)]?[ \t])[ \t]*`)
	pemHeader   = regexp.MustCompile(`(?m)^[ \t]*(?:Proc-Type|DEK-Info|Comment|Version|Hash|Subject|X-[\w-]+):.*$`)
	notInBase64 = regexp.MustCompile(`[^A-Za-z0-9+/=]`)
)

// searchPEM finds the PEM blocks in a text, also damaged ones, and returns the
// text without them.
func searchPEM(text, state string) (finds []find, rest string) {
	clear := invisible.ReplaceAllString(oddDash.ReplaceAllString(text, "--"), "")
	var left strings.Builder
	for {
		begin := pemBegin.FindStringSubmatchIndex(clear)
		if begin == nil || len(finds) >= mostKeys {
			left.WriteString(clear)
			break
		}
		label := strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(clear[begin[2]:begin[3]]), "_", " "))
		after := clear[begin[1]:]
		body, next := after, len(clear)
		end := pemEnd.FindStringIndex(after)
		if end != nil {
			body, next = after[:end[0]], begin[1]+end[1]
		}
		f := readBlock(label, body, end != nil)
		if f.state == "" && !strings.Contains(text, clear[begin[0]:begin[1]]+body) {
			f.state = "with other dashes than hyphens, or with invisible characters"
		}
		f.state = join(f.state, state)
		f.state = strings.TrimSuffix(f.state, ", ")
		finds = append(finds, f)
		left.WriteString(clear[:begin[0]] + " \n ")
		clear = clear[next:]
	}
	return finds, left.String()
}

// readBlock reads what stands between the first and the last line of PEM.
func readBlock(label, body string, ended bool) find {
	private := strings.Contains(label, "PRIVATE KEY")
	f := find{private: private, what: "PEM (" + label + ")"}
	switch {
	case strings.Contains(label, "PGP"):
		f.what = "a PGP key, which is another kind of key (" + label + ")"
		return f
	case !ended:
		f.what = "the beginning of a PEM text (" + label + ") whose end is missing: copy it whole"
		return f
	case label == "ENCRYPTED PRIVATE KEY", strings.Contains(body, "ENCRYPTED"):
		f.what, f.command = "an encrypted private key (PEM, "+label+"): it needs its pass phrase", opensslPublic
		if label != "ENCRYPTED PRIVATE KEY" || !plainPKCS8(body) {
			return f
		}
	}
	der, state := decodeBody(body)
	if der == nil {
		f.state = state
		return f
	}
	read, ok := readDER(der)
	if !ok {
		f.state = "that holds no key, or a damaged one"
		if missing := bytesMissing(der); missing > 0 {
			f.state = "that is cut short: copy it whole"
		}
		return f
	}
	read.private = read.private || private
	read.what += " in PEM"
	if !fits(label, read.what) {
		state = join(state, "under the wrong label ("+label+")")
	}
	read.state = state
	return read
}

// plainPKCS8 says whether a body that is said to be encrypted is not.
func plainPKCS8(body string) bool {
	der, _ := decodeBody(body)
	return der != nil && !isEncryptedPKCS8(der)
}

// fits says whether a label is that of what was found.
func fits(label, what string) bool {
	switch {
	case strings.Contains(what, "private"):
		return strings.Contains(label, "PRIVATE")
	case strings.Contains(what, "PKCS#1)"):
		return label == "RSA PUBLIC KEY"
	case strings.Contains(what, "request"):
		return strings.HasSuffix(label, "CERTIFICATE REQUEST")
	case strings.Contains(what, "PKCS#7"):
		return strings.HasPrefix(label, "PKCS")
	case strings.HasPrefix(what, "a certificate"):
		return strings.HasSuffix(label, "CERTIFICATE")
	case strings.HasPrefix(what, "a public key"):
		return label == "PUBLIC KEY"
	}
	return true
}

// decodeBody decodes the base64 of a block, and says what was wrong with it.
func decodeBody(body string) (der []byte, state string) {
	plain := pemHeader.ReplaceAllString(body, "")
	if der := strictly(plain); der != nil {
		if lines := strings.Fields(plain); strings.Contains(body, "\n") && len(lines) > 0 && !strings.Contains(body, "\n ") && !strings.Contains(body, "\n\t") {
			return der, ""
		}
		return der, "whose lines are broken, indented or joined"
	}
	clear := plain
	for _, step := range []struct {
		state string
		clean func(string) string
	}{
		{`whose line breaks are escaped (\n)`, func(t string) string { return escaped.ReplaceAllString(t, "\n") }},
		{"with markup in it", func(t string) string { return html.UnescapeString(markup.ReplaceAllString(t, "\n")) }},
		{"with quotation marks in it", func(t string) string {
			return strings.NewReplacer(`"`, "", `'`, "", "`", "", `\`, "").Replace(pasted.ReplaceAllString(t, "\n"))
		}},
		{"with something before each line", func(t string) string { return linePrefix.ReplaceAllString(t, "") }},
	} {
		cleaned := step.clean(clear)
		if cleaned != clear {
			state = step.state
		}
		clear = cleaned
		if der := strictly(clear); der != nil {
			return der, state
		}
	}
	for _, separator := range []string{"/n", "n", "rn", "/r/n", `\`} {
		if joined := unseparate(withoutBlanks(clear), separator); joined != "" {
			if der := strictly(joined); der != nil {
				return der, `whose line breaks have become "` + separator + `"`
			}
		}
	}
	if der := strictly(strings.ReplaceAll(strings.TrimSpace(clear), " ", "+")); der != nil && strings.Contains(clear, " ") {
		return der, "in which blanks stand for the plus signs"
	}
	if der := fromBase64(clear); len(der) > 0 && der[0] == 0x30 {
		return der, "in the alphabet of base64url, with - and _"
	}
	return nil, "whose content is damaged: it is not base64. Copy it again"
}

// strictly decodes base64 that has nothing but blanks beside it; the text of a
// key begins with 0x30.
func strictly(text string) []byte {
	der, err := base64.StdEncoding.DecodeString(withoutBlanks(text))
	if err != nil || len(der) == 0 || der[0] != 0x30 || bytesMissing(der) < 0 {
		return nil
	}
	return der
}

// bytesMissing is how many bytes DER lacks by its own length; below 0 when there
// are too many.
func bytesMissing(der []byte) int {
	if len(der) < 2 {
		return 1
	}
	length, header := int(der[1]), 2
	if length > 0x80 {
		count := length & 0x7f
		if count > 3 || len(der) < 2+count {
			return 1
		}
		length, header = 0, 2+count
		for _, b := range der[2:header] {
			length = length<<8 | int(b)
		}
	}
	return header + length - len(der)
}

// unseparate joins lines of equal length with a separator in between, which may
// consist of letters of base64; "" when it does not stand where it should.
func unseparate(text, separator string) string {
	text = strings.TrimSuffix(strings.TrimPrefix(text, separator), separator)
	for _, width := range []int{64, 76} {
		var joined strings.Builder
		left := text
		for len(left) > width && strings.HasPrefix(left[width:], separator) {
			joined.WriteString(left[:width])
			left = left[width+len(separator):]
		}
		if joined.Len() > 0 && len(left) <= width && !notInBase64.MatchString(left) {
			return joined.String() + left
		}
	}
	return ""
}
