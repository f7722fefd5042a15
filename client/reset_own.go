package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// ownReset is what this device knows of a reset of its own account.
type ownReset struct {
	changeMS  uint64 // of the server's last word
	askedMS   uint64
	dueMS     uint64
	stoppedMS uint64
	statement []byte // empty while it was not carried out
}

// ownResetVersion is that of the row. One of version 1, which had less, is as if
// nothing were known: the server is asked anew.
const ownResetVersion = 2

func (o *ownReset) bytes() []byte {
	b := syntax.AppendUint16(nil, ownResetVersion)
	for _, n := range []uint64{o.changeMS, o.askedMS, o.dueMS, o.stoppedMS} {
		b = syntax.AppendUint64(b, n)
	}
	return syntax.AppendOpaque(b, o.statement)
}

func (e *Engine) ownReset(ctx context.Context) (ownReset, error) {
	var o ownReset
	v, err := e.get(ctx, keyOwnReset)
	if err != nil || v == nil {
		return o, err
	}
	r := syntax.NewReader(v)
	version := r.Uint16()
	if version == 1 {
		return o, nil
	}
	o.changeMS, o.askedMS, o.dueMS, o.stoppedMS, o.statement = r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64(), r.Opaque()
	if r.Done() != nil || version != ownResetVersion {
		return o, damaged(r.Err(), "reset")
	}
	return o, nil
}

// hearOwnReset makes a notice where the server says that somebody asks for a reset
// of this account, or that it was stopped or carried out.
func (e *Engine) hearOwnReset(ctx context.Context) error {
	known, err := e.ownReset(ctx)
	if err != nil || e.resetMS == known.changeMS {
		return err
	}
	r, err := wire.ResetClient{Doer: signedIn{e}}.GetReset(ctx, &wire.GetResetRequest{})
	if err != nil {
		return fault.FromServer(err)
	}
	next := ownReset{changeMS: e.resetMS, askedMS: r.AskedMs, dueMS: r.DueMs, stoppedMS: r.StoppedMs}
	n := notice{kind: kindOfNotice(NoticeReset), atMS: r.AskedMs, text: ResetAsked}
	switch {
	case len(r.Statement) > 0:
		statement, err := parseReset(r.Statement, e.self)
		if err != nil {
			return err
		}
		if statement.Old != e.self.id {
			return fault.Broken(fault.PromiseProved, nil, "the server's statement of the reset is of another account")
		}
		next.statement = r.Statement
		n.atMS, n.text = statement.Done, ResetDone
	case r.StoppedMs > 0:
		n.atMS, n.text = r.StoppedMs, ResetStopped
	default:
		n.atMS = r.DueMs
	}
	var list []notice
	if r.AskedMs > 0 {
		list = append(list, n)
	}
	var b store.Batch
	if err := e.addNotices(ctx, &b, list); err != nil {
		return err
	}
	b.Set(keyOwnReset.Bytes(), next.bytes())
	return e.apply(ctx, &b)
}

// wasReset returns the server's statement if this very account was reset: then it
// can only be read.
func (e *Engine) wasReset(ctx context.Context) (*account.Reset, error) {
	o, err := e.ownReset(ctx)
	if err != nil || len(o.statement) == 0 {
		return nil, err
	}
	return parseReset(o.statement, e.self)
}

// notReset refuses to write with an account that was reset.
func (e *Engine) notReset(ctx context.Context) error {
	r, err := e.wasReset(ctx)
	if err != nil || r == nil {
		return err
	}
	return &fault.Error{Kind: fault.KindRefused, Message: "the handle " + string(r.Handle) + " was given to a new account on " + dateOf(r.DoneTime()) +
		"; this one can be read, and nothing can be sent with it any more"}
}

// dateOf says a day in words.
func dateOf(t time.Time) string { return t.Format("2 January 2006") }

// KeepAccount stops a reset of this account that somebody has asked for, and says
// whether there was one.
func (e *Engine) KeepAccount(ctx context.Context) (stopped bool, err error) {
	err = e.withAccount(ctx, func() error {
		client := wire.ResetClient{Doer: signedIn{e}}
		r, err := client.GetReset(ctx, &wire.GetResetRequest{})
		if err != nil {
			return fault.FromServer(err)
		}
		if r.AskedMs == 0 || r.StoppedMs != 0 {
			return nil
		}
		if len(r.Statement) > 0 {
			if err := e.refreshSelf(ctx); err != nil {
				return err
			}
			return e.notReset(ctx)
		}
		if _, err := client.StopReset(ctx, &wire.StopResetRequest{AskedMs: r.AskedMs}); err != nil {
			return fault.FromServer(err)
		}
		stopped = true
		return nil
	})
	return stopped, err
}
