package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/config"
)

// topics are the pages of 'webchatspec help' that belong to no command.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "What the exit codes of the commands mean", Long: exitCodesTopic},
		{Use: "configuration", Short: "The keys of webchatspec.yaml", Long: configurationTopic()},
		{Use: "environment", Short: "The environment variables that are read", Long: environmentTopic()},
	}
}

// completeTopics has 'webchatspec help' complete the topics beside the commands.
func completeTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil || help.ValidArgsFunction == nil {
		return
	}
	commands := help.ValidArgsFunction
	help.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		words, directive := commands(cmd, args, begun)
		for _, topic := range topics() {
			if len(args) == 0 && strings.HasPrefix(topic.Name(), begun) {
				words = append(words, cobra.CompletionWithDesc(topic.Name(), topic.Short))
			}
		}
		return words, directive
	}
}

var exitCodesTopic = fmt.Sprintf(`The commands that judge a run end with the first of these that applies:

%5d  interrupted: what there was has been written
%5d  wrong use: a flag, the configuration, or a file that cannot be read or written
%5d  failed: a MUST failed, or a SHOULD with --fail-on should, or a waiver has
       expired or is no longer needed
%5d  unreachable: the endpoint, the page or the browser that was asked for
%5d  inconclusive: nothing was asserted, or a MUST could not be decided; also an
       internal error
%5d  passed

'diff' ends with %[3]d when a check that did not fail before fails the newer run,
'token verify' when the token is refused, and 'key inspect' when the integration
cannot use the key as it stands. 'report' only renders and ends with %[6]d.`,
	ExitInterrupted, ExitUsage, ExitFailed, ExitUnreachable, ExitInconclusive, ExitOK)

func configurationTopic() string {
	var text strings.Builder
	text.WriteString(`A configuration file is given with --config. 'webchatspec init URL' writes one, and
'webchatspec schema config' prints a JSON Schema of it for editors.

Settings come from the file, then from the environment ('webchatspec help
environment'), then from flags: the later one wins. A list replaces the one before
it, entries of a map are added. Relative paths in a file are relative to that file.
In every text, ${NAME} stands for the environment variable NAME, so that secrets
need not be in the file; $$ is a dollar sign. Durations are written 500ms, 10s, 5m.

The keys:
`)
	for _, s := range config.All() {
		fmt.Fprintf(&text, "\n  %s\n      %s", s.Key, s.Doc)
		if s.Default != "" {
			fmt.Fprintf(&text, " (default %s)", s.Default)
		}
		if s.Flag != "" {
			fmt.Fprintf(&text, "\n      --%s", s.Flag)
		}
	}
	return text.String()
}

func environmentTopic() string {
	var text strings.Builder
	text.WriteString(`Each setting can be given by an environment variable. Its name is WEBCHATSPEC_ and
the key of the file in capitals, with "_" for a dot and before a capital of the
key. Texts, numbers and durations are written as they are, lists of texts with
commas in between, and everything else as in the file, or as JSON. A variable
with this beginning that stands for no setting is an error.

Read as well:
  WEBCHATSPEC_CHROMIUM      path of the browser, where page.chromium names none
  GITHUB_ACTIONS            "true": write annotations and the step summary
  NO_COLOR                  anything: no colours
  HTTP_PROXY, HTTPS_PROXY, NO_PROXY
                            proxy for requests to other machines

The settings:
`)
	for _, s := range config.All() {
		fmt.Fprintf(&text, "  %-42s %s\n", s.Variable(), s.Key)
	}
	return text.String()
}
