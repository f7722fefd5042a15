package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
)

// ResetOptions say whose handle a new account is to have, and what shows that it was
// this person's.
type ResetOptions struct {
	Server, Handle string
	// Password is the sign-in password of the account that is lost, and then the new
	// one's; Code is the operator's. One of them is needed to ask, none to look
	// whether it is due.
	Password []byte
	Code     string
}

// ResetState is how far a reset is.
type ResetState struct {
	Handle     string
	Asked, Due time.Time
	// Done says that the handle is the new account's, and this device its first.
	Done bool
	// Account is the new account, Former the one that is lost, of which the server
	// keeps what it holds until Kept. Former and Kept are known when it is done.
	Account, Former account.ID
	Kept            time.Time
}

// Reset gives a handle, of which everything is lost, to a new account with this
// device as its first keyholder. The first call asks; whoever still has a device of
// the lost account can stop it until it is due; a call after that carries it out.
// What it has drawn stays in this home in between.
func (e *Engine) Reset(ctx context.Context, o ResetOptions) (ResetState, error) {
	var out ResetState
	err := e.locked(ctx, func() error {
		if e.self != nil {
			return fault.Usage("this home already holds an account; choose another with --home")
		}
		s, sealed, err := e.drawAccount(ctx, RegisterOptions{Server: o.Server, Handle: o.Handle})
		if err != nil {
			return err
		}
		r, err := e.askReset(ctx, s, sealed, o)
		if err != nil {
			return err
		}
		out = ResetState{Handle: string(s.handle), Asked: timeOf(r.AskedMs), Due: timeOf(r.DueMs), Account: s.id}
		if len(r.Statement) == 0 {
			return e.await(ctx, s, r.DueMs)
		}
		statement, err := parseReset(r.Statement, s)
		if err != nil {
			return err
		}
		if statement.New != s.id || statement.Handle != s.handle {
			return fault.Broken(fault.PromiseProved, nil, "the server's statement of the reset is of another account")
		}
		out.Done, out.Former, out.Kept = true, statement.Old, statement.KeptTime()
		return e.beginHere(ctx, s, o.Password)
	})
	return out, err
}

// askReset asks without a proof first, as it is not needed again.
func (e *Engine) askReset(ctx context.Context, s *self, sealed []wire.SealedRoot, o ResetOptions) (*wire.ResetAccountResponse, error) {
	client := wire.ResetClient{Doer: e.transport}
	req := &wire.ResetAccountRequest{Genesis: s.chain.Entry(1).Marshal(), SealedRoots: sealed}
	r, err := client.ResetAccount(ctx, req)
	kind, _ := fault.Refusal(err)
	if kind != wire.ErrorKindForbidden || len(o.Password) == 0 && o.Code == "" {
		return r, e.resetRefused(ctx, err)
	}
	if req.Code = o.Code; o.Code == "" {
		stretched, err := e.stretch(ctx, o.Password, s.host, s.handle)
		if err != nil {
			return nil, err
		}
		defer stretched.Erase()
		req.Stretched = stretched.AuthKey()
	}
	r, err = client.ResetAccount(ctx, req)
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindWrongPassword {
		return nil, &fault.Error{Kind: fault.KindWrongSecret, Message: "wrong handle or password, or the account has no password: then its server's operator can help"}
	}
	return r, e.resetRefused(ctx, err)
}

// parseReset verifies a server's statement.
func parseReset(raw []byte, s *self) (*account.Reset, error) {
	r, err := account.ParseReset(raw)
	if err != nil || string(r.Key[:]) != string(s.serverKey) || r.Host != s.host {
		return nil, fault.Broken(fault.PromiseProved, err, "the server's statement of a reset does not verify")
	}
	return r, nil
}

func timeOf(ms uint64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(min(ms, 1<<53))).UTC()
}

// The tables of resets (spec/device-store.md).
var (
	tableReset  = store.Table("ra") // .ID(account): the statement of its reset
	keyOwnReset = store.Table("rb").Uint64(0)
	keyAwaited  = store.Table("rb").Uint64(1) // the account that this home waits for
)

// former returns the account that had a handle before the one that has it now.
func (e *Engine) former(ctx context.Context, s *self) (account.ID, error) {
	statement, err := e.lastReset(ctx, s)
	if err != nil {
		return account.ID{}, err
	}
	if statement == nil {
		return account.ID{}, fault.Refused("the handle %s was never reset; restore without --before-reset", s.handle)
	}
	return statement.Old, nil
}

// lastReset returns the server's statement about the reset that gave a handle to
// the account that has it now, nil where there was none.
func (e *Engine) lastReset(ctx context.Context, s *self) (*account.Reset, error) {
	r, err := wire.ResetClient{Doer: e.transport}.ListResets(ctx, &wire.ListResetsRequest{Handle: string(s.handle)})
	if err != nil {
		return nil, fault.FromServer(err)
	}
	if len(r.Statements) == 0 {
		return nil, nil
	}
	return parseReset(r.Statements[0], s)
}

// signInName is how the server knows the account whose password is to be checked:
// by its handle, or, where that is another one's now, by its id.
func (s *self) signInName() string {
	if s.former {
		return s.id.String()
	}
	return string(s.handle)
}
