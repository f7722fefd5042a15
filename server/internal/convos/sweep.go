package convos

import (
	"context"

	"github.com/coffer-chat/coffer/server/store"
)

// sweepBatch is how many entries are looked up at a time.
const sweepBatch = 256

// Sweep erases the entries whose erase-after time has come, and every edit of
// them, which holds their text too. It returns how many.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	n := 0
	for {
		due, err := s.Store.DueErasures(ctx, s.NowMS(), sweepBatch)
		if err != nil || len(due) == 0 {
			return n, err
		}
		for _, d := range due {
			err := s.Store.UpdateConversation(ctx, d.Conversation, func(tx store.ConversationTx) error {
				return unsend(tx, d.Seq)
			})
			if err != nil {
				return n, err
			}
			n++
		}
	}
}
