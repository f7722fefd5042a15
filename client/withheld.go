package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/core/convo"
)

// withheld holds the server's list of conversations against the account's
// checkpoints: what a device of the account has verified must be there. The list
// is an index that may lag, so what it lacks is asked for by name before the
// server is blamed.
func (e *Engine) withheld(ctx context.Context, list []wire.ConversationSummary) ([]wire.ConversationSummary, error) {
	there := map[convo.ID]bool{}
	for i := range list {
		if id, err := convo.IDFromBytes(list[i].Conversation); err == nil {
			there[id] = true
		}
	}
	missing := map[convo.ID]bool{}
	err := e.cfg.Store.Scan(ctx, tableCheckpoint.Range(), func(_, v []byte) error {
		h, err := parseHeldCheckpoint(v)
		if err == nil && !there[h.conversation] && e.counts(h) {
			missing[h.conversation] = true
		}
		return err
	})
	if err != nil {
		return nil, damaged(err, "checkpoints")
	}
	for id := range missing {
		r, err := e.conversations().GetConversation(ctx, &wire.GetConversationRequest{Conversation: id[:]})
		if kind, _ := refusal(err); kind == wire.ErrorKindNotFound || kind == wire.ErrorKindForbidden || err == nil && r.Conversation == nil {
			return nil, broken(PromiseStored, nil, "the server withholds a conversation that a device of this account has verified")
		}
		if err != nil {
			return nil, fromServer(err)
		}
		list = append(list, *r.Conversation)
	}
	return list, nil
}
