package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// writeHistory writes the trends over the runs in the folder and below it. Files
// that are no runs are passed over; where there is no run at all, that is an error.
func writeHistory(cmd *cobra.Command, s config.Settings, folder string) error {
	var history reports.History
	found := 0
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".json") {
			return nil
		}
		run, err := record.ReadFile(name)
		if err != nil || run.StartedAt.IsZero() {
			return nil //nolint:nilerr // another JSON file
		}
		if inside, err := filepath.Rel(folder, name); err == nil {
			name = inside
		}
		history.Add(name, run)
		found++
		return nil
	})
	switch {
	case err != nil:
		return usageErrorf("--history: %w", err)
	case found == 0:
		return usageErrorf("--history: no run file in %s, nor in the folders there", folder)
	}
	if err := os.MkdirAll(s.OutFolder(), 0o755); err != nil {
		return usageErrorf("--out: %w", err)
	}
	name := filepath.Join(s.OutFolder(), "history.html")
	if err := record.WriteFile(name, history.HTML); err != nil {
		return usageErrorf("write the history: %w", err)
	}
	out := cmd.OutOrStdout()
	if err := history.Terminal(out, screen(cmd)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\nWritten to %s\n", name)
	return err
}
