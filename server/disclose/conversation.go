package disclose

import (
	"errors"
	"fmt"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

const (
	postedPage    = 1000
	epochPage     = 256
	epochPageSize = 16 << 20
)

// conversations reads every conversation of the index, the last active first.
func (c *collector) conversations() error {
	s := &c.d.Conversations
	for _, row := range c.index {
		var out Conversation
		var with []store.Participant
		var size int64
		err := c.store.ViewConversation(c.ctx, row.Conversation, func(v store.ConversationView) (err error) {
			out, with, size, err = c.conversation(v)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			continue // the row of the index is all there is
		}
		if err != nil {
			return fmt.Errorf("disclose: %w", err)
		}
		if err := c.count(len(with)); err != nil {
			return err
		}
		for _, p := range with {
			h, err := c.handle(p.Account)
			if err != nil {
				return err
			}
			out.With = append(out.With, Participant{
				Handle: h, Account: p.Account.String(), Role: role(p.Role), Present: p.Until == 0 && p.Left == 0,
			})
		}
		s.Count, s.Bytes = s.Count+1, s.Bytes+size
		s.List = append(s.List, out)
	}
	return nil
}

// conversation reads one. It returns the other participants, whose handles
// stand under other keys, and the size of what is the account's.
func (c *collector) conversation(v store.ConversationView) (out Conversation, with []store.Participant, size int64, err error) {
	row, err := v.Conversation()
	if err != nil {
		return out, nil, 0, err
	}
	out = Conversation{
		ID: row.ID.String(), Created: at(row.CreatedMS), LastActive: at(row.AcceptedMS),
		Generation: row.Generation, Epoch: row.Epoch, Entries: row.Head.Seq, Devices: []string{},
	}
	all, err := v.Participants()
	if err != nil {
		return out, nil, 0, err
	}
	for _, p := range all {
		if p.Account != c.id {
			with = append(with, p)
		} else if err := c.membership(v, &out, p); err != nil {
			return out, nil, 0, err
		}
	}
	if err := c.facts(v, &out, row); err != nil {
		return out, nil, 0, err
	}
	if err := c.devices(v, &out); err != nil {
		return out, nil, 0, err
	}
	rest, err := c.posted(v, &out.Posted)
	if err != nil {
		return out, nil, 0, err
	}
	deposits, err := v.DepositTotals(c.id)
	if err != nil {
		return out, nil, 0, err
	}
	out.Deposits = Amount{deposits.Count, deposits.Bytes}
	stored, err := v.StoredBy(c.id)
	if err != nil {
		return out, nil, 0, err
	}
	for device, seq := range stored {
		if out.Stored == nil {
			out.Stored = map[string]uint64{}
		}
		out.Stored[device.String()] = seq
	}
	if out.Released, err = v.ReleasedBy(c.id); err != nil {
		return out, nil, 0, err
	}
	marks, err := v.ReadMarks()
	if err != nil {
		return out, nil, 0, err
	}
	for _, m := range marks {
		if m.Account == c.id {
			out.ReadMark = int64(len(m.Message))
		}
	}
	size = out.ReadMark + out.Posted.Bytes + rest + out.Deposits.Bytes + out.Welcomes.Bytes + out.Shared.Bytes
	return out, with, size, nil
}

// membership says when the account came and went, by the entries that did it.
func (c *collector) membership(v store.ConversationView, out *Conversation, p store.Participant) error {
	out.Role = role(p.Role)
	var times [3]uint64
	for i, seq := range [...]uint64{p.Since, p.Until, p.Left} {
		if seq == 0 {
			continue
		}
		e, err := v.Entry(seq)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		times[i] = e.AcceptedMS
	}
	out.Joined, out.Removed, out.Left = at(times[0]), at(times[1]), at(times[2])
	return nil
}

// facts reads the group's public state and adds up what all participants share:
// it names this account too.
func (c *collector) facts(v store.ConversationView, out *Conversation, row store.Conversation) error {
	g, err := v.Group()
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	out.Shared = Amount{1, int64(len(g.State) + len(g.GroupInfo) + len(g.HeadTable) + len(g.Record))}
	if record, err := convo.ParseRecord(g.Record, nil); err == nil {
		if state, err := record.State(); err == nil {
			out.Kind, out.Creator = "group", state.Facts.Creator.String()
			if state.Facts.Kind == convo.Direct {
				out.Kind = "direct"
			}
		}
	}
	for generation := uint32(0); generation <= row.Generation; generation++ {
		for from := uint64(0); ; {
			list, err := v.Epochs(generation, from, epochPage, epochPageSize)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				break
			}
			for _, e := range list {
				out.Shared.Count++
				out.Shared.Bytes += int64(len(e.HeadTable) + len(e.Record) + len(e.Signature) + len(e.Leaves))
			}
			from = list[len(list)-1].Epoch + 1
		}
	}
	return nil
}

// devices says which of the account's devices are in the group, and which have
// a Welcome waiting.
func (c *collector) devices(v store.ConversationView, out *Conversation) error {
	if c.chain == nil {
		return nil
	}
	for _, k := range c.chain.AllKeyholders() {
		if k.Kind != account.KindDevice {
			continue
		}
		d := store.Device{Account: c.id, Device: k.ID}
		leaf, err := v.IsLeaf(d)
		if err != nil {
			return err
		}
		if leaf {
			out.Devices = append(out.Devices, k.ID.String())
		}
		w, err := v.Welcome(d)
		if err == nil {
			out.Welcomes.Count++
			out.Welcomes.Bytes += int64(len(w.Welcome) + len(w.Tree))
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// posted reads what the account wrote. It returns the size of the entries' other
// parts.
func (c *collector) posted(v store.ConversationView, out *Posted) (rest int64, err error) {
	out.Entries = []Entry{}
	for from := uint64(1); ; {
		list, err := v.Posted(c.id, from, postedPage)
		if err != nil || len(list) == 0 {
			return rest, err
		}
		for _, p := range list {
			rest += p.RestBytes
			out.add(Entry{
				Seq: p.Seq, Kind: entryKind(p.Kind, p.Purpose), Time: at(p.AcceptedMS), Device: p.Device.String(),
				Bytes: p.BodyBytes, Erased: p.Erased, Target: p.Target, EraseAfter: at(p.EraseMS),
			})
		}
		from = list[len(list)-1].Seq + 1
	}
}

func (p *Posted) add(e Entry) {
	p.Count++
	p.Bytes += e.Bytes
	switch e.Kind {
	case "message":
		p.Messages++
	case "edit":
		p.Edits++
	case "unsend":
		p.Unsends++
	case "info":
		p.Infos++
	case "commit":
		p.Commits++
	}
	if e.Erased {
		p.Erased++
	}
	if !e.EraseAfter.IsZero() {
		p.Expiring++
	}
	if p.First.IsZero() {
		p.First = e.Time
	}
	p.Last = e.Time
	p.Entries = append(p.Entries, e)
}
