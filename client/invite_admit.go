package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/invite"
)

// admitAtOnce bounds how many requests one Sync sees to.
const admitAtOnce = 64

// noteJoin keeps what somebody asks in a conversation of two, for admitAll. A
// later request of the same account takes its place.
func (f *fold) noteJoin(r *record, j *content.Join) {
	if f.c.st.Kind != convo.Direct || r.account == f.e.self.id {
		return
	}
	x := &joinRequest{account: r.account, invite: j.Invite, proof: j.Proof}
	f.b.Set(x.row().Bytes(), x.bytes())
}

// admitAll adds those who have proved that they have an invite link.
func (e *Engine) admitAll(ctx context.Context) error {
	var list []*joinRequest
	err := e.cfg.Store.Scan(ctx, tableJoin.Range(), func(_, v []byte) error {
		j, err := parseJoinRequest(v)
		if err != nil {
			return damaged(err, "requests to join")
		}
		if list = append(list, j); len(list) == admitAtOnce {
			return store.ErrStop
		}
		return nil
	})
	if err != nil || len(list) == 0 {
		return err
	}
	if err := e.syncPrivate(ctx); err != nil { // whom other devices have blocked
		return err
	}
	var errs []error
	for _, j := range list {
		err := e.admitOne(ctx, j)
		if e.self == nil || fault.KindOf(err) == fault.KindUnreachable && err != nil {
			return errors.Join(append(errs, err)...)
		}
		errs = append(errs, err)
		var b store.Batch
		b.Delete(j.row().Bytes())
		if err := e.apply(ctx, &b); err != nil {
			return errors.Join(append(errs, err)...)
		}
	}
	return errors.Join(errs...)
}

// admitOne adds an account to the group of an invite, unless the request does not
// hold: then nothing happens, and who asked is not told.
func (e *Engine) admitOne(ctx context.Context, j *joinRequest) error {
	if blocked, err := e.blocked(ctx, j.account); err != nil || blocked {
		return err
	}
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if !e.mayInvite(c) {
			continue
		}
		if l, err := e.linkIn(ctx, c, j.invite); err != nil || l != nil {
			return errors.Join(err, e.admitTo(ctx, c, j))
		}
	}
	return nil // no admin has told of it
}

// admitTo adds an account to a group. Before that it says so in the group: the log's
// order decides which of several admins let in how many, and no device counts
// otherwise. Who was in the group since does not come back by the same link. A
// request that a crash cut short, here or on another admin's device, goes on.
func (e *Engine) admitTo(ctx context.Context, c *conversation, j *joinRequest) error {
	if err := e.syncConv(ctx, c); err != nil {
		return err
	}
	if ok, err := e.admissible(ctx, c, j); err != nil || !ok {
		return err
	}
	if err := e.ready(ctx, c); err != nil {
		return err
	}
	l, err := e.linkIn(ctx, c, j.invite)
	if err != nil || l == nil {
		return err
	}
	if l.use(j.account) < 0 {
		if err := e.sayInvite(ctx, c, content.Invite{ID: j.invite, Use: j.account}); err != nil {
			return err
		}
		// Another admin may have let in the last one meanwhile, or this one.
		if c, err = e.conv(ctx, c.id); err != nil || c == nil {
			return err
		}
		if l, err = e.linkIn(ctx, c, j.invite); err != nil || l == nil || l.use(j.account) < 0 {
			return err
		}
		if ok, err := e.admissible(ctx, c, j); err != nil || !ok {
			return err
		}
	}
	return e.addTo(ctx, c, j.account)
}

// admissible holds a request against what the group's log says.
func (e *Engine) admissible(ctx context.Context, c *conversation, j *joinRequest) (bool, error) {
	l, err := e.linkIn(ctx, c, j.invite)
	if err != nil || l == nil || !invite.PublicKey(l.terms.Key).Verify(j.account, j.proof) {
		return false, err
	}
	if _, in := c.st.Participants.Role(j.account); in || !e.mayInvite(c) {
		return false, nil
	}
	if holds, err := e.linkHolds(ctx, c, l); err != nil || !holds {
		return false, err
	}
	// Who was in the group since the link was made, or since they used it, has left or
	// was removed.
	n, since := l.use(j.account), l.seq
	if n < 0 && len(l.uses) >= int(l.terms.Uses) || n >= int(l.terms.Uses) || n >= 0 && l.uses[n].done {
		return false, nil
	}
	if n >= 0 {
		since = l.uses[n].seq
	}
	was := false
	err = e.epochsSince(ctx, c, since, func(row *epochRow) bool {
		_, in := row.participants().Role(j.account)
		was = in && (n < 0 || row.seq > since)
		return was
	})
	return !was, err
}
