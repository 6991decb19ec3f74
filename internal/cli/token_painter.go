package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// painter writes titled rows for 'token explain' and 'key inspect', in colour on
// a terminal. The first error of writing is kept.
type painter struct {
	out    io.Writer
	colour bool
	titled bool
	err    error
}

func newPainter(w io.Writer) *painter { return &painter{out: w, colour: colours(w)} }

// The colours of terminals (ECMA-48 SGR).
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (p *painter) paint(sgr, text string) string {
	if !p.colour || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func (p *painter) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

// title begins a group of rows.
func (p *painter) title(text string) {
	if p.titled {
		p.printf("\n")
	}
	p.titled = true
	p.printf("%s\n", p.paint(bold, text))
}

// row writes a name, what there is under it, and a remark about that.
func (p *painter) row(name, text, remark string) {
	if name != "" {
		text = fmt.Sprintf("%-12s  %s", name, text)
	}
	if remark != "" {
		remark = "   " + p.paint(faint, remark)
	}
	p.printf("  %s%s\n", text, remark)
}

// verdict writes a row that begins with a tick or a cross.
func (p *painter) verdict(good bool, name, text string) {
	mark := p.paint(green, "✓")
	if !good {
		mark = p.paint(red, "✗")
	}
	if name != "" {
		name += "  "
	}
	p.printf("  %s %s%s\n", mark, name, text)
}

// objection writes what is wrong, under its level and with the check's id, and
// on the next line what to do about it.
func (p *painter) objection(grave bool, level, what, fix, check string) {
	colour := yellow
	if grave {
		colour = red
	}
	p.printf("  %s %s %s\n", p.paint(colour, fmt.Sprintf("%-6s", level)), what, p.paint(faint, "("+check+")"))
	p.printf("         → %s\n", fix)
}

// maxReadable is how much of a text from outside is shown.
const maxReadable = 160

// readable keeps text from outside short, and from playing with the terminal.
func readable(text string) string {
	var out strings.Builder
	for _, r := range text {
		if out.Len() >= maxReadable {
			return out.String() + fmt.Sprintf("… (%d bytes)", len(text))
		}
		if unprintable(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// unprintable tells of control characters and of those that turn the writing
// direction.
func unprintable(r rune) bool {
	return r < ' ' || r >= 0x7F && r < 0xA0 || r == utf8.RuneError || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}
