package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/invite"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tableInviteSaid holds what a group's admins have said of invite links:
// .ID(conversation).ID(invite).Uint64(seq). What it comes to is reckoned from all of
// it, so that the order in which a log is read does not matter.
var tableInviteSaid = store.Table("vg")

const inviteSaidVersion = 1

// inviteSaid is one such message.
type inviteSaid struct {
	seq  uint64
	says content.Invite
}

func (s *inviteSaid) bytes() ([]byte, error) {
	says, err := s.says.Encode()
	b := syntax.AppendUint64(syntax.AppendUint16(nil, inviteSaidVersion), s.seq)
	return syntax.AppendOpaque(b, says), err
}

func parseInviteSaid(b []byte) (*inviteSaid, error) {
	r := syntax.NewReader(b)
	if v := r.Uint16(); r.Err() == nil && v != inviteSaidVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	s := &inviteSaid{seq: r.Uint64()}
	says := r.Opaque()
	if r.Done() != nil {
		return nil, r.Err()
	}
	i, err := content.ParseInvite(says)
	if err != nil {
		return nil, err
	}
	s.says = *i
	return s, nil
}

// noteInvite keeps what an admin or owner, in the message's MLS epoch, says of an
// invite link. What others say counts for nothing.
func (f *fold) noteInvite(ctx context.Context, o *opened, r *record) error {
	list, err := f.participantsIn(ctx, epochOf(o.entry))
	if err != nil {
		return err
	}
	if list == nil {
		list = f.c.st.Participants
	}
	if role, in := list.Role(r.account); !in || role == convo.Member || f.c.st.Kind != convo.Group {
		return nil
	}
	s := &inviteSaid{seq: r.seq, says: *o.view.Invite}
	b, err := s.bytes()
	if err == nil {
		f.b.Set(tableInviteSaid.ID(f.c.id[:]).ID(s.says.ID[:]).Uint64(r.seq).Bytes(), b)
	}
	return err
}

// groupLink is what a group's log says of an invite link.
type groupLink struct {
	id    invite.ID
	seq   uint64 // of its terms
	terms content.InviteTerms
	uses  []linkUse // by the log's order, each account once
	// revoked says that an admin has ended it.
	revoked bool
}

// linkUse says that an account is let in. done is set where that was before the
// terms were told this device.
type linkUse struct {
	account account.ID
	seq     uint64
	done    bool
}

// use returns the place of an account among those that are let in, -1 for none.
func (l *groupLink) use(id account.ID) int {
	for i := range l.uses {
		if l.uses[i].account == id {
			return i
		}
	}
	return -1
}

// told is what a newcomer among the admins has to know.
func (l *groupLink) told() content.InviteTerms {
	t := l.terms
	t.Used = nil
	for _, u := range l.uses[:min(len(l.uses), int(t.Uses))] {
		t.Used = append(t.Used, u.account)
	}
	return t
}

// linksIn returns the invite links that a group's admins have told of. The first
// terms of a link count: who tells them again changes nothing.
func (e *Engine) linksIn(ctx context.Context, c *conversation) ([]*groupLink, error) {
	var said []*inviteSaid
	err := e.cfg.Store.Scan(ctx, tableInviteSaid.ID(c.id[:]).Range(), func(_, v []byte) error {
		s, err := parseInviteSaid(v)
		if err != nil {
			return damaged(err, "invites")
		}
		said = append(said, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []*groupLink
	l := &groupLink{}
	for _, s := range said { // of each link in the log's order
		if id := invite.ID(s.says.ID); l.id != id {
			l = &groupLink{id: id}
		}
		switch {
		case s.says.Revoked:
			l.revoked = true
		case s.says.Terms != nil:
			if l.seq == 0 && invite.PublicKey(s.says.Terms.Key).ID() == l.id {
				l.seq, l.terms = s.seq, *s.says.Terms
				for _, used := range s.says.Terms.Used {
					l.count(linkUse{account: used, seq: s.seq, done: true})
				}
				out = append(out, l)
			}
		default:
			l.count(linkUse{account: s.says.Use, seq: s.seq})
		}
	}
	return out, nil
}

func (l *groupLink) count(u linkUse) {
	if l.use(u.account) < 0 {
		l.uses = append(l.uses, u)
	}
}

// linkIn returns one invite link of a group, nil where it is not told of.
func (e *Engine) linkIn(ctx context.Context, c *conversation, id invite.ID) (*groupLink, error) {
	list, err := e.linksIn(ctx, c)
	for _, l := range list {
		if l.id == id {
			return l, err
		}
	}
	return nil, err
}

// linkHolds reports whether a link may still let people in: it is neither over nor
// revoked, and who has made it was an admin or owner all the time since.
func (e *Engine) linkHolds(ctx context.Context, c *conversation, l *groupLink) (bool, error) {
	if l.revoked || uint64(max(e.serverNow().UnixMilli(), 0)) >= l.terms.ExpiresMS {
		return false, nil
	}
	role, _ := c.staying().Role(l.terms.Maker)
	holds := role > convo.Member
	err := e.epochsSince(ctx, c, l.seq, func(row *epochRow) bool {
		role, in := row.participants().Role(l.terms.Maker)
		holds = holds && in && role > convo.Member
		return !holds
	})
	return holds, err
}

// epochsSince calls f with the epochs from the one in which an entry stands to the newest,
// the newest first, until f says that it has seen enough.
func (e *Engine) epochsSince(ctx context.Context, c *conversation, seq uint64, f func(*epochRow) bool) error {
	if err := e.loadWalk(ctx, c); err != nil || c.pos == nil {
		return err
	}
	return e.backwards(ctx, c, c.here(), func(_ epochID, row *epochRow) bool { return f(row) || row.seq <= seq })
}

// tellInvites tells the links of a group that still let people in, for an admin who
// has come since they were made.
func (e *Engine) tellInvites(ctx context.Context, c *conversation) error {
	list, err := e.linksIn(ctx, c)
	if err != nil {
		return err
	}
	for _, l := range list {
		if holds, err := e.linkHolds(ctx, c, l); err != nil {
			return err
		} else if !holds || len(l.uses) >= int(l.terms.Uses) {
			continue
		}
		terms := l.told()
		if err := e.sayInvite(ctx, c, content.Invite{ID: l.id, Terms: &terms}); err != nil {
			return err
		}
	}
	return nil
}

// sayInvite says something of an invite link to its group.
func (e *Engine) sayInvite(ctx context.Context, c *conversation, says content.Invite) error {
	h, err := e.contentHeader(c)
	if err != nil {
		return err
	}
	m, err := content.NewInvite(h, says)
	if err != nil {
		return damaged(err, "invites")
	}
	return e.postQuiet(ctx, c, m, h, convo.PurposeMessage)
}
