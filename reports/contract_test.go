package reports_test

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// TestReportsSayWhichContract shows whose contract the site was held to and what
// cannot be known of it, in every report that describes the target.
func TestReportsSayWhichContract(t *testing.T) {
	run := sampleRun(t)
	run.Target.Profile, run.Target.ProfileBy = "another-chat", record.ProfileByPage
	run.Target.Product, run.Target.Caveat = "Another Chat", "nobody publishes a client of it"
	if brief := strings.Join(strings.Fields(render(t, writers()["brief.txt"], run)), " "); !strings.Contains(brief, "the page embeds Another Chat, whose contract") {
		t.Errorf("the verdict does not say which chat was found: %s", brief)
	}
	for _, name := range []string{"terminal-120.txt", "report.md", "report.html"} {
		report := strings.Join(strings.Fields(render(t, writers()[name], run)), " ")
		for _, want := range []string{"Another Chat (profile another-chat, found on the page)", "nobody publishes a client of it"} {
			if !strings.Contains(report, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	if !strings.Contains(render(t, reports.JUnit, run), `value="another-chat"`) {
		t.Error("JUnit does not name the profile")
	}
}

// TestVerdictSaysWhatTheChatCameAfter tells of a chat that was waited for.
func TestVerdictSaysWhatTheChatCameAfter(t *testing.T) {
	for says, visit := range map[bool]record.Visit{
		true:  {Widget: &record.Widget{Created: true}, Tried: []string{"moves the pointer and scrolls"}},
		false: {Widget: &record.Widget{Created: true}},
	} {
		run := sampleRun(t)
		run.Evidence.Page.Visits = []record.Visit{visit}
		var text strings.Builder
		if err := reports.Markdown(&text, run); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text.String(), "came late, after its visitor moves the pointer and scrolls") != says {
			t.Errorf("says so: %t, in\n%s", !says, text.String())
		}
	}
}
