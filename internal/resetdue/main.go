// Command resetdue lets the waiting time of a reset be over, for tests of what comes
// after it:
//
//	resetdue DATABASE HANDLE
//
// It works while the server runs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "resetdue: a database and a handle are wanted")
		os.Exit(2)
	}
	if err := due(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "resetdue:", err)
		os.Exit(1)
	}
}

func due(ctx context.Context, database, handle string) (err error) {
	db, err := sqlstore.OpenSQLite(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	row, err := db.Handle(ctx, handle)
	if err != nil {
		return err
	}
	return db.UpdateAccount(ctx, row.Account, func(tx store.AccountTx) error {
		r, err := tx.Reset()
		if err != nil {
			return err
		}
		r.DueMS = uint64(time.Now().UnixMilli())
		return tx.PutReset(r)
	})
}
