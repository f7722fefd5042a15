package client

import (
	"context"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/invite"
	"github.com/coffer-chat/coffer/core/payload"
)

// The tables of invites (spec/device-store.md).
var (
	tableInvite    = store.Table("vi") // .ID(invite): the payload that made it
	tableInviteUse = store.Table("vu") // .ID(invite).ID(account): whom it let in; empty
	tableJoin      = store.Table("vj") // .ID(account): its request, not seen to yet
)

// Bounds of invites.
const (
	MaxInviteUses = 1000
	MaxInviteLife = 30 * 24 * time.Hour
	maxInvites    = 64 // that have not expired
)

// Invite is an invite link to a group.
type Invite struct {
	ID      string
	Group   Conversation
	Link    string // a secret
	Expires time.Time
	Uses    int // how many it may let in
	Used    int // how many it has
}

func (e *Engine) showInvite(ctx context.Context, c *conversation, i *payload.GroupInvite) (Invite, error) {
	s, err := e.summary(ctx, c)
	if err != nil {
		return Invite{}, err
	}
	id := i.Secret.ID()
	link := invite.Link{Host: e.self.host, Inviter: e.self.id, Secret: i.Secret}
	used, err := e.inviteUses(ctx, id)
	return Invite{
		ID: id.String(), Group: s, Link: link.Text(), Expires: time.UnixMilli(int64(i.ExpiresMS)).UTC(), Uses: int(i.Uses), Used: used,
	}, err
}

// inviteUses counts the accounts that an invite has let in.
func (e *Engine) inviteUses(ctx context.Context, id invite.ID) (n int, err error) {
	err = e.cfg.Store.Scan(ctx, tableInviteUse.ID(id[:]).Range(), func(_, _ []byte) error {
		n++
		return nil
	})
	return n, err
}

// invites returns the invites of the account that have not expired.
func (e *Engine) invites(ctx context.Context) ([]*payload.GroupInvite, error) {
	var out []*payload.GroupInvite
	err := e.cfg.Store.Scan(ctx, tableInvite.Range(), func(_, v []byte) error {
		i, err := payload.ParseGroupInvite(v)
		if err != nil {
			return damaged(err, "invites")
		}
		if !e.expired(i) {
			out = append(out, i)
		}
		return nil
	})
	return out, err
}

func (e *Engine) expired(i *payload.GroupInvite) bool {
	return uint64(max(e.serverNow().UnixMilli(), 0)) >= i.ExpiresMS
}

// mayInvite reports whether the account may let people into a group by itself.
func (e *Engine) mayInvite(c *conversation) bool {
	role, in := c.st.Participants.Role(e.self.id)
	return in && !c.st.Gone && c.st.Kind == convo.Group && role > convo.Member
}

// GroupInvite makes an invite link to a group, for an admin or owner. Whoever has
// the link may ask to be added, so many accounts, for so long; a device of this
// account adds them when it next syncs. The server learns of no link.
func (e *Engine) GroupInvite(ctx context.Context, name string, life time.Duration, uses int) (Invite, error) {
	var out Invite
	err := e.inGroup(ctx, name, func(c *conversation) error {
		switch {
		case uses < 1 || uses > MaxInviteUses:
			return fault.Usage("an invite lets in 1 to %d people", MaxInviteUses)
		case life < time.Minute || life > MaxInviteLife:
			return fault.Usage("an invite is good for a minute to 30 days")
		}
		if err := e.freshen(ctx, c); err != nil {
			return err
		}
		if !e.mayInvite(c) {
			return fault.Usage("only an owner or admin of a group makes invite links; a member adds people by their handle")
		}
		if err := e.syncPrivate(ctx); err != nil {
			return err
		}
		list, err := e.invites(ctx)
		if err != nil {
			return err
		}
		if len(list) >= maxInvites {
			return fault.Usage("there are %d invites already; revoke one first", len(list))
		}
		i := &payload.GroupInvite{Conversation: c.id, ExpiresMS: uint64(e.serverNow().Add(life).UnixMilli()), Uses: uint32(uses)}
		if i.Secret, err = invite.NewSecret(e.cfg.Rand); err != nil {
			return fault.Failed(err, "no randomness")
		}
		if err := e.appendPrivate(ctx, payload.Payload{Kind: payload.KindInvite, Body: i.Bytes()}); err != nil {
			return err
		}
		out, err = e.showInvite(ctx, c, i)
		return err
	})
	return out, err
}

// GroupInvites lists the account's invites to a group, or to all with "".
func (e *Engine) GroupInvites(ctx context.Context, name string) ([]Invite, error) {
	var out []Invite
	err := e.withAccount(ctx, func() error {
		var only *conversation
		var err error
		if name != "" {
			if only, err = e.group(ctx, name); err != nil {
				return err
			}
		}
		list, err := e.invites(ctx)
		if err != nil {
			return err
		}
		for _, i := range list {
			c, err := e.conv(ctx, i.Conversation)
			if err != nil {
				return err
			}
			if c == nil || only != nil && c != only {
				continue
			}
			x, err := e.showInvite(ctx, c, i)
			if err != nil {
				return err
			}
			out = append(out, x)
		}
		return nil
	})
	return out, err
}

// RevokeInvite ends an invite, named by the beginning of its id: from now on it
// lets nobody in.
func (e *Engine) RevokeInvite(ctx context.Context, prefix string) error {
	return e.withAccount(ctx, func() error {
		list, err := e.invites(ctx)
		if err != nil {
			return err
		}
		var found []invite.ID
		for _, i := range list {
			if id := i.Secret.ID(); len(prefix) >= minIDPrefix && strings.HasPrefix(id.String(), strings.ToLower(prefix)) {
				found = append(found, id)
			}
		}
		if len(found) != 1 {
			return fault.Usage("there is no invite %q, or more than one; group invites lists them", prefix)
		}
		u := &payload.InviteUse{Invite: found[0]}
		return e.appendPrivate(ctx, payload.Payload{Kind: payload.KindInviteUse, Body: u.Bytes()})
	})
}

// Join follows an invite link: it asks the account that has made it, in an
// encrypted message, to be added. It returns whom it has asked. The group comes
// once a device of theirs has seen to it.
func (e *Engine) Join(ctx context.Context, link string) (Contact, error) {
	var out Contact
	err := e.withAccount(ctx, func() error {
		l, err := invite.ParseLink(strings.TrimSpace(link))
		if err != nil {
			return fault.Usage("this is no invite link; one looks like coffer://HOST/join/ACCOUNT#SECRET")
		}
		if l.Host != e.self.host {
			return fault.Usage("this group is on another server (%s); a conversation lives on one", l.Host)
		}
		if l.Inviter == e.self.id {
			return fault.Usage("this is your own invite")
		}
		chain, err := e.freshChain(ctx, l.Inviter)
		if err != nil {
			return err
		}
		link := account.Contact{Host: chain.Host(), Handle: chain.Handle(), Account: chain.ID()}
		if err := e.takeContact(ctx, link); err != nil {
			return err
		}
		out = contactOf(link)
		c, err := e.targetHandle(ctx, out.Handle)
		if err != nil {
			return err
		}
		if c.st.Peer != l.Inviter {
			return fault.Broken(fault.PromiseProved, nil, "the link names another account for %s than the one known here", out.Handle)
		}
		h, err := e.contentHeader(c)
		if err != nil {
			return err
		}
		m, err := content.NewJoin(h, content.Join{Invite: l.Secret.ID(), Proof: l.Secret.Proof(l.Inviter, e.self.id)})
		if err != nil {
			return fault.Failed(err, "the request cannot be made")
		}
		return e.postQuiet(ctx, c, m, h, convo.PurposeMessage)
	})
	return out, err
}
