// Manual writes the manual pages of the command into the folder that is named. They
// bear the date of SOURCE_DATE_EPOCH, in Unix seconds, or today's.
//
//	go run ./scripts/manual dist-files/man
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra/doc"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/internal/cli"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("name one folder")
	}
	date := time.Now()
	if seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		date = time.Unix(seconds, 0).UTC()
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil {
		return err
	}
	return write(args[0], date)
}

// write writes one manual page for each command into folder. The date is that of the
// source, so that the same source gives the same pages.
func write(folder string, date time.Time) error {
	root := cli.Command()
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
