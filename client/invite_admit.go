package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
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
	if err := e.syncPrivate(ctx); err != nil { // what other devices have seen to
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
	v, err := e.get(ctx, tableInvite.ID(j.invite[:]))
	if err != nil || v == nil {
		return err // unknown, or revoked
	}
	i, err := payload.ParseGroupInvite(v)
	if err != nil {
		return damaged(err, "invites")
	}
	if e.expired(i) || !i.Secret.Verify(e.self.id, j.account, j.proof) {
		return nil
	}
	if blocked, err := e.blocked(ctx, j.account); err != nil || blocked {
		return err
	}
	c, err := e.conv(ctx, i.Conversation)
	if err != nil || c == nil {
		return err
	}
	if err := e.syncConv(ctx, c); err != nil {
		return err
	}
	if _, in := c.st.Participants.Role(j.account); in || !e.mayInvite(c) {
		return nil
	}
	if ok, err := e.countUse(ctx, i, j); err != nil || !ok {
		return err
	}
	if err := e.ready(ctx, c); err != nil {
		return err
	}
	return e.addTo(ctx, c, j.account)
}

// countUse counts a use of an invite on all devices, before the account is added.
// It is refused where the account was let in before: who was removed since does
// not come back by the same link. A request that a crash cut short goes on.
func (e *Engine) countUse(ctx context.Context, i *payload.GroupInvite, j *joinRequest) (bool, error) {
	u := &payload.InviteUse{Invite: j.invite, Account: j.account}
	counted, err := e.get(ctx, inviteUseRow(u))
	if err != nil || counted != nil {
		return j.begun, err
	}
	used, err := e.inviteUses(ctx, j.invite)
	if err != nil || used >= int(i.Uses) {
		return false, err
	}
	j.begun = true
	var b store.Batch
	b.Set(j.row().Bytes(), j.bytes())
	if err := e.apply(ctx, &b); err != nil {
		return false, err
	}
	return true, e.appendPrivate(ctx, payload.Payload{Kind: payload.KindInviteUse, Body: u.Bytes()})
}
