package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) vaultCommand() *cobra.Command {
	return parentOf("vault", "The secure storage that holds your history",
		"Your history is on the server, readable only with keys that the server never has.",
		a.vaultStatusCommand(), a.vaultSwitchCommand(true), a.vaultSwitchCommand(false))
}

func (a *app) vaultStatusCommand() *cobra.Command {
	return a.command(spec{
		use:   "status",
		short: "Prove that your history could be restored now",
		long: `Nothing is called ok that was not checked just now. Degraded still works but wants
attention; broken would not restore. Where the server broke it, the exit code is
6; where not all could be checked, because nobody answered, it is 5.`,
		example: `  coffer vault status`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				v, err := e.VaultStatus(ctx)
				if err != nil {
					return err
				}
				a.print(vaultOf(v), func(w io.Writer) { a.printVault(w, v) })
				return vaultError(v)
			})
		},
	})
}

func (a *app) printVault(w io.Writer, v client.Vault) {
	s := a.style()
	fmt.Fprintf(w, "Secure storage: %s\n", s.state(v.State, v.State))
	var rows [][]string
	for _, c := range v.Checks {
		rows = append(rows, []string{"  " + plain.Line(c.Name), c.State, plain.Line(c.Detail)})
	}
	table(w, rows, func(row, column int, text string) string {
		if column == 1 {
			return s.state(v.Checks[row].State, text)
		}
		return text
	})
	if v.Realms > 0 {
		fmt.Fprintf(w, "PIN: guarded by %s of %s.\n", plural(v.Realms, "realm", "realms"), plural(v.Operators, "operator", "operators"))
		if v.Operators < v.Realms/2+1 {
			fmt.Fprintln(w, "  With so few independent operators it is only as strong as the trust in them; a\n  passphrase of several words does not depend on it.")
		}
	}
}

// servers are the checks that only a server which misbehaves can break, and the
// promise that it breaks then.
var servers = map[string]fault.Promise{
	"chain":            fault.PromiseProved,
	"private log":      fault.PromiseProved,
	"sealed roots":     fault.PromiseStored,
	"deposits":         fault.PromiseStored,
	"sampled messages": fault.PromiseStored,
	"checkpoints":      fault.PromiseProved,
	"cloud":            fault.PromiseStored,
}

// vaultError is the error of a vault that a server broke, or that could not be
// checked because nobody answered. What its owner has to see to, such as adding
// a way back in, is none.
func vaultError(v client.Vault) error {
	var unknown error
	for _, c := range v.Checks {
		if promise, ok := servers[c.Name]; ok && c.State == client.CheckBroken {
			return &fault.Error{Kind: fault.KindIntegrity, Promise: promise, Message: c.Name + ": " + c.Detail}
		}
		if c.State == client.CheckUnknown {
			unknown = &fault.Error{Kind: fault.KindUnreachable, Message: "not everything could be checked; try again later"}
		}
	}
	return unknown
}
