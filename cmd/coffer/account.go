package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

// closing is what the commands about the account's end need.
type closing interface {
	CloseAccount(ctx context.Context) (client.ClosedAccount, error)
}

func (a *app) accountCommand() *cobra.Command {
	return parentOf("account", "The account's end", "What happens to an account when its owner goes, or is said to be gone.",
		a.accountKeepCommand(), a.accountDeleteCommand(), a.accountReceiptCommand())
}

func (a *app) accountDeleteCommand() *cobra.Command {
	var path string
	var yes bool
	cmd := a.command(spec{
		use:   "delete [--receipt FILE] [--yes]",
		short: "Close the account for good, and have the server erase what it holds of it",
		long: `This cannot be undone, by nobody. The account leaves its groups, the files that it
has sent are deleted, and so are its PINs at their realms and its keys in clouds.
Then the server erases your private log, everything that was kept for you to
restore, passwords, sessions, and each message that nobody else keeps. Your messages
stay with those who have them. The server keeps your account's public keys, because
others verify your old messages with them; and nobody can take your handle.

The server signs a receipt of what it has erased. --receipt keeps it in a new file;
'coffer account receipt' verifies it, also without this device.

What is on your devices stays there: delete their folders yourself. If this is cut
short, call it again. It asks for your handle first, unless --yes says that it need
not.`,
		example: `  coffer account delete --receipt receipt.txt`,
		run: func(ctx context.Context, _ []string) error {
			if !yes && (!a.term.Interactive() || a.json) {
				return usagef("nobody can be asked whether the account is to be closed for good; --yes closes it unasked")
			}
			return a.engine(ctx, func(e engine) error { return a.deleteAccount(ctx, e, path, yes) })
		},
	})
	cmd.Flags().StringVar(&path, "receipt", "", "keep the server's receipt in this new `file`")
	cmd.Flags().BoolVar(&yes, "yes", false, "close the account without asking")
	return cmd
}

func (a *app) deleteAccount(ctx context.Context, e engine, path string, yes bool) error {
	who, err := e.Whoami(ctx)
	if err != nil {
		return err
	}
	if !yes {
		a.progress.end()
		answer, err := a.term.ReadLine(ctx, "This closes the account "+plain.Line(who.Handle)+" for good. Type the handle to go on: ")
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !strings.EqualFold(strings.TrimSpace(answer), who.Handle) {
			return usagef("this is not the handle: nothing was done")
		}
	}
	file, err := newReceiptFile(path)
	if err != nil {
		return err
	}
	end, err := e.CloseAccount(ctx)
	if err != nil {
		return errors.Join(err, file.drop())
	}
	if err := file.write(end.Raw); err != nil {
		return failf(err, "the account is closed, but the receipt could not be written; call this again with another --receipt")
	}
	o := closedOf(end.Receipt, path)
	o.LeftOver = append(o.LeftOver, end.LeftOver...)
	a.print(o, func(w io.Writer) {
		fmt.Fprintln(w, "The account is closed.")
		a.printReceipt(w, end.Receipt)
		for _, s := range end.LeftOver {
			fmt.Fprintf(w, "left over: %s\n", plain.Line(s))
		}
	})
	a.note("What is on this device stays until you delete its folder.")
	return nil
}
