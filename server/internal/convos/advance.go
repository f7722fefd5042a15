package convos

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// step brings a conversation to another epoch: a commit, or a generation with
// its first commit.
type step interface {
	// taken looks for what a call with the same key appended before.
	taken(v store.ConversationView, key []byte) (bool, error)
	// follows says whether the step, whose commit begins with h, goes on from
	// where the conversation is.
	follows(c *store.Conversation, h *mls.Header) bool
	// judge checks the step against the group at that place.
	judge(ctx context.Context, at *followed, left map[account.ID]bool) (*judged, error)
	// append appends what was judged, if the place is still the newest.
	append(tx store.ConversationTx, c *store.Conversation) error
}

// advance has a step judged outside of any transaction, which is where the work
// is, and appends it unless something else came first. A call that was made
// before with the same key is answered as it was then.
func (s *Service) advance(ctx context.Context, caller *auth.Caller, id convo.ID, commit []byte, st step) (head convo.LogHead, err error) {
	h, err := mls.ParseHeader(commit)
	if err != nil || h.WireFormat != mls.WirePublicMessage || h.ContentType != mls.ContentCommit {
		return head, fail.Kind(fail.Malformed, "the commit is not a PublicMessage with a commit")
	}
	header, err := convo.ParseCommitHeader(h.AuthenticatedData)
	if err != nil {
		return head, fail.Kind(fail.Malformed, "the commit's header does not parse")
	}
	key := header.Idempotency[:]
	var at *followed
	var left map[account.ID]bool
	done := false
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error {
		c, err := v.Conversation()
		if errors.Is(err, store.ErrNotFound) {
			return errNoConversation
		}
		if err != nil {
			return err
		}
		if _, err := participant(v, caller.Account); err != nil {
			return err
		}
		if done, err = st.taken(v, key); done || err != nil {
			head = c.Head
			return err
		}
		if !st.follows(&c, &h) {
			return errWrongEpoch
		}
		rows, err := v.Participants()
		if err != nil {
			return err
		}
		left = leftOf(rows)
		at, err = s.current(v, &c)
		return err
	})
	if err != nil || done {
		return head, err
	}
	j, err := st.judge(ctx, at, left)
	if err != nil {
		return head, err
	}
	err = s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) error {
		c, err := tx.Conversation()
		if err != nil {
			return err
		}
		if done, err = st.taken(tx, key); done || err != nil {
			head = c.Head
			return err
		}
		err = st.append(tx, &c)
		head = c.Head
		return err
	})
	if err == nil && !done {
		s.groups.Put(id, j.after, j.after.size)
		s.leases.giveBack(id, convo.Sender{Account: caller.Account, Device: caller.Keyholder})
	}
	return head, err
}

// again looks for the entry that a call with the same key made before.
func again(v store.ConversationView, caller *auth.Caller, key []byte, entry *store.Entry) (bool, error) {
	seq, err := v.ByIdempotency(caller.Account, key)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		*entry, err = v.Entry(seq)
	}
	return err == nil, err
}
