package convos

import (
	"context"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/server/store"
)

// changes notes which devices the commit brings in and takes out, and which
// chain heads its table names anew.
func (j *judged) changes(staged *mls.StagedPublicCommit) error {
	before, err := leaves(j.before.group)
	if err != nil {
		return err
	}
	after, err := leaves(j.after.group)
	if err != nil {
		return err
	}
	for d := range after {
		if !before[d] {
			j.joined = append(j.joined, d)
		}
	}
	for d := range before {
		if !after[d] {
			j.gone = append(j.gone, d)
		}
	}
	if j.before.pos.Epoch == 0 { // the first commit: the creator's leaf is new too
		j.joined = j.joined[:0]
		for d := range after {
			j.joined = append(j.joined, d)
		}
	}
	j.named = make(map[account.ID]uint64)
	for _, e := range j.after.pos.Table {
		if old, ok := j.before.pos.Table.Find(e.Account); !ok || old.Head.Seq < e.Head.Seq {
			j.named[e.Account] = e.Head.Seq
		}
	}
	return nil
}

// isHarmless reports whether messages of the epoch before may still come in:
// nobody was removed, be it a participant, a leaf or a keyholder that the head
// table covers now, no vault turned on or off, and no participant added (DESIGN
// 5.2, 5.7).
func (s *Service) isHarmless(ctx context.Context, j *judged, staged *mls.StagedPublicCommit) (bool, error) {
	before, after := j.before.pos, j.after.pos
	if before.Epoch == 0 || len(staged.Removed) > 0 || len(before.State.Participants) != len(after.State.Participants) {
		return false, nil
	}
	lookup := s.chains(ctx)
	for _, e := range after.Table {
		old, ok := before.Table.Find(e.Account)
		if !ok {
			return false, nil
		}
		if old.Head == e.Head {
			continue
		}
		chain, err := lookup(e.Account, e.Head)
		if err != nil {
			return false, refuseCommit(err)
		}
		for seq := old.Head.Seq + 1; seq <= e.Head.Seq; seq++ {
			if chain.Entry(seq).Type().Covered() {
				return false, nil
			}
		}
	}
	return true, nil
}

// writeMembers brings participants and leaves to where the commit leads. It
// returns the newest leave entry that is not covered even now, 0 for none.
func (j *judged) writeMembers(tx store.ConversationTx, seq uint64) (leave uint64, err error) {
	rows, err := tx.Participants()
	if err != nil {
		return 0, err
	}
	known := make(map[account.ID]store.Participant, len(rows))
	for _, p := range rows {
		known[p.Account] = p
	}
	for _, p := range j.after.pos.State.Participants {
		row, ok := known[p.Account]
		delete(known, p.Account)
		before := row
		if !ok || row.Until != 0 {
			row = store.Participant{Account: p.Account, Since: seq, Named: row.Named}
		}
		leave = max(leave, row.Left)
		row.Role = p.Role
		row.Named = max(row.Named, j.named[p.Account])
		if !ok || row != before {
			if err := tx.PutParticipant(row); err != nil {
				return 0, err
			}
		}
	}
	for _, p := range known {
		if p.Until == 0 {
			p.Until = seq
			if err := tx.PutParticipant(p); err != nil {
				return 0, err
			}
		}
	}
	for _, d := range j.joined {
		if err := tx.PutLeaf(d); err != nil {
			return 0, err
		}
	}
	for _, d := range j.gone {
		if err := tx.DropLeaf(d); err != nil {
			return 0, err
		}
	}
	return leave, nil
}

// leftOf are the accounts that have posted a leave entry and are still to be
// removed.
func leftOf(rows []store.Participant) map[account.ID]bool {
	left := make(map[account.ID]bool)
	for _, p := range rows {
		if p.Left != 0 && p.Until == 0 {
			left[p.Account] = true
		}
	}
	return left
}
