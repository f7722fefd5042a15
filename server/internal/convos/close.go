package convos

import (
	"context"
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

const (
	// closeBatch and closeBytes bound what one transaction looks at.
	closeBatch = 256
	closeBytes = 4 << 20
)

// CloseIn clears a conversation of a closed account: its deposits go, and every
// message that nobody else claims. It goes on where it was interrupted, and what it
// returns counts everything from the start.
func (s *Service) CloseIn(ctx context.Context, id convo.ID, who account.ID) (store.ClosedIn, error) {
	var row store.ClosedIn
	for done := false; !done; {
		err := s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) (err error) {
			row, done, err = closeSome(tx, who)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return store.ClosedIn{}, nil // there is no such conversation
		}
		if err != nil {
			return row, err
		}
	}
	s.Wake()
	return row, nil
}

func closeSome(tx store.ConversationTx, who account.ID) (row store.ClosedIn, done bool, err error) {
	c, err := tx.Conversation()
	if err != nil {
		return row, false, err
	}
	row, err = tx.ClosedIn(who)
	if errors.Is(err, store.ErrNotFound) {
		if row.Deposits, row.Addressed, err = tx.DropAccount(who); err == nil {
			err = errors.Join(tx.PutClosedIn(who, row), tx.Wake())
		}
	}
	if err != nil {
		return row, false, err
	}
	rows, err := claimants(tx)
	if err != nil {
		return row, false, err
	}
	entries, err := tx.Entries(row.Done+1, false, closeBatch, closeBytes)
	if err != nil {
		return row, false, err
	}
	for i := range entries {
		e := &entries[i]
		row.Done = e.Seq
		if e.Erased() || e.Kind != convo.EntryMessage {
			continue
		}
		released, err := tx.ReleasedFrom(e.Seq)
		if err != nil {
			return row, false, err
		}
		claimed, err := claimed(tx, e, rows, released)
		if err != nil {
			return row, false, err
		}
		switch {
		case !claimed:
			row.Erased++
			if err := erase(tx, e); err != nil {
				return row, false, err
			}
		case e.Sender.Account == who:
			row.Kept++
		}
	}
	done = len(entries) == 0 || row.Done >= c.Head.Seq
	return row, done, tx.PutClosedIn(who, row)
}

// claimants are the participants, present and past, that may claim an entry: a
// closed account claims none.
func claimants(tx store.ConversationTx) ([]store.Participant, error) {
	rows, err := tx.Participants()
	if err != nil {
		return nil, err
	}
	closed, err := tx.Closed()
	return slices.DeleteFunc(rows, func(p store.Participant) bool { return slices.Contains(closed, p.Account) }), err
}

// claimed reports whether an account needs an entry: one with a deposit of its
// epoch, or one that took part with its vault off and may not have fetched it yet;
// unless it has released the entry.
func claimed(tx store.ConversationTx, e *store.Entry, rows []store.Participant, released []account.ID) (bool, error) {
	deposits, err := tx.Deposits(e.Generation, e.Epoch)
	if err != nil {
		return true, err
	}
	needs := func(id account.ID) bool { return !slices.Contains(released, id) }
	for _, d := range deposits {
		if needs(d.Account) {
			return true, nil
		}
	}
	for _, p := range rows {
		if p.Since <= e.Seq && (p.Until == 0 || p.Until > e.Seq) && needs(p.Account) {
			return true, nil
		}
	}
	return false, nil
}
