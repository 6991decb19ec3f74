package docs

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/internal/golden"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// areaTitles say what each area is about.
var areaTitles = map[string]string{
	suites.AreaToken:     "Getting a token",
	suites.AreaHeader:    "The token's header and signature",
	suites.AreaClaims:    "The claims",
	suites.AreaKey:       "The keys",
	suites.AreaIdentity:  "Who the subject is",
	suites.AreaFreshness: "A fresh token for each request",
	suites.AreaHTTP:      "The endpoint as a web server",
	suites.AreaPayload:   "user_payload",
	suites.AreaRelying:   "Endpoints that take the token back",
	suites.AreaPage:      "The page, through the expiry of its token",
	suites.AreaLoad:      "Under load",
}

// TestGoldenChecks holds checks.md to the catalogue; 'make docs' writes it anew.
func TestGoldenChecks(t *testing.T) {
	golden.CompareFile(t, "checks.md", checksPage(t))
}

func checksPage(t *testing.T) []byte {
	var page bytes.Buffer
	page.WriteString(`# The checks

<!-- Written by 'make docs' from the catalogue in suites. Change it there. -->

Each check has an id that does not change, so that reports, waivers and scripts can
name it. Its level says how much it matters:

- **MUST**: the documentation requires it, or the chat breaks or is endangered without
  it. A MUST that fails fails the run.
- **SHOULD**: the documentation advises it. It fails the run with ` + "`--fail-on should`" + `.
- **MAY**: good housekeeping. It never fails the run.

` + "`webchatspec explain ID`" + ` prints the same as this page. How outcomes become a
verdict: [verdict.md](verdict.md).

| area | checks |
| --- | --- |
`)
	byArea := map[string][]suites.Check{}
	headings := map[string]bool{}
	for _, check := range suites.Whole() {
		byArea[check.Area] = append(byArea[check.Area], check)
		headings[check.ID] = true
	}
	for _, area := range suites.Areas {
		if areaTitles[area] == "" {
			t.Errorf("area %s has no title here", area)
		}
		fmt.Fprintf(&page, "| [%s](#area-%s) | %s |\n", areaTitles[area], area, linked(byArea[area]))
	}
	for _, area := range suites.Areas {
		fmt.Fprintf(&page, "\n<a id=\"area-%s\"></a>\n\n## %s\n", area, areaTitles[area])
		for _, check := range byArea[area] {
			writeCheck(&page, check, headings)
		}
	}
	return page.Bytes()
}

func linked(checks []suites.Check) string {
	var links []string
	for _, check := range checks {
		links = append(links, fmt.Sprintf("[%s](#%s)", check.ID, check.ID))
	}
	return strings.Join(links, " ")
}

func writeCheck(page *bytes.Buffer, check suites.Check, headings map[string]bool) {
	fmt.Fprintf(page, "\n### %s\n\n%s: **%s.**\n\n", check.ID, check.Level, sentence(check.Title))
	if check.Why != "" {
		fmt.Fprintf(page, "Why: %s\n\n", escape(check.Why))
	}
	if check.Fix != "" {
		fmt.Fprintf(page, "Fix: %s\n\n", escape(check.Fix))
	}
	fmt.Fprintf(page, "Source: %s\n", escape(check.Source))
	if len(check.Faults) > 0 {
		fmt.Fprintf(page, "\nSee it fail: `webchatspec issuer --fault %s`\n", check.Faults[0])
	}
	if len(check.YieldsTo) > 0 {
		var links []string
		for _, id := range check.YieldsTo {
			if !headings[id] {
				links = append(links, id) // a check of another vendor's profile
				continue
			}
			links = append(links, fmt.Sprintf("[%s](#%s)", id, id))
		}
		fmt.Fprintf(page, "\nReads \"blocked\" when a more specific check failed: %s\n", strings.Join(links, ", "))
	}
}

func sentence(title string) string { return strings.TrimSuffix(escape(title), ".") }

// escape keeps characters of a text from being taken as Markdown or HTML.
func escape(text string) string {
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "|", `\|`).Replace(text)
}

func TestEveryLevelIsExplained(t *testing.T) {
	for _, level := range []record.Level{record.Must, record.Should, record.May} {
		if !bytes.Contains(checksPage(t), []byte("**"+string(level)+"**")) {
			t.Errorf("%s is not explained", level)
		}
	}
}
