package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/record"
)

// badgeLabel stands on the left of a badge.
const badgeLabel = "web chat tokens"

// badgeOf returns the words and the colour of a badge: shields.io's names, and
// the same as a hexadecimal value.
func badgeOf(run record.Run) (message, name, hex string) {
	switch run.Decide() {
	case record.VerdictPassed:
		if n := len(warnings(run)); n > 0 {
			return "passed, " + counted(n, "warning"), "green", "#3f7d20"
		}
		return "passed", "brightgreen", "#136c36"
	case record.VerdictFailed:
		return counted(len(failing(run)), "check") + " failed", "red", "#b3211c"
	case record.VerdictInterrupted:
		return "interrupted", "lightgrey", "#566070"
	}
	return "inconclusive", "yellow", "#7d5200"
}

// Badge writes the verdict as a small picture (SVG).
func Badge(w io.Writer, run record.Run) error {
	message, _, hex := badgeOf(run)
	const letter, padding = 7, 8 // about the width of a character at 11 px, in pixels
	left, right := letter*utf8.RuneCountInString(badgeLabel)+2*padding, letter*utf8.RuneCountInString(message)+2*padding
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="20" role="img" aria-label="%[3]s: %[4]s">
<title>%[3]s: %[4]s</title>
<rect width="%[2]d" height="20" rx="3" fill="#3b4350"/>
<rect x="%[2]d" width="%[5]d" height="20" rx="3" fill="%[6]s"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="%[7]d" y="14">%[3]s</text>
<text x="%[8]d" y="14">%[4]s</text>
</g>
</svg>
`, left+right, left, badgeLabel, message, right, hex, left/2, left+right/2)
	return err
}

// BadgeJSON writes the verdict as the JSON that badge services read (the
// endpoint format of shields.io).
func BadgeJSON(w io.Writer, run record.Run) error {
	message, name, _ := badgeOf(run)
	return json.NewEncoder(w).Encode(struct {
		SchemaVersion int    `json:"schemaVersion"`
		Label         string `json:"label"`
		Message       string `json:"message"`
		Color         string `json:"color"` // the format's own spelling
		IsError       bool   `json:"isError,omitempty"`
	}{1, badgeLabel, message, name, run.Decide() != record.VerdictPassed})
}
