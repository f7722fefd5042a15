package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// GroupCreate begins a group. Its name is a message, which the server cannot
// read.
func (e *Engine) GroupCreate(ctx context.Context, name string, handles []string) (Conversation, error) {
	var s Conversation
	err := e.withAccount(ctx, func() error {
		if name == "" || len(name) > content.MaxInfoName {
			return fault.Usage("a group's name has 1 to %d bytes", content.MaxInfoName)
		}
		if c, _, err := e.targetHere(ctx, "#"+name); c != nil || err != nil && fault.KindOf(err) == fault.KindUsage {
			return fault.Usage("there is a group #%s already; choose another name", name)
		}
		facts := &convo.Facts{Host: string(e.self.host), Kind: convo.Group, Creator: e.self.id}
		if err := e.random(facts.Nonce[:]); err != nil {
			return err
		}
		list := convo.Participants{}.With(e.self.id, convo.Owner)
		ids, err := e.resolveAll(ctx, handles)
		if err != nil {
			return err
		}
		if err := e.noneReset(ctx, ids...); err != nil {
			return err
		}
		for _, id := range ids {
			if id != e.self.id {
				if err := e.notClosed(ctx, id); err != nil {
					return err
				}
				list = list.With(id, convo.Member)
			}
		}
		c, err := e.newConv(ctx, facts.ID(), convo.Group, account.ID{})
		if err != nil {
			return err
		}
		if err := e.create(ctx, c, facts, list); err != nil {
			return errors.Join(err, e.forgetConv(ctx, c))
		}
		if err := e.sendInfo(ctx, c, name); err != nil {
			return err
		}
		s, err = e.summary(ctx, c)
		return err
	})
	return s, err
}

// forgetConv removes a conversation that did not come to be.
func (e *Engine) forgetConv(ctx context.Context, c *conversation) error {
	var b store.Batch
	b.Delete(tableConv.ID(c.id[:]).Bytes())
	k := tablePending.ID(c.id[:])
	b.DeleteRange(k.Bytes(), k.End())
	e.dropConv(c)
	return e.apply(ctx, &b)
}

func (e *Engine) resolveAll(ctx context.Context, handles []string) ([]account.ID, error) {
	var out []account.ID
	for _, h := range handles {
		id, _, err := e.resolve(ctx, h)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

// sendInfo sends the conversation's name, with the settings that it has; the
// newest by an entitled sender counts.
func (e *Engine) sendInfo(ctx context.Context, c *conversation, name string) error {
	s, err := e.settingOf(ctx, c)
	if err != nil {
		return err
	}
	info := s.info()
	info.Name = name
	return e.postInfo(ctx, c, info)
}

// postInfo sends an info message.
func (e *Engine) postInfo(ctx context.Context, c *conversation, info content.Info) error {
	if info.HistorySince != 0 {
		since, err := e.historySince(ctx, c, c.st.Top.Seq+1)
		if err != nil {
			return err
		}
		if since != 0 { // it goes on
			info.HistorySince = since
		}
	}
	h, err := e.contentHeader(c)
	if err != nil {
		return err
	}
	m, err := content.NewInfo(h, info)
	if err != nil {
		return &fault.Error{Kind: fault.KindUsage, Message: "this name cannot be used", Err: err}
	}
	return e.postQuiet(ctx, c, m, h, convo.PurposeInfo)
}

// postQuiet sends a message that is not shown as one.
func (e *Engine) postQuiet(ctx context.Context, c *conversation, m *content.Message, h content.Header, purpose convo.Purpose) error {
	if err := e.queueQuiet(ctx, c, m, h, purpose, new(store.Batch)); err != nil {
		return err
	}
	return e.flush(ctx, c)
}

// queueQuiet is postQuiet that leaves the posting to what is sent next. b is
// applied with it.
func (e *Engine) queueQuiet(ctx context.Context, c *conversation, m *content.Message, h content.Header, purpose convo.Purpose, b *store.Batch) error {
	q := &queued{conv: c.id, purpose: purpose, atMS: uint64(e.cfg.Now().UnixMilli())}
	if err := e.drawKey(q, ""); err != nil {
		return err
	}
	if err := q.take(m, h); err != nil {
		return err
	}
	if err := e.enqueue(ctx, b, q); err != nil {
		return err
	}
	return e.apply(ctx, b)
}

// group finds a group by its name, with or without #, or its id.
func (e *Engine) group(ctx context.Context, name string) (*conversation, error) {
	if name == "" {
		return nil, fault.Usage("name a group")
	}
	c, _, err := e.targetHere(ctx, name)
	if (c == nil || c.st.Kind != convo.Group) && err == nil && name[0] != '#' {
		name = "#" + name
		c = nil
	}
	if c == nil && err == nil {
		c, err = e.target(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	if c.st.Kind != convo.Group {
		return nil, fault.Usage("%s is no group", name)
	}
	return c, nil
}

// inGroup runs f on a group.
func (e *Engine) inGroup(ctx context.Context, name string, f func(*conversation) error) error {
	return e.withAccount(ctx, func() error {
		c, err := e.group(ctx, name)
		if err != nil {
			return err
		}
		return f(c)
	})
}

// GroupAdd adds accounts to a group, and sends its name anew for them to see.
func (e *Engine) GroupAdd(ctx context.Context, name string, handles []string) error {
	return e.inGroup(ctx, name, func(c *conversation) error {
		ids, err := e.resolveAll(ctx, handles)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := e.notClosed(ctx, id); err != nil {
				return err
			}
		}
		if err := e.noneReset(ctx, ids...); err != nil {
			return err
		}
		if err := e.syncConv(ctx, c); err != nil {
			return err
		}
		if err := e.ready(ctx, c); err != nil {
			return err
		}
		return e.addTo(ctx, c, ids...)
	})
}

// addTo adds accounts to a group that this device can send into.
func (e *Engine) addTo(ctx context.Context, c *conversation, ids ...account.ID) error {
	if err := e.commit(ctx, c, &change{add: ids}); err != nil {
		return err
	}
	if err := e.sendInfo(ctx, c, c.st.Name); err != nil {
		return err
	}
	c, err := e.conv(ctx, c.id)
	if err != nil || c == nil {
		return err
	}
	if err := e.giveHistory(ctx, c); err != nil && fault.KindOf(err) != fault.KindUnreachable {
		return err
	}
	return nil // else the next sync gives it
}

// GroupRemove removes accounts from a group.
func (e *Engine) GroupRemove(ctx context.Context, name string, handles []string) error {
	return e.inGroup(ctx, name, func(c *conversation) error {
		ids, err := e.resolveAll(ctx, handles)
		if err != nil {
			return err
		}
		if err := e.syncConv(ctx, c); err != nil {
			return err
		}
		if err := e.ready(ctx, c); err != nil {
			return err
		}
		for _, id := range ids {
			if id == e.self.id {
				return fault.Usage("use group leave to leave")
			}
			if _, in := c.st.Participants.Role(id); !in {
				return fault.Usage("%s is not in this group", e.handleOf(ctx, id))
			}
		}
		return e.commit(ctx, c, &change{remove: ids})
	})
}

// GroupLeave leaves a group: the others take this account's devices out with
// their next message.
func (e *Engine) GroupLeave(ctx context.Context, name string) error {
	return e.inGroup(ctx, name, func(c *conversation) error {
		if err := e.syncConv(ctx, c); err != nil {
			return err
		}
		if c.st.Gone {
			return fault.Usage("you have left this group already")
		}
		if err := e.checkLeaving(c); err != nil {
			return err
		}
		l := &convo.Leave{Conversation: c.id, Account: e.self.id, Device: e.self.device.ID(), Log: c.st.Top}
		l.Sign(e.self.device)
		body := l.Append(nil)
		if _, err := e.conversations().PostLeave(ctx, &wire.PostLeaveRequest{Conversation: c.id[:], Leave: body}); err != nil {
			return fault.FromServer(err)
		}
		return e.syncConv(ctx, c)
	})
}

// GroupInfo describes a group.
func (e *Engine) GroupInfo(ctx context.Context, name string) (Conversation, error) {
	var s Conversation
	err := e.inGroup(ctx, name, func(c *conversation) error {
		if err := e.freshen(ctx, c); err != nil {
			return err
		}
		var err error
		if s, err = e.summary(ctx, c); err != nil || !c.st.known() {
			return err
		}
		n, _, err := e.historyNumber(ctx, c, 0)
		s.Number = &n
		return err
	})
	return s, err
}
