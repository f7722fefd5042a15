package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/disclose"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
	"github.com/spf13/cobra"
)

func discloseCommand(stdout io.Writer) *cobra.Command {
	var data string
	var asJSON bool
	c := &cobra.Command{
		Use:   "disclose HANDLE|ACCOUNT-ID --data DIR",
		Short: "Print everything that the server holds about a person",
		Long: `Print everything that the server holds about a person, and what each item
reveals. It changes nothing, and works while the server runs and when it does not.

The page for people leaves out single entries of logs; --json has them all, in the
fields that spec/disclosure.md describes. An account whose handle went to a new one
is named by its id, which the new one's page shows.`,
		Example: `  cofferd disclose alice --data ./data
  cofferd disclose alice --data ./data --json > alice.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("disclose wants one handle")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if data == "" {
				return usagef("--data says where the server keeps everything")
			}
			_, notHandle := account.ParseHandle(args[0])
			if _, notID := account.ParseID(args[0]); notHandle != nil && notID != nil {
				return usagef("a handle has 1 to 32 of a-z, 0-9, dot, underscore and hyphen")
			}
			return runDisclose(cmd.Context(), args[0], data, asJSON, stdout)
		},
	}
	c.Flags().StringVar(&data, "data", "", "folder of everything that the server keeps")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func runDisclose(ctx context.Context, handle, data string, asJSON bool, stdout io.Writer) (err error) {
	path, err := database(data)
	if err != nil {
		return err
	}
	around, err := place(data)
	if err != nil {
		return err
	}
	db, err := sqlstore.OpenSQLiteReadOnly(ctx, path)
	if err != nil {
		return openFailed(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	d, err := disclose.Of(ctx, db, handle, time.Now(), around)
	if errors.Is(err, disclose.ErrUnknownHandle) {
		return fmt.Errorf("nobody here has the handle %s: this server holds nothing under it", handle)
	}
	if err != nil {
		return err
	}
	if !asJSON {
		return d.WritePage(stdout)
	}
	e := json.NewEncoder(stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}
