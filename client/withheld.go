package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// listedOrNamed adds to the server's list of conversations what a checkpoint
// speaks of and the list lacks: it is an index that may lag, so that is asked for
// by name before the report calls it withheld.
func (e *Engine) listedOrNamed(ctx context.Context, list []wire.ConversationSummary) ([]wire.ConversationSummary, error) {
	there := map[convo.ID]bool{}
	for i := range list {
		if id, err := convo.IDFromBytes(list[i].Conversation); err == nil {
			there[id] = true
		}
	}
	checkpointed, err := e.checkpointed(ctx)
	if err != nil {
		return nil, err
	}
	for id := range checkpointed {
		if there[id] {
			continue
		}
		r, err := e.conversations().GetConversation(ctx, &wire.GetConversationRequest{Conversation: id[:]})
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNotFound || kind == wire.ErrorKindForbidden || err == nil && r.Conversation == nil {
			continue // a gap, which the report names
		}
		if err != nil {
			return nil, fault.FromServer(err)
		}
		list = append(list, *r.Conversation)
	}
	return list, nil
}
