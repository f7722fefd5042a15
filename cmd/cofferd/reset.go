package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
	"github.com/spf13/cobra"
)

func resetCommand(stdout io.Writer) *cobra.Command {
	var data string
	var atOnce bool
	c := &cobra.Command{
		Use:   "reset HANDLE --data DIR [--at-once]",
		Short: "Let somebody who lost everything have their handle with a new account",
		Long: `Let somebody who lost everything have their handle with a new account.

For people without a sign-in password; who has one needs no operator. It prints a
code for the person: coffer register HANDLE --server URL --reset --code-file FILE.

For seven days every device of the account hears of it and can stop it; then the
code works, for thirty days. --at-once lets it work now: only for somebody who stands before you and
whom you know, because a mistake gives the handle to a thief. Nobody is given any
message: the new account has other keys, its contacts are told and see another
safety number, and what is kept of the old account opens for its own secrets only.
The server keeps a hash of the code. It works while the server runs.`,
		Example: `  cofferd reset alice --data /var/lib/coffer`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("reset: one handle is wanted")
			}
			if data == "" {
				return usagef("--data says where the server keeps everything")
			}
			handle, err := account.ParseHandle(args[0])
			if err != nil {
				return usagef("%q is no handle", args[0])
			}
			return runReset(cmd.Context(), data, handle, atOnce, stdout)
		},
	}
	c.Flags().StringVar(&data, "data", "", "folder of everything that the server keeps")
	c.Flags().BoolVar(&atOnce, "at-once", false, "without the waiting time in which the account's devices can stop it")
	return c
}

func runReset(ctx context.Context, data string, handle account.Handle, atOnce bool, stdout io.Writer) (err error) {
	path, err := database(data)
	if err != nil {
		return err
	}
	db, err := sqlstore.OpenSQLite(ctx, path)
	if err != nil {
		return openFailed(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	code, due, err := server.AskReset(ctx, db, string(handle), time.Now(), atOnce)
	switch {
	case errors.Is(err, server.ErrNoHandle):
		return fmt.Errorf("nobody here is called %s", handle)
	case errors.Is(err, server.ErrNoReset):
		return fmt.Errorf("the account of %s was closed, or its handle was given away already", handle)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s\nworks from %s, unless a device of the account stops it\n", code, due.UTC().Format("2006-01-02 15:04 UTC"))
	return err
}
