package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/webchatspec/webchatspec/internal/config"
)

const (
	// helpWidth is the width to which the descriptions of flags are wrapped.
	helpWidth = 100
	// manyFlags is the number of flags from which they are listed by topic: fewer fit on
	// a screen.
	manyFlags = 24
)

// The groups in which 'webchatspec help' lists the commands.
const (
	groupTest    = "test"
	groupLookUp  = "look-up"
	groupRuns    = "runs"
	groupDevelop = "develop"
)

func init() { // cobra keeps both for all commands of a program
	cobra.EnableCommandSorting = false
	cobra.AddTemplateFunc("flagTopics", flagTopics)
}

// arrangeHelp has the help list commands by group and flags by topic.
func arrangeHelp(root *cobra.Command) {
	root.AddGroup(
		&cobra.Group{ID: groupTest, Title: "Test a site:"},
		&cobra.Group{ID: groupLookUp, Title: "Look things up:"},
		&cobra.Group{ID: groupRuns, Title: "Work with saved runs:"},
		&cobra.Group{ID: groupDevelop, Title: "Develop and debug a site:"},
	)
	plain := "Flags:\n{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}"
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), plain, "{{flagTopics .LocalFlags | trimTrailingWhitespaces}}", 1))
}

// inGroup puts commands into a group of the help.
func inGroup(id string, commands ...*cobra.Command) []*cobra.Command {
	for _, cmd := range commands {
		cmd.GroupID = id
	}
	return commands
}

// flagTopics lists the flags, and many of them by the topic of their setting.
func flagTopics(flags *pflag.FlagSet) string {
	byTopic, count := map[string]*pflag.FlagSet{}, 0
	flags.VisitAll(func(flag *pflag.Flag) {
		topic := config.TopicOf(flag)
		if byTopic[topic] == nil {
			byTopic[topic] = pflag.NewFlagSet(topic, pflag.ContinueOnError)
		}
		byTopic[topic].AddFlag(flag)
		count++
	})
	if count < manyFlags {
		return "Flags:\n" + flags.FlagUsagesWrapped(helpWidth)
	}
	var text strings.Builder
	for _, topic := range append(config.Topics(), "") {
		if byTopic[topic] == nil {
			continue
		}
		title := topic
		if topic == "" {
			title = "Other flags"
		}
		text.WriteString(title + ":\n" + byTopic[topic].FlagUsagesWrapped(helpWidth) + "\n")
	}
	return text.String()
}
