package convos

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// PostLeave implements the service. From the entry on the account is refused;
// leaving again is answered with the entry that there is. Who leaves a direct
// conversation ends it for both, as who closes the account does.
func (s *Service) PostLeave(ctx context.Context, req *connect.Request[cofferv1.PostLeaveRequest]) (*connect.Response[cofferv1.PostLeaveResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	l, err := convo.ParseLeave(req.Msg.GetLeave())
	if err != nil {
		return nil, fail.Kind(fail.Malformed, "the leave entry does not parse")
	}
	k, _ := caller.Chain.Keyholder(caller.Keyholder)
	if l.Conversation != id || l.Account != caller.Account || l.Device != caller.Keyholder || l.Verify(k.SignatureKey) != nil {
		return nil, fail.Kind(fail.Invalid, "the leave entry is not this device's, or not of this conversation")
	}
	var entry store.Entry
	var c store.Conversation
	err = s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) (err error) {
		p, err := reader(tx, caller.Account)
		if err != nil {
			return err
		}
		if c, err = tx.Conversation(); err != nil {
			return err
		}
		switch {
		case p.Until != 0:
			return errLeft
		case p.Left != 0:
			entry, err = tx.Entry(p.Left)
			c.Head = convo.LogHead{Seq: entry.Seq, Link: entry.Link}
			return err
		}
		if err := staysOwned(tx, p); err != nil {
			return err
		}
		if err := onLog(tx, l.Log); err != nil {
			return err
		}
		entry = store.Entry{
			Kind: convo.EntryLeave, Sender: convo.Sender{Account: caller.Account, Device: caller.Keyholder},
			AcceptedMS: max(s.NowMS(), c.AcceptedMS), Generation: c.Generation, Epoch: c.Epoch, Body: req.Msg.GetLeave(),
		}
		follow(&c, &entry, nil)
		p.Left, c.LeaveSeq = entry.Seq, entry.Seq
		return errors.Join(tx.Append(entry), tx.SetConversation(c), tx.PutParticipant(p), tx.Wake())
	})
	if err != nil {
		return nil, err
	}
	s.Wake()
	return connect.NewResponse(&cofferv1.PostLeaveResponse{Entry: receipt(&entry), Head: s.head(id, c.Head)}), nil
}

// staysOwned refuses that the last owner of a group leaves others in it. Who has
// left, but is not removed yet, counts as gone.
func staysOwned(v store.ConversationView, p store.Participant) error {
	if p.Role != convo.Owner {
		return nil
	}
	rows, err := v.Participants()
	if err != nil {
		return err
	}
	var list []convo.Participant
	for _, row := range rows {
		if row.Until == 0 && row.Left == 0 {
			list = append(list, convo.Participant{Account: row.Account, Role: row.Role})
		}
	}
	if convo.Participants(list).LastOwner(convo.Participant{Account: p.Account, Role: p.Role}) {
		return fail.Kind(fail.Forbidden, "the last owner of a group does not leave the others in it: make another owner first")
	}
	return nil
}
