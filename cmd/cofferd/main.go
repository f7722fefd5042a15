// Command cofferd is Coffer for operators: the server, a realm of its own, and
// what the server holds about a person; what people report. spec/cli.md says how it is called.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func main() { os.Exit(realMain()) }

// realMain runs the command line of this process and returns its exit code.
func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// usageError is a command line that makes no sense: exit 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run runs one command: exit 0 done, 1 failed, 2 usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := rootCommand(stdout, stderr)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "cofferd: %v\nTry: cofferd --help\n", err)
		return 2
	default:
		fmt.Fprintf(stderr, "cofferd: %v\n", err)
		return 1
	}
}

func rootCommand(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "cofferd",
		Short: "Coffer's server: it remembers what it cannot read",
		Long: `Coffer's server: it remembers what it cannot read.

One process, nothing else to install: SQLite, a folder for attachments, and three
realms that guard PINs.`,
		Example: `  cofferd serve --data ./data
  cofferd disclose alice --data ./data
  cofferd realm --data ./realm --listen :8430 --tls-cert C --tls-key K --accept https://chat.example.org#KEY`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              noArguments,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(serveCommand(stdout, stderr), realmCommand(stdout, stderr), discloseCommand(stdout), inviteCommand(stdout), resetCommand(stdout), reportsCommand(stdout),
		backupCommand(stdout), restoreCommand(stdout), versionCommand(stdout))
	return root
}

func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%q is no command", args[0])
	}
	return nil
}

func versionCommand(stdout io.Writer) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(stdout, "cofferd", version())
			return err
		},
	}
}

// version is the module's version as the build knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
