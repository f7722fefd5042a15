package convos

import (
	"context"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

var _ cofferv1connect.RetentionServiceHandler = (*Service)(nil)

// dropBatch bounds what one call drops.
const dropBatch = 256

// ConfirmStored implements the service. With the confirmation of the last device it
// erases the ciphertexts that are deposited for nobody (DESIGN 5.7): no vault can
// read them, and every device that could has them.
func (s *Service) ConfirmStored(ctx context.Context, req *connect.Request[cofferv1.ConfirmStoredRequest]) (*connect.Response[cofferv1.ConfirmStoredResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	device := store.Device{Account: caller.Account, Device: caller.Keyholder}
	err = s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) error {
		if _, err := participant(tx, caller.Account); err != nil {
			return err
		}
		switch leaf, err := tx.IsLeaf(device); {
		case err != nil:
			return err
		case !leaf:
			return fail.Kind(fail.Forbidden, "only a device that is in the group says what it has")
		}
		c, err := tx.Conversation()
		if err != nil {
			return err
		}
		if req.Msg.GetSeq() > c.Head.Seq {
			return fail.Kind(fail.UnknownHead, "the log is not that long")
		}
		if err := tx.PutStored(device, req.Msg.GetSeq()); err != nil {
			return err
		}
		return drop(tx)
	})
	return answer(&cofferv1.ConfirmStoredResponse{}, err)
}

// drop erases what every device has and no vault keeps.
func drop(tx store.ConversationTx) error {
	to, err := tx.StoredByAll()
	if err != nil || to == 0 {
		return err
	}
	seqs, err := tx.Undeposited(to, dropBatch)
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		e, err := tx.Entry(seq)
		if err != nil {
			return err
		}
		if err := erase(tx, &e); err != nil {
			return err
		}
	}
	if len(seqs) == dropBatch {
		to = seqs[len(seqs)-1] // the rest with the next confirmation
	}
	return tx.Dropped(to)
}
