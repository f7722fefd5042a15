package disclose

import (
	"errors"
	"fmt"
	"slices"

	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// maxWakeUps bounds the outbox that is looked at. It is empty but for moments.
const maxWakeUps = 10_000

// around reads what does not stand under the account's own key. Conversations
// that wait in the outbox are looked at too: the index may lag behind them.
func (c *collector) around(p Place) error {
	invites, err := c.store.InvitesUsedBy(c.ctx, c.id)
	if err != nil {
		return fmt.Errorf("disclose: %w", err)
	}
	for _, i := range invites {
		c.d.Invitations.Count, c.d.Invitations.Bytes = c.d.Invitations.Count+1, c.d.Invitations.Bytes+32+8+32
		c.d.Invitations.List = append(c.d.Invitations.List, Invitation{Created: at(i.CreatedMS)})
	}
	wakes, err := c.store.Wakes(c.ctx, maxWakeUps)
	if err != nil {
		return fmt.Errorf("disclose: %w", err)
	}
	for _, w := range wakes {
		if err := c.wakeUp(w); err != nil {
			return err
		}
	}
	for _, folder := range p.RealmsInside {
		c.d.Realms.Count++
		c.d.Realms.List = append(c.d.Realms.List, RealmInside{Folder: folder})
	}
	if p.Attachments != nil {
		c.d.Attachments.List = []Attachments{*p.Attachments}
	}
	return nil
}

func (c *collector) wakeUp(w store.Wake) error {
	out := WakeUp{}
	if w.Conversation == (convo.ID{}) {
		if w.Account != c.id {
			return nil
		}
		out.Account = w.Account.String()
	} else {
		ours := false
		err := c.store.ViewConversation(c.ctx, w.Conversation, func(v store.ConversationView) error {
			_, err := v.Participant(c.id)
			if err == nil {
				_, err = v.ClosedIn(c.id) // cleared of a closed account
				ours = errors.Is(err, store.ErrNotFound)
			}
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("disclose: %w", err)
		}
		if !ours {
			return nil
		}
		out.Conversation = w.Conversation.String()
		listed := func(i store.ConversationIndex) bool { return i.Conversation == w.Conversation }
		if !slices.ContainsFunc(c.index, listed) {
			c.index = append(c.index, store.ConversationIndex{Conversation: w.Conversation})
		}
	}
	c.d.WakeUps.Count, c.d.WakeUps.Bytes = c.d.WakeUps.Count+1, c.d.WakeUps.Bytes+32+8
	c.d.WakeUps.List = append(c.d.WakeUps.List, out)
	return nil
}
