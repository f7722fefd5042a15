package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
	"github.com/spf13/cobra"
)

func inviteCommand(stdout io.Writer) *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "invite --data DIR",
		Short: "Make an invitation and print its code",
		Long: `Make an invitation and print its code.

The code registers one account: coffer register NAME --server URL --invite CODE.
The server keeps a hash of it only, so it cannot be printed again. It works while
the server runs.`,
		Example: `  cofferd invite --data /var/lib/coffer`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data == "" {
				return usagef("--data says where the server keeps everything")
			}
			return runInvite(cmd.Context(), data, stdout)
		},
	}
	c.Flags().StringVar(&data, "data", "", "folder of everything that the server keeps")
	return c
}

func runInvite(ctx context.Context, data string, stdout io.Writer) (err error) {
	path, err := database(data)
	if err != nil {
		return err
	}
	db, err := sqlstore.OpenSQLite(ctx, path)
	if err != nil {
		return openFailed(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	code, err := server.CreateInvite(ctx, db, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, code)
	return err
}
