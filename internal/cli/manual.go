package cli

import (
	"time"

	"github.com/spf13/cobra/doc"

	"github.com/webchatspec/webchatspec"
)

// WriteManual writes one manual page for each command into folder. The date is
// that of the source, so that the same source gives the same pages.
func WriteManual(folder string, date time.Time) error {
	root := newRootCommand()
	root.DisableAutoGenTag = true
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "help" {
			root.RemoveCommand(cmd) // 'man webchatspec-verify' is this help
		}
	}
	return doc.GenManTree(root, &doc.GenManHeader{
		Title: "WEBCHATSPEC", Section: "1", Date: &date,
		Source: "webchatspec " + webchatspec.Version(), Manual: "webchatspec",
	}, folder)
}
