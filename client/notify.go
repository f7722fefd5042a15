package client

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	// maxNotified is how many of a conversation's newest entries are looked at.
	maxNotified = 128
	// maxNotifyText bounds the text in a notification, in bytes.
	maxNotifyText = 300
)

// Notification is what a device should be showing of one conversation.
type Notification struct {
	Conversation convo.ID
	Kind         convo.Kind
	// Name is the group's, or the other one's handle; Sender wrote the newest
	// message, Text is that message's, File the name of its first attachment. What
	// the person does not want to be shown is empty.
	Name, Sender, Text, File string
	Time                     time.Time
	Count                    int  // of messages, at most 128
	Mention                  bool // one of them names this account
	Request                  bool // from a stranger: its text is not shown
	Added                    bool // the account was added to the group, and nothing said since
	// Fresh says that the person was not told of the newest message yet. It is said
	// once: what is not fresh is on display, or was put away by the person.
	Fresh bool
}

// NotifyOptions say where Notifications is asked from.
type NotifyOptions struct {
	// Sync takes what is new from the server first.
	Sync bool
	// Viewing are the conversations that the person is looking at.
	Viewing []convo.ID
}

// notified says up to which entry of a conversation nothing is left to notify of,
// and up to which the person was told.
type notified struct{ seen, told uint64 }

func (n *notified) bytes() []byte { return appendUint64(appendUint64(nil, n.seen), n.told) }

func parseNotified(v []byte) (n notified, err error) {
	r := syntax.NewReader(v)
	n.seen, n.told = r.Uint64(), r.Uint64()
	return n, r.Done()
}

// Notifications returns what is to be on display now, the newest first: for each
// conversation what others have written since the person last looked at it or wrote
// there, on any device. What was read, unsent, deleted or has disappeared is not in
// it any more, so whoever shows it takes away what is not in the answer. Muted
// groups are in it for messages that mention this account only, muted conversations
// of two and blocked people not at all. Without the server, where Sync is asked for,
// it fails and nothing counts as told.
func (e *Engine) Notifications(ctx context.Context, o NotifyOptions) ([]Notification, error) {
	var out []Notification
	err := e.withAccount(ctx, func() error {
		set, err := e.notifySetting(ctx)
		if err != nil || !set.On {
			return err
		}
		var pulled error
		if o.Sync {
			if err := e.syncPrivate(ctx); fault.KindOf(err) == fault.KindUnreachable {
				return err
			}
			if pulled = e.pull(ctx); fault.KindOf(pulled) == fault.KindUnreachable {
				return pulled
			}
		}
		if err := e.loadNotified(ctx); err != nil {
			return err
		}
		list, err := e.allConvs(ctx)
		if err != nil {
			return err
		}
		var b store.Batch
		for _, c := range list {
			before := e.notified[c.id]
			now := before
			n, err := e.notification(ctx, c, &now, slices.Contains(o.Viewing, c.id))
			if err != nil {
				return err
			}
			if now != before {
				e.notified[c.id] = now
				b.Set(tableNotified.ID(c.id[:]).Bytes(), now.bytes())
			}
			if n != nil {
				n.blank(set.Show)
				out = append(out, *n)
			}
		}
		slices.SortStableFunc(out, func(a, b Notification) int { return b.Time.Compare(a.Time) })
		if len(b.Ops()) > 0 {
			if err := e.apply(ctx, &b); err != nil {
				return err
			}
		}
		// One conversation that does not work must not keep the others quiet.
		if len(out) == 0 {
			return pulled
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (e *Engine) loadNotified(ctx context.Context) error {
	if e.notified != nil {
		return nil
	}
	found := map[convo.ID]notified{}
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		v, err := e.get(ctx, tableNotified.ID(c.id[:]))
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		if found[c.id], err = parseNotified(v); err != nil {
			return damaged(err, "notifications")
		}
	}
	e.notified = found
	return nil
}

// notification is what to show of one conversation, nil for nothing. at is moved on.
func (e *Engine) notification(ctx context.Context, c *conversation, at *notified, viewed bool) (*Notification, error) {
	top := c.st.Top.Seq
	if viewed || c.st.Gone {
		at.seen, at.told = max(at.seen, top), max(at.told, top)
		return nil, nil
	}
	if at.seen >= top || !c.st.known() {
		return nil, nil
	}
	read, err := e.readTo(ctx, c.id)
	if err != nil {
		return nil, err
	}
	from := max(at.seen, read, top-min(top, maxNotified), max(c.st.Bottom.Seq, 1)-1) + 1
	list, err := e.notable(ctx, c, from)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		at.seen = top
		return nil, nil
	}
	last := list[len(list)-1]
	n := &Notification{Conversation: c.id, Kind: c.st.Kind, Name: c.st.Name, Sender: last.SenderHandle, Text: last.Text, Time: last.Time, Fresh: last.Seq > at.told}
	at.told = max(at.told, last.Seq)
	if c.st.Kind == convo.Direct {
		n.Name = e.handleOf(ctx, c.st.Peer)
	}
	if n.Request, err = e.isRequest(ctx, c); err != nil {
		return nil, err
	}
	if len(last.Attachments) > 0 {
		n.File = last.Attachments[0].Name
	}
	n.Added = last.Event != ""
	if n.Added {
		n.Sender, n.Text = "", ""
	}
	for _, m := range list {
		if m.Event == "" {
			n.Count++
		}
		n.Mention = n.Mention || c.st.Kind == convo.Group && m.mentions(e.self.id)
	}
	return n, nil
}

// notable returns the messages from an entry on that the person is to know of,
// oldest first.
func (e *Engine) notable(ctx context.Context, c *conversation, from uint64) ([]Message, error) {
	p, err := e.preferencesOf(ctx, c.id)
	if err != nil {
		return nil, err
	}
	if !p.mutedTo.IsZero() && c.st.Kind == convo.Direct {
		return nil, nil
	}
	var out []Message
	err = e.eachNewest(ctx, c, from, func(m *Message) error {
		own := m.Sender == e.self.id
		if own && m.Event == "" { // who has answered has seen what was before
			return store.ErrStop
		}
		switch {
		case m.Event != "":
			joined := m.Event == "added" && own || m.Event == "created" && !own && c.st.Kind == convo.Group
			if !joined || !p.mutedTo.IsZero() {
				return nil
			}
		case m.Unsent, m.Unreadable, !p.mutedTo.IsZero() && !m.mentions(e.self.id):
			return nil
		}
		out = append(out, *m)
		return nil
	})
	slices.Reverse(out)
	return out, err
}

// blank empties what is not to be shown, and shortens what is long.
func (n *Notification) blank(show NotifyShow) {
	if n.Request || show != NotifyText {
		n.Text, n.File = "", ""
	}
	if show == NotifyNothing {
		n.Name, n.Sender, n.Kind, n.Mention, n.Request, n.Added = "", "", 0, false, false, false
	}
	if len(n.Text) > maxNotifyText {
		cut := maxNotifyText
		for !utf8.RuneStart(n.Text[cut]) {
			cut--
		}
		n.Text = n.Text[:cut] + "…"
	}
}
