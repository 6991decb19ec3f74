package cli

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/webchatspec/webchatspec/internal/config"
)

// TestFlagsStandUnderTheirTopic holds the help of a command with many flags to the topics
// of the settings.
func TestFlagsStandUnderTheirTopic(t *testing.T) {
	var help bytes.Buffer
	root := Command()
	root.SetOut(&help)
	root.SetArgs([]string{"verify", "--help"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	verify, _, err := root.Find([]string{"verify"})
	if err != nil {
		t.Fatal(err)
	}
	topics := regexp.MustCompile(`(?m)^(.+):\n {2,6}-`).FindAllStringSubmatchIndex(help.String(), -1)
	found := map[string]string{}
	for i, at := range topics {
		end := help.Len()
		if i+1 < len(topics) {
			end = topics[i+1][0]
		}
		found[help.String()[at[2]:at[3]]] = help.String()[at[0]:end]
	}
	verify.Flags().VisitAll(func(flag *pflag.Flag) {
		topic := config.TopicOf(flag)
		if topic == "" {
			topic = "Other flags"
		}
		if !strings.Contains(found[topic], " --"+flag.Name+" ") {
			t.Errorf("--%s does not stand under %q", flag.Name, topic)
		}
	})
}

// TestPlaceholdersAreInCapitals: what stands for a value is written alike for all flags.
func TestPlaceholdersAreInCapitals(t *testing.T) {
	wrong := regexp.MustCompile(`^[a-z]+$`)
	eachCommand(Command(), func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if kind, _ := pflag.UnquoteUsage(flag); wrong.MatchString(kind) {
				t.Errorf("%s --%s %s", cmd.CommandPath(), flag.Name, kind)
			}
		})
	})
}

// TestEachCommandIsInAGroup: 'webchatspec help' lists only those of cobra itself apart.
func TestEachCommandIsInAGroup(t *testing.T) {
	for _, cmd := range Command().Commands() {
		if cmd.GroupID == "" && cmd.Name() != "help" && cmd.Name() != "completion" && !cmd.IsAdditionalHelpTopicCommand() {
			t.Errorf("%s is in no group of the help", cmd.Name())
		}
	}
}
