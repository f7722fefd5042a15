package client

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// presenter turns records into what is shown, and remembers handles.
type presenter struct {
	e       *Engine
	c       *conversation
	handles map[account.ID]string
	// blocked are senders that were asked for, and whether they are.
	blocked map[account.ID]bool
	// readers are read the first time.
	readers *[]Reader
}

// readBy lists who has read an own message, as far as they say so.
func (p *presenter) readBy(ctx context.Context, seq uint64) (out []string, err error) {
	if p.readers == nil {
		list, err := p.e.readers(ctx, p.c)
		if err != nil {
			return nil, err
		}
		p.readers = &list
	}
	for _, r := range *p.readers {
		if r.Seq >= seq {
			out = append(out, r.Handle)
		}
	}
	return out, nil
}

func (e *Engine) presenter(c *conversation) *presenter {
	return &presenter{e: e, c: c, handles: map[account.ID]string{}, blocked: map[account.ID]bool{}}
}

// knows makes the presenter share with another what it learns of people.
func (p *presenter) knows(other *presenter) { p.handles, p.blocked = other.handles, other.blocked }

// hides reports whether the person has blocked a sender.
func (p *presenter) hides(ctx context.Context, id account.ID) (bool, error) {
	b, ok := p.blocked[id]
	if !ok {
		var err error
		if b, err = p.e.blocked(ctx, id); err != nil {
			return false, err
		}
		p.blocked[id] = b
	}
	return b, nil
}

func (p *presenter) handle(ctx context.Context, id account.ID) string {
	h, ok := p.handles[id]
	if !ok {
		h = p.e.handleOf(ctx, id)
		p.handles[id] = h
	}
	return h
}

// message shows a record with its marks; false where it is not to be shown.
func (p *presenter) message(ctx context.Context, r *record, marks []*mark) (Message, bool, error) {
	m := Message{
		ID: r.id, Seq: r.seq, Conversation: p.c.id, Sender: r.account, State: StateSent, Source: SourceCoffer,
		Time: time.UnixMilli(int64(r.atMS)).UTC(),
	}
	if r.kind != recordSilent {
		m.SenderHandle = p.handle(ctx, r.account)
	}
	if r.kind == recordMessage || r.kind == recordUnreadable {
		by, err := p.e.givenBy(ctx, p.c, r.seq)
		if err != nil {
			return m, false, err
		}
		if !by.IsZero() {
			m.GivenBy = p.handle(ctx, by)
		}
	}
	now := effectOf(r, marks)
	if now.hidden {
		return m, false, nil
	}
	if to, err := p.e.clearedTo(ctx, p.c); err != nil || r.seq <= to {
		return m, false, err
	}
	if r.kind != recordSilent && r.kind != recordEvent {
		if hidden, err := p.hides(ctx, r.account); err != nil || hidden {
			return m, false, err
		}
	}
	switch r.kind {
	case recordMessage:
	case recordEvent:
		m.Event, m.Text = eventOf(r.text)
		if m.Event == "left" && p.c.st.Kind == convo.Direct {
			closed, err := p.e.isClosed(ctx, r.account)
			if err != nil {
				return m, false, err
			}
			if closed {
				m.Event = "closed"
			}
		}
		return m, true, nil
	case recordUnreadable:
		var err error
		m.Unreadable = true
		m.Why, err = p.e.whyUnread(ctx, p.c, r)
		return m, true, err
	case recordErased:
		m.Unsent = now.unsent
		m.ID = unsentID(r, marks)
		if now.unsent || slices.Contains(p.c.st.Missing, r.seq) {
			return m, now.unsent, nil
		}
		why, err := p.e.whyUnread(ctx, p.c, r)
		m.Why, m.Unreadable = why, why == WhyVaultOff || why == WhyVaultUnheard
		return m, m.Unreadable, err
	default:
		return m, false, nil
	}
	if now.unsent {
		m.Unsent = true
		return m, true, nil
	}
	raw, err := p.e.contentOf(ctx, p.c, r)
	if err != nil {
		return m, false, err
	}
	if err := p.fill(ctx, &m, raw, now.content); err != nil {
		return m, false, damaged(err, "message")
	}
	if over, err := p.e.over(ctx, m.overMS()); over || err != nil {
		return m, false, err
	}
	if m.Sender == p.e.self.id {
		if m.ReadBy, err = p.readBy(ctx, m.Seq); err != nil {
			return m, false, err
		}
	}
	m.Edited = now.edited
	for _, x := range now.reactions {
		if hidden, err := p.hides(ctx, x.by); err != nil {
			return m, false, err
		} else if hidden {
			continue
		}
		m.Reactions = append(m.Reactions, Reaction{Account: x.by, Handle: p.handle(ctx, x.by), Emoji: string(x.data)})
	}
	return m, true, nil
}

// unsentID is the id of a message whose body the server has erased, as the
// unsend names it.
func unsentID(r *record, marks []*mark) content.MessageID {
	for _, m := range marks {
		if m.kind == markUnsend && m.on(r) && m.by == r.account {
			return m.id
		}
	}
	return r.id
}

// fill takes text and attachments from a content message; an edit, if there is
// one, takes the place of the first version.
func (p *presenter) fill(ctx context.Context, m *Message, first, edit []byte) error {
	msg, err := content.Parse(first)
	if err != nil {
		return err
	}
	v := msg.View()
	m.ReplyTo, m.Forwarded = v.ReplyTo, isForward(msg)
	if ms := overMS(v.Expires, uint64(max(m.Time.UnixMilli(), 0))); ms != 0 {
		m.Expires = time.UnixMilli(int64(ms)).UTC()
	}
	if edit != nil {
		msg, err := content.Parse(edit)
		if err != nil {
			return err
		}
		v = msg.View()
	}
	m.Text, m.Mentions = p.spoken(ctx, &v)
	for _, a := range v.Attachments {
		m.Attachments = append(m.Attachments, Attachment{Name: a.Name, Size: a.File.Size, MediaType: a.MediaType, SHA256: a.File.Digest})
	}
	return nil
}

// overMS is when the message disappears, 0 for never.
func (m *Message) overMS() uint64 {
	if m.Expires.IsZero() {
		return 0
	}
	return uint64(max(m.Expires.UnixMilli(), 1))
}

// queuedMessage shows what is still in the outbox; false where it is no message
// of its own but a change to another.
func (p *presenter) queuedMessage(ctx context.Context, q *queued) (Message, bool, error) {
	m := Message{
		ID: q.id, Conversation: q.conv, Sender: p.e.self.id, SenderHandle: p.handle(ctx, p.e.self.id), State: StateQueued,
		Source: SourceCoffer, Time: time.UnixMilli(int64(q.atMS)).UTC(),
	}
	msg, err := content.Parse(q.content)
	if err != nil {
		return m, false, damaged(err, "outbox")
	}
	switch v := msg.View(); v.Kind {
	case content.KindText, content.KindAttachment, content.KindOther:
		return m, true, p.fill(ctx, &m, q.content, nil)
	}
	return m, false, nil
}

// summary describes a conversation.
func (e *Engine) summary(ctx context.Context, c *conversation) (Conversation, error) {
	set, err := e.settingOf(ctx, c)
	if err != nil {
		return Conversation{}, err
	}
	s := Conversation{
		Expiry: set.expiry(),
		ID:     c.id, Kind: c.st.Kind, Name: c.st.Name, Messages: int64(c.st.Messages), HeadSeq: max(c.st.HeadSeq, c.st.Top.Seq),
		Left: c.st.Gone, LastActivity: time.UnixMilli(int64(c.st.ActivityMS)).UTC(),
	}
	if c.st.Kind == convo.Group && set.info().Picture != nil {
		s.Picture = set.seq
	}
	since, err := e.historySince(ctx, c, c.st.Top.Seq+1)
	if err != nil {
		return s, err
	}
	s.History = since != 0
	if err := e.loadWalk(ctx, c); err != nil {
		return s, err
	}
	if err := e.fillIn(ctx, &s); err != nil {
		return s, err
	}
	if s.Unread, err = e.unread(ctx, c); err != nil {
		return s, err
	}
	if s.ReadBy, err = e.readers(ctx, c); err != nil {
		return s, err
	}
	if c.st.Kind == convo.Direct {
		s.Name = e.handleOf(ctx, c.st.Peer)
		if s.Blocked, err = e.blocked(ctx, c.st.Peer); err != nil {
			return s, err
		}
		if s.Closed, err = e.isClosed(ctx, c.st.Peer); err != nil {
			return s, err
		}
		if s.Reset, err = e.resetAt(ctx, c.st.Peer); err != nil {
			return s, err
		}
		if s.Request, err = e.isRequest(ctx, c); err != nil {
			return s, err
		}
	}
	for _, p := range c.st.Participants {
		x := Participant{Account: p.Account, Handle: e.handleOf(ctx, p.Account), Role: p.Role}
		profile, err := e.profileOf(ctx, p.Account)
		if err != nil {
			return s, err
		}
		reset, err := e.resetAt(ctx, p.Account)
		if err != nil {
			return s, err
		}
		x.Reset = reset
		if profile != nil {
			x.Name = profile.Name
		}
		if profile != nil && profile.Picture != nil {
			x.Picture = profile.SetMS
		}
		s.Participants = append(s.Participants, x)
	}
	if c.pos == nil {
		return s, nil
	}
	for _, head := range c.pos.Table {
		chain, err := e.storedChain(ctx, head.Account)
		if err != nil {
			return s, err
		}
		if chain != nil && chain.VaultOnAt(head.Head.Seq) {
			s.KeepsHistory = append(s.KeepsHistory, head.Account)
		}
	}
	n, err := e.uncovered(ctx, c)
	s.Pending = n
	return s, err
}

// sortByActivity puts the newest first, pinned ones before and archived ones
// behind the others.
func sortByActivity(list []Conversation) {
	rank := func(c Conversation) int {
		switch {
		case c.Pinned:
			return 0
		case c.Archived:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b Conversation) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), b.LastActivity.Compare(a.LastActivity))
	})
}
