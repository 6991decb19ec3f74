package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/internal/spelling"
	"github.com/webchatspec/webchatspec/secrets"
)

// settingFlags defines the flags of the settings that the parts use, with
// completion of their values.
func settingFlags(cmd *cobra.Command, parts ...string) *config.Flags {
	flags := config.BindFlags(cmd.Flags(), parts...)
	for _, s := range flags.Bound() {
		if s.Words != "" {
			complete(cmd, s.Flag, config.Words(s.Words))
		}
	}
	return flags
}

// complete offers words as values of a flag, several with commas in between.
func complete(cmd *cobra.Command, flag string, words []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndex(typed, ",")+1]
		var offered []string
		for _, word := range words {
			offered = append(offered, before+word)
		}
		return offered, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag does not exist: a mistake in this package
	}
}

// completeArgument offers words as the first argument.
func completeArgument(words func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words(), cobra.ShellCompDirectiveNoFileComp
	}
}

// readSettings returns the settings of the file, the environment and the flags. What
// they hold in confidence is told on no screen, also where they are wrong.
func readSettings(cmd *cobra.Command, flags *config.Flags) (config.Settings, error) {
	s, err := flags.Read(os.Environ())
	confide(cmd, s.Confidential())
	if err != nil {
		return s, usageErrorf("%w", err)
	}
	return s, nil
}

// build makes the configuration of the settings, whose secrets are told on no screen.
func build(cmd *cobra.Command, s config.Settings) (webchatspec.Config, error) {
	c, err := s.Build()
	confide(cmd, c.Secrets())
	if err != nil {
		return c, usageErrorf("%w", err)
	}
	return c, nil
}

// takesAddress lets a command take its address as an argument in place of the
// flag: 'check URL' is 'check --endpoint URL'.
func takesAddress(flag string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return nil
		case len(args) > 1:
			return usageErrorf("%s takes one address; what is %q? See '%s --help'", cmd.CommandPath(), secrets.Address(args[1]), cmd.CommandPath())
		case cmd.Flags().Changed(flag):
			return usageErrorf("two addresses, %q and --%s %s: give one", secrets.Address(args[0]), flag, secrets.Address(cmd.Flag(flag).Value.String()))
		case !strings.ContainsAny(args[0], ":/."):
			return usageErrorf("%s takes an address, such as http://localhost:3001/createJWT, and flags: what is %q? See '%s --help'", cmd.CommandPath(), args[0], cmd.CommandPath())
		}
		return cmd.Flags().Set(flag, args[0])
	}
}

// flagError explains a flag that cannot be parsed: the commands that have it, or
// the nearest one that this command has.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	hint := ""
	if errors.As(err, &invalid) && slices.Contains([]string{"header", "cookie"}, invalid.GetFlag().Name) {
		err = fmt.Errorf("invalid argument for --%s: %w", invalid.GetFlag().Name, invalid.Unwrap()) // it may be a secret
	}
	if errors.As(err, &unknown) {
		hint = flagHint(cmd, unknown.GetSpecifiedName())
	}
	return usageErrorf("%w%s; see '%s --help'", err, hint, cmd.CommandPath())
}

func flagHint(cmd *cobra.Command, name string) string {
	if having := commandsWith(cmd.Root(), name); len(having) > 0 {
		return fmt.Sprintf(": %s has no use for it (%s)", cmd.CommandPath(), strings.Join(having, ", "))
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if guess := spelling.Nearest(name, names); guess != "" {
		return fmt.Sprintf(" (did you mean --%s?)", guess)
	}
	return ""
}

// commandsWith returns the commands that have the flag, as the user would write them.
func commandsWith(cmd *cobra.Command, flag string) []string {
	var having []string
	if cmd.Flags().Lookup(flag) != nil {
		having = append(having, fmt.Sprintf("'%s --%s'", cmd.CommandPath(), flag))
	}
	for _, below := range cmd.Commands() {
		having = slices.Concat(having, commandsWith(below, flag))
	}
	return having
}

// atMost allows so many arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return usageErrorf("%s takes %d argument at most: what is %q? See '%s --help'", cmd.CommandPath(), n, args[n], cmd.CommandPath())
	}
}
