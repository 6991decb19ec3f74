package reports_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// parsedHTML renders run and parses it.
func parsedHTML(t testing.TB, run record.Run) *html.Node {
	t.Helper()
	document, err := html.Parse(strings.NewReader(render(t, reports.HTML, run)))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// elements returns the elements called name, all for "".
func elements(root *html.Node, name string) []*html.Node {
	var found []*html.Node
	for node := range root.Descendants() {
		if node.Type == html.ElementNode && (name == "" || node.Data == name) {
			found = append(found, node)
		}
	}
	return found
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(node *html.Node) string {
	var b strings.Builder
	for inner := range node.Descendants() {
		if inner.Type == html.TextNode {
			b.WriteString(inner.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func byID(t *testing.T, root *html.Node, id string) *html.Node {
	t.Helper()
	for _, node := range elements(root, "") {
		if attribute(node, "id") == id {
			return node
		}
	}
	t.Fatalf("no element has the id %q", id)
	return nil
}

func TestHTMLLoadsNothingAndRunsNothing(t *testing.T) {
	document := parsedHTML(t, sampleRun(t))
	checkInert(t, document)
	policy := ""
	for _, meta := range elements(document, "meta") {
		if attribute(meta, "http-equiv") == "Content-Security-Policy" {
			policy = attribute(meta, "content")
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "script") {
		t.Errorf("content security policy %q does not forbid scripts and the network", policy)
	}
	style := elements(document, "style")[0].FirstChild.Data
	for _, word := range []string{"url(", "@import", "http:", "https:"} {
		if strings.Contains(style, word) {
			t.Errorf("the style sheet has %q", word)
		}
	}
}

// checkInert fails on whatever could run or load something.
func checkInert(t testing.TB, document *html.Node) {
	t.Helper()
	for _, node := range elements(document, "") {
		switch node.Data {
		case "script", "iframe", "object", "embed", "link", "base", "form", "audio", "video", "template", "input", "button", "image", "use", "foreignobject", "foreignObject":
			t.Errorf("the page has an element <%s>", node.Data)
		}
		for _, a := range node.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "srcset", a.Key == "action", a.Key == "formaction":
				t.Errorf("<%s> has an attribute %s", node.Data, a.Key)
			case a.Key == "href" && strings.HasPrefix(a.Val, "https://") && attribute(node, "rel") == "noopener noreferrer": // a source
			case a.Key == "href" && !strings.HasPrefix(a.Val, "#"):
				t.Errorf("a link leads to %.60q", a.Val)
			case a.Key == "src" && !strings.HasPrefix(a.Val, "data:image/jpeg;base64,/9j/"):
				t.Errorf("<%s> loads %.60q", node.Data, a.Val)
			case a.Key == "style" && strings.Contains(a.Val, "url("):
				t.Errorf("a style loads something: %.60q", a.Val)
			}
		}
	}
}

func TestHTMLCanBeReadByEveryone(t *testing.T) {
	document := parsedHTML(t, sampleRun(t))
	for _, landmark := range []string{"header", "nav", "main", "footer", "h1", "title"} {
		if n := len(elements(document, landmark)); n != 1 {
			t.Errorf("the page has %d elements <%s>, want 1", n, landmark)
		}
	}
	if attribute(elements(document, "html")[0], "lang") != "en" {
		t.Error("the page does not name its language")
	}
	for _, table := range elements(document, "table") {
		if caption := elements(table, "caption"); len(caption) != 1 || text(caption[0]) == "" {
			t.Error("a table has no caption")
		}
		for _, head := range elements(table, "th") {
			if attribute(head, "scope") == "" {
				t.Errorf("the table head %q has no scope", text(head))
			}
		}
	}
	for _, img := range elements(document, "img") {
		if attribute(img, "alt") == "" || attribute(img, "width") == "" {
			t.Error("a picture has no text or no size")
		}
	}
	for _, svg := range elements(document, "svg") {
		if attribute(svg, "aria-hidden") != "true" || len(elements(svg.Parent, "figcaption")) != 1 {
			t.Error("a chart has no caption that says what it shows")
		}
	}
	checkHeadings(t, document)
	checkReferences(t, document)
}

// checkHeadings wants no heading more than one level below the one before.
func checkHeadings(t *testing.T, document *html.Node) {
	t.Helper()
	last := 0
	for _, node := range elements(document, "") {
		if len(node.Data) == 2 && node.Data[0] == 'h' && node.Data[1] >= '1' && node.Data[1] <= '6' {
			level := int(node.Data[1] - '0')
			if level > last+1 {
				t.Errorf("the heading %q jumps from level %d to %d", text(node), last, level)
			}
			last = level
		}
	}
}

// checkReferences wants ids to be unique and links and labels to lead to one.
func checkReferences(t *testing.T, document *html.Node) {
	t.Helper()
	var ids []string
	for _, node := range elements(document, "") {
		if id := attribute(node, "id"); id != "" {
			if slices.Contains(ids, id) {
				t.Errorf("the id %q stands twice", id)
			}
			ids = append(ids, id)
		}
	}
	for _, node := range elements(document, "") {
		if label := attribute(node, "aria-labelledby"); label != "" && !slices.Contains(ids, label) {
			t.Errorf("nothing has the id %q that labels an element", label)
		}
		if target, ok := strings.CutPrefix(attribute(node, "href"), "#"); ok && !slices.Contains(ids, target) {
			t.Errorf("a link leads to %q, which is not there", target)
		}
	}
}

func TestHTMLTellsWhatToFixFirst(t *testing.T) {
	document := parsedHTML(t, sampleRun(t))
	fix := byID(t, document, "fix")
	rows := elements(fix, "summary")
	var seen []string
	for _, row := range rows {
		seen = append(seen, text(row))
	}
	want := []string{`MUST {"sub":"anon-5b6c","iat":1795336507} (visitor 1, call 1) exp-present`, "SHOULD a trailing newline (23 of 23 answers) token-trimmed warning", "MAY expected text/plain; charset=utf-8; found text/html; charset=utf-8 http-head-options warning"}
	if !slices.Equal(seen, want) {
		t.Errorf("what to fix reads %q", seen)
	}
	isOpen := func(node *html.Node) bool {
		return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == "open" })
	}
	for id, want := range map[string]bool{"exp-present": true, "token-trimmed": false, "token-served": false} {
		if got := isOpen(byID(t, document, id).Parent); got != want {
			t.Errorf("%s is open: %v, want %v", id, got, want)
		}
	}
	shown := text(byID(t, document, "exp-present"))
	for _, want := range []string{"exp is present", "exp, in seconds since 1970", `{"sub":"anon-5b6c","iat":1795336507}`,
		"jsonwebtoken sets exp only when asked to", "used for ever", "expiresIn: '1h'", "RFC 8725 §3.10", "curl -sS"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the failed check does not tell %q", want)
		}
	}
}

func TestHTMLMarksTheBadMemberOfTheToken(t *testing.T) {
	run := sampleRun(t)
	run.Evidence.Tokens[0].Exchange = "e1"
	for i := range run.Outcomes {
		if run.Outcomes[i].ID == "exp-present" {
			run.Outcomes[i].Findings[0].Exchange = "e1"
		}
	}
	marked := elements(byID(t, parsedHTML(t, run), "exp-present"), "mark")
	if len(marked) != 1 || !strings.HasPrefix(text(marked[0]), "claims · exp: ") {
		t.Errorf("%d members are marked", len(marked))
	}
}

func TestHTMLAnswersInThreeCards(t *testing.T) {
	cards := func(run record.Run) (told []string) {
		for _, card := range elements(byID(t, parsedHTML(t, run), "summary"), "a") {
			told = append(told, attribute(card, "class")+" "+text(card))
		}
		return told
	}
	for i, want := range []string{"card failed ✕Tokens 6 of 12 checks passed", "card open ?Page at expiry 1 of 2 checks passed", "card passed ✓Load 1 of 1 check passed"} {
		if told := cards(sampleRun(t)); len(told) != 3 || !strings.HasPrefix(told[i], want) {
			t.Errorf("card %d reads %q, want %q", i, told[i], want)
		}
	}
	alone := sampleRun(t)
	alone.Outcomes = slices.DeleteFunc(alone.Outcomes, func(o record.Outcome) bool { return o.Area == "page" || o.Area == "load" })
	alone.Evidence.Page, alone.Load = nil, nil
	told := cards(alone)
	for _, grey := range told[1:] {
		if !strings.HasPrefix(grey, "card grey") || !strings.Contains(grey, "Not part of this run") || !strings.Contains(grey, "webchatspec ") {
			t.Errorf("a part that did not run says %q", grey)
		}
	}
	const allWell = "Nothing failed"
	if !strings.Contains(text(parsedHTML(t, passedRun(t))), allWell) || strings.Contains(text(parsedHTML(t, record.Run{})), allWell) {
		t.Errorf("%q stands in the wrong runs", allWell)
	}
}

func TestHTMLDrawsTheExpiryFromTheTimeline(t *testing.T) {
	run := sampleRun(t)
	page := run.Evidence.Page
	page.Timeline = nil
	add := func(at float64, kind, from, to, text string, status int) {
		page.Timeline = append(page.Timeline, record.PageEvent{At: at, Visitor: record.VisitorFirst, Step: record.StepExpiry, Kind: kind, From: from, To: to, Text: text, Status: status})
	}
	add(3.00, record.EventClock, "", "", "the clocks are moved past the token's exp", 0)
	for i := range 8 {
		at := 3.1 + float64(i)/10
		add(at, record.EventMessage, record.ActorWidget, record.ActorAssistant, "the message", 0)
		add(at+.01, record.EventMessage, record.ActorAssistant, record.ActorWidget, "401 jwt expired", 401)
		add(at+.02, record.EventToken, record.ActorWidget, record.ActorPage, "identityTokenExpired, 1 handler", 0)
	}
	page.Firings = []record.Firing{{Visitor: record.VisitorFirst, Step: record.StepExpiry, At: 3.12, Handlers: 1, Settled: true, Value: record.TokenValue{Type: "string", JWT: true, Token: "p1"}}}
	drawn := text(byID(t, parsedHTML(t, run), "page"))
	for _, want := range []string{"Visitor Page Widget Token endpoint Assistant", "401 jwt expired", "identityTokenExpired", "never asked", "×7", "the message was not answered"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("the diagram does not show %q", want)
		}
	}
	if n := strings.Count(drawn, "401 jwt expired"); n > 8+2*3 { // each in the list of events, two in each form of the diagram
		t.Errorf("a loop is told %d times", n)
	}
}

func TestHTMLSaysWhyNotJudgedAndWhatWouldHelp(t *testing.T) {
	run := sampleRun(t)
	run.Outcomes = append(run.Outcomes, record.Outcome{ID: "load-errors", Area: "load", Level: record.Must, State: record.NotRun, Reason: "the load part was not asked for", Remedy: "webchatspec load --endpoint URL"})
	table := text(byID(t, parsedHTML(t, run), "not-judged"))
	for _, want := range []string{"the token has no exp, so it does not expire asked for", "the load part was not asked for", "webchatspec load --endpoint URL"} {
		if !strings.Contains(table, want) {
			t.Errorf("not judged: %q does not say %q", table, want)
		}
	}
}

func TestHTMLTellsHowThePageWasTested(t *testing.T) {
	run := sampleRun(t)
	for mode, want := range map[string]string{"pulse": "clock of the page and that of the mock assistant", "real": "No clock was moved", "": "did not get as far"} {
		run.Evidence.Page.ClockMode = mode
		page := text(byID(t, parsedHTML(t, run), "page"))
		for _, want := range []string{want, "documented contract", "stand-in widget", "the handler set a Response"} {
			if !strings.Contains(page, want) {
				t.Errorf("clock mode %q: the report does not say %q", mode, want)
			}
		}
	}
	if pictures := elements(byID(t, parsedHTML(t, run), "page"), "img"); len(pictures) != 2 {
		t.Errorf("the report has %d screenshots, want 2", len(pictures))
	}
}

func TestHTMLRefusesPicturesThatAreNone(t *testing.T) {
	run := sampleRun(t)
	run.Evidence.Page.Screenshots[0].PNG = []byte("<svg onload=alert(1)>")
	run.Evidence.Page.Screenshots[1].PNG = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 5<<20)...)
	if pictures := elements(parsedHTML(t, run), "img"); len(pictures) != 0 {
		t.Errorf("%d pictures were embedded", len(pictures))
	}
}
