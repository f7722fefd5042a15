package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tableHistorySet holds what entitled senders have set: .ID(conversation).Uint64(seq).
// What holds is reckoned from all of it, so that the order in which a log is read
// does not matter.
var tableHistorySet = store.Table("nh")

// eventHistory is what happened when newcomers are given the history from then on,
// or no more, or were given it.
const eventHistory = "history"

func historyEvent(on bool) string {
	if on {
		return eventHistory + " on"
	}
	return eventHistory + " off"
}

// noteHistorySet keeps what an info message of an entitled sender says of it.
func (f *fold) noteHistorySet(seq, since uint64) {
	f.b.Set(tableHistorySet.ID(f.c.id[:]).Uint64(seq).Bytes(), syntax.AppendUint64(syntax.AppendUint64(nil, seq), since))
}

// historySince returns from which entry on newcomers were given a group's history,
// by what was set below an entry; 0: they were not. Who sets it anew while it is on
// cannot make it reach further back, nor can who turns it on.
func (e *Engine) historySince(ctx context.Context, c *conversation, below uint64) (since uint64, err error) {
	known := false
	err = e.cfg.Store.Scan(ctx, tableHistorySet.ID(c.id[:]).Range(), func(_, v []byte) error {
		r := syntax.NewReader(v)
		seq, says := r.Uint64(), r.Uint64()
		if r.Done() != nil {
			return damaged(r.Err(), "conversation's settings")
		}
		if seq >= below {
			return store.ErrStop
		}
		switch {
		case says == 0:
			since = 0
		case since != 0:
			since = max(since, min(says, seq))
		case says == content.HistoryFromHere || known:
			since = seq
		default:
			since = min(says, seq) // sent anew for a newcomer
		}
		known = true
		return nil
	})
	return since, err
}

// SetGroupHistory says whether newcomers to a group are given its history, from now
// on: what is written before it is turned on is not. Admins and owners may; everybody
// sees that they did.
func (e *Engine) SetGroupHistory(ctx context.Context, name string, on bool) (Conversation, error) {
	var out Conversation
	err := e.inGroup(ctx, name, func(c *conversation) error {
		if err := e.freshen(ctx, c); err != nil {
			return err
		}
		if c.st.Gone {
			return e.goneError()
		}
		if !e.mayInvite(c) {
			return fault.Usage("only an owner or admin of a group can change whether newcomers are given its history")
		}
		since, err := e.historySince(ctx, c, c.st.Top.Seq+1)
		if err != nil {
			return err
		}
		if on != (since != 0) {
			s, err := e.settingOf(ctx, c)
			if err != nil {
				return err
			}
			info := s.info()
			info.Name, info.HistorySince = c.st.Name, 0
			if on {
				info.HistorySince = content.HistoryFromHere
			}
			if err := e.postInfo(ctx, c, info); err != nil {
				return err
			}
			if c, err = e.conv(ctx, c.id); err != nil || c == nil {
				return err
			}
			// Secrets open whole epochs: what is given begins with one.
			if err := e.commit(ctx, c, nil); on && err != nil {
				return err
			}
		}
		if c, err = e.conv(ctx, c.id); err != nil || c == nil {
			return err
		}
		out, err = e.summary(ctx, c)
		return err
	})
	return out, err
}

// giveAll gives newcomers the history of the groups that want it.
func (e *Engine) giveAll(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := e.giveHistory(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// giveHistory gives who was added last what it takes to read the group from where it
// was turned on, unless an admin did since. It goes to the group as a message: the
// others have it already, and a newcomer finds it again after a restore.
func (e *Engine) giveHistory(ctx context.Context, c *conversation) error {
	if !e.mayInvite(c) {
		return nil
	}
	since, err := e.historySince(ctx, c, c.st.Top.Seq+1)
	if err != nil || since == 0 {
		return err
	}
	if waits, err := e.waits(ctx, c); err != nil || waits {
		return err
	}
	if err := e.loadWalk(ctx, c); err != nil || c.pos == nil {
		return err
	}
	added, rows, err := e.toGive(ctx, c, since)
	if err != nil || len(rows) == 0 {
		return err
	}
	given, err := e.givenIn(ctx, c)
	if err != nil || len(given) > 0 && given[len(given)-1].seq > added {
		return err
	}
	if err := e.ready(ctx, c); err != nil {
		return err
	}
	s, err := e.settingOf(ctx, c)
	if err != nil {
		return err
	}
	if s.seq < added { // who added them may not set it
		if err := e.sendInfo(ctx, c, c.st.Name); err != nil {
			return err
		}
	}
	h, err := e.contentHeader(c)
	if err != nil {
		return err
	}
	body := convo.EncodeGiven(rows)
	defer clear(body)
	m, err := content.NewHistory(h, body)
	if err != nil {
		return fault.Failed(err, "the history cannot be given")
	}
	return e.postQuiet(ctx, c, m, h, convo.PurposeMessage)
}

// toGive returns which commit added somebody last, and what opens the epochs before
// it, from where the history is given. Of epochs in which nobody's vault was on
// nothing is: their messages are to be gone when their keys are.
func (e *Engine) toGive(ctx context.Context, c *conversation, since uint64) (added uint64, out []convo.GivenEpoch, err error) {
	var rows []*epochRow
	err = e.backwards(ctx, c, c.here(), func(_ epochID, row *epochRow) bool {
		rows = append(rows, row)
		return row.seq <= since
	})
	if err != nil {
		return 0, nil, err
	}
	for i := 1; i < len(rows) && added == 0; i++ {
		if len(participantsDiff(rows[i].participants(), rows[i-1].participants())) > 0 {
			added = rows[i-1].seq
		}
	}
	if added == 0 {
		return 0, nil, nil
	}
	for i := len(rows) - 1; i >= 0; i-- {
		row := rows[i]
		if row.seq <= since || row.seq >= added || row.secrets == nil {
			continue
		}
		deposited, err := e.deposited(ctx, row)
		if err != nil {
			return 0, nil, err
		}
		if deposited {
			out = append(out, convo.GivenEpoch{
				Generation: row.record.Generation, Epoch: row.record.Epoch,
				EncryptionSecret: row.secrets.EncryptionSecret, SenderDataSecret: row.secrets.SenderDataSecret,
			})
		}
	}
	return added, out[max(0, len(out)-convo.MaxGiven):], nil
}
