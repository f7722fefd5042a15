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
	tableInvite = store.Table("vi") // .ID(invite): the payload that made it
	tableJoin   = store.Table("vj") // .ID(account): its request, not seen to yet
)

// Bounds of invites.
const (
	MaxInviteUses = content.MaxInviteUses
	MaxInviteLife = 30 * 24 * time.Hour
	maxInvites    = 64 // of a group, that may still let people in
)

// Invite is an invite link to a group.
type Invite struct {
	ID    string
	Group Conversation
	// Link is a secret; empty where it is another admin's, who alone has it.
	Link    string
	By      string // the handle of the admin who has made it
	Expires time.Time
	Uses    int // how many it may let in
	Used    int // how many it has
}

func (e *Engine) showInvite(ctx context.Context, c *conversation, l *groupLink) (Invite, error) {
	s, err := e.summary(ctx, c)
	if err != nil {
		return Invite{}, err
	}
	out := Invite{
		ID: l.id.String(), Group: s, By: e.handleOf(ctx, l.terms.Maker), Expires: time.UnixMilli(int64(min(l.terms.ExpiresMS, payload.LastMS))).UTC(),
		Uses: int(l.terms.Uses), Used: min(len(l.uses), int(l.terms.Uses)),
	}
	v, err := e.get(ctx, tableInvite.ID(l.id[:]))
	if err != nil || v == nil || l.terms.Maker != e.self.id {
		return out, err
	}
	own, err := payload.ParseGroupInvite(v)
	if err != nil {
		return out, damaged(err, "invites")
	}
	out.Link = invite.Link{Host: e.self.host, Ask: e.whomToAsk(c), Secret: own.Secret}.Text()
	return out, nil
}

// whomToAsk are the accounts that a link of this account names: itself, then owners
// and admins.
func (e *Engine) whomToAsk(c *conversation) []account.ID {
	out := []account.ID{e.self.id}
	for _, role := range []convo.Role{convo.Owner, convo.Admin} {
		for _, p := range c.staying() {
			if p.Role == role && p.Account != e.self.id && len(out) < invite.MaxAsk {
				out = append(out, p.Account)
			}
		}
	}
	return out
}

// invitesIn returns the links of a group that may still let people in.
func (e *Engine) invitesIn(ctx context.Context, c *conversation) ([]*groupLink, error) {
	list, err := e.linksIn(ctx, c)
	var out []*groupLink
	for _, l := range list {
		holds, err := e.linkHolds(ctx, c, l)
		if err != nil {
			return nil, err
		}
		if holds {
			out = append(out, l)
		}
	}
	return out, err
}

// mayInvite reports whether the account may let people into a group by itself.
func (e *Engine) mayInvite(c *conversation) bool {
	role, in := c.st.Participants.Role(e.self.id)
	return in && !c.st.Gone && c.st.Kind == convo.Group && role > convo.Member
}

// GroupInvite makes an invite link to a group, for an admin or owner. Whoever has
// the link may ask to be added, so many accounts, for so long; a device of any admin
// whom the link names adds them when it next syncs. The server learns of no link.
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
		list, err := e.invitesIn(ctx, c)
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
		id := i.Secret.ID()
		terms := &content.InviteTerms{Key: i.Secret.Public(), Maker: e.self.id, ExpiresMS: i.ExpiresMS, Uses: i.Uses}
		if err := e.sayInvite(ctx, c, content.Invite{ID: id, Terms: terms}); err != nil {
			return err
		}
		if c, err = e.conv(ctx, c.id); err != nil || c == nil {
			return err
		}
		l, err := e.linkIn(ctx, c, id)
		if err == nil && l == nil {
			err = fault.Failed(nil, "the invite did not come to be; try again")
		}
		if err != nil {
			return err
		}
		out, err = e.showInvite(ctx, c, l)
		return err
	})
	return out, err
}

// GroupInvites lists the invites to a group of which this account is an admin or
// owner, or to all such groups with "": those that others have made, too.
func (e *Engine) GroupInvites(ctx context.Context, name string) ([]Invite, error) {
	var out []Invite
	err := e.withAccount(ctx, func() error {
		return e.eachInvite(ctx, name, func(c *conversation, l *groupLink) error {
			x, err := e.showInvite(ctx, c, l)
			out = append(out, x)
			return err
		})
	})
	return out, err
}

func (e *Engine) eachInvite(ctx context.Context, name string, f func(*conversation, *groupLink) error) error {
	list, err := e.allConvs(ctx)
	if err == nil && name != "" {
		var only *conversation
		only, err = e.group(ctx, name)
		list = []*conversation{only}
	}
	if err != nil {
		return err
	}
	for _, c := range list {
		if !e.mayInvite(c) {
			continue
		}
		links, err := e.invitesIn(ctx, c)
		if err != nil {
			return err
		}
		for _, l := range links {
			if err := f(c, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// RevokeInvite ends an invite, named by the beginning of its id, whichever admin has
// made it: from now on it lets nobody in.
func (e *Engine) RevokeInvite(ctx context.Context, prefix string) error {
	return e.withAccount(ctx, func() error {
		var in *conversation
		var found []invite.ID
		err := e.eachInvite(ctx, "", func(c *conversation, l *groupLink) error {
			if len(prefix) >= minIDPrefix && strings.HasPrefix(l.id.String(), strings.ToLower(prefix)) {
				in, found = c, append(found, l.id)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fault.Usage("there is no invite %q, or more than one; group invites lists them", prefix)
		}
		return e.sayInvite(ctx, in, content.Invite{ID: found[0], Revoked: true})
	})
}

// Join follows an invite link: it asks the admins whom the link names, each in an
// encrypted message, to be added. It returns who has made the link. The group comes
// once a device of one of them has seen to it.
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
		if l.Ask[0] == e.self.id {
			return fault.Usage("this is your own invite")
		}
		asked := false
		var first error
		for i, id := range l.Ask {
			if id == e.self.id {
				continue
			}
			c, err := e.askAdmin(ctx, l, id)
			if i == 0 {
				out, first = c, err
			}
			if kind := fault.KindOf(err); err != nil && (kind == fault.KindIntegrity && i == 0 || kind == fault.KindUnreachable) {
				return err
			}
			asked = asked || err == nil
		}
		if asked {
			return nil // the account of another one may be closed
		}
		return first
	})
	return out, err
}

// askAdmin asks one of the admins whom a link names.
func (e *Engine) askAdmin(ctx context.Context, l invite.Link, id account.ID) (Contact, error) {
	chain, err := e.freshChain(ctx, id)
	if err != nil {
		return Contact{}, err
	}
	link := account.Contact{Host: chain.Host(), Handle: chain.Handle(), Account: chain.ID()}
	out := contactOf(link)
	if err := e.takeContact(ctx, link); err != nil {
		return out, err
	}
	c, err := e.targetHandle(ctx, out.Handle)
	if err != nil {
		return out, err
	}
	if c.st.Peer != id {
		return out, fault.Broken(fault.PromiseProved, nil, "the link names another account for %s than the one known here", out.Handle)
	}
	h, err := e.contentHeader(c)
	if err != nil {
		return out, err
	}
	m, err := content.NewJoin(h, content.Join{Invite: l.Secret.ID(), Proof: l.Secret.Proof(e.self.id)})
	if err != nil {
		return out, fault.Failed(err, "the request cannot be made")
	}
	return out, e.postQuiet(ctx, c, m, h, convo.PurposeMessage)
}
