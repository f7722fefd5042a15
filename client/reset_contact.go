package client

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
)

// hearResets keeps what a server says of accounts in a conversation that were reset.
// Nothing goes on with another account because of it: the handle means the old one
// until the person accepts the new one. The first statement about an account stands.
func (e *Engine) hearResets(ctx context.Context, list [][]byte) error {
	for _, raw := range list {
		r, err := parseReset(raw, e.self)
		if err != nil {
			return err
		}
		key := tableReset.ID(r.Old[:])
		known, err := e.get(ctx, key)
		if err != nil {
			return err
		}
		if known != nil {
			if !bytes.Equal(known, raw) {
				return fault.Broken(fault.PromiseProved, nil, "the server signed two statements about the reset of one account")
			}
			continue
		}
		if err := e.checkReset(ctx, r); err != nil {
			return err
		}
		var b store.Batch
		if r.Old != e.self.id && r.New != e.self.id {
			n := notice{kind: kindOfNotice(NoticeContact), atMS: r.Done, text: string(r.Handle)}
			if err := e.addNotices(ctx, &b, []notice{n}); err != nil {
				return err
			}
		}
		b.Set(key.Bytes(), raw)
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
	}
	return nil
}

// checkReset verifies that both accounts' own chains claim the handle.
func (e *Engine) checkReset(ctx context.Context, r *account.Reset) error {
	for _, id := range []account.ID{r.Old, r.New} {
		c, err := e.freshChain(ctx, id)
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNotFound {
			err = fault.Broken(fault.PromiseProved, err, "the server tells of a reset, and has no such account")
		}
		if err != nil {
			return err
		}
		if c.Handle() != r.Handle || c.Host() != r.Host {
			return fault.Broken(fault.PromiseProved, nil, "the server's statement of a reset names an account that does not claim the handle")
		}
	}
	return nil
}

// resetOf returns what this device has heard of the reset of an account, nil where
// it has not.
func (e *Engine) resetOf(ctx context.Context, id account.ID) (*account.Reset, error) {
	raw, err := e.get(ctx, tableReset.ID(id[:]))
	if err != nil || raw == nil {
		return nil, err
	}
	return parseReset(raw, e.self)
}

// believed is resetOf, but for what the person does not believe.
func (e *Engine) believed(ctx context.Context, id account.ID) (*account.Reset, error) {
	doubted, err := e.get(ctx, keyDoubted(id))
	if err != nil || doubted != nil {
		return nil, err
	}
	return e.resetOf(ctx, id)
}

// resetAt is when an account was reset, as far as this device has heard; zero: never.
func (e *Engine) resetAt(ctx context.Context, id account.ID) (time.Time, error) {
	r, err := e.believed(ctx, id)
	if err != nil || r == nil {
		return time.Time{}, err
	}
	return r.DoneTime(), nil
}

// peerReset is the error of sending to an account whose handle went to another one;
// nil where that is not so.
func (e *Engine) peerReset(ctx context.Context, id account.ID) error {
	r, err := e.believed(ctx, id)
	if err != nil || r == nil {
		return err
	}
	h := string(r.Handle)
	return &fault.Error{Kind: fault.KindRefused, Message: h + " has a new account since " + dateOf(r.DoneTime()) + ", by the server's word alone, because everything of the one before was lost; nothing is sent to that one any more. " +
		"Ask them on another channel whether it is so, then: coffer contact accept " + h + ", or, if it is not, with --old"}
}

// mayWriteTo refuses to write to an account that was reset. A group goes on.
func (e *Engine) mayWriteTo(ctx context.Context, c *conversation) error {
	if c.st.Kind != convo.Direct {
		return nil
	}
	return e.peerReset(ctx, c.st.Peer)
}

// waits reports whether nothing is sent into a conversation until the person has
// decided about a reset of the other side.
func (e *Engine) waits(ctx context.Context, c *conversation) (bool, error) {
	if c.st.Kind != convo.Direct {
		return false, nil
	}
	r, err := e.believed(ctx, c.st.Peer)
	return r != nil, err
}

// askResets asks the server whether accounts were reset: of those with whom there is
// no conversation yet nobody tells.
func (e *Engine) askResets(ctx context.Context, ids ...account.ID) error {
	const perCall = 256
	for list := range slices.Chunk(ids, perCall) {
		req := &wire.ListResetsRequest{}
		for _, id := range list {
			req.Accounts = append(req.Accounts, id[:])
		}
		r, err := wire.ResetClient{Doer: signedIn{e}}.ListResets(ctx, req)
		if err != nil {
			return fault.FromServer(err)
		}
		if err := e.hearResets(ctx, r.Statements); err != nil {
			return err
		}
	}
	return nil
}

// noneReset refuses accounts that were reset, to begin something with.
func (e *Engine) noneReset(ctx context.Context, ids ...account.ID) error {
	if err := e.askResets(ctx, ids...); err != nil {
		return err
	}
	for _, id := range ids {
		if err := e.peerReset(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// AcceptReset takes the account that has a handle now for the person, after a reset:
// from then on the handle means it, on all devices. Only the person can know whether
// it is theirs; the safety number is another one.
func (e *Engine) AcceptReset(ctx context.Context, handle string) (Contact, error) {
	var out Contact
	err := e.withAccount(ctx, func() error {
		h, err := account.ParseHandle(strings.ToLower(handle))
		if err != nil {
			return fault.Usage("%q is no handle", handle)
		}
		_, r, err := e.acceptReset(ctx, h)
		if err == nil {
			out = contactOf(account.Contact{Host: e.self.host, Handle: h, Account: r})
		}
		return err
	})
	return out, err
}

// acceptReset takes the successor of the account that a handle means, and returns
// both; where no reset is to be accepted, that is an error.
func (e *Engine) acceptReset(ctx context.Context, h account.Handle) (old, now account.ID, err error) {
	v, err := e.get(ctx, tableContact.ID([]byte(h)))
	if err != nil {
		return old, now, err
	}
	if len(v) != len(old) {
		return old, now, fault.Usage("%s is nobody known here", h)
	}
	old = account.ID(v)
	if err := e.askResets(ctx, old); err != nil {
		return old, now, err
	}
	r, err := e.resetOf(ctx, old)
	if err != nil {
		return old, now, err
	}
	if r == nil {
		return old, now, fault.Usage("%s was not reset: there is nothing to accept", h)
	}
	if r.Handle != h {
		return old, now, fault.Broken(fault.PromiseProved, nil, "the server's statement of a reset is of another handle")
	}
	// One step: what happened to the new account since is told, and is a question
	// of its own.
	now = r.New
	if err := e.askResets(ctx, now); err != nil {
		return old, now, err
	}
	raw := r.Marshal()
	if err := e.appendPrivate(ctx, payload.Payload{Kind: payload.KindReset, Body: raw}); err != nil {
		return old, now, err
	}
	var b store.Batch
	if err := e.applyReset(ctx, &b, raw); err != nil {
		return old, now, err
	}
	return old, now, e.apply(ctx, &b)
}

// applyReset takes up, on this and on the account's other devices, that the person
// has accepted a contact's new account.
func (e *Engine) applyReset(ctx context.Context, b *store.Batch, raw []byte) error {
	r, err := parseReset(raw, e.self)
	if err != nil {
		return err
	}
	b.Set(tableReset.ID(r.Old[:]).Bytes(), raw)
	b.Delete(keyDoubted(r.Old).Bytes())
	v, err := e.get(ctx, tableContact.ID([]byte(r.Handle)))
	if err != nil || v != nil && string(v) != string(r.Old[:]) {
		return err
	}
	e.pinContact(b, r.Handle, r.New)
	b.Set(tableKnown.ID(r.New[:]).Bytes(), []byte{})
	b.Set(tableHandle.ID(r.Old[:]).Bytes(), []byte(formerHandle(r)))
	return nil
}

// formerHandle is what an account is called whose handle means another one.
func formerHandle(r *account.Reset) string { return string(r.Handle) + "~" + r.Old.String()[:8] }

// GroupAdmit puts the new account of a participant whose handle was reset in the
// place of the old one, with its role, and takes it for the person (AcceptReset).
func (e *Engine) GroupAdmit(ctx context.Context, name, handle string) error {
	return e.inGroup(ctx, name, func(c *conversation) error {
		h, err := account.ParseHandle(strings.ToLower(handle))
		if err != nil {
			return fault.Usage("%q is no handle", handle)
		}
		if err := e.syncConv(ctx, c); err != nil {
			return err
		}
		if err := e.ready(ctx, c); err != nil {
			return err
		}
		old, now, err := e.acceptedBefore(ctx, c, h)
		if err != nil {
			return err
		}
		if old.IsZero() {
			if old, now, err = e.acceptReset(ctx, h); err != nil {
				return err
			}
		}
		if err := e.noneReset(ctx, now); err != nil {
			return err
		}
		role, in := c.st.Participants.Role(old)
		if !in {
			return fault.Usage("%s was not in this group; group add adds them", h)
		}
		ch := &change{remove: []account.ID{old}, add: []account.ID{now}}
		if _, there := c.st.Participants.Role(now); there {
			ch.add = nil
		} else if role != convo.Member {
			ch.roles = map[account.ID]convo.Role{now: role}
		}
		if err := e.commit(ctx, c, ch); err != nil {
			return err
		}
		return e.sendInfo(ctx, c, c.st.Name)
	})
}

// acceptedBefore finds a participant whose handle the person has taken for another
// account already.
func (e *Engine) acceptedBefore(ctx context.Context, c *conversation, h account.Handle) (old, now account.ID, err error) {
	v, err := e.get(ctx, tableContact.ID([]byte(h)))
	if err != nil || len(v) != len(now) {
		return old, now, err
	}
	for _, p := range c.st.Participants {
		r, err := e.resetOf(ctx, p.Account)
		if err != nil {
			return old, now, err
		}
		if r != nil && r.Handle == h && p.Account != account.ID(v) {
			return p.Account, account.ID(v), nil
		}
	}
	return old, now, nil
}
