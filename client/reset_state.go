package client

import (
	"context"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
)

// OwnReset is what this device knows of a reset of its own account. It is what is
// so, for a display that stays; a Notice tells of the change, once.
type OwnReset struct {
	// State is ResetAsked, ResetStopped, ResetDone, or empty where nobody asks.
	State string
	// At is when the handle goes, or when that was stopped or done.
	At time.Time
	// Kept is until when the server keeps what it holds, once it is done.
	Kept time.Time
}

// OwnReset returns what the server has said last of a reset of this account. It
// asks nobody: Sync and Watch do.
func (e *Engine) OwnReset(ctx context.Context) (OwnReset, error) {
	var out OwnReset
	err := e.withAccount(ctx, func() error {
		o, err := e.ownReset(ctx)
		if err != nil {
			return err
		}
		r, err := e.wasReset(ctx)
		switch {
		case err != nil:
			return err
		case r != nil:
			out = OwnReset{State: ResetDone, At: r.DoneTime(), Kept: r.KeptTime()}
		case o.stoppedMS > 0:
			out = OwnReset{State: ResetStopped, At: timeOf(o.stoppedMS)}
		case o.askedMS > 0 && !e.cfg.Now().After(timeOf(o.dueMS).Add(resetLapse)):
			out = OwnReset{State: ResetAsked, At: timeOf(o.dueMS)}
		}
		return nil
	})
	return out, err
}

// Awaited returns the reset that this home waits for, the zero value where there is
// none. It asks nobody: Reset does.
func (e *Engine) Awaited(ctx context.Context) (ResetState, error) {
	var out ResetState
	err := e.locked(ctx, func() error {
		a, err := e.awaited(ctx)
		if a != nil && e.self == nil && !a.lapsed(e.cfg.Now()) {
			out = ResetState{Handle: a.handle, Due: timeOf(a.dueMS)}
		}
		return err
	})
	return out, err
}

// BeforeReset returns what the server says of the account that had this one's
// handle before; the zero value where it tells of none.
func (e *Engine) BeforeReset(ctx context.Context) (ResetState, error) {
	var out ResetState
	err := e.withAccount(ctx, func() error {
		r, err := e.lastReset(ctx, e.self)
		if err == nil && r != nil && r.New == e.self.id {
			out = ResetState{
				Handle: string(r.Handle), Asked: timeOf(r.Asked), Due: r.DoneTime(), Done: true, Account: r.New, Former: r.Old, Kept: r.KeptTime(),
			}
		}
		return err
	})
	return out, err
}

// ContactReset is what there is to decide by, where the server says that somebody
// has a new account: that it is theirs only they can say.
type ContactReset struct {
	Handle   string
	At       time.Time
	Old, New account.ID
	// OldNumber and NewNumber are the safety numbers with the two accounts.
	OldNumber, NewNumber string
}

// ContactReset returns what this device has heard of the reset of the account that
// a handle means.
func (e *Engine) ContactReset(ctx context.Context, handle string) (ContactReset, error) {
	var out ContactReset
	err := e.withAccount(ctx, func() error {
		v, err := e.get(ctx, tableContact.ID([]byte(strings.ToLower(handle))))
		if err != nil {
			return err
		}
		if len(v) != len(out.Old) {
			return fault.Usage("%s is nobody known here", handle)
		}
		r, err := e.resetOf(ctx, account.ID(v))
		if err != nil {
			return err
		}
		if r == nil {
			return fault.Usage("%s was not reset, as far as this device has heard", handle)
		}
		out = ContactReset{
			Handle: string(r.Handle), At: r.DoneTime(), Old: r.Old, New: r.New,
			OldNumber: account.SafetyNumber(e.self.id, r.Old), NewNumber: account.SafetyNumber(e.self.id, r.New),
		}
		return nil
	})
	return out, err
}
