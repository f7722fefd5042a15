package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// eventRole is what happened when somebody got another role.
const eventRole = "role"

// RoleName is the word for a role, ParseRole's argument.
func RoleName(r convo.Role) string {
	switch r {
	case convo.Owner:
		return "owner"
	case convo.Admin:
		return "admin"
	}
	return "member"
}

// ParseRole reads the word for a role.
func ParseRole(word string) (convo.Role, error) {
	for _, r := range []convo.Role{convo.Owner, convo.Admin, convo.Member} {
		if RoleName(r) == word {
			return r, nil
		}
	}
	return 0, fault.Usage("%q is no role; there are owner, admin and member", word)
}

func roleEvent(r convo.Role) string { return eventRole + " " + RoleName(r) }

// GroupRole gives somebody in a group a role. Owners may give any; admins make and
// unmake admins.
func (e *Engine) GroupRole(ctx context.Context, name, handle string, role convo.Role) error {
	return e.inGroup(ctx, name, func(c *conversation) error {
		id, _, err := e.resolve(ctx, handle)
		if err != nil {
			return err
		}
		if err := e.syncConv(ctx, c); err != nil {
			return err
		}
		if err := e.ready(ctx, c); err != nil {
			return err
		}
		was, in := c.st.Participants.Role(id)
		if !in {
			return fault.Usage("%s is not in this group", e.handleOf(ctx, id))
		}
		if was == role {
			return nil
		}
		mine, _ := c.st.Participants.Role(e.self.id)
		switch {
		case mine == convo.Member:
			return fault.Usage("only an owner or admin of a group gives roles")
		case !convo.MayChangeRole(mine, was, role):
			return fault.Usage("only an owner gives and takes the role of owner")
		case c.staying().LastOwner(convo.Participant{Account: id, Role: was}):
			return fault.Usage("a group keeps an owner; make another one first")
		}
		if err := e.commit(ctx, c, &change{roles: map[account.ID]convo.Role{id: role}}); err != nil || was != convo.Member {
			return err
		}
		return e.tellInvites(ctx, c)
	})
}

// staying are the participants without those who have left and are to be removed.
func (c *conversation) staying() convo.Participants {
	list := c.st.Participants
	for _, id := range c.st.Leaving {
		list = list.Without(id)
	}
	return list
}

// handOver makes somebody else an owner of a group whose last one this account is:
// an admin, or else who comes first among the participants.
func (e *Engine) handOver(ctx context.Context, c *conversation) error {
	if e.checkLeaving(c) == nil {
		return nil
	}
	if err := e.syncConv(ctx, c); err != nil {
		return err
	}
	var heir account.ID
	for _, p := range c.staying() {
		if p.Account != e.self.id && (heir.IsZero() || p.Role == convo.Admin) {
			heir = p.Account
			if p.Role == convo.Admin {
				break
			}
		}
	}
	if heir.IsZero() || e.checkLeaving(c) == nil {
		return nil
	}
	if err := e.ready(ctx, c); err != nil {
		return err
	}
	if err := e.commit(ctx, c, &change{roles: map[account.ID]convo.Role{heir: convo.Owner}}); err != nil {
		return err
	}
	return e.tellInvites(ctx, c)
}

// checkLeaving refuses that the last owner leaves the others behind.
func (e *Engine) checkLeaving(c *conversation) error {
	role, _ := c.st.Participants.Role(e.self.id)
	if c.staying().LastOwner(convo.Participant{Account: e.self.id, Role: role}) {
		return fault.Usage("you are the last owner of this group; make somebody else one before you leave")
	}
	return nil
}
