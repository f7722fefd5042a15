package client

import (
	"context"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// resetLapse is how long after it is due a reset can be carried out (spec/reset.md).
const resetLapse = 30 * 24 * time.Hour

// await keeps that what this home has drawn is to get a handle.
func (e *Engine) await(ctx context.Context, s *self, dueMS uint64) error {
	v := syntax.AppendOpaque(syntax.AppendUint16(nil, 1), s.id[:])
	v = syntax.AppendUint64(syntax.AppendOpaque(v, []byte(s.handle)), dueMS)
	var b store.Batch
	b.Set(keyAwaited.Bytes(), v)
	return e.apply(ctx, &b)
}

// resetRefused turns the server's answer into an error for people. Where that says
// that what was asked for was stopped or is over, this home waits no longer; what was
// drawn stays, as it may be asked for again.
func (e *Engine) resetRefused(ctx context.Context, err error) error {
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindForbidden || kind == wire.ErrorKindHandleTaken {
		var b store.Batch
		b.Delete(keyAwaited.Bytes())
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
	}
	return fault.FromServer(err)
}

// notWaiting refuses to put anything else in the place of an account that was drawn
// here and is to get a handle: it could not be drawn again. What has lapsed is not
// waited for.
func (e *Engine) notWaiting(ctx context.Context, drawn account.ID) error {
	a, err := e.awaited(ctx)
	if err != nil || a == nil || string(a.id) != string(drawn[:]) || a.lapsed(e.cfg.Now()) {
		return err
	}
	return fault.Usage("this home waits for %s, until %s; use another with --home", a.handle, dateOf(timeOf(a.dueMS)))
}

// noAccount is the error where a home has no account, which says so if it waits for one.
func (e *Engine) noAccount(ctx context.Context) error {
	a, err := e.awaited(ctx)
	switch {
	case err != nil:
		return err
	case a == nil || a.lapsed(e.cfg.Now()):
		return fault.Usage("there is no account here yet: use register or restore first")
	case e.cfg.Now().Before(timeOf(a.dueMS)):
		return fault.Usage("this home waits for %s, until %s; then call register --reset once more", a.handle, dateOf(timeOf(a.dueMS)))
	}
	return fault.Usage("%s can be had now: call register --reset once more", a.handle)
}

// awaited is what a home waits for.
type awaited struct {
	id     []byte
	handle string
	dueMS  uint64
}

// lapsed reports whether it is too late to carry the reset out.
func (a *awaited) lapsed(now time.Time) bool { return now.After(timeOf(a.dueMS).Add(resetLapse)) }

// awaited returns what this home waits for, nil where that is nothing.
func (e *Engine) awaited(ctx context.Context) (*awaited, error) {
	v, err := e.get(ctx, keyAwaited)
	if err != nil || v == nil {
		return nil, err
	}
	r := syntax.NewReader(v)
	version := r.Uint16()
	a := &awaited{id: r.Opaque(), handle: string(r.Opaque()), dueMS: r.Uint64()}
	if r.Done() != nil || version != 1 {
		return nil, damaged(r.Err(), "reset")
	}
	return a, nil
}

// mayTake refuses to bring another account into a home that waits for one that was
// drawn here. The account that the handle has now may come: whoever proves a way into
// it has nothing more to wait for, and what was drawn goes only then.
func (e *Engine) mayTake(ctx context.Context, handle string) error {
	v, err := e.get(ctx, keyPending)
	if err != nil || v == nil {
		return err
	}
	drawn, _, _ := parseDrawn(v)
	if drawn == nil || string(drawn.handle) == strings.ToLower(handle) {
		return nil // of a restore; or the way back was found
	}
	return e.notWaiting(ctx, drawn.id)
}
