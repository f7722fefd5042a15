package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// The groups of commands in the help.
const (
	groupAccount  = "account"
	groupMessages = "messages"
	groupReading  = "reading"
	groupDevice   = "device"
)

// root is the whole command line.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "coffer",
		Short: "The messenger that remembers, on a server that cannot read",
		Long: `Coffer: the messenger that remembers, on a server that cannot read.

Every message is encrypted for the people in its conversation, and already in
their restorable history when it is shown as sent.`,
		Example: `  coffer register alice --server https://chat.example.org
  coffer recovery add code
  coffer send bob Hello!
  coffer history bob`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              cobra.ArbitraryArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.begin() },
	}
	root.RunE = func(cmd *cobra.Command, args []string) error { return orHelp(cmd, args) }
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%s", err) })
	f := root.PersistentFlags()
	f.StringVar(&a.home, "home", "", "`folder` of this device (default: $COFFER_HOME, else coffer in your configuration folder)")
	f.BoolVar(&a.json, "json", a.json, "print JSON objects, one a line")
	f.DurationVar(&a.timeout, "timeout", 30*time.Second, "how long (`30s`, 2m) to wait for the server, and for another program that uses this home")
	f.BoolVar(&a.quiet, "quiet", false, "no progress and no advice")
	f.BoolVar(&a.insecure, "insecure", false, "allow plain http beyond this machine")
	root.AddGroup(
		&cobra.Group{ID: groupAccount, Title: "Account:"},
		&cobra.Group{ID: groupMessages, Title: "Messages:"},
		&cobra.Group{ID: groupReading, Title: "Reading:"},
		&cobra.Group{ID: groupDevice, Title: "This device:"},
	)
	for _, g := range []struct {
		id       string
		commands []*cobra.Command
	}{
		{groupAccount, []*cobra.Command{a.registerCommand(), a.restoreCommand(), a.linkCommand(), a.recoveryCommand(), a.vaultCommand(), a.passwordCommand(), a.devicesCommand(), a.profileCommand(), a.privacyCommand(), a.contactCommand(), a.safetyCommand(), a.accountCommand()}},
		{groupMessages, []*cobra.Command{a.sendCommand(), a.draftCommand(), a.editCommand(), a.unsendCommand(), a.deleteCommand(), a.reactCommand(), a.forwardCommand(), a.reportCommand(), a.clearCommand(), a.expireCommand(), a.acceptCommand(), a.declineCommand(), a.blockCommand(), a.groupCommand(), a.joinCommand()}},
		{groupReading, []*cobra.Command{a.readCommand(), a.muteCommand(), a.pinCommand(), a.archiveCommand(), a.listCommand(), a.historyCommand(), a.watchCommand(), a.searchCommand(), a.saveCommand()}},
		{groupDevice, []*cobra.Command{a.syncCommand(), a.storageCommand(), a.importCommand(), a.whoamiCommand(), a.verifyWebCommand(), a.versionCommand()}},
	} {
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	root.SetHelpCommandGroupID(groupDevice)
	root.SetHelpCommand(helpCommand())
	return root
}

// helpCommand shows the help of a command, as --help does.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Show how a command is used", Args: cobra.ArbitraryArgs, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("there is no command %q", strings.Join(args, " "))
			}
			return c.Help()
		},
	}
}

// pathOf is a command's name without the program's.
func pathOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()), " ")
}

// begin is called before each command, when the flags are known.
func (a *app) begin() error {
	if a.timeout <= 0 {
		return usagef("--timeout must be more than nothing, such as 30s")
	}
	if !a.quiet && !a.json {
		a.progress = &progress{w: a.err, bar: a.term.ErrColour() && a.env("TERM") != "dumb", now: a.now}
	}
	return nil
}

// spec describes a command.
type spec struct {
	use     string // name and arguments
	short   string
	long    string
	example string
	args    []string // names of the arguments; see arguments
	run     func(ctx context.Context, args []string) error
}

// command makes a command of its spec.
func (a *app) command(s spec) *cobra.Command {
	return &cobra.Command{
		Use: s.use, Short: s.short, Long: s.short + ".\n\n" + s.long, Example: s.example,
		Args: arguments(s.args),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.started = true
			return s.run(cmd.Context(), args)
		},
		DisableFlagsInUseLine: true,
	}
}

// parentOf makes a command that only holds others.
func parentOf(use, short, long string, members ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: short + ".\n\n" + long, Args: cobra.ArbitraryArgs, RunE: orHelp, DisableFlagsInUseLine: true}
	c.AddCommand(members...)
	return c
}

// orHelp is what a command does that only holds others: called alone it shows
// its help, called with a word it says that it does not know it.
func orHelp(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		if cmd.HasParent() {
			return usagef("%s: which of %s?", pathOf(cmd), strings.Join(memberNames(cmd), ", "))
		}
		return cmd.Help()
	}
	word := strings.TrimSpace(pathOf(cmd) + " " + args[0])
	cmd.SuggestionsMinimumDistance = 2
	if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
		return usagef("there is no command %q; did you mean %s?", word, strings.Join(s, " or "))
	}
	return usagef("there is no command %q", word)
}

func memberNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			names = append(names, c.Name())
		}
	}
	return names
}

// arguments checks the number of arguments against their names. A name that
// ends in "…" takes one or more, in "…?" any number, in "?" one or none.
func arguments(names []string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		least, most := 0, len(names)
		for i, n := range names {
			if strings.HasSuffix(n, "…") || strings.HasSuffix(n, "…?") {
				most = -1
			}
			if !strings.HasSuffix(n, "?") {
				least = i + 1
			}
		}
		if len(args) < least {
			return usagef("%s: %s is missing", pathOf(cmd), strings.TrimSuffix(names[len(args)], "…"))
		}
		if most >= 0 && len(args) > most {
			return usagef("%s: %q is one argument too many", pathOf(cmd), args[most])
		}
		for _, s := range args[:least] {
			if s == "" {
				return usagef("%s: an argument is empty", pathOf(cmd))
			}
		}
		return nil
	}
}
